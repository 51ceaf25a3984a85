"""Nodes that sign with SM2 over SM3 and nodes that sign with Ed25519 know each other all the same (ADR 0016)."""

from __future__ import annotations

import base64
import json
from datetime import date
from pathlib import Path
from typing import Any

import click
import pytest
from django.test import Client

from tests.small_city import PRIMARY
from xueji.config.home import Home
from xueji.doors.cli.key_files import read_key
from xueji.duties.dossiers.tests.support import export, files_of
from xueji.duties.dossiers.verification import verify
from xueji.duties.exchange import identity, selectors, trust
from xueji.duties.exchange.models import Package, PeerKey
from xueji.duties.exchange.services import arriving, pushing
from xueji.duties.exchange.tests.conftest import Nodes
from xueji.duties.exchange.tests.nodes import Node, send
from xueji.duties.exchange.tests.test_packages import refusal, state
from xueji.duties.exchange.tests.test_questions import asked
from xueji.ground.accounts.context import acting, acting_system
from xueji.ground.accounts.selectors import actors_of
from xueji.ground.accounts.services import RosterRow, admit_roster
from xueji.ground.keys import node_keys, signatures, sm2
from xueji.ground.keys.tests.openssl import openssl_is
from xueji.pure.kernel.dossier import SIGNATURE
from xueji.pure.kernel.types import Refused, Role
from xueji.registry.register.tests.lives import Child

DAY = date(2007, 9, 1)


def rotate(node: Node, algorithm: signatures.Algorithm, **how: Any) -> str:
    """A new pair for a node; its id."""
    with node.at(), acting_system():
        return node_keys.rotate(signing=algorithm, **how).current.public.key_id


def with_pupil(node: Node) -> Child:
    with node.at():
        return node.lives.open()


@pytest.fixture
def mixed(nodes: Nodes) -> Nodes:
    """The city signs with SM2 and both districts know it; they sign with Ed25519."""
    rotate(nodes.city, signatures.SM2)
    for district in (nodes.qinhuai, nodes.baixia):
        assert send(nodes.city, district).accepted
    return nodes


def test_packages_and_receipts_go_both_ways_between_a_city_with_sm2_and_a_district_with_ed25519(mixed: Nodes) -> None:
    city, district = mixed.city, mixed.qinhuai
    with_pupil(district)
    up = send(district, city)
    assert (up.accepted, up.counts["students"]) == (True, 1)
    assert state(city) == state(district)
    down = send(city, district)
    assert down.accepted
    for answer, byte in ((up, 2), (down, 1)):
        assert answer.receipt is not None
        assert base64.b64decode(answer.receipt["signature"])[0] == byte
    with district.at(), acting_system():
        assert {one.state for one in Package.objects.filter(direction="out", peer=city.code)} == {"accepted"}
        algorithms = [one.signing_algorithm for one in PeerKey.objects.filter(peer=city.code).order_by("serial")]
        assert algorithms == ["Ed25519", "SM2-SM3"]
        words = {(one.code, one.current): one.signing for one in selectors.known_keys()}
        assert (words[city.code, True], words[district.code, True]) == ("国密 SM2（SM3）", "Ed25519")


def test_a_node_that_began_with_sm2_is_trusted_by_its_fingerprint_and_its_public_file_cannot_be_altered(
    nodes: Nodes, tmp_path: Path
) -> None:
    new = Node("district", "320125", nodes.qinhuai.database, Home(tmp_path / "new").prepare())
    with new.at(), acting_system():
        keys = identity.init(level=new.level, code=new.code, signing=signatures.SM2)
        public = identity.public_file(keys)
        package = new.home.path / "a.xjp"
    nodes.city.trusts(public, fingerprint=keys.current.public.fingerprint)
    for change in ({"name": "冒名"}, {"address": "https://thief.example"}, {"signature": public["signature"][::-1]}):
        with pytest.raises(Refused, match="身份文件"):
            nodes.city.trusts({**public, **change})
    new.export(nodes.city, package.name)
    whole = package.read_bytes()
    number = whole.index(b'"number":') + 9
    package.write_bytes(whole[:number] + b"9" + whole[number + 1 :])
    assert refusal(nodes.city, package) == "exchange.bad_signature"


