"""Records that ``xueji simulate`` puts right by services of their own: other data, and the numbers of a class."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from xueji.doors.demo.single import Changer, Pupil, steps_of
from xueji.ground.accounts.context import acting
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Role
from xueji.registry.applications import services as applications

CORRECTION, CLASS_NUMBERS = "correction", "class_number_correction"


@dataclass
class Records:
    """The acts; every one True: it was done."""

    changer: Changer
    made: int = 0

    def acts(self) -> dict[str, Callable[[Pupil], bool]]:
        """The acts by kind."""
        return {CORRECTION: self._correct, CLASS_NUMBERS: self._renumber}

    def _correct(self, pupil: Pupil) -> bool:
        """The family has moved house: the school alone, at once."""
        self.made += 1
        registrar = self.changer.actor(pupil.school, Role.REGISTRAR)
        with acting(registrar):
            applications.correct_record(
                actor=registrar, school=self.changer.id_of(pupil.school), student=pupil.student,
                values={"mailing_address": f"南京市虚构路{self.made}号"}, explanation="模拟办理，理由已写明",
            )  # fmt: skip
        return True

    def _renumber(self, pupil: Pupil) -> bool:
        """The whole class of the pupil that was drawn."""
        registrar = self.changer.actor(pupil.school, Role.REGISTRAR)
        with acting(registrar):
            change = parameters.rulebook(today()).change(CLASS_NUMBERS)
            lodged = applications.lodge_class_numbers(
                actor=registrar, school=self.changer.id_of(pupil.school), class_group=pupil.class_group,
                reason="编号时班号用错", evidence=self.changer.evidence(registrar, pupil.school, change),
            )  # fmt: skip
            steps = steps_of(lodged.application)
        self.changer.decide(lodged.application, steps)
        return True
