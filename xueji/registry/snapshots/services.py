"""The verbs of the room ``snapshots``: keep a cut under its digest, make a snapshot of it, delete its files."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import UUID

from django.db import transaction

from xueji.pure.kernel.environment import environment
from xueji.pure.kernel.types import Refused
from xueji.registry.register.cuts import cut_digest
from xueji.registry.register.history import LeftOut
from xueji.registry.register.selectors.as_of import require_since
from xueji.registry.snapshots import files
from xueji.registry.snapshots.models import Cut
from xueji.registry.snapshots.models import Snapshot as Row
from xueji.registry.snapshots.state import own_schools, state_at


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot that was made: ``digest`` of its canonical rows, ``path`` of its folder, pupils registered."""

    id: UUID
    on: date
    cut: str
    digest: str
    path: Path
    pupils: int
    left_out: tuple[LeftOut, ...]


def keep_cut(cut: Mapping[UUID, int]) -> str:
    """Store a cut under its digest (hex); a cut that is stored already stays as it is."""
    digest = cut_digest(cut)
    heads = {str(organisation): sequence for organisation, sequence in sorted(cut.items())}
    Cut.objects.bulk_create([Cut(digest=digest, heads=heads, taken_at=environment().now())], ignore_conflicts=True)
    return digest


def make(
    *, on: date, cut: Mapping[UUID, int], schools: Sequence[UUID] | None = None, held: Collection[UUID] = ()
) -> Snapshot:
    """Make the snapshot of a day and a cut, of some schools or of all the actor's; files that were deleted come again.

    Raises ``Refused`` before the base date, and ``snapshots.differs`` where the journals do not give again what was
    recorded when the snapshot was first made (invariant 6): then the state or a journal was tampered with.
    """
    require_since(on)
    with transaction.atomic():
        kept = keep_cut(cut)
        scope = _scope(own_schools(schools), held)
        state = state_at(on, cut, schools, held=held)
        frame, digest = state.registered, state.digest
        folder = files.folder_name(on, kept, scope)
        row, fresh = Row.objects.get_or_create(
            cut_id=kept,
            on=on,
            scope=scope,
            defaults={
                "id": environment().new_id(),
                "digest": digest,
                "pupils": frame.height,
                "folder": folder,
                "made_at": environment().now(),
            },
        )
        if not fresh and row.digest != digest:
            raise Refused(
                "snapshots.differs",
                "重新生成的快照与原来的不一致：学籍库或学籍簿可能被改动过。请立即运行“xueji journal verify”核验。",
                "规则 6",
            )
        files.write(
            folder,
            frame,
            {
                "on": on.isoformat(),
                "cut": kept,
                "columns": frame.columns,
                "pupils": frame.height,
                "digest": digest,
                "left_out": [str(item.entry_id) for item in state.left_out],
            },
        )
    return Snapshot(row.id, on, kept, digest, files.root() / folder, frame.height, state.left_out)


def copy_files(*, snapshot: Snapshot, target: Path) -> int:
    """Copy a snapshot's files (a Parquet file a school under its bureau, and the manifest) into a folder that is new or
    empty; how many they are. ``Refused`` where the folder cannot be written."""
    try:
        shutil.copytree(snapshot.path, target, dirs_exist_ok=True, copy_function=shutil.copyfile)
    except OSError as error:
        raise Refused("snapshots.target", f"快照写不到 {target}：{error.strerror or error}。请换一个目录。") from None
    return sum(1 for path in target.rglob("*") if path.is_file())


def delete_files(*, snapshot: UUID) -> None:
    """Delete a snapshot's files; what was recorded of it stays, and ``make`` brings the files again."""
    shutil.rmtree(files.root() / Row.objects.get(pk=snapshot).folder, ignore_errors=True)


def _scope(schools: Sequence[UUID] | None, held: Collection[UUID] = ()) -> str:
    """What the snapshot is of: the schools, and the transactions held out of it; '' for all of everything."""
    if schools is None and not held:
        return ""
    parts = [b"" if schools is None else b"".join(school.bytes for school in sorted(schools))]
    parts += [one.bytes for one in sorted(set(held))]
    return hashlib.sha256(b"".join(parts)).hexdigest()
