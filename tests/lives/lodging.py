"""How each kind is lodged: the services that a registrar's pages call, with what the form asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

from tests.lives.kinds_of_outside import OUTSIDE_KINDS, born
from tests.lives.model import FIRST, Ask, City, Class, called
from tests.lives.world import Row, World
from tests.small_city import CITY
from xueji.ground.accounts.context import acting
from xueji.pure.kernel.types import Actor
from xueji.registry.applications import services
from xueji.registry.applications.models import Line
from xueji.registry.applications.services.lodging import school_rulebook
from xueji.registry.applications.tests.support import child, digest, resident_id
from xueji.registry.register import selectors as register
from xueji.registry.register.models import Registration, Student

#: Answers beside day, end, class and other school.
_SAID: dict[str, dict[str, str]] = {
    "suspension": {"reason_code": "illness"},
    "required_suspension": {"reason_code": "infectious", "reason": "已告知监护人"},
    "dropout": {"reason_code": "work", "contact_attempts": "3", "contact_record": "家访三次，家中无人"},
    "abroad": {"country": "新加坡", "reason_code": "with_parents"},
    "death": {"reason_code": "illness"},
    "class_change": {"reason": "双胞胎同班"},
    "grade_skip": {"reason": "考核各科优秀"},
    "guest_begin": {"reason_code": "parents_away"},
    "guest_end": {"reason_code": "early"},
    "inclusion": {"inclusion_status": "2"},
    "transfer_out_of_city": {"region": "安徽省合肥市庐阳区", "other_school_name": "庐阳小学", "reason": "迁居"},
    "transfer_out_receipt": {"other_school_name": "庐阳小学"},
    "transfer_out_cancel": {"reason": "不迁居了"},
    "number_correction": {"cause": "year"},
    "number_swap": {"reason": "学籍卡发反"},
    "record_voiding": {"cause": "never_attended", "reason": "从未到校"},
    "substantiation": {"reason": "已逐项核对"},
}


@dataclass
class Desk:
    """Where a story's applications are handed in. ``rows``: what is known of each pupil's papers."""

    world: World
    model: City
    students: list[UUID]
    rows: list[Row]
    groups: dict[Class, UUID] = field(default_factory=dict)
    files: int = 0
    lines: dict[int, UUID] = field(default_factory=dict)
    outside: list[UUID] = field(default_factory=list)

    def lodge(self, ask: Ask) -> UUID | None:
        """The application; None where the kind is done at once. Raises ``Refused``."""
        if ask.kind == "graduation_undo":
            self._take_back(ask)
            return None
        with acting(self.lodger(ask)) as actor:
            change = school_rulebook(self.world.city.id(ask.school), self.world.today).change(ask.kind)
            keys = [one.key for one in change.evidence]
            papers = list(zip(keys, self.world.papers[ask.school], strict=False))
            return LODGED.get(ask.kind, Desk._change)(self, actor, ask, papers)

    def lodger(self, ask: Ask) -> Actor:
        """Who hands it in: the school's registrar, or the clerk of its bureau."""
        by_bureau = ask.kind in ("placement", "placement_entry")
        return (
            self.world.city.clerk(self.model.bureaus[ask.school])
            if by_bureau
            else self.world.city.registrar(ask.school)
        )

    def refused(self, ask: Ask, application: UUID) -> None:
        """A roster came to nothing: its child may be placed by the bureau."""
        if ask.kind in ("enrolment", "transfer_into_city", "late_registration"):
            self.model.turned_away.append(ask)
            self.lines[id(ask)] = application

    def _change(self, actor: Actor, ask: Ask, papers: list[tuple[str, UUID]]) -> UUID | None:
        on = ask.on or self.world.today
        claim = {
            **_SAID.get(ask.kind, {}),
            **({"effective_on": on.isoformat()} if ask.on else {}),
            **({"until": ask.until.isoformat()} if ask.until else {}),
            **({"class_group": str(self.groups[ask.to])} if ask.to else {}),
            **({"second_student": str(self.students[ask.second])} if ask.second >= 0 else {}),
            **({"absent_since": (on - timedelta(20)).isoformat()} if ask.kind == "dropout" else {}),
            "explanation": "情况属实",
        }
        named = ask.kind in ("guest_begin", "special_school")
        return services.lodge_change(
            actor=actor,
            kind=ask.kind,
            school=actor.organisation,
            student=self.students[ask.pupil],
            claim=claim,
            evidence=papers,
            other_school=self.world.city.id(ask.other) if named else None,
        ).application

    def listed(self) -> None:
        """Who has come to the list of those without a registration."""
        with acting(self.world.city.head(CITY)):
            known = [one.child for one in register.outside_children(None)]
        self.outside += [one for one in known if one not in self.outside]

    def _outside(self, actor: Actor, ask: Ask, papers: list[tuple[str, UUID]]) -> UUID:
        """A new child has the papers of his number; who is listed is found by the days of his stay."""
        born_on = born(ask).isoformat()
        new = {
            "name": f"外{ask.no}", "gender": "1", "birth_date": born_on, "id_number": resident_id(ask.no, born_on),
            "home_region": "合肥", "home_school": "庐阳小学", "guardian": "家长", "phone": "13900000000",
        }  # fmt: skip
        claim = {
            **(new if ask.outside < 0 else {}),
            **({"effective_on": ask.on.isoformat()} if ask.on else {}),
            **({"until": ask.until.isoformat()} if ask.until else {}),
            **({"class_group": str(self.groups[ask.to])} if ask.to else {}),
            "reason_code": "other",
            "reason": "家庭困难",
        }
        made = services.lodge_outside(
            actor=actor,
            kind=ask.kind,
            claim=claim,
            child=self.outside[ask.outside] if ask.outside >= 0 else None,
            evidence=papers,
        )
        return made.application

    def _transfer(self, actor: Actor, ask: Ask, papers: list[tuple[str, UUID]]) -> UUID:
        assert ask.to is not None
        return services.lodge_transfer(
            actor=actor,
            school=actor.organisation,
            class_group=self.groups[ask.to],
            reason="举家迁居",
            name=self.model.lives[ask.pupil].name,
            id_number=str(self.rows[ask.pupil]["id_number"]),
            evidence=papers,
            explanation="举家迁居",
        ).application

    def _placement(self, actor: Actor, ask: Ask, papers: list[tuple[str, UUID]]) -> UUID:
        assert ask.to is not None
        return services.lodge_placement(
            actor=actor,
            class_group=self.groups[ask.to],
            reason="附近学校没有空余学位",
            name=self.model.lives[ask.pupil].name,
            id_number=str(self.rows[ask.pupil]["id_number"]),
        ).application

    def _placement_entry(self, actor: Actor, ask: Ask, papers: list[tuple[str, UUID]]) -> UUID:
        assert ask.to is not None
        line = Line.objects.get(application=self.lines[id(ask.after)]).id
        return services.lodge_placement_of_row(
            actor=actor, class_group=self.groups[ask.to], reason="附近学校没有空余学位", line=line
        ).application

    def _arrival(self, actor: Actor, ask: Ask, papers: list[tuple[str, UUID]]) -> None:
        services.confirm_arrival(actor=actor, school=actor.organisation, student=self.students[ask.pupil])

    def _traced(self, actor: Actor, ask: Ask, papers: list[tuple[str, UUID]]) -> None:
        claim = {"effective_on": self.world.today.isoformat(), "found_by": "班主任", "whereabouts": "02"}
        services.trace_arrival(
            actor=actor,
            school=actor.organisation,
            student=self.students[ask.pupil],
            claim={**claim, "follow_up": "arrival"},
        )

    def _correction(self, actor: Actor, ask: Ask, papers: list[tuple[str, UUID]]) -> None:
        services.correct_record(
            actor=actor,
            school=actor.organisation,
            student=self.students[ask.pupil],
            values={"former_name": called("曾", ask.no)},
            explanation="情况属实",
        )

    def _key_correction(self, actor: Actor, ask: Ask, papers: list[tuple[str, UUID]]) -> UUID:
        return services.lodge_key_correction(
            actor=actor,
            school=actor.organisation,
            student=self.students[ask.pupil],
            values={"name": called("改名", ask.no)},
            reason="录入时抄错",
            explanation="情况属实",
            evidence=papers,
        ).application

    def _merge(self, actor: Actor, ask: Ask, papers: list[tuple[str, UUID]]) -> UUID:
        with acting(self.world.city.head(CITY)):
            found = Registration.objects.filter(student=self.students[ask.second]).exclude(number="")
            number = found.order_by("-started_on").values_list("number", flat=True)[0]
        return services.lodge_merge(
            actor=actor,
            school=actor.organisation,
            student=self.students[ask.pupil],
            second_number=number,
            second_name=self.model.lives[ask.second].name,
            reason="户口簿证明是同一人",
            evidence=papers,
        ).application

    def _unmerge(self, actor: Actor, ask: Ask, papers: list[tuple[str, UUID]]) -> UUID:
        return services.lodge_merge_undo(
            actor=actor,
            school=actor.organisation,
            student=self.students[ask.pupil],
            reason="公安机关证明是两个人",
            evidence=papers,
        ).application

    def _roster(self, actor: Actor, ask: Ask, papers: list[tuple[str, UUID]]) -> UUID:
        self.files += 1
        return services.lodge_roster(
            actor=actor,
            school=actor.organisation,
            kind=ask.kind,
            rows=[self._row(ask)],
            file_digest=digest(f"file-{self.files}"),
            evidence=papers,
        ).application

    def _row(self, ask: Ask) -> Row:
        assert ask.to is not None
        _, stage, intake, class_no = ask.to
        grade = ask.year - intake + FIRST[stage]
        known = {**self.rows[ask.pupil], "name": self.model.lives[ask.pupil].name} if ask.pupil >= 0 else None
        row = known or {**child(ask.no, grade=grade), "name": called("孩", ask.no)}
        return {**row, "grade": str(grade), "class_no": str(class_no), "enrolment_month": f"{ask.year}-09"}

    def _class_numbers(self, actor: Actor, ask: Ask, papers: list[tuple[str, UUID]]) -> UUID:
        assert ask.to is not None
        return services.lodge_class_numbers(
            actor=actor,
            school=actor.organisation,
            class_group=self.groups[ask.to],
            reason="编号时班号用错",
            evidence=papers,
        ).application

    def _promotion(self, actor: Actor, ask: Ask, papers: list[tuple[str, UUID]]) -> UUID:
        return services.lodge_promotion(actor=actor, school=actor.organisation, school_year=ask.year).application

    def _leaving(self, actor: Actor, ask: Ask, papers: list[tuple[str, UUID]]) -> UUID:
        assert ask.to is not None
        outcomes = {self.students[one]: {"marks": "fail"} for one in ask.failed}
        return services.lodge_leaving(
            actor=actor, school=actor.organisation, stage=ask.to[1], school_year=ask.year, outcomes=outcomes
        ).application

    def _admission(self, actor: Actor, ask: Ask, papers: list[tuple[str, UUID]]) -> UUID:
        wanted = [self.students[one] for one in ask.listed]
        with acting(self.world.city.head(CITY)):
            found = Registration.objects.filter(student__in=wanted, voided=False).order_by("started_on")
            numbers = dict(found.values_list("student", "number"))
        listed = [(numbers[self.students[one]], self.model.lives[one].name) for one in ask.listed]
        return services.lodge_admission(
            actor=actor, school=actor.organisation, school_year=ask.year, listed=listed
        ).application

    def _division(self, actor: Actor, ask: Ask, papers: list[tuple[str, UUID]]) -> UUID:
        assert ask.to is not None
        return services.lodge_division(
            actor=actor,
            school=actor.organisation,
            stage=ask.to[1],
            intake_year=ask.year,
            assigned=[(self.students[one], ask.to[3]) for one in ask.listed],
        ).application

    def _take_back(self, ask: Ask) -> None:
        with acting(self.world.city.head(self.model.bureaus[ask.school])) as actor:
            services.undo_graduation(actor=actor, students=[self.students[ask.pupil]], reason="补考成绩登记有误")

    def born(self, ask: Ask) -> None:
        """A new child of a roster is in the register: how he is called there from now on."""
        row = self._row(replace(ask, pupil=-1))
        with acting(self.world.city.head(CITY)):
            self.students.append(Student.objects.get(name=str(row["name"])).id)
        self.rows.append(row)


LODGED: dict[str, Callable[[Desk, Actor, Ask, list[tuple[str, UUID]]], UUID | None]] = {
    "transfer": Desk._transfer,
    "placement": Desk._placement,
    "placement_entry": Desk._placement_entry,
    "arrival": Desk._arrival,
    "arrival_traced": Desk._traced,
    "correction": Desk._correction,
    "key_correction": Desk._key_correction,
    "merge": Desk._merge,
    "merge_undo": Desk._unmerge,
    "opening": Desk._roster,
    "enrolment": Desk._roster,
    "transfer_into_city": Desk._roster,
    "late_registration": Desk._roster,
    "class_number_correction": Desk._class_numbers,
    "promotion": Desk._promotion,
    "leaving": Desk._leaving,
    "admission": Desk._admission,
    **dict.fromkeys(OUTSIDE_KINDS, Desk._outside),
    "division": Desk._division,
}
