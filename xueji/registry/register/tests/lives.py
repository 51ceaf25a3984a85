"""Lives of invented pupils for tests: entries appended and refolded as the applications do it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from tests.small_city import PRIMARY, SmallCity
from xueji.ground.accounts.context import acting_system, system_actor
from xueji.ground.journals import services as journals
from xueji.ground.journals.types import Entry, NewEntry
from xueji.ground.organisations import services as organisations
from xueji.ground.organisations.services import ClassDraft
from xueji.pure.kernel.environment import environment
from xueji.pure.kernel.operations import (
    CloseRegistration,
    OpenRegistration,
    Operation,
    SetFields,
    SetSpell,
    VoidRegistration,
)
from xueji.registry.register import services as register

BASE = date(2007, 9, 15)
SCHEME = "nanjing-class"
VERSION = "test"


@dataclass(slots=True)
class Child:
    """A pupil of the test: the student, the registration of now and its school."""

    student: UUID
    registration: UUID
    school: UUID


@dataclass
class Lives:
    """Writes entries for pupils of the small city; each call is one transaction of one transaction id."""

    city: SmallCity
    groups: dict[tuple[str, str, int, int], UUID] = field(default_factory=dict)
    made: int = 0

    def group(self, code: str, stage: str, intake_year: int, class_no: int = 1) -> UUID:
        """A class group, made where there is none."""
        key = (code, stage, intake_year, class_no)
        if key not in self.groups:
            with acting_system():
                found = organisations.set_class_groups(
                    actor=system_actor(),
                    school=self.city.id(code),
                    classes=[ClassDraft(stage, intake_year, class_no)],
                    effective_on=date(2007, 9, 1),
                )
            self.groups[key] = found[0].id
        return self.groups[key]

    def write(self, entries: Sequence[NewEntry], *, in_hand: bool = True) -> list[Entry]:
        """Append and refold."""
        transaction_id = environment().new_id()
        with acting_system() as actor:
            journals.lock({new.organisation for new in entries})
            made = journals.append(
                actor=actor, transaction_id=transaction_id, entries=entries, rulebook_version=VERSION
            )
            register.refold(
                students={entry.student for entry in made if entry.student},
                transaction_id=transaction_id,
                entries=made if in_hand else None,
            )
        return made

    def fields(self, **changed: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Clear and sensitive values of an invented pupil."""
        self.made += 1
        clear: dict[str, Any] = {
            "name": f"张小{'明红军华丽'[self.made % 5]}",
            "gender": "1" if self.made % 2 else "2",
            "birth_date": "2001-03-04",
            "id_document_type": "1",
            "ethnic_group": "01",
            "enrolment_month": "2007-09",
        }
        sensitive: dict[str, Any] = {
            "id_number": f"32010420010304{self.made:04d}",
            "guardian_1_name": "张大",
            "guardian_1_relation": "51",
            "guardian_1_phone": "025-83370001",
        }
        for code, value in changed.items():
            (sensitive if code in sensitive else clear)[code] = value
        return clear, sensitive

    def opening(
        self,
        code: str = PRIMARY,
        *,
        stage: str = "primary",
        intake_year: int = 2007,
        class_no: int = 1,
        number: str | None = None,
        on: date = BASE,
        how: str = "opening",
        student: UUID | None = None,
        more: Sequence[Operation] = (),
        **changed: Any,
    ) -> tuple[Child, NewEntry]:
        """The entry that opens a registration; not yet written."""
        changed.setdefault("birth_date", f"{intake_year - (6 if stage == 'primary' else 12)}-03-04")
        clear, sensitive = self.fields(**changed)
        child = Child(student or environment().new_id(), environment().new_id(), self.city.id(code))
        if number is None:
            number = f"{code}{intake_year}{class_no:02d}{self.made:02d}"
        operations: list[Operation] = [
            OpenRegistration(child.registration, child.school, stage, number, SCHEME, how),
            SetSpell(child.registration, "status", "in_school"),
            SetSpell(child.registration, "class_group", str(self.group(code, stage, intake_year, class_no))),
        ]
        if student is None:
            operations.append(SetFields(clear, tuple(sensitive)))
        entry = NewEntry(
            child.school,
            how,
            on,
            (*operations, *more),
            child.student,
            {"test": True},
            sensitive if student is None else None,
        )
        return child, entry

    def open(self, code: str = PRIMARY, **kwargs: Any) -> Child:
        """Open a registration."""
        child, entry = self.opening(code, **kwargs)
        self.write([entry])
        return child

    def change(self, child: Child, kind: str, on: date, *operations: Operation, **kwargs: Any) -> Entry:
        """One entry in the journal of the child's school."""
        return self.write([NewEntry(child.school, kind, on, operations, child.student, **kwargs)])[0]

    def spell(self, child: Child, dimension: str, value: str | None, on: date) -> Entry:
        return self.change(child, dimension, on, SetSpell(child.registration, dimension, value))

    def suspend(self, child: Child, on: date, until: date = date(2009, 6, 30)) -> Entry:
        """As the change does: with the day when it ends."""
        suspended = SetSpell(child.registration, "status", "suspended")
        return self.change(child, "suspension", on, suspended, basis={"until": until.isoformat()})

    def close(self, child: Child, how: str, on: date) -> Entry:
        return self.change(child, how, on, CloseRegistration(child.registration, how))

    def void(self, child: Child, on: date) -> Entry:
        return self.change(child, "voiding", on, VoidRegistration(child.registration))

    def transfer(
        self, child: Child, code: str, on: date, *, intake_year: int = 2007, number: str | None = None
    ) -> Child:
        """Close here and open there, in one transaction."""
        moved, entry = self.opening(
            code, student=child.student, on=on, how="transfer_in", intake_year=intake_year, number=number
        )
        closing = NewEntry(
            child.school, "transfer_out", on, (CloseRegistration(child.registration, "transfer_out"),), child.student
        )
        self.write([closing, entry])
        return moved
