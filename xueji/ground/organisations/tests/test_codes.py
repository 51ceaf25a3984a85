"""Clause B1, invariant 3: a school code, once confirmed, never changes and is never given twice."""

from __future__ import annotations

from datetime import date

import psycopg
import pytest

from tests.small_city import (
    BAIXIA,
    BAIXIA_PRIMARY,
    CITY,
    CITY_SECONDARY,
    GAOCHUN,
    MIGRANT,
    PRIMARY,
    QINHUAI,
    SmallCity,
)
from xueji.ground.accounts.context import acting
from xueji.ground.organisations import selectors, services
from xueji.ground.organisations.services import SchoolDraft
from xueji.pure.kernel.types import Refused

TODAY = date(2008, 9, 1)


@pytest.mark.django_db
def test_a_drafted_code_may_be_corrected_a_confirmed_one_not(small_city: SmallCity) -> None:
    migrant, primary = small_city.id(MIGRANT), small_city.id(PRIMARY)
    with acting(small_city.clerk()) as actor:
        corrected = services.correct_drafted_code(actor=actor, school=migrant, code="32010421010", effective_on=TODAY)
        assert (corrected.code, corrected.code_state) == ("32010421010", "drafted")
        with pytest.raises(Refused, match="已经确定"):
            services.correct_drafted_code(actor=actor, school=primary, code="32010421099", effective_on=TODAY)


@pytest.mark.django_db
def test_a_code_is_confirmed_by_the_bureaus_head_and_by_nobody_below(small_city: SmallCity) -> None:
    with acting(small_city.clerk()) as actor, pytest.raises(Refused, match="负责人"):
        services.confirm_codes(actor=actor, schools=[small_city.id(MIGRANT)], effective_on=TODAY)
    with acting(small_city.head()) as actor:
        (confirmed,) = services.confirm_codes(actor=actor, schools=[small_city.id(MIGRANT)], effective_on=TODAY)
    assert confirmed.code_state == "confirmed"


@pytest.mark.django_db
def test_the_first_number_given_confirms_a_drafted_code(small_city: SmallCity) -> None:
    schools = [small_city.id(MIGRANT), small_city.id(PRIMARY)]
    with acting(small_city.head()) as actor:
        entries = services.confirm_on_first_number(actor=actor, schools=schools, effective_on=TODAY)
        again = services.confirm_on_first_number(actor=actor, schools=schools, effective_on=TODAY)
    assert [entry.basis for entry in entries] == [{"clause": "B1", "cause": "first_number"}]
    assert again == []
    assert selectors.by_code(MIGRANT).code_state == "confirmed"


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["3201042100", "320104210011", "3201042100X"])
def test_a_code_has_the_digits_of_the_rulebooks_scheme(small_city: SmallCity, code: str) -> None:
    draft = SchoolDraft(code, "秦淮春晓小学", "primary", small_city.id(QINHUAI))
    with acting(small_city.clerk()) as actor, pytest.raises(Refused) as refused:
        services.open_school(actor=actor, draft=draft, effective_on=TODAY)
    assert refused.value.code == "organisations.code_form"


@pytest.mark.django_db
def test_a_code_is_given_once_also_when_it_is_void(small_city: SmallCity) -> None:
    with acting(small_city.head(BAIXIA)) as actor:
        closed = services.close_school(actor=actor, school=small_city.id(BAIXIA_PRIMARY), effective_on=TODAY)
    assert (closed.code, closed.code_state, closed.closed_on) == (BAIXIA_PRIMARY, "void", TODAY)
    draft = SchoolDraft(BAIXIA_PRIMARY, "白下新月华小学", "primary", small_city.id(BAIXIA))
    with acting(small_city.clerk(BAIXIA)) as actor, pytest.raises(Refused, match="不能重复"):
        services.open_school(actor=actor, draft=draft, effective_on=TODAY)
    with acting(small_city.head(BAIXIA)) as actor, pytest.raises(Refused, match="作废"):
        services.confirm_on_first_number(actor=actor, schools=[small_city.id(BAIXIA_PRIMARY)], effective_on=TODAY)


@pytest.mark.django_db
def test_a_code_survives_a_change_of_name_owner_and_kind(small_city: SmallCity) -> None:
    school = small_city.id(PRIMARY)
    with acting(small_city.clerk()) as actor:
        changed = services.set_fields(
            actor=actor,
            organisation=school,
            fields={"name": "秦淮云锦学校", "kind": "nine_year", "ownership": "private"},
            effective_on=TODAY,
        )
        with pytest.raises(Refused, match="代码"):
            services.set_fields(actor=actor, organisation=school, fields={"code": "1"}, effective_on=TODAY)
    assert (changed.code, changed.kind, changed.name) == (PRIMARY, "nine_year", "秦淮云锦学校")


