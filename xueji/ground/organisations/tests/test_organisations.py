"""Clauses A1, A2, B3: which schools there are, under which bureau, in which form."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.small_city import (
    BAIXIA,
    BAIXIA_PRIMARY,
    BEGIN,
    CENTRAL,
    CITY,
    CITY_SECONDARY,
    GAOCHUN,
    MIGRANT,
    NINE_YEAR,
    PRIMARY,
    QINHUAI,
    VILLAGE,
    SmallCity,
)
from xueji.ground.accounts.context import acting, acting_system, system_actor
from xueji.ground.organisations import selectors, services
from xueji.ground.organisations.models import ClassGroup, CohortPromotion, Organisation, OrganisationRelation, Site
from xueji.ground.organisations.services import ClassDraft, SchoolDraft
from xueji.pure.kernel.types import Level, Refused

pytestmark = pytest.mark.django_db
TODAY = date(2008, 9, 1)


def test_a_city_school_has_the_city_as_its_competent_bureau_and_lies_in_a_district(small_city: SmallCity) -> None:
    school = small_city.id(CITY_SECONDARY)
    assert selectors.competent_bureau(school, TODAY) == small_city.id(CITY)
    assert selectors.related([school], "district", TODAY) == {school: small_city.id(BAIXIA)}
    assert [one.code for one in selectors.schools_of(small_city.id(CITY), TODAY)] == [CITY_SECONDARY]
    assert CITY_SECONDARY not in [one.code for one in selectors.schools_of(small_city.id(BAIXIA), TODAY)]


def test_the_competent_bureaus_of_many_schools_are_one_query(
    small_city: SmallCity, django_assert_num_queries: Any
) -> None:
    schools = [small_city.id(code) for code in (PRIMARY, BAIXIA_PRIMARY, CITY_SECONDARY)]
    with django_assert_num_queries(1):
        found = selectors.competent_bureaus(schools, TODAY)
    assert found == {
        small_city.id(PRIMARY): small_city.id(QINHUAI),
        small_city.id(BAIXIA_PRIMARY): small_city.id(BAIXIA),
        small_city.id(CITY_SECONDARY): small_city.id(CITY),
    }


def test_only_the_junior_section_of_a_complete_secondary_school_is_in_scope(small_city: SmallCity) -> None:
    assert selectors.stages_of(selectors.by_code(CITY_SECONDARY)) == ("junior",)
    assert selectors.stages_of(selectors.by_code(NINE_YEAR)) == ("primary", "junior")


def test_an_unapproved_migrant_school_is_marked_and_hosted(small_city: SmallCity) -> None:
    school = selectors.by_code(MIGRANT)
    assert (school.kind, school.fields["is_approved"], school.fields["ownership"]) == ("migrant", False, "private")
    assert selectors.related([school.id], "host", TODAY) == {school.id: small_city.id(PRIMARY)}


def test_a_central_school_acts_for_the_schools_of_its_township(small_city: SmallCity) -> None:
    assert [one.code for one in selectors.schools_acted_for(small_city.id(CENTRAL), TODAY)] == [VILLAGE]


def test_teaching_points_are_sites_without_code_and_without_journal(small_city: SmallCity) -> None:
    sites = list(selectors.sites(small_city.id(CENTRAL)))
    assert [(one.code_no, one.kind, one.name) for one in sites] == [
        (0, "main", "本部"),
        (1, "teaching_point", "东村教学点"),
        (2, "teaching_point", "西村教学点"),
    ]
    with acting(small_city.registrar(CENTRAL)) as actor:
        opened = services.open_sites(
            actor=actor, school=small_city.id(CENTRAL), names=["北村教学点"], effective_on=TODAY
        )
        assert [one.code_no for one in opened] == [3]
        with pytest.raises(Refused, match="北村教学点"):
            services.open_sites(actor=actor, school=small_city.id(CENTRAL), names=["北村教学点"], effective_on=TODAY)


def test_the_four_levels_stand_under_one_another(small_city: SmallCity) -> None:
    top = selectors.tree(TODAY)
    assert top.organisation.code == CITY
    assert [node.organisation.code for node in top.below] == [BAIXIA, QINHUAI, GAOCHUN, CITY_SECONDARY]
    township = top.below[2]
    assert [node.organisation.code for node in township.below] == [CENTRAL, VILLAGE]


def test_a_bureau_opens_no_school_of_another_bureau(small_city: SmallCity) -> None:
    draft = SchoolDraft("32010421077", "秦淮春晓小学", "primary", small_city.id(QINHUAI))
    with acting(small_city.clerk(BAIXIA)) as actor, pytest.raises(Refused) as refused:
        services.open_school(actor=actor, draft=draft, effective_on=TODAY)
    assert refused.value.code == "organisations.not_your_school"
    with acting(small_city.clerk(QINHUAI)) as actor:
        opened = services.open_school(actor=actor, draft=draft, effective_on=TODAY)
    assert (opened.code_state, opened.level) == ("drafted", "school")


def test_a_kind_of_school_that_clause_a1_does_not_know_is_refused(small_city: SmallCity) -> None:
    draft = SchoolDraft("32010421078", "秦淮大学", "university", small_city.id(QINHUAI))
    with acting(small_city.clerk(QINHUAI)) as actor, pytest.raises(Refused, match="类别"):
        services.open_school(actor=actor, draft=draft, effective_on=TODAY)


def test_class_groups_of_a_cohort_are_set_in_bulk_and_named_by_grade_and_year(small_city: SmallCity) -> None:
    school = small_city.id(CENTRAL)
    point = selectors.sites(school)[1]
    drafts = [ClassDraft("primary", 2006, 1), ClassDraft("primary", 2006, 2), ClassDraft("primary", 2006, 1, point.id)]
    with acting(small_city.registrar(CENTRAL)) as actor:
        made = services.set_class_groups(actor=actor, school=school, classes=drafts, effective_on=TODAY)
        again = services.set_class_groups(actor=actor, school=school, classes=drafts, effective_on=TODAY)
    assert [one.id for one in made] == [one.id for one in again]
    assert [selectors.class_display_name(one, TODAY) for one in made] == [
        "三（1）班",
        "三（2）班",
        "东村教学点三（1）班",
    ]
    assert selectors.class_display_name(made[0], date(2007, 10, 1)) == "二（1）班"
    assert [one.id for one in selectors.class_groups(school, TODAY)] == [one.id for one in made]
    assert selectors.class_groups(school, date(2013, 9, 1)) == []


def test_a_school_has_no_class_of_a_stage_that_it_does_not_hold(small_city: SmallCity) -> None:
    with acting(small_city.registrar(PRIMARY)) as actor, pytest.raises(Refused):
        services.set_class_groups(
            actor=actor, school=small_city.id(PRIMARY), classes=[ClassDraft("junior", 2008, 1)], effective_on=TODAY
        )


def test_the_yearly_promotion_is_an_entry_a_cohort_and_leaves_the_final_grade_out(small_city: SmallCity) -> None:
    school = small_city.id(PRIMARY)
    years = range(2002, 2009)  # 2002: leaves in 2008; 2008: enters
    with acting(small_city.registrar(PRIMARY)) as actor:
        services.set_class_groups(
            actor=actor, school=school, classes=[ClassDraft("primary", year, 1) for year in years], effective_on=TODAY
        )
        entries = services.promote_cohorts(actor=actor, school=school, school_year=2008)
        assert services.promote_cohorts(actor=actor, school=school, school_year=2008) == []
        with pytest.raises(Refused, match="毕业年级"):
            services.promote_cohorts(actor=actor, school=school, school_year=2008, cohorts=[("primary", 2002)])
    assert len(entries) == 5
    assert {entry.effective_on for entry in entries} == {date(2008, 9, 1)}
    assert selectors.promoted(school, 2008) == {("primary", year) for year in range(2003, 2008)}


def test_the_state_of_organisations_can_be_made_again_from_the_journals(small_city: SmallCity) -> None:
    def rows() -> list[list[Any]]:
        models = (Organisation, OrganisationRelation, Site, ClassGroup, CohortPromotion)
        return [list(model.objects.order_by("id").values()) for model in models]

    with acting(small_city.registrar(PRIMARY)) as actor:
        services.set_class_groups(
            actor=actor, school=small_city.id(PRIMARY), classes=[ClassDraft("primary", 2007, 1)], effective_on=TODAY
        )
        services.promote_cohorts(actor=actor, school=small_city.id(PRIMARY), school_year=2008)
    before = rows()
    with acting_system():
        assert services.rebuild() == len(before[0])
    assert rows() == before


def test_every_state_row_names_an_entry_that_speaks_of_it(small_city: SmallCity) -> None:
    from xueji.ground.journals.models import JournalEntry

    with acting_system():
        entries = set(JournalEntry.objects.values_list("entry_id", flat=True))
    assert {one.last_entry for one in Organisation.objects.all()} <= entries
    assert {one.entry for one in OrganisationRelation.objects.all()} <= entries


def test_two_competent_bureaus_at_one_time_are_impossible_in_the_database(small_city: SmallCity) -> None:
    from django.db import IntegrityError, transaction

    with acting_system(), pytest.raises(IntegrityError, match="relation_one_at_a_time"), transaction.atomic():
        OrganisationRelation.objects.create(
            id=small_city.id(CITY),
            organisation_id=small_city.id(PRIMARY),
            relation="competent_bureau",
            other_id=small_city.id(BAIXIA),
            started_on=TODAY,
            entry=small_city.id(CITY),
        )


def test_a_school_that_has_a_bureau_is_not_related_to_a_school_as_its_bureau(small_city: SmallCity) -> None:
    with acting(small_city.head(CITY)) as actor, pytest.raises(Refused, match="不能成为主管教育局"):
        services.relate(
            actor=actor,
            organisations=[small_city.id(PRIMARY)],
            relation="competent_bureau",
            other=small_city.id(NINE_YEAR),
            effective_on=TODAY,
        )


def test_the_first_bureau_is_the_installations_and_no_others(small_city: SmallCity) -> None:
    with acting(small_city.head(QINHUAI)) as actor, pytest.raises(Refused):
        services.open_bureau(
            actor=actor, level=Level.DISTRICT, code="320106", name="鼓楼区教育局", effective_on=BEGIN,
            city=small_city.id(CITY),
        )  # fmt: skip
    with acting_system(), pytest.raises(Refused, match="代码"):
        services.open_bureau(
            actor=system_actor(small_city.id(CITY)), level=Level.DISTRICT, code=QINHUAI, name="另一个",
            effective_on=BEGIN, city=small_city.id(CITY),
        )  # fmt: skip
