"""What rests on an entry of a pupil, as the rooms above know it: a paper, a frozen return.

A room above says at start-up how it is asked (``ask``); nothing is imported upward. A sentence is what stands in the
way, without a full stop.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from xueji.ground.journals.types import Entry
from xueji.registry.register.models import Student

#: Closing entries by student → sentences by student.
Question = Callable[[Mapping[UUID, Entry]], Mapping[UUID, str]]
_questions: dict[str, Question] = {}
#: A registration → the sentence that says which paper of a transfer out of it is in somebody's hands, '' for none.
PaperQuestion = Callable[[UUID], str]
_paper_questions: dict[str, PaperQuestion] = {}


def ask(room: str, question: Question) -> None:
    """A room above adds its question; asked again by the same name it takes the place of the earlier one."""
    _questions[room] = question


def ask_papers(room: str, question: PaperQuestion) -> None:
    """As ``ask``, of papers that go with a child who leaves."""
    _paper_questions[room] = question


def papers_out(registration: UUID) -> list[str]:
    """What must be called in before a transfer out of a registration is taken back."""
    return [said for question in _paper_questions.values() if (said := question(registration))]


def rests_on(closing: Mapping[UUID, Entry]) -> dict[UUID, list[str]]:
    """By student what rests on the entry that ended his registration."""
    found: dict[UUID, list[str]] = {student: [] for student in closing}
    held = dict(Student.objects.filter(id__in=list(closing)).values_list("id", "holder"))
    for student, entry in closing.items():
        if held.get(student) != entry.organisation:
            found[student].append("该生已在别的学校建立学籍，请先由该校办理")
    for question in _questions.values():
        for student, sentence in question(closing).items():
            found[student].append(sentence)
    return found


def rooms() -> Sequence[str]:
    """The rooms that are asked."""
    return sorted(_questions)