def test_a_rotation_to_another_algorithm_is_learnt_from_a_package_at_the_door_too(nodes: Nodes) -> None:
    city, district = nodes.city, nodes.qinhuai
    for algorithm in (signatures.SM2, signatures.ED25519):
        key = rotate(district, algorithm)
        with_pupil(district)
        path = district.export(city)
        with city.at():
            assert arriving.arrive(iter([path.read_bytes()]))
            assert arriving.take_arrived() == 1
            with acting_system():
                row = PeerKey.objects.get(key_id=key)
                assert (row.signing_algorithm, len(bytes(row.signing))) == (algorithm.name, algorithm.public)
                assert row.endorsed_by
        assert state(city) == state(district)


def test_a_lost_sm2_key_needs_the_fingerprint_and_a_revoked_one_signs_nothing_more(nodes: Nodes) -> None:
    city, district = nodes.city, nodes.qinhuai
    stolen = rotate(district, signatures.SM2)
    assert send(district, city).accepted
    with city.at(), acting_system():
        trust.revoke(key=stolen, reason="钥匙丢失")
    path = district.export(city)
    assert refusal(city, path) == "exchange.revoked_key"
    with city.at(), pytest.raises(Refused) as refused:
        arriving.arrive(iter([path.read_bytes()]))
    assert refused.value.code == "exchange.revoked_key"
    rotate(district, signatures.SM2, lost="电脑被盗")
    assert refusal(city, district.export(city)) == "keys.not_endorsed"
    with district.at(), acting_system():
        fingerprint = node_keys.load().current.public.fingerprint
    city.trusts(district.public(), fingerprint=fingerprint, replace=True)
    assert send(district, city).accepted


def test_a_receiver_without_openssl_refuses_with_its_reason_and_nothing_is_lost(nodes: Nodes, tmp_path: Path) -> None:
    city, district = nodes.city, nodes.qinhuai
    rotate(district, signatures.SM2)
    for _ in range(2):  # first the key is new to the city, then it is known
        with_pupil(district)
        path = district.export(city)
        with openssl_is(tmp_path / "bin"):
            assert refusal(city, path) == "exchange.no_sm2"
            answer = city.receive(path)
            with city.at():
                turned = (
                    Client().post(pushing.PACKAGES, path.read_bytes(), content_type="application/octet-stream").json()
                )
        assert turned["code"] == "exchange.no_sm2"
        assert "请接收方的软件维护员安装系统的 openssl" in turned["message"]
        district.note(answer)
        with district.at(), acting_system():
            assert Package.objects.filter(direction="out").latest("number").reason == "exchange.no_sm2"
        assert send(district, city).accepted
        assert state(city) == state(district)


def test_a_node_that_cannot_sign_any_more_loses_nothing_that_came_and_goes_on_when_it_can(
    mixed: Nodes, tmp_path: Path
) -> None:
    city, district = mixed.city, mixed.qinhuai
    with_pupil(district)
    path = district.export(city)
    with openssl_is(tmp_path / "bin"):
        with pytest.raises(sm2.Unavailable, match="安装系统的 openssl"):
            city.export(district)
        with city.at():
            arriving.arrive(iter([path.read_bytes()]))
            assert arriving.take_arrived() == 0
            assert len(list(arriving.inbox().glob("*.xjp"))) == 1
    with city.at():
        assert arriving.take_arrived() == 1
    assert state(city) == state(district)
    receipt = city.receive(path).receipt
    with district.at(), openssl_is(tmp_path / "bin"):
        arriving.arrive_receipt(json.dumps(receipt).encode())
        assert arriving.take_arrived() == 0
    with district.at():
        arriving.take_arrived()
        with acting_system():
            assert Package.objects.filter(direction="out").latest("number").state == "accepted"


def test_news_of_a_node_with_sm2_hinder_no_node_without_openssl_and_revocations_reach_it(
    nodes: Nodes, tmp_path: Path
) -> None:
    city, one, other = nodes.city, nodes.qinhuai, nodes.baixia
    with other.at(), acting_system():
        stolen = node_keys.load().current.public.key_id
    rotate(other, signatures.SM2, lost="电脑被盗")
    with other.at(), acting_system():
        fingerprint = node_keys.load().current.public.fingerprint
    city.trusts(other.public(), fingerprint=fingerprint, replace=True)
    with openssl_is(tmp_path / "bin"):
        assert send(city, one).accepted
    with one.at(), acting_system():
        (key,) = PeerKey.objects.filter(peer=other.code)
        assert (key.key_id, key.reason) == (stolen, "电脑被盗")
    assert send(city, one).accepted  # the file itself comes again
    with pytest.raises(Refused, match="核对指纹"):
        one.trusts(other.public())
    one.trusts(other.public(), fingerprint=fingerprint, replace=True)


