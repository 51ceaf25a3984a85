"""The first file of a backup: database, files and anchor in one archive.

The order makes it consistent while work goes on: the anchor is copied before the
dump begins (it may lag behind the journals, never run ahead of them), encrypted files
after it (they are only ever added).
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from xueji.config import binaries
from xueji.config.databases import APPLICATION_GROUP, owner_conninfo, owner_parameters
from xueji.config.home import Home
from xueji.config.keyfile import fingerprint
from xueji.config.roles import prepare_group
from xueji.pure.kernel.environment import environment
from xueji.pure.kernel.types import Refused

FORMAT = "xueji-backup-1"
FOLDERS = ("files", "snapshots")


#: pg_dump and pg_restore of 17 and newer write ``SET transaction_timeout``, which older servers refuse.
FIRST_WITH_TRANSACTION_TIMEOUT = 17


@dataclass(frozen=True, slots=True)
class Archived:
    """What a backup holds."""

    entries: int
    bytes: int
    fingerprint: str


def _tool(name: str, home: Home, *arguments: str, keep: Path | None = None) -> None:
    """Run ``pg_dump`` or ``pg_restore`` as the owner; the password goes by the environment, not the command line."""
    with psycopg.connect(owner_conninfo(home)) as connection:
        major = connection.info.server_version // 10000
    parameters = {key: str(value) for key, value in owner_parameters(home).items()}
    variables = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
    unknown = " ".join(f"{key}={value}" for key, value in parameters.items() if key not in variables)
    env = {**os.environ, **{variables[key]: value for key, value in parameters.items() if key in variables}}
    target = ["-d", unknown or f"dbname={parameters['dbname']}"]
    program = binaries.client(name, major)
    done = subprocess.run(
        [str(program), "--no-password", *target, *arguments], capture_output=True, text=True, env=env, check=False
    )
    if done.returncode != 0:
        # The tool's words may quote a row: only the first line, which names the object.
        first = (done.stderr.strip().splitlines() or ["?"])[0]
        raise Refused(f"backup.{name}", f"{name} 没有完成：{first}")


def _count(home: Home) -> int:
    with psycopg.connect(owner_conninfo(home)) as connection:
        row = connection.execute("SELECT count(*) FROM journals_entry").fetchone()
    return int(row[0]) if row else 0


def write_archive(home: Home, target: Path) -> Archived:
    """Write the archive (0600), whole or not at all. Raises ``Refused`` when the dump fails."""
    anchor = home.anchor.read_bytes() if home.anchor.exists() else b""
    part = target.with_name(f".{target.name}.part")
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".xueji-backup-") as folder:
        dump = Path(folder) / "database.dump"
        _tool("pg_dump", home, "--format=custom", "--compress=6", "--no-owner", f"--file={dump}")
        manifest: dict[str, Any] = {
            "format": FORMAT,
            "made_at": environment().now().isoformat(),
            "keys": fingerprint(home.keys),
            "config": home.config(),
            "database_digest": _digest(dump),
            "anchor_digest": hashlib.sha256(anchor).hexdigest(),
            "entries": _count(home),
        }
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as stream, tarfile.open(fileobj=stream, mode="w") as tar:
                _add(tar, "manifest.json", json.dumps(manifest, ensure_ascii=False, indent=1).encode())
                _add(tar, "anchor/heads.jsonl", anchor)
                tar.add(dump, "database.dump", filter=_nobody)
                for name in FOLDERS:
                    tar.add(home.path / name, name, filter=_nobody)
                stream.flush()
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    return Archived(manifest["entries"], target.stat().st_size, manifest["keys"])


def _digest(path: Path) -> str:
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _nobody(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o600
    tar.addfile(member, io.BytesIO(content))


def read_manifest(source: Path) -> dict[str, Any]:
    """What the archive says of itself. Raises ``Refused`` where it is none."""
    try:
        with tarfile.open(source, "r:") as tar:
            member = tar.extractfile("manifest.json")
            manifest = json.load(member) if member else {}
        if manifest.get("format") != FORMAT:
            raise ValueError(manifest.get("format"))
    except FileNotFoundError:
        raise Refused("backup.no-file", f"找不到备份文件：{source}") from None
    except (OSError, tarfile.TarError, KeyError, ValueError):
        raise Refused("backup.not-archive", f"{source} 不是学籍系统的备份文件，或已损坏。") from None
    assert isinstance(manifest, dict)
    return manifest


def holds_data(home: Home) -> bool:
    """Whether the home's database has tables already."""
    with psycopg.connect(owner_conninfo(home)) as connection:
        row = connection.execute("SELECT to_regclass('django_migrations') IS NOT NULL").fetchone()
    return bool(row and row[0])


