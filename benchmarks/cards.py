"""(h) Pupil cards with photo and code to print-ready PDF, a class a compile, beside one document a pupil with a fresh
compiler, same template and fonts; a whole batch through the command; statements signed and verified.

Photos are patterns, nobody's face; the portraits go into the records as the page's do.
"""

from __future__ import annotations

import io
import os
import random
import resource
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.report import Figure, Report, tell

if TYPE_CHECKING:
    from benchmarks.town import Stage
    from xueji.ground.documents.portraits import Cut

PART = "cards"
KIND = "student_card"
CARDS = 10_000
A_CLASS = 50  # cards of one compile
FRESH = 60  # documents of the baseline: each costs what a start costs
PICTURES = 40  # different portraits, cut once
STATEMENTS = 2_000


def measure(stage: Stage, home: Path, report: Report, *, cards: int) -> None:
    """All figures. ``cards``: how many are printed (the goals are for :data:`CARDS`)."""
    portraits = _portraits()
    full = cards >= CARDS
    classes = [(number, [one.content for one in portraits]) for number in range(-(-cards // A_CLASS))]
    workers = os.cpu_count() or 1
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        list(pool.map(_warm, range(workers)))
        for imposed, name in ((False, "a page a card"), (True, "imposed on A4")):
            begun = time.perf_counter()
            made = list(pool.map(_print_class, classes, [imposed] * len(classes)))
            seconds = time.perf_counter() - begun
            total = len(classes) * A_CLASS
            goal = 100.0 if not imposed else None
            note = f"{total} cards, {workers} processes, {sum(size for size, _ in made) / 1e6:.0f} MB of PDF"
            report.add(Figure(PART, f"{name}: cards", total / seconds, "cards/s", goal, "high", note))
            if not imposed:
                batch_rate = total / seconds
            memory = sum(sorted({peak for _, peak in made}, reverse=True)[:workers])
            report.add(Figure(PART, f"{name}: memory", memory, "MB", 1024.0, "low", f"{workers} processes together"))
        begun = time.perf_counter()
        jobs = [(number, portraits[number % PICTURES].content) for number in range(FRESH)]
        list(pool.map(_print_alone, jobs))
        alone = FRESH / (time.perf_counter() - begun)
    report.add(
        Figure(PART, "one document a pupil, fresh compiler", alone, "cards/s", None, "high", f"{FRESH} documents"),
        Figure(
            PART, "a class a compile, times as fast", batch_rate / alone, "×", 5.0, "high", "same template and fonts"
        ),
    )
    _statements(report)
    _through_the_command(stage, home, report, portraits, full=full)


def _pattern(seed: int) -> bytes:
    from PIL import Image, ImageDraw

    draw = random.Random(seed)
    picture = Image.new("RGB", (716, 882), (draw.randrange(120, 255), draw.randrange(120, 255), 240))
    canvas = ImageDraw.Draw(picture)
    for _ in range(60):
        left, top = draw.randrange(716), draw.randrange(882)
        box = (left, top, left + draw.randrange(20, 300), top + draw.randrange(20, 300))
        canvas.ellipse(box, fill=(draw.randrange(256), draw.randrange(256), draw.randrange(256)))
    # A camera's grain: a smooth picture would pack far better than a photo does.
    grain = Image.effect_noise((716, 882), 24).convert("RGB")
    buffer = io.BytesIO()
    Image.blend(picture, grain, 0.15).save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


def _portraits() -> list[Cut]:
    from xueji.ground.documents.portraits import cut
    from xueji.ground.parameters.build import rulebook_from_files
    from xueji.registry.photos.limits import limits_of

    limits = limits_of(rulebook_from_files(_day(), None))
    return [cut(_pattern(seed), "x.jpg", (0, 0, 716, 882), limits) for seed in range(PICTURES)]


def _day() -> Any:
    from benchmarks.town import SHOWN_ON

    return SHOWN_ON


def _kind() -> Any:
    from xueji.ground.parameters.build import rulebook_from_files

    return rulebook_from_files(_day(), None).certificates[KIND]


def _card(kind: Any, number: int, photo: bytes) -> Any:
    """A card with a statement as long as a signed one."""
    from xueji.duties.certificates.cards import Card
    from xueji.duties.certificates.sheets import SAMPLE, SheetPaper

    draw = random.Random(number)
    name = "".join(
        draw.choice("王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许") for _ in range(3)
    )
    facts = {**SAMPLE, "name": name, "photo": "", "registration_number": f"3201040000120{number:06d}"}
    said = "XJ1." + "".join(
        draw.choice("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz0123456789-_") for _ in range(330)
    )
    return Card(SheetPaper(facts, f"32010421001-生-2008-{number:05d}", _day(), said), photo)


_press: list[Any] = []


def _warm(_: int) -> None:
    _ready()
    from xueji.duties.certificates.paper import TEMPLATES
    from xueji.ground.typesetting.press import Press

    _press.append(Press(TEMPLATES / f"{_kind().template}.typ"))
    time.sleep(0.5)  # so that each process of the pool has one


def _ready() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xueji.config.settings")
    django.setup()


def _print_class(job: tuple[int, Sequence[bytes]], imposed: bool) -> tuple[int, float]:
    """One class: bytes of its PDF, and the most memory this process ever had (MB)."""
    if not _press:
        _warm(0)
    from xueji.duties.certificates.cards import typeset_cards

    number, photos = job
    kind = _kind()
    cards = [_card(kind, number * A_CLASS + one, photos[one % len(photos)]) for one in range(A_CLASS)]
    pdf = typeset_cards(kind, cards, imposed=imposed, press=_press[0])
    return len(pdf), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _print_alone(job: tuple[int, bytes]) -> int:
    """One card as one document, with a compiler of its own."""
    _ready()
    from xueji.duties.certificates.cards import card_data
    from xueji.duties.certificates.paper import TEMPLATES
    from xueji.ground.typesetting import typeset

    kind = _kind()
    number, photo = job
    data = card_data(kind, [_card(kind, number, photo)], imposed=False)
    return len(typeset(TEMPLATES / f"{kind.template}.typ", data))


def _statements(report: Report) -> None:
    """Signed, and verified offline against the public key."""
    from xueji.duties.certificates.statement import Statement, decode, encode

    said = [
        Statement(
            f"32010421001-生-2008-{one:05d}",
            KIND,
            f"3201042100120{one:06d}",
            "张＊＊",
            "秦淮第一小学",
            _day(),
            None,
            "x" * 16,
        )
        for one in range(STATEMENTS)
    ]
    begun = time.perf_counter()
    texts = [encode(one) for one in said]
    signed = STATEMENTS / (time.perf_counter() - begun)
    begun = time.perf_counter()
    for text in texts:
        decode(text)
    verified = STATEMENTS / (time.perf_counter() - begun)
    report.add(
        Figure(PART, "statements signed", signed, "1/s", None, "high", "one process"),
        Figure(PART, "statements verified", verified, "1/s", None, "high", "one process"),
    )


def _through_the_command(stage: Stage, home: Path, report: Report, portraits: Sequence[Cut], *, full: bool) -> None:
    """One school's batch by ``xueji certificate batch``: facts, conditions, register check, numbers, PDFs, roll."""
    from benchmarks.bulk import _command
    from xueji.ground.accounts.context import acting
    from xueji.ground.journals import services as journals
    from xueji.pure.kernel.types import Role
    from xueji.registry.photos.selectors import pupils
    from xueji.registry.photos.services.taking import keep_portraits

    school = next(one for one in stage.city.schools if _has_pupils(stage, one.code))
    identity = stage.founded.organisations[school.code]
    registrar = stage.founded.actor(school.code, Role.REGISTRAR)
    begun = time.perf_counter()
    with acting(registrar) as actor:
        journals.lock([identity])
        wanted = [one.student for one in pupils(identity)]
        keep_portraits(actor, identity, [(student, portraits[row % PICTURES]) for row, student in enumerate(wanted)])
    seconds = time.perf_counter() - begun
    report.add(Figure(PART, "photos taken into records", len(wanted) / seconds, "1/s", None, "high", f"{len(wanted)}"))
    folder = home / "cards"
    begun = time.perf_counter()
    answer = _command(home, "certificate", "batch", "--kind", KIND, "--school", school.code, "-o", str(folder))
    seconds = time.perf_counter() - begun
    note = f"{answer['cards']} cards, {len(answer['classes'])} classes, {answer['left_out']} left out; one process"
    report.add(
        Figure(PART, "a school's batch by the command", answer["cards"] / seconds, "cards/s", None, "high", note)
    )
    tell(f"full size: {full}")


def _has_pupils(stage: Stage, code: str) -> bool:
    from xueji.ground.accounts.context import acting_system
    from xueji.registry.register.models import Registration

    with acting_system():
        return Registration.objects.filter(school=stage.founded.organisations[code]).exists()
