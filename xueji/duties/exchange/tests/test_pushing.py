"""By HTTPS as by file: put down at the door, taken in by a job, receipt asked for, tried again later (design §5)."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client

from xueji.duties.exchange.models import Package, Peer
from xueji.duties.exchange.services import pushing
from xueji.duties.exchange.tests.conftest import Nodes
from xueji.duties.exchange.tests.nodes import send
from xueji.duties.exchange.tests.test_packages import state
from xueji.ground.accounts.context import acting_system
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
        assert pushing.take_arrived() == 1
        receipt = client.get(where).json()["receipt"]
        assert receipt["accepted"] is True
        nonsense = client.post(pushing.PACKAGES, b"no package", content_type="application/octet-stream")
        assert (nonsense.status_code, nonsense.json()["code"]) == (409, "exchange.not_a_package")
        assert list(pushing.inbox().iterdir()) == []
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