def read_archive(home: Home, source: Path, manifest: dict[str, Any]) -> None:
    """Put database, files and anchor into an empty home. The database comes whole or not at all."""
    with tempfile.TemporaryDirectory(dir=home.path, prefix=".restore-") as folder, tarfile.open(source, "r:") as tar:
        for member in tar:
            tar.extract(member, folder, filter="data")
        unpacked = Path(folder)
        for name, file in (("database_digest", "database.dump"), ("anchor_digest", "anchor/heads.jsonl")):
            if _digest(unpacked / file) != manifest[name]:
                raise Refused("backup.damaged", f"备份文件已损坏（{file} 与记录的摘要不符），没有恢复任何内容。")
        _restore_database(home, unpacked / "database.dump")
        (unpacked / "anchor" / "heads.jsonl").replace(home.anchor)
        home.anchor.chmod(0o600)
        for name in FOLDERS:
            for item in (unpacked / name).iterdir():
                item.rename(home.path / name / item.name)
    config = manifest["config"]
    home.set_config(**{name: config[name] for name in ("demo", "business_date", "second_factor") if name in config})


def _replay(home: Home, program: Path, wanted: Path, dump: Path) -> None:
    """Restore into a server older than the tool: the one setting that it does not know is left out of the script."""
    script, cleaned = dump.with_suffix(".sql"), dump.with_suffix(".cleaned.sql")
    subprocess.run(
        [str(program), "--no-owner", f"--use-list={wanted}", f"--file={script}", str(dump)],
        capture_output=True,
        check=True,
    )
    with script.open("rb") as whole, cleaned.open("wb") as kept:
        kept.writelines(line for line in whole if not line.startswith(b"SET transaction_timeout"))
    script.unlink()
    _tool("psql", home, "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", f"--file={cleaned}")
    cleaned.unlink()


def _restore_database(home: Home, dump: Path) -> None:
    """Grants come from the dump; default privileges (they name the owner) are made afterwards by ``migrate``."""
    with psycopg.connect(owner_conninfo(home), autocommit=True) as connection:
        prepare_group(connection)
        major = connection.info.server_version // 10000
    program = binaries.client("pg_restore", major)
    listed = subprocess.run([str(program), "--list", str(dump)], capture_output=True, text=True, check=True).stdout
    wanted = dump.with_suffix(".list")
    lines = [line for line in listed.splitlines() if " DEFAULT ACL " not in line]
    wanted.write_text("\n".join(lines) + "\n", encoding="utf-8")
    if major < FIRST_WITH_TRANSACTION_TIMEOUT:
        _replay(home, program, wanted, dump)
    else:
        options = ("--no-owner", "--exit-on-error", "--single-transaction", f"--use-list={wanted}")
        _tool("pg_restore", home, *options, str(dump))
    with psycopg.connect(owner_conninfo(home), autocommit=True) as connection:
        connection.execute("ANALYZE")
        row = connection.execute(
            "SELECT has_table_privilege(%s, 'journals_entry', 'INSERT'), "
            "has_table_privilege(%s, 'journals_entry', 'UPDATE')",
            [APPLICATION_GROUP, APPLICATION_GROUP],
        ).fetchone()
    if row != (True, False):
        raise Refused("backup.grants", "恢复后的数据库权限不对，请用新的数据目录重试，并把此情况告知软件维护员。")
