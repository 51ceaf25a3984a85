"""What a superuser changes behind the house's back is named: school, pupil and field (design §5 "reconcile")."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import psycopg
import pytest
from django.db.models import Model

from tests import template
from tests.small_city import PRIMARY
from xueji.config.databases import owner_conninfo
from xueji.duties.exchange.reconcile import HereSide, HomeSide, Reconciled, digests, reconcile, reconcile_package
from xueji.duties.exchange.reconcile.opening import BROKEN
from xueji.duties.exchange.tests.conftest import Nodes
from xueji.duties.exchange.tests.nodes import Node, send
from xueji.duties.exchange.tests.test_duties import actor
from xueji.duties.maintenance import services as problems
from xueji.ground.accounts.context import acting_system
from xueji.ground.organisations.models import (
    ClassGroup,
    CohortPromotion,
    Organisation,
    OrganisationName,
    OrganisationRelation,
    Site,
)
from xueji.pure.kernel.types import Refused, Role
from xueji.registry.register.models import EarlierFields, Registration, Spell, Student

#: Of each table of the state: as what it stands in the question, and the columns that are not compared.
COLUMNS = [
    (Student, "s", {"sensitive", "id_index", "id_exempt"}),
    (EarlierFields, "f", {"id"}),
    (Registration, "r", {"holder"}),
    (Spell, "p", {"id", "student", "holder"}),
    *((one, "o", {"organisation_id"}) for one in (OrganisationName, OrganisationRelation)),
    (Organisation, "o", {"id"}),
    *((one, "o", {"school_id"}) for one in (Site, ClassGroup)),
    (CohortPromotion, "o", {"id", "school_id"}),
]


def compared(here: Node, there: Node, *, deep: bool = False) -> Reconciled:
    other = HomeSide(there.home.path, owner_conninfo(template.TEST_HOME, there.database))
    try:
        with here.at(), acting_system():
            return reconcile(HereSide(), other, deep=deep)
    finally:
        other.close()


@contextmanager
def superuser(node: Node) -> Iterator[psycopg.Connection]:
    """Without triggers, as somebody with the machine's own rights could work."""
    with psycopg.connect(owner_conninfo(template.TEST_HOME, node.database), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        yield connection


def named(found: Reconciled) -> list[tuple[str, str, str]]:
    return [(one.organisation, one.student, one.field) for one in found.differences]


def test_nodes_agree_after_a_package_and_each_changed_byte_is_named_by_school_pupil_and_field(nodes: Nodes) -> None:
    city, district = nodes.city, nodes.qinhuai
    with district.at():
        child, other = district.lives.open(), district.lives.open("32010421002")
        district.lives.spell(child, "status", "suspended", date(2008, 3, 1))
    assert send(district, city).accepted
    for deep in (False, True):
        assert compared(city, district, deep=deep).differences == []
        assert compared(district, city, deep=deep).equal
    assert compared(city, district).organisations == 4  # city's bureau, the district's, two schools

    with superuser(city) as connection:
        connection.execute(
            'UPDATE register_student SET fields = fields || \'{"ethnic_group": "03"}\' WHERE id = %s', [child.student]
        )
        connection.execute("UPDATE register_student SET name = '李四' WHERE id = %s", [other.student])
        connection.execute(
            "UPDATE register_spell SET started_on = started_on + 1 WHERE student = %s AND value = 'suspended'",
            [child.student],
        )
    found = named(compared(city, district))
    assert (PRIMARY, str(child.student), "ethnic_group") in found
    assert (PRIMARY, str(child.student), "status") in found
    assert ("32010421002", str(other.student), "name") in found
    assert len(found) == 3


def test_a_changed_entry_and_a_changed_seal_are_named_with_the_fields_that_they_hold(nodes: Nodes) -> None:
    city, district = nodes.city, nodes.qinhuai
    with district.at():
        child, other = district.lives.open(), district.lives.open()
    assert send(district, city).accepted
    with superuser(district) as connection:
        connection.execute(
            "UPDATE journals_entry SET operations = replace(operations::text, '2001-', '2002-')::json"
            ", effective_on = effective_on + 1 WHERE student = %s AND kind = 'opening'",
            [child.student],
        )
    found = named(compared(city, district))
    assert [(code, student) for code, student, _ in found] == [(PRIMARY, str(child.student))] * len(found)
    assert {field.split(".")[1] for _, _, field in found} >= {"effective_on"}
    with superuser(city) as connection:
        connection.execute(
            "UPDATE journals_entry SET sensitive = set_byte(sensitive, 40, 255 - get_byte(sensitive, 40))"
            " WHERE student = %s",
            [other.student],
        )
    sealed = [one for one in named(compared(city, district)) if one[1] == str(other.student)]
    assert len(sealed) == 1
    assert "sensitive(" in sealed[0][2]
    assert "id_number" in sealed[0][2]
    assert sealed[0] in named(compared(city, district, deep=True))


def test_a_changed_seal_of_the_state_is_found_by_opening_it(nodes: Nodes) -> None:
    city, district = nodes.city, nodes.qinhuai
    with district.at():
        child = district.lives.open()
    assert send(district, city).accepted
    with superuser(city) as connection:
        connection.execute(
            "UPDATE register_student SET sensitive = set_byte(sensitive, 40, 255 - get_byte(sensitive, 40))"
            " WHERE id = %s",
            [child.student],
        )
    assert compared(city, district).equal
    assert (PRIMARY, str(child.student), "sensitive") in named(compared(city, district, deep=True))
    with superuser(city) as connection:
        connection.execute("UPDATE register_student SET sensitive = NULL WHERE id = %s", [child.student])
    assert (PRIMARY, str(child.student), "id_number") in named(compared(city, district, deep=True))


@pytest.mark.parametrize(("model", "alias", "left_out"), COLUMNS)
def test_a_column_of_the_state_is_compared_unless_each_node_makes_it_its_own_way(
    model: type[Model], alias: str, left_out: set[str]
) -> None:
    columns = {field.column for field in model._meta.concrete_fields if not field.generated}
    names = (
        digests._OF_ORGANISATION[model._meta.db_table][1]
        if alias == "o"
        else re.findall(rf"\b{alias}\.(\w+)", digests.STATES)
    )
    assert columns - set(names) == left_out


def test_what_has_not_been_sent_yet_is_a_difference_of_the_entries_that_are_missing(nodes: Nodes) -> None:
    with nodes.qinhuai.at():
        child = nodes.qinhuai.lives.open()
    assert send(nodes.qinhuai, nodes.city).accepted
    with nodes.qinhuai.at():
        nodes.qinhuai.lives.spell(child, "status", "suspended", date(2008, 3, 1))
    found = compared(nodes.city, nodes.qinhuai)
    missing = [one for one in found.differences if one.field.startswith("entry ")]
    assert [(one.organisation, one.student, one.here) for one in missing] == [(PRIMARY, str(child.student), "")]


def test_a_package_is_compared_with_what_stands_here_before_and_after_it_was_taken_in(nodes: Nodes) -> None:
    city, district = nodes.city, nodes.qinhuai
    with district.at():
        child, other = district.lives.open(), district.lives.open()
        with acting_system():  # what is no journal stands in the file too
            problems.report(actor=actor(district, Role.CLERK), title="打印慢", text="打印卡片时等很久")
    package = district.export(city)

    def against(deep: bool = False) -> Reconciled:
        with city.at(), acting_system():
            return reconcile_package(package, deep=deep)

    missing = named(against())
    assert {(PRIMARY, str(child.student)), (PRIMARY, str(other.student))} <= {(code, who) for code, who, _ in missing}
    assert all(field.startswith("entry ") for _, who, field in missing if who)
    assert city.receive(package).accepted
    assert against(deep=True).equal
    assert against().compared == (district.code, PRIMARY)
    with superuser(city) as connection:
        connection.execute(
            "UPDATE journals_entry SET sensitive = set_byte(sensitive, 40, 255 - get_byte(sensitive, 40))"
            " WHERE student = %s",
            [child.student],
        )
    found = against(deep=True).differences
    assert {(one.organisation, one.student) for one in found} == {(PRIMARY, str(child.student))}
    assert BROKEN in {one.here for one in found}
    with nodes.baixia.at(), acting_system(), pytest.raises(Refused, match="本节点打不开"):
        reconcile_package(package)
