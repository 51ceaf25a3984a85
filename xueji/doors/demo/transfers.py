"""Transfers of the invented city: the nine people, the evidence, the arrival."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

import typst

from xueji.doors.demo.city import SchoolPlan
from xueji.doors.demo.people import Place
from xueji.doors.demo.rosters import Stage
from xueji.ground.accounts.context import acting
from xueji.ground.documents import services as documents
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment, environment, today
from xueji.pure.kernel.rulebook import Party, Step
from xueji.pure.kernel.types import Role
from xueji.registry.applications import services as applications


@dataclass(frozen=True, slots=True)
class Transfer:
    """A transfer that was lodged: from where to where, by which steps it goes on."""

    application: UUID
    place: Place
    sender: SchoolPlan
    receiver: SchoolPlan
    steps: tuple[Step, ...]


_PAPER = """#set page(paper: "a4", margin: 25mm)
#set text(font: "Noto Serif CJK SC", lang: "zh", size: 13pt)
#align(center, text(size: 20pt)[{title}])
#v(10mm)
演示用材料，内容均为虚构。

学生：{name}

原因：{reason}

监护人（签字）：＿＿＿＿＿＿＿＿
"""


def paper(title: str, name: str, reason: str) -> bytes:
    """An invented paper as a PDF."""
    pdf = typst.compile(_PAPER.format(title=title, name=name, reason=reason).encode())
    if not isinstance(pdf, bytes):
        raise TypeError("a single document was expected")
    return pdf


def at(day: date, hour: int = 9) -> datetime:
    return datetime.combine(day, time(hour), LOCAL_ZONE)


def lodge(stage: Stage, place: Place, sender: SchoolPlan, receiver: SchoolPlan, reason: str) -> Transfer:
    """The receiving school's registrar lodges, with the evidence that the rulebook asks for."""
    founded = stage.founded
    registrar = founded.actor(receiver.code, Role.REGISTRAR)
    school = founded.organisations[receiver.code]
    book = parameters.rulebook(today())
    change = book.change("transfer")
    with acting(registrar):
        groups = organisations.class_groups(school, today(), stages=book.stages)
        year = book.school_year()
        # The grade never changes by a transfer: the class is of the pupil's own cohort.
        group = next(
            one
            for one in groups
            if one.stage == place.stage
            and book.stages.grade_of(one.stage, one.intake_year, year) == grade_now(place, year)
        )
        evidence = []
        for needed in change.evidence:
            if needed.required:
                stored = documents.store(
                    actor=registrar,
                    subject=environment().new_id(),
                    name=f"{needed.title}.pdf",
                    content=paper(needed.title, place.child.name, reason),
                )
                evidence.append((needed.key, stored.id))
        result = applications.lodge_transfer(
            actor=registrar,
            school=school,
            class_group=group.id,
            reason=reason,
            name=place.child.name,
            id_document_type="1",
            id_number=place.child.id_number,
            claim={"gender": place.child.gender, "birth_date": place.child.birth_date.isoformat()},
            evidence=evidence,
            explanation=reason if grade_now(place, year) == book.stages.final_grade(place.stage) else "",
        )
    same = stage.bureau_of(sender) == stage.bureau_of(receiver)
    steps = change.steps_for("same_bureau" if same else "two_bureaus")
    return Transfer(result.application, place, sender, receiver, steps)


def grade_now(place: Place, school_year: int) -> int:
    """The grade in ``school_year`` of a child that stood in a roster of 2007."""
    return place.grade + school_year - 2007


def advance(
    stage: Stage, transfer: Transfer, clock: SeededEnvironment, steps: int | None = None, start: int = 0
) -> None:
    """Let the next people act, one a day; ``steps``: how many (default: all that are left)."""
    places = {
        Party.APPLICANT: transfer.receiver.code,
        Party.OTHER: transfer.sender.code,
        Party.BUREAU_OF_APPLICANT: stage.bureau_of(transfer.receiver),
        Party.BUREAU_OF_OTHER: stage.bureau_of(transfer.sender),
    }
    end = len(transfer.steps) if steps is None else start + steps
    for step in transfer.steps[start:end]:
        clock.advance(timedelta(hours=20))
        actor = stage.founded.actor(places[step.at], step.role)
        with acting(actor):
            applications.act(actor=actor, application=transfer.application, act=step.act.value)


def confirm_arrival(stage: Stage, transfer: Transfer, student: UUID) -> None:
    """The receiving school's registrar notes that the child has come."""
    registrar = stage.founded.actor(transfer.receiver.code, Role.REGISTRAR)
    with acting(registrar):
        applications.confirm_arrival(
            actor=registrar, school=stage.founded.organisations[transfer.receiver.code], student=student
        )
