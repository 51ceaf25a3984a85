"""Writing the disclosure log, chaining it, and holding exact look-ups to their limit (clause A6, design §4)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Sum

from xueji.ground.disclosure.models import Disclosure, DisclosureBlock, DisclosureKind
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import environment, today
from xueji.pure.kernel.types import Actor, Refused

BASIS: Final = "通知一.6"
FIRST_DIGEST: Final = "0" * 64
#: Kinds that need a ground in words.
NEEDS_GROUND: Final = frozenset({DisclosureKind.REVEAL, DisclosureKind.EXPORT, DisclosureKind.PRINT})
#: Settings of the rulebook.
LOOKUPS_AN_HOUR: Final = "lookup_exact_hourly"
LOOKUPS_A_DAY: Final = "lookup_exact_daily"
ROWS_A_DAY: Final = "search_rows_daily"
_BATCH: Final = 5000


@dataclass(frozen=True, slots=True)
class Ground:
    """Why a child's data is opened: asked once for a piece of work, kept in the session, named in each line."""

    work: UUID
    text: str


def ground_for(text: str, *, work: UUID | None = None) -> Ground:
    """A ground for a piece of work. ``Refused`` for an empty one, or one that says nothing."""
    words = " ".join(text.split())
    if len(words) < 4:
        raise Refused("disclosure.ground", "请写明查看完整信息的事由，例如“核对转学申请 2008-0012”。", BASIS)
    return Ground(work or environment().new_id(), words[:500])


def log(
    *,
    actor: Actor,
    kind: DisclosureKind | str,
    subjects: Iterable[UUID] = (),
    count: int | None = None,
    ground: Ground | None = None,
) -> int:
    """Write one line in the transaction around: what is shown is logged, or neither happens. Returns its number.

    ``subjects``: the pupils concerned (none for a search); ``count``: how many,
    where there are more than are named. Revealing, exporting and printing need a ground.
    """
    students = sorted(set(subjects))
    wanted = DisclosureKind(kind)
    if wanted in NEEDS_GROUND and ground is None:
        raise Refused("disclosure.ground", "查看完整信息、导出和打印须先写明事由。", BASIS)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO disclosure_disclosure"
            " (at, organisation, person, post, role, kind, subjects, count, ground, work)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING sequence",
            [
                environment().now(),
                actor.organisation,
                actor.person,
                actor.post,
                actor.role.value,
                wanted.value,
                students,
                len(students) if count is None else count,
                ground.text if ground else "",
                ground.work if ground else None,
            ],
        )
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def log_exact_lookup(*, actor: Actor, found: UUID | None) -> int:
    """Log that a school asked for another school's pupil by 19 digits, or by ID number with name; then answer.

    What was typed is not kept. Raises ``Refused`` (``disclosure.too_many``) when the person has asked more often than
    the rulebook allows in an hour or a day; the refused attempt is not counted.
    """
    with transaction.atomic():
        _queue_up(actor.person)
        for setting, span, words in (
            (LOOKUPS_AN_HOUR, timedelta(hours=1), "一小时"),
            (LOOKUPS_A_DAY, timedelta(days=1), "一天"),
        ):
            limit = int(parameters.rulebook(today()).settings[setting])
            if _asked(actor.person, span) >= limit:
                raise Refused(
                    "disclosure.too_many",
                    f"您在{words}内已精确查找 {limit} 次外校学生，达到上限。请稍后再试，确有需要请联系主管教育局。",
                    BASIS,
                )
        return log(
            actor=actor, kind=DisclosureKind.EXACT_LOOKUP, subjects=[found] if found else [], count=1 if found else 0
        )


def log_register_search(*, actor: Actor, rows: int) -> int:
    """Log that rows were held against the whole register for duplicates, and nothing was kept of them.

    What was asked is not kept either. Raises ``Refused`` (``disclosure.too_many``) when the person's rows of a
    day pass the rulebook's limit.
    """
    with transaction.atomic():
        _queue_up(actor.person)
        limit = int(parameters.rulebook(today()).settings[ROWS_A_DAY])
        since = environment().now() - timedelta(days=1)
        asked = Disclosure.objects.filter(person=actor.person, kind=DisclosureKind.SEARCH, at__gt=since)
        if (asked.aggregate(rows=Sum("count"))["rows"] or 0) + rows > limit:
            raise Refused(
                "disclosure.too_many",
                f"您一天内核对的学生已超过 {limit} 行，达到上限。请明天再试；名册已核对好的，请直接上传申报。",
                BASIS,
            )
        return log(actor=actor, kind=DisclosureKind.SEARCH, count=rows)


def _queue_up(person: UUID) -> None:
    """One look-up of a person at a time, so that two at once are both counted."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"exact_lookup {person}"])


def _asked(person: UUID, span: timedelta) -> int:
    since = environment().now() - span
    return Disclosure.objects.filter(person=person, kind=DisclosureKind.EXACT_LOOKUP, at__gt=since).count()


def chain(*, batch: int = _BATCH) -> DisclosureBlock | None:
    """Chain the lines that no block holds yet; the worker's job, in the system's context. None where there are none.

    A block's digest is SHA-256 over its number, the digest before, and each line in order of its number.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('disclosure_chain', 0))")
        cursor.execute(
            "DELETE FROM disclosure_pending WHERE sequence IN "
            "(SELECT sequence FROM disclosure_pending ORDER BY sequence LIMIT %s) RETURNING sequence",
            [batch],
        )
        sequences = sorted(row[0] for row in cursor.fetchall())
        if not sequences:
            return None
        last = DisclosureBlock.objects.order_by("-number").first()
        number, previous = (last.number + 1, last.digest) if last else (1, FIRST_DIGEST)
        return DisclosureBlock.objects.create(
            number=number,
            at=environment().now(),
            sequences=sequences,
            previous=previous,
            digest=block_digest(number, previous, sequences),
        )


_LINE = """
SELECT coalesce(string_agg(sha256(convert_to(jsonb_build_array(d.sequence,
    (extract(epoch FROM d.at) * 1000000)::bigint, d.organisation, d.person, d.post, d.role, d.kind, d.subjects,
    d.count, d.ground, d.work)::text, 'UTF8')), ''::bytea ORDER BY d.sequence), ''::bytea), count(*)
FROM disclosure_disclosure d WHERE d.sequence = ANY (%s)
"""


def block_digest(number: int, previous: str, sequences: list[int]) -> str:
    """The digest that a block of these lines has; '' where one of them is missing."""
    with connection.cursor() as cursor:
        cursor.execute(_LINE, [sequences])
        row = cursor.fetchone()
    if row is None or row[1] != len(sequences):
        return ""
    return hashlib.sha256(f"xueji-disclosure-1 {number} {previous} ".encode() + bytes(row[0])).hexdigest()
