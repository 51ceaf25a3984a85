"""Acts of another node on the pages of this one: only ids travel, so the unit stands where the name would."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from uuid import UUID

import pytest

from tests.small_city import CITY, PRIMARY, QINHUAI
from xueji.doors.web.names import acted_by
from xueji.duties.exchange.tests.conftest import Nodes
from xueji.duties.exchange.tests.nodes import Node, send
from xueji.duties.exchange.tests.test_duties import actor, file_
from xueji.duties.exchange.tests.test_pages import browser, get
from xueji.duties.filings import services as filings
from xueji.duties.maintenance import services as problems
from xueji.ground.accounts.context import SYSTEM_PERSON, acting_system
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.types import Actor, Role
from xueji.registry.register.tests import lives

ELSEWHERE = "（对方节点）"


def name_at(node: Node, code: str) -> str:
    with node.at(), acting_system():
        return organisations.by_code(code).name


def test_who_acted_at_another_node_is_named_by_the_unit_and_nobody_else_is() -> None:
    known = UUID(int=7)
    assert acted_by({known: "王某"}, known, "秦淮区教育局") == "王某"
    assert acted_by({}, str(known), "秦淮区教育局") == f"秦淮区教育局{ELSEWHERE}"
    assert acted_by({}, None, "秦淮区教育局") == acted_by({}, SYSTEM_PERSON, "秦淮区教育局") == ""


def test_a_filing_a_problem_and_a_pupil_s_story_say_which_unit_acted_at_the_other_node(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    city, district = nodes.city, nodes.qinhuai
    with district.at():
        school = district.lives.city.id(PRIMARY)

        @contextmanager
        def registrar() -> Iterator[Actor]:
            with acting_system() as system:
                yield replace(system, person=UUID(int=99), organisation=school)

        district.lives.group(PRIMARY, "primary", 2005)
        monkeypatch.setattr(lives, "acting_system", registrar)
        child = district.lives.open(intake_year=2005, name="李丽")
    file_(district)
    with district.at(), acting_system():
        problem = problems.report(actor=actor(district, Role.CLERK), title="打印慢", text="等很久").pk
        bureau = organisations.by_code(QINHUAI).id
    assert send(district, city).accepted
    head, above = browser(city, Role.HEAD), name_at(city, CITY)
    filing = f"/manage/filings/2008/school_codes/{bureau}/"
    shown = get(city, head, filing)
    assert shown.count(f"{name_at(city, QINHUAI)}{ELSEWHERE}") == 2, "made and filed"
    assert f"{name_at(city, QINHUAI)}{ELSEWHERE}" in get(
        city, browser(city, Role.CLERK), f"/manage/problems/{problem}/"
    )
    story = get(city, head, f"/pupils/{child.student}/")
    assert f"{name_at(city, PRIMARY)}{ELSEWHERE}" in story
    with city.at(), acting_system():
        filings.acknowledge(actor=actor(city, Role.HEAD), kind="school_codes", year=2008, bureau=bureau)
    assert send(city, district).accepted
    assert f"{above}{ELSEWHERE}" in get(district, browser(district, Role.CLERK), filing)
