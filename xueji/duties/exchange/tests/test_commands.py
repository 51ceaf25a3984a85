"""``xueji node``, ``keys``, ``package`` and ``reconcile`` as scripts call them: one line of JSON, exit codes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests import template
from tests.small_city import PRIMARY
from xueji.config.databases import owner_conninfo
from xueji.config.home import Home
from xueji.doors.cli.frame import Frame
from xueji.doors.cli.main import build, run
from xueji.duties.exchange.tests.conftest import Nodes
from xueji.duties.exchange.tests.nodes import Node
from xueji.duties.exchange.tests.test_reconcile import superuser
from xueji.ground.keys.files import create_missing
from xueji.ground.keys.tests.openssl import openssl_is


class Commands:
    """Runs commands at a node: the exit code, and the line of JSON."""

    def __init__(self, nodes: Nodes, capsys: pytest.CaptureFixture[str]) -> None:
        self.databases = {one.home.path: one.database for one in (nodes.city, nodes.qinhuai, nodes.baixia)}
        self.capsys = capsys

    def __call__(self, node: Node, *words: object) -> tuple[int, Any]:
        frame = Frame(lambda _path: node.home.path, lambda _path: 0, lambda *_more: None, reach=self._reach)
        with node.at():
            try:
                code = run(build({}), frame, [*map(str, words), "--json"])
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else -1
        said = self.capsys.readouterr().out
        assert said.count("\n") <= 1
        return code, json.loads(said) if said else None

    @contextmanager
    def _reach(self, home: Path) -> Iterator[str]:
        yield owner_conninfo(template.TEST_HOME, self.databases[home])


@pytest.fixture
def xueji(nodes: Nodes, capsys: pytest.CaptureFixture[str]) -> Commands:
    return Commands(nodes, capsys)


def test_a_node_is_made_and_its_keys_shown_exchanged_rotated_and_revoked(
    nodes: Nodes, xueji: Commands, tmp_path: Path
) -> None:
    city, new = nodes.city, Node("district", "320125", nodes.baixia.database, Home(tmp_path / "new").prepare())
    create_missing(new.home.keys)
    public, later = tmp_path / "public.json", tmp_path / "later.json"
    code, made = xueji(new, "node", "init", "--level", "district", "--org", "320125", "-o", public)
    assert (code, made["level"], made["org"], made["file"]) == (0, "district", "320125", str(public))
    assert xueji(new, "node", "init", "--level", "district", "--org", "320125") == (2, None)
    assert xueji(city, "keys", "trust", public, "--fingerprint", "0000")[0] == 2
    code, done = xueji(city, "keys", "trust", public, "--fingerprint", made["fingerprint"])
    assert (code, done["code"], done["new"], done["revoked"]) == (0, "320125", [made["key"]], [])
    code, turned = xueji(new, "keys", "rotate")
    assert (code, turned["org"], turned["serial"]) == (0, "320125", 2)
    code, written = xueji(new, "keys", "export", "-o", later, "--address", "https://new.example")
    assert (code, written["fingerprint"]) == (0, turned["fingerprint"])
    assert xueji(city, "keys", "trust", later)[1]["new"] == [turned["key"]]
    code, revoked = xueji(city, "keys", "revoke", made["key"], "--reason", "旧密钥停用")
    assert (code, revoked["org"], revoked["key"], revoked["reason"]) == (0, "320125", made["key"], "旧密钥停用")
    assert xueji(city, "keys", "revoke", "0" * 16, "--reason", "没有这把")[0] == 2
    code, shown = xueji(city, "keys", "show")
    states = {one["key"]: (one["own"], one["current"], bool(one["revoked_on"])) for one in shown["keys"]}
    assert code == 0
    assert states[made["key"]] == (False, False, True)
    assert states[turned["key"]] == (False, True, False)
    assert next(one for one in shown["keys"] if one["own"])["code"] == city.code


def test_a_node_begins_with_sm2_or_turns_to_it_and_back_by_command(
    nodes: Nodes, xueji: Commands, tmp_path: Path
) -> None:
    city, new = nodes.city, Node("district", "320125", nodes.baixia.database, Home(tmp_path / "new").prepare())
    create_missing(new.home.keys)
    public = tmp_path / "public.json"
    begin = ("node", "init", "--level", "district", "--org", "320125", "-o", public, "--signing", "sm2")
    with openssl_is(tmp_path / "bin"):
        assert xueji(new, *begin) == (2, None)
        assert xueji(city, "keys", "rotate", "--signing", "sm2") == (2, None)
    assert xueji(new, *begin[:-1], "rsa")[0] == 2
    code, made = xueji(new, *begin)
    assert (code, made["signing"]) == (0, "SM2-SM3")
    assert xueji(city, "keys", "trust", public, "--fingerprint", made["fingerprint"])[1]["new"] == [made["key"]]
    turned: dict[str, Any] = {}
    for option, name in ((None, "SM2-SM3"), ("ed25519", "Ed25519"), ("sm2", "SM2-SM3"), (None, "SM2-SM3")):
        code, turned = xueji(new, "keys", "rotate", *(("--signing", option) if option else ()))
        assert (code, turned["signing"]) == (0, name)
    assert xueji(new, "keys", "export", "-o", public)[0] == 0
    assert xueji(city, "keys", "trust", public)[1]["new"][-1] == turned["key"]
    code, shown = xueji(city, "keys", "show")
    said = {one["key"]: (one["algorithms"], one["signing"]) for one in shown["keys"] if one["code"] == "320125"}
    assert (len(said), said[turned["key"]]) == (5, ("SM2-SM3+X25519", "国密 SM2（SM3）"))


def test_packages_and_comparisons_by_command_say_what_came_of_them(
    nodes: Nodes, xueji: Commands, tmp_path: Path
) -> None:
    city, district = nodes.city, nodes.qinhuai
    with district.at():
        child = district.lives.open()
    file, receipt, bad = tmp_path / "a.xjp", tmp_path / "receipt.json", tmp_path / "bad.xjp"
    code, made = xueji(district, "package", "export", "--to", city.code, "-o", file)
    assert (code, made["to"], made["kind"], made["file"]) == (0, city.code, "up", str(file))
    assert xueji(district, "package", "export", "--to", "320199", "-o", bad) == (2, None)
    code, seen = xueji(city, "package", "inspect", file)
    assert (code, seen["package"], seen["from"], seen["signature_valid"]) == (0, made["package"], district.code, True)
    code, missing = xueji(city, "reconcile", "--with", file)
    assert (code, missing["equal"]) == (1, False)
    code, taken = xueji(city, "package", "import", file, "--receipt", receipt)
    assert (code, taken["accepted"], taken["number"]) == (0, True, made["number"])
    bad.write_bytes(file.read_bytes()[:-9])
    code, refused = xueji(city, "package", "import", bad)
    assert (code, refused["accepted"], refused["reason"]) == (2, False, "exchange.truncated")
    assert xueji(district, "package", "receipt", receipt)[1]["state"] == "accepted"
    assert xueji(district, "package", "receipt", receipt) == (0, {"package": None})
    assert xueji(district, "package", "push", "--now") == (0, {"made": 0, "answered": 0, "later": 0})
    assert xueji(district, "node", "transfers", "--all") == (0, {"in_transit": 0, "transfers": []})

    code, same = xueji(city, "reconcile", "--with", district.home.path)
    assert (code, same) == (0, {"equal": True, "organisations": same["organisations"], "differences": []})
    assert xueji(city, "reconcile", "--with", file)[0] == 0
    for unknown in ("https://nobody.example", tmp_path / "nothing"):
        assert xueji(city, "reconcile", "--with", unknown) == (2, None)
    with superuser(city) as connection:
        connection.execute("UPDATE register_student SET name = '李四' WHERE id = %s", [child.student])
    code, differs = xueji(city, "reconcile", "--with", district.home.path)
    (one,) = differs["differences"]
    assert (code, one["organisation"], one["student"], one["field"]) == (1, PRIMARY, str(child.student), "name")
    assert one["number"].startswith(PRIMARY)
    assert one["here_entry"] == one["there_entry"]
    assert (one["here_entry"]["organisation"], one["here_entry"]["kind"]) == (PRIMARY, "opening")