CHANGES = {
    "the code": "UPDATE organisations_organisation SET code = '99999999999' WHERE code = %s",
    "its state, back to drafted": "UPDATE organisations_organisation SET code_state = 'drafted' WHERE code = %s",
    "the level": "UPDATE organisations_organisation SET level = 'district' WHERE code = %s",
    "the row": "DELETE FROM organisations_organisation WHERE code = %s",
}


def test_not_even_a_superuser_changes_a_confirmed_code(
    fresh_database: str, small_city: SmallCity, owner_connection: psycopg.Connection
) -> None:
    for mode in ("origin", "replica"):
        for statement in CHANGES.values():
            owner_connection.execute(f"SET session_replication_role = {mode}")
            with pytest.raises(psycopg.errors.IntegrityConstraintViolation):
                owner_connection.execute(statement, [PRIMARY])
    owner_connection.execute("RESET session_replication_role")
    with pytest.raises(psycopg.errors.Error):
        owner_connection.execute("TRUNCATE organisations_organisation CASCADE")


def test_a_void_code_does_not_come_to_life_again(
    fresh_database: str, small_city: SmallCity, owner_connection: psycopg.Connection
) -> None:
    with acting(small_city.head(BAIXIA)) as actor:
        services.close_school(actor=actor, school=small_city.id(BAIXIA_PRIMARY), effective_on=TODAY)
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation):
        owner_connection.execute(
            "UPDATE organisations_organisation SET code_state = 'confirmed' WHERE code = %s", [BAIXIA_PRIMARY]
        )


@pytest.mark.django_db
def test_the_mergers_of_2013_touch_no_code(small_city: SmallCity) -> None:
    """白下 was merged into 秦淮; 高淳 county became a district with another division code."""
    from xueji.ground.accounts.context import acting_system, system_actor
    from xueji.pure.kernel.types import Level

    merged_on, baixia, qinhuai = date(2013, 3, 1), small_city.id(BAIXIA), small_city.id(QINHUAI)
    codes = {one.id: one.code for one in selectors.schools(TODAY)}
    of_baixia = [one.id for one in selectors.schools_of(baixia, TODAY)]
    basis = {"regulation": "国函〔2013〕22号"}
    with acting(small_city.head(CITY)) as actor:
        with pytest.raises(Refused, match="还有 1 所学校"):
            services.close_bureau(actor=actor, bureau=baixia, effective_on=merged_on, basis=basis)
        for relation, schools in (
            ("competent_bureau", of_baixia),
            ("district", [*of_baixia, small_city.id(CITY_SECONDARY)]),
        ):
            services.relate(
                actor=actor,
                organisations=schools,
                relation=relation,
                other=qinhuai,
                effective_on=merged_on,
                basis=basis,
            )
        services.close_bureau(actor=actor, bureau=baixia, effective_on=merged_on, basis=basis)
    with acting_system():
        new = services.open_bureau(
            actor=system_actor(small_city.id(CITY)),
            level=Level.DISTRICT,
            code="320118",
            name="高淳区教育局",
            effective_on=merged_on,
            city=small_city.id(CITY),
        )
    with acting(small_city.head(CITY)) as actor:
        of_gaochun = [one.id for one in selectors.schools_of(small_city.id(GAOCHUN), TODAY)]
        for relation in ("competent_bureau", "district"):
            services.relate(
                actor=actor, organisations=of_gaochun, relation=relation, other=new.id, effective_on=merged_on
            )
        services.close_bureau(actor=actor, bureau=small_city.id(GAOCHUN), effective_on=merged_on)
    before, after = date(2013, 2, 28), merged_on
    school = small_city.id(BAIXIA_PRIMARY)
    assert selectors.competent_bureau(school, before) == baixia
    assert selectors.competent_bureau(school, after) == qinhuai
    assert selectors.related([small_city.id(CITY_SECONDARY)], "district", after) == {
        small_city.id(CITY_SECONDARY): qinhuai
    }
    assert [one.code for one in selectors.districts(before)] == [BAIXIA, QINHUAI, GAOCHUN]
    assert [one.code for one in selectors.districts(after)] == [QINHUAI, "320118"]
    assert selectors.competent_bureaus(of_gaochun, after) == dict.fromkeys(of_gaochun, new.id)
    assert {one.id: one.code for one in selectors.schools(after)} == codes
    assert selectors.by_code(BAIXIA_PRIMARY).code.startswith(BAIXIA)  # which no district bears any more
