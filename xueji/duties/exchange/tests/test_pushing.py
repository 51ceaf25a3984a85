"""By HTTPS as by file: put down at the door, taken in by a job, receipt asked for, tried again later (design §5)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.test import Client

from xueji.config.home import Home
from xueji.duties.exchange import envelope
from xueji.duties.exchange.models import Package, Peer, PeerKey
from xueji.duties.exchange.services import arriving, pushing, receiving, sweeping
from xueji.duties.exchange.services.exporting import file_of, outbox
from xueji.duties.exchange.tests.conftest import Nodes
from xueji.duties.exchange.tests.nodes import Node, send
from xueji.duties.exchange.tests.test_packages import state
from xueji.duties.exchange.trust import revoke
from xueji.ground.accounts.context import acting_system
from xueji.ground.keys import node_keys
from xueji.pure.kernel.environment import SeededEnvironment


def test_a_package_put_down_at_the_door_has_the_same_result_as_by_file(nodes: Nodes) -> None:
    with nodes.qinhuai.at():
        nodes.qinhuai.lives.open()
    path = nodes.qinhuai.export(nodes.city)
    with nodes.city.at():
        client = Client()
        answer = client.post(pushing.PACKAGES, path.read_bytes(), content_type="application/octet-stream")
        assert answer.status_code == 202
        where = f"{pushing.PACKAGES}/{answer.json()['package']}"
        assert client.get(where).json()["receipt"] is None
        assert arriving.take_arrived() == 1
        receipt = client.get(where).json()["receipt"]
        assert receipt["accepted"] is True
        nonsense = client.post(pushing.PACKAGES, b"no package", content_type="application/octet-stream")
        assert (nonsense.status_code, nonsense.json()["code"]) == (409, "exchange.not_a_package")
        assert list(arriving.inbox().iterdir()) == []
    assert state(nodes.city) == state(nodes.qinhuai)
    again = nodes.city.receive(path)
    assert again.receipt == receipt
    nodes.qinhuai.note(again)
    with nodes.qinhuai.at(), acting_system():
        assert Package.objects.get(direction="out").state == "accepted"


def test_what_cannot_be_delivered_waits_longer_each_time_and_says_why(
    nodes: Nodes, environment: SeededEnvironment
) -> None:
    with nodes.qinhuai.at():
        with acting_system():
            Peer.objects.filter(code=nodes.city.code).update(address="http://127.0.0.1:9")
        nodes.qinhuai.lives.open()
        assert (pushing.make_due(), pushing.make_due()) == (1, 0)
        waits = []
        for _ in range(3):
            began = environment.now()
            assert pushing.push_due() == (0, 1)
            with acting_system():
                package = Package.objects.get(direction="out")
            assert package.next_attempt is not None
            waits.append(package.next_attempt - began)
            assert pushing.push_due() == (0, 0)
            environment.move_to(package.next_attempt)
        assert waits == [timedelta(seconds=15), timedelta(seconds=30), timedelta(seconds=60)]
        assert package.trouble.startswith("没有送达")
        with acting_system():
            Peer.objects.filter(code=nodes.city.code).update(address="http://example.org")
        environment.advance(timedelta(hours=2))
        pushing.push_due()
        with acting_system():
            assert "https://" in Package.objects.get(direction="out").trouble
    assert send(nodes.qinhuai, nodes.city).accepted


def put_down(content: bytes) -> tuple[int, str]:
    answer = Client().post(pushing.PACKAGES, content, content_type="application/octet-stream")
    return answer.status_code, answer.json().get("code", "")


def test_the_door_keeps_nothing_of_whom_it_does_not_know_nor_more_than_was_announced_and_both_sides_see_why(
    nodes: Nodes,
) -> None:
    city, district = nodes.city, nodes.qinhuai
    stranger = Node("district", "320125", district.database, Home(city.home.path / "stranger"))
    stranger.begin()
    strange = stranger.export(city).read_bytes()
    with district.at():
        district.lives.open()
    whole = district.export(city).read_bytes()
    opened = envelope.open_head(district.home.path / f"to-{city.code}.xjp")
    number = whole.index(b'"number":') + 9
    forged = whole[:number] + b"9" + whole[number + 1 :]
    with city.at():
        for content, code in (
            (strange, "exchange.unknown_sender"),
            (forged, "exchange.bad_signature"),
            (whole + b"0", "exchange.bloated"),
            (whole[:-1], "exchange.truncated"),
            (whole[: opened.body_at - 9], "exchange.truncated"),
        ):
            assert put_down(content) == (409, code)
            assert list(arriving.inbox().iterdir()) == []
        assert arriving.take_arrived() == 0
        with acting_system():
            refused = Package.objects.filter(direction="in", state="refused")
            said = [(one.peer, one.reason, one.message[-1]) for one in refused.order_by("reason", "peer")]
        assert said == [
            (district.code, "exchange.bad_signature", "。"), (district.code, "exchange.bloated", "。"),
            ("", "exchange.truncated", "。"), (district.code, "exchange.truncated", "。"),
            ("", "exchange.unknown_sender", "。"),
        ]  # fmt: skip
        assert put_down(whole)[0] == 202
        assert arriving.take_arrived() == 1
        assert put_down(whole)[0] == 202  # was taken in before: the receipt waits, the body is not needed
        assert list(arriving.inbox().iterdir()) == []
    with district.at(), acting_system():
        node_keys.rotate()
    with city.at():
        assert put_down(district.export(city).read_bytes())[0] == 202  # a new key that the old one endorsed
        with acting_system():
            revoke(key=PeerKey.objects.get(peer_id=district.code).key_id, reason="钥匙丢失")
        assert put_down(district.export(city).read_bytes()) == (409, "keys.not_endorsed")


def test_one_package_that_raises_something_unforeseen_is_refused_and_holds_up_no_other(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    city, real = nodes.city, receiving._apply
    paths = [one.export(city) for one in (nodes.qinhuai, nodes.baixia)]

    def fails(*given: object, **named: object) -> object:
        if given[1].code == nodes.qinhuai.code:  # type: ignore[attr-defined]
            raise RuntimeError("unforeseen")
        return real(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(receiving, "_apply", fails)
    with city.at():
        digests = [arriving.arrive(iter([path.read_bytes()])) for path in paths]
        assert arriving.take_arrived() == 2
        assert list(arriving.inbox().iterdir()) == []
        receipts = [arriving.receipt_of(one) for one in digests]
        assert [one["accepted"] for one in receipts] == [False, True]
        assert receipts[0]["reason"] == "exchange.unforeseen"


def test_a_refused_package_is_made_anew_after_a_growing_wait_and_no_file_stays_that_is_not_needed(
    nodes: Nodes, environment: SeededEnvironment
) -> None:
    city, district = nodes.city, nodes.qinhuai
    with city.at(), acting_system():
        key = PeerKey.objects.get(peer_id=district.code)
        revoke(key=key.key_id, reason="钥匙丢失")
    with district.at():
        with acting_system():
            Peer.objects.filter(code=city.code).update(address="https://city.example")
        district.lives.open()
    waits = []
    for _ in range(3):
        with district.at():
            assert pushing.make_due() == 1
            with acting_system():
                made = file_of(Package.objects.get(direction="out", state="made"))
        district.note(city.receive(made))
        with district.at():
            assert pushing.make_due() == 0
            with acting_system():
                again = pushing.next_after_refusals(city.code)
            assert sweeping.sweep() == 1
            waits.append(again - environment.now())
            environment.move_to(again)
    assert waits == [timedelta(seconds=15), timedelta(seconds=30), timedelta(seconds=60)]
    with city.at(), acting_system():
        PeerKey.objects.filter(key_id=key.key_id).update(revoked_on=None)
    district.export(city)
    assert send(district, city).accepted
    with district.at():
        sweeping.sweep()
        assert list(outbox().iterdir()) == []
        with acting_system():
            states = list(Package.objects.filter(direction="out").order_by("number").values_list("state", flat=True))
            assert states[-5:] == ["refused", "refused", "refused", "superseded", "accepted"]
            assert pushing.next_after_refusals(city.code) < environment.now()


@contextmanager
def door_that_says(status: int, body: bytes) -> Iterator[str]:
    """A door on this machine that has no receipt and answers every package so."""

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say(200, b'{"receipt": null}')

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._say(status, body)

        def _say(self, code: int, said: bytes) -> None:
            self.send_response(code)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *args: object) -> None:
            """Nothing to say on the terminal."""

    with HTTPServer(("127.0.0.1", 0), Door) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def test_what_the_other_door_turns_away_bears_its_reason_here_and_is_pushed_again_only_where_it_was_busy(
    nodes: Nodes,
) -> None:
    said = '{{"code": "{}", "message": "{}", "basis": ""}}'
    told = []
    with nodes.qinhuai.at():
        for code, status in (("exchange.busy", 409), ("", 500), ("exchange.unknown_sender", 409)):
            body = said.format(code, "没有收下。").encode() if code else b"<html>"
            with door_that_says(status, body) as address:
                with acting_system():
                    Peer.objects.filter(code=nodes.city.code).update(address=address)
                pushing.make_due(now=True)
                pushing.push_due(now=True)
            with acting_system():
                sent = Package.objects.filter(direction="out", peer=nodes.city.code).latest("number")
            told.append((sent.state, sent.reason, sent.trouble or sent.message))
    assert told == [
        ("made", "", "没有送达：没有收下。"),
        ("made", "", "没有送达：对方节点出错（500），没有接收。请对方的软件维护员查看日志。"),
        ("refused", "exchange.unknown_sender", "没有收下。"),
    ]
