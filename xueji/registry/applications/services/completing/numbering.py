"""Registration numbers for class groups of one school, by the scheme of its district."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from xueji.ground.organisations import selectors as organisations
from xueji.ground.organisations.models import ClassGroup, Organisation
from xueji.pure.kernel.rulebook import Rulebook
from xueji.registry.cases import services as cases
from xueji.registry.register import services as register

MAIN = "main"


def allocate(
    school: Organisation, book: Rulebook, classes: Sequence[tuple[ClassGroup, Sequence[UUID]]]
) -> tuple[Mapping[UUID, str], str]:
    """Numbers for the pupils of class groups in the order given; (number by student, the scheme's code).

    Where a range is nearly used up the competent bureau is told before it is. Raises ``Refused``.
    """
    scheme = book.numbers["registration_number"]
    wanted = [(group, students) for group, students in classes if students]
    if not wanted:
        return {}, scheme.code
    shared = len(organisations.stages_of(school)) > 1 or organisations.sites(school.id).exclude(kind=MAIN).exists()
    intakes = [
        register.Intake(
            stage=group.stage,
            intake_year=group.intake_year,
            class_no=group.class_no,
            students=students,
            site=MAIN if group.site.kind == MAIN else "point",
            shared=shared,
        )
        for group, students in wanted
    ]
    given = register.allocate_numbers(school=school.id, school_code=school.code, scheme=scheme, intakes=intakes)
    for intake, left in given.nearly_used_up:
        bureau = organisations.competent_bureau(school.id)
        params = {"school": school.name, "intake_year": intake.intake_year, "class_no": intake.class_no, "left": left}
        cases.notify([bureau] if bureau else [], "numbers_nearly_used_up", role="clerk", params=params)
    return given.numbers, scheme.code
