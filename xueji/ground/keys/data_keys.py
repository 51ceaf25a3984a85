"""The data keys of subjects: made, wrapped, read, many at a time.

``ensure`` always asks the table, so that a key whose making was rolled back is never used again;
``get`` keeps a bounded cache, filled only with what was committed; ``read`` goes past it.
"""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Collection, Iterable, Mapping
from operator import attrgetter
from uuid import UUID

from cryptography.exceptions import InvalidTag
from django.db import connections, transaction

from xueji.ground.keys.files import KeyRing, ring

_HEADER = b"\x01"  # AES-256-GCM, as in sealing
_CACHE_SIZE = 50_000
_cache: dict[tuple[str, UUID], bytes] = {}
_lock = threading.Lock()
_BY_NUMBER = attrgetter("int")  # the order of UUIDs, without their slow comparison


class UnknownDataKey(Exception):
    """Subjects whose data key is not there, or was wrapped by a master key that this home does not hold."""

    def __init__(self, subjects: Collection[UUID]) -> None:
        super().__init__(f"no data key for {len(subjects)} subject(s)")
        self.subjects = frozenset(subjects)


def ensure(subjects: Iterable[UUID], *, using: str = "default") -> dict[UUID, bytes]:
    """The data key (32 bytes) of each subject, made where there is none: one SELECT, at most one INSERT.

    Sorted by subject, so that two transactions that need the same new keys wait for each other instead of
    deadlocking. Raises ``UnknownDataKey`` for a key whose master is not in this home.
    """
    wanted = sorted(set(subjects), key=_BY_NUMBER)
    if not wanted:
        return {}
    keys = _select(wanted, using)
    missing = [subject for subject in wanted if subject not in keys]
    if missing:
        keys.update(_insert(missing, using))
    return keys


def get(subjects: Iterable[UUID], *, using: str = "default", missing_ok: bool = False) -> dict[UUID, bytes]:
    """The data keys of subjects that have one; raises ``UnknownDataKey`` for the others unless ``missing_ok``."""
    database = str(connections[using].settings_dict["NAME"])
    wanted = set(subjects)
    found = {subject: key for subject in wanted if (key := _cache.get((database, subject))) is not None}
    unread = list(wanted - found.keys())
    if unread:
        read = _select(unread, using, missing_ok=missing_ok)
        found.update(read)
        transaction.on_commit(functools.partial(_remember, database, read), using=using)
        if not missing_ok and len(found) < len(wanted):
            raise UnknownDataKey(wanted - found.keys())
    return found


def read(subjects: Iterable[UUID], *, using: str = "default", missing_ok: bool = False) -> dict[UUID, bytes]:
    """As ``get``, past the cache: for work on a whole register, which would empty it and fill it with what is not
    asked again."""
    wanted = list(set(subjects))
    found = _select(wanted, using, missing_ok=missing_ok)
    if not missing_ok and len(found) < len(wanted):
        raise UnknownDataKey(set(wanted) - found.keys())
    return found


def adopt(keys: Mapping[UUID, bytes], *, using: str = "default") -> bool:
    """Keep data keys that came from another node, wrapped by this home's master; False where a subject has another
    key here already (then nothing of it can be opened, and the caller rolls back)."""
    current = ring()
    subjects = sorted(keys, key=_BY_NUMBER)
    wrapped = _array(f'"\\\\x{wrap(current, subject, keys[subject]).hex()}"' for subject in subjects)
    with connections[using].cursor() as cursor:
        cursor.execute(
            "INSERT INTO keys_datakey (subject, wrapped, master_key)"
            " SELECT s, w, %s FROM unnest(%s::uuid[], %s::bytea[]) AS fresh (s, w)"
            " ON CONFLICT (subject) DO NOTHING",
            [current.master_id, _array(one.hex for one in subjects), wrapped],
        )
        if cursor.rowcount == len(subjects):
            return True
    return _select(subjects, using) == dict(keys)


def forget() -> None:
    """Empty the cache (another database or another home stands behind the same names now)."""
    with _lock:
        _cache.clear()


def wrap(keys: KeyRing, subject: UUID, key: bytes) -> bytes:
    """A data key under the current master key, bound to its subject."""
    nonce = os.urandom(12)
    return _HEADER + nonce + keys.masters[keys.master_id].encrypt(nonce, key, _HEADER + subject.bytes)


def unwrap(keys: KeyRing, subject: UUID, wrapped: bytes, master_key: str) -> bytes | None:
    """The data key, or None where the master is not here or the row was changed."""
    master = keys.masters.get(master_key)
    if master is None or wrapped[:1] != _HEADER:
        return None
    try:
        return master.decrypt(wrapped[1:13], wrapped[13:], _HEADER + subject.bytes)
    except InvalidTag:
        return None


def _select(subjects: list[UUID], using: str, *, missing_ok: bool = False) -> dict[UUID, bytes]:
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT subject, wrapped, master_key FROM keys_datakey WHERE subject = ANY(%s::uuid[])",
            [_array(one.hex for one in subjects)],
        )
        rows = cursor.fetchall()
    current = ring()
    if any(master_key not in current.masters for _, _, master_key in rows):
        current = ring(fresh=True)  # another process has just rotated
    keys, broken = {}, []
    for subject, wrapped, master_key in rows:
        key = unwrap(current, subject, bytes(wrapped), master_key)
        if key is None:
            broken.append(subject)
        else:
            keys[subject] = key
    if broken and not missing_ok:
        raise UnknownDataKey(broken)
    return keys


def _insert(subjects: list[UUID], using: str) -> dict[UUID, bytes]:
    current = ring()
    # Arrays are given as text: thousands of them dump in a tenth of the time.
    made = {subject: os.urandom(32) for subject in subjects}
    wrapped = _array(f'"\\\\x{wrap(current, subject, made[subject]).hex()}"' for subject in subjects)
    with connections[using].cursor() as cursor:
        cursor.execute(
            "INSERT INTO keys_datakey (subject, wrapped, master_key)"
            " SELECT s, w, %s FROM unnest(%s::uuid[], %s::bytea[]) AS fresh (s, w)"
            " ON CONFLICT (subject) DO NOTHING",
            [current.master_id, _array(one.hex for one in subjects), wrapped],
        )
        if cursor.rowcount == len(subjects):
            return made
    return _select(subjects, using)  # another transaction was first for some of them


def _array(items: Iterable[str]) -> str:
    return "{" + ",".join(items) + "}"


def _remember(database: str, keys: dict[UUID, bytes]) -> None:
    with _lock:
        if len(_cache) + len(keys) > _CACHE_SIZE:
            _cache.clear()
        if len(keys) <= _CACHE_SIZE:
            _cache.update({(database, subject): key for subject, key in keys.items()})