def test_one_false_endorsement_ends_a_strange_file_so_that_it_costs_one_check(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    rotate(nodes.qinhuai, signatures.SM2)
    public = nodes.qinhuai.public()
    first, last = public["keys"]
    trusted = node_keys.public_pair(first)
    forged = b"\x01" + bytes.fromhex(trusted.key_id) + bytes(64)
    strange = {**last, "endorsement": base64.b64encode(forged).decode()}
    pairs = (trusted, *[node_keys.public_pair(strange)] * 200, node_keys.public_pair(last))
    read = identity.PublicNode("district", nodes.qinhuai.code, "", "", pairs, {}, public)
    known = {trusted.key_id: (trusted.signing, False)}
    calls: list[tuple[bytes, ...]] = []
    verified = node_keys.verify

    def counted(*said: bytes) -> bool:
        calls.append(said)
        return verified(*said)

    monkeypatch.setattr(node_keys, "verify", counted)
    assert trust.believed(read, known) == {trusted.key_id}
    assert len(calls) == 1


def test_questions_and_packages_held_against_the_register_are_believed_from_either(
    mixed: Nodes, tmp_path: Path
) -> None:
    city, district = mixed.city, mixed.qinhuai
    with_pupil(district)
    assert send(district, city).accepted
    school = district.lives.city.id(PRIMARY)
    for asker, node in ((city, district), (district, city)):
        assert len(asked(asker, node, tmp_path / "answer", "entries", organisation=school)) == 2
        with pytest.raises(Refused, match="核对问题"):
            asked(
                asker, node, tmp_path / "answer", "entries", lambda raw: raw.replace(b'"entries"', b'"details"'),
                organisation=school,
            )  # fmt: skip
    path = city.export(district)
    for reader in (district, city):
        with reader.at(), acting_system():
            assert selectors.inspected(path)["signature_valid"] is True


def test_a_dossier_signed_by_a_node_with_sm2_is_valid_there_elsewhere_and_offline(nodes: Nodes, tmp_path: Path) -> None:
    city, district = nodes.city, nodes.qinhuai
    rotate(district, signatures.SM2)
    child = with_pupil(district)
    with district.at(), acting_system() as system:
        row = RosterRow(2, "管理员", PRIMARY, Role.REGISTRAR, started_on=DAY, trained_on=DAY)
        registrar = actors_of(admit_roster(actor=system, rows=[row]).slips[0].account)[0]
    with district.at():
        made = export(registrar, child.student)
        with acting(registrar):
            assert verify(made.content).result == "valid"
    manifest = json.loads(files_of(made.content)[SIGNATURE])
    key = bytes.fromhex(manifest["public"])
    assert (manifest["algorithm"], len(key), manifest["signature"][:2]) == ("SM2-SM3", 64, "02")
    public, file = tmp_path / "public.json", tmp_path / "key"
    public.write_text(json.dumps(district.public()), encoding="utf-8")
    for form in (key, key.hex().encode()):
        file.write_bytes(form)
        assert read_key(file, nodes=True) == read_key(public, nodes=True) == key
        with pytest.raises(click.BadParameter):  # papers bear signatures of the home, which are of Ed25519
            read_key(file)
    file.write_bytes(bytes(range(32)).hex().encode())
    assert read_key(file, nodes=True) == read_key(file) == bytes(range(32))
    with city.at(), acting_system():
        assert verify(made.content).result == "untrusted"  # its new key has not come yet
        assert verify(made.content, public_key=key).result == "valid"
        assert verify(made.content, public_key=sm2.EXAMPLE[0]).result == "changed"
        with openssl_is(tmp_path / "bin"), pytest.raises(Refused, match="安装系统的 openssl"):
            verify(made.content)
    assert send(district, city).accepted
    with city.at(), acting_system():
        assert verify(made.content).result == "valid"
