"""The two rounds of the invented city, and the proofs that its schools issue."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

from xueji.doors.demo import transfers
from xueji.doors.demo.city import CITY_CODE, SchoolPlan
from xueji.doors.demo.rosters import Stage
from xueji.doors.demo.transfers import Transfer, at
from xueji.duties.certificates import services as certificates
from xueji.duties.returns import services as returns
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.environment import SeededEnvironment, today
from xueji.pure.kernel.types import Role
from xueji.registry.register import selectors as register

FIRST, YEARLY = "2007-2008", "2008"


def first_round(stage: Stage, clock: SeededEnvironment) -> None:
    """The opening stock, declared in April and May 2008."""
    for school in stage.city.schools:
        _school_reports(stage, school, FIRST)
        _bureau_accepts(stage, stage.bureau_of(school), school.code, FIRST)
    clock.move_to(at(date(2008, 5, 19)))
    _consolidate(stage, FIRST)


def yearly_round(stage: Stage, clock: SeededEnvironment, pending: Transfer) -> None:
    """Round 2008: most schools in time, the pending transfer decided in between, one district sent back and why."""
    clock.move_to(at(date(2008, 9, 17)))
    late = {pending.receiver.code, stage.city.schools[-1].code}
    for school in stage.city.schools:
        if school.code not in late:
            _school_reports(stage, school, YEARLY)
    # The sender has certified; now the last people decide, on the 22nd.
    clock.move_to(at(date(2008, 9, 19)))
    transfers.advance(stage, pending, clock, start=3)
    clock.move_to(at(date(2008, 9, 28)))
    for school in stage.city.schools:
        if school.code in late:
            _school_reports(stage, school, YEARLY)
    clock.move_to(at(date(2008, 10, 9)))
    for school in stage.city.schools:
        _bureau_accepts(stage, stage.bureau_of(school), school.code, YEARLY)
    clock.move_to(at(date(2008, 10, 15)))
    _consolidate(stage, YEARLY, sent_back=stage.city.districts[0][0])


def round_of(stage: Stage, clock: SeededEnvironment, year: int) -> None:
    """The round of a year, all in time and nothing sent back: by the schools, their bureaus, the city."""
    clock.move_to(at(date(year, 9, 17)))
    for school in stage.city.schools:
        _school_reports(stage, school, str(year))
    for school, keeper in stage.closed:
        _school_reports(stage, school, str(year), by=keeper)
    clock.move_to(at(date(year, 9, 25)))
    for school in (*stage.city.schools, *(one for one, _ in stage.closed)):
        _bureau_accepts(stage, stage.bureau_of(school), school.code, str(year))
    _consolidate(stage, str(year))


def _school_reports(stage: Stage, school: SchoolPlan, round_code: str, by: str = "") -> None:
    """Made and explained by the registrar, certified by the deputy head, submitted by the registrar; ``by``: the school
    whose people do it for a closed one."""
    organisation = stage.founded.organisations[school.code]
    verbs: tuple[tuple[Role, Callable[..., Any]], ...] = (
        (Role.REGISTRAR, returns.make),
        (Role.REGISTRAR, partial(returns.explain_all, text="已与班主任、家长逐人核实，情况属实。")),
        (Role.DEPUTY_HEAD, returns.certify),
        (Role.REGISTRAR, returns.submit),
    )
    for role, verb in verbs:
        actor = stage.founded.actor(by or school.code, role)
        with acting(actor):
            verb(actor=actor, round_code=round_code, organisation=organisation)


def _bureau_accepts(stage: Stage, bureau: str, code: str, round_code: str) -> None:
    head = stage.founded.actor(bureau, Role.HEAD)
    with acting(head):
        returns.accept(actor=head, round_code=round_code, organisation=stage.founded.organisations[code])


def _consolidate(stage: Stage, round_code: str, sent_back: str | None = None) -> None:
    for code, name in stage.city.districts:
        _bureau_reports(stage, code, round_code)
        if code == sent_back:
            head = stage.founded.actor(CITY_CODE, Role.HEAD)
            with acting(head):
                returns.send_back(
                    actor=head,
                    round_code=round_code,
                    organisation=stage.founded.organisations[code],
                    reason="转入未报到学生的去向说明不全，请与有关学校核实后重新汇总上报。",
                )
            _bureau_reports(stage, code, round_code)
        _bureau_accepts(stage, CITY_CODE, code, round_code)
        stage.tell(f"{name}：{round_code} 数据已由市局接受")
    _bureau_reports(stage, CITY_CODE, round_code)


def _bureau_reports(stage: Stage, code: str, round_code: str) -> None:
    organisation = stage.founded.organisations[code]
    verbs = [(Role.CLERK, returns.make), (Role.HEAD, returns.certify)]
    if code != CITY_CODE:
        verbs.append((Role.HEAD, returns.submit))
    for role, verb in verbs:
        actor = stage.founded.actor(code, role)
        with acting(actor):
            verb(actor=actor, round_code=round_code, organisation=organisation)


def proofs(stage: Stage, clock: SeededEnvironment) -> int:
    """A proof of registration at some schools; the PDFs lie in the demo's folder."""
    clock.move_to(at(date(2008, 10, 23)))
    issued = 0
    for school in stage.city.schools[::9]:
        registrar = stage.founded.actor(school.code, Role.REGISTRAR)
        with acting(registrar):
            listed = register.roster(stage.founded.organisations[school.code], today())
            pupil = next(one for one in listed if one.established and one.number)
            paper = certificates.issue(
                actor=registrar, kind=certificates.PROOF, student=pupil.student, purpose="办理少儿医疗保险"
            )
        (stage.folder / f"学籍证明-{paper.number}.pdf").write_bytes(paper.pdf)
        clock.advance(timedelta(minutes=7))
        issued += 1
    return issued
