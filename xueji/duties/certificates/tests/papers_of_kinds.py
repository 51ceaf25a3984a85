"""A paper of each kind of the rulebook for invented pupils, given out by the people whose act it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from uuid import UUID

from tests.small_city import PRIMARY, QINHUAI
from xueji.duties.certificates import services
from xueji.duties.certificates.claims import ArchiveLeaver
from xueji.duties.certificates.services.printing import statements_of
from xueji.duties.certificates.tests.attested import COMPLETION, DIPLOMA, LETTER, attest, leaver, paper
from xueji.duties.certificates.tests.support import issue
from xueji.ground.accounts.context import acting, acting_system
from xueji.ground.journals.types import NewEntry
from xueji.ground.typesetting import chinese_date
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.operations import SetOutside
from xueji.pure.procedures.out_of_city import DEPARTING
from xueji.registry.applications.claims import seal_claim
from xueji.registry.applications.models import Application
from xueji.registry.photos.tests.pictures import give_photo
from xueji.registry.register.selectors import student_record
from xueji.registry.register.tests.lives import Child, Lives

#: Two characters, four with the dot, fifteen with both rare ones, the rare ones alone.
NAMES = ("丁一", "买·提江", "阿卜杜拉·买买提·吐尔逊江𠮷䶮", "𠮷䶮")
SHEET, ROLL, GUEST, CARD = "transfer_sheet", "graduate_roll", "guest_attendance_proof", "student_card"
_AWAY = {"region": "安徽省合肥市庐阳区", "other_school_name": "庐阳实验小学", "reason": "随父母举家迁居合肥"}


@dataclass(frozen=True, slots=True)
class Made:
    """A page that was given out, and what the register says of whom it speaks."""

    name: str
    pdf: bytes
    page: int
    statement: str
    said: tuple[str, ...]


def said_of(lives: Lives, student: UUID, *, whole: bool = True) -> tuple[str, ...]:
    """What the register says of a pupil, as papers say it. ``whole``: the birth date in one, else its parts."""
    with acting(lives.city.registrar()):
        record = student_record(student)
    assert record is not None
    born = date.fromisoformat(str(record.fields["birth_date"]))
    shown = (chinese_date(born),) if whole else (str(born.year), str(born.month), str(born.day))
    gender = {"1": "男", "2": "女"}[str(record.fields["gender"])]
    own = next(one for one in record.registrations if one.school == lives.city.id(PRIMARY))
    return (record.name, gender, own.number, *shown, "秦淮云锦小学")


def _proof(prepare: Callable[[Lives, Child], None], kind: str, lives: Lives, names: Sequence[str]) -> list[Made]:
    found = []
    for name in names:
        child = lives.open(name=name)
        prepare(lives, child)
        made = issue(lives.city, child.student, kind=kind)
        found.append(Made(name, made.pdf, 0, made.statement, said_of(lives, child.student)))
    return found


def _as_he_is(_lives: Lives, _child: Child) -> None:
    """Nothing is to be prepared."""


def _suspended(lives: Lives, child: Child) -> None:
    lives.spell(child, "status", "suspended", date(2008, 3, 3))


def _back(lives: Lives, child: Child) -> None:
    _suspended(lives, child)
    lives.spell(child, "status", "in_school", date(2008, 8, 30))


def _left(lives: Lives, child: Child) -> None:
    lives.close(child, "graduation", date(2008, 7, 1))


def leaves_the_city(lives: Lives, child: Child) -> None:
    """An approved transfer out of the city, as the last decision leaves it; its receipt is awaited."""
    lives.spell(child, "arrival", DEPARTING, date(2008, 8, 25))
    new = environment().new_id
    with acting_system():
        key, now = new(), environment().now()
        Application.objects.create(
            id=key, kind="transfer_out_of_city", school=child.school, student=child.student,
            registration=child.registration, state="approved", transaction_id=new(), claim=seal_claim(key, _AWAY),
            effective_on=date(2008, 8, 25), lodged_by=new(), lodged_post=new(), lodged_on=date(2008, 8, 20),
            lodged_at=now, changed_at=now,
        )  # fmt: skip


def _cards(lives: Lives, names: Sequence[str]) -> list[Made]:
    found = []
    for seed, name in enumerate(names):
        child = lives.open(name=name)
        give_photo(lives.city, child.student, seed)
        made = issue(lives.city, child.student, kind=CARD, purpose="")
        _, gender, number, _, school = said_of(lives, child.student)
        found.append(Made(name, made.pdf, 0, made.statement, (name, gender, number, number[-8:], school)))
    return found


def _guests(lives: Lives, names: Sequence[str]) -> list[Made]:
    found = []
    for name in names:
        child, school = environment().new_id(), lives.city.id(PRIMARY)
        said = {"name": name, "birth_date": "2001-05-04", "home_region": "安徽省合肥市", "home_school": "庐阳实验小学"}
        group = lives.group(PRIMARY, "primary", 2007)
        stands = SetOutside(child, school, "guest", "primary", 2007, "2", group, date(2009, 6, 30))
        day = date(2008, 9, 1)
        lives.write([NewEntry(school, "guest_outside_begin", day, (stands,), None, {}, said, data_key_subject=child)])
        with acting(lives.city.registrar()) as actor:
            made = services.issue_to_guest(actor=actor, child=child, purpose="办理公交卡")
        told = (name, "女", "2001年5月4日", "安徽省合肥市庐阳实验小学", "秦淮云锦小学")
        found.append(Made(name, made.pdf, 0, made.statement, told))
    return found


def _printed(lives: Lives, kind: str, numbers: Sequence[str], said: Sequence[tuple[str, ...]]) -> list[Made]:
    """Attested papers printed in one go, a page each, in the order of their numbers."""
    with acting(lives.city.registrar()) as actor:
        if kind != LETTER:
            services.receive_blanks(actor=actor, kind=kind, first="JS0801", last=f"JS08{len(numbers):02d}")
        rows = [paper(number) for number in numbers]
        made = services.print_papers(actor=actor, certificates=[one.id for one in rows])
        codes = statements_of(rows)
    told = list(zip(codes, said, strict=True))
    return [Made(one[0], made.pdf, page, code, one) for page, (code, one) in enumerate(told)]


def _attested(kind: str, lives: Lives, names: Sequence[str]) -> list[Made]:
    how = "completion" if kind == COMPLETION else "graduation"
    pupils = [leaver(lives, name=name, how=how).student for name in names]
    if kind == LETTER:
        attest(lives.city, pupils)
    numbers = attest(lives.city, pupils, kind=kind).certificates
    said = [said_of(lives, one, whole=kind == LETTER) for one in pupils]
    return _printed(lives, kind, numbers, said)


def _of_old(lives: Lives, names: Sequence[str]) -> list[Made]:
    """Letters for leavers known from the paper archive alone: without the 19 digits."""
    born = date(1980, 5, 6)
    old = [
        ArchiveLeaver(name, "1", born, "primary", "1987-09", "1993-07", f"1993-小毕-{place}卷")
        for place, name in enumerate(names, start=1)
    ]
    numbers = attest(lives.city, [], kind=LETTER, archive=old).certificates
    said = [(one.name, "男", "1980年5月6日", one.archive_number, "秦淮云锦小学") for one in old]
    return _printed(lives, LETTER, numbers, said)


def _roll(lives: Lives, names: Sequence[str]) -> list[Made]:
    pupils = [leaver(lives, name=name).student for name in names]
    result = attest(lives.city, pupils)
    with acting(lives.city.clerk(QINHUAI)) as actor:
        made = services.roll(actor=actor, order=result.order)
    said = (*(text for one in pupils for text in said_of(lives, one)), *result.certificates, f"共{len(names)}人")
    return [Made("、".join(names), made.pdf, 0, made.statement, said)]


#: By kind how it is given out to pupils of these names. Of leavers before the register the letter stands apart.
MAKERS: Mapping[str, Callable[[Lives, Sequence[str]], list[Made]]] = {
    "proof_of_registration": partial(_proof, _as_he_is, "proof_of_registration"),
    "proof_of_attendance": partial(_proof, _as_he_is, "proof_of_attendance"),
    "suspension_certificate": partial(_proof, _suspended, "suspension_certificate"),
    "resumption_certificate": partial(_proof, _back, "resumption_certificate"),
    "proof_of_former_study": partial(_proof, _left, "proof_of_former_study"),
    SHEET: partial(_proof, leaves_the_city, SHEET),
    GUEST: _guests,
    CARD: _cards,
    DIPLOMA: partial(_attested, DIPLOMA),
    COMPLETION: partial(_attested, COMPLETION),
    LETTER: partial(_attested, LETTER),
    f"{LETTER}_of_old": _of_old,
    ROLL: _roll,
}


def issued_on() -> str:
    """The day that stands on all of them."""
    return chinese_date(today())
