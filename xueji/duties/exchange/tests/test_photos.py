"""Photos travel with the entries that name them: the sealed file itself, so that its digest holds (ADR 0019)."""

from __future__ import annotations

from tests.small_city import PRIMARY
from xueji.duties.exchange.models import Peer
from xueji.duties.exchange.reconcile import reconcile_package
from xueji.duties.exchange.reconcile.opening import MISSING
from xueji.duties.exchange.services.pushing import _lacks
from xueji.duties.exchange.tests.conftest import Nodes
from xueji.duties.exchange.tests.nodes import Node, photograph, send
from xueji.duties.exchange.tests.test_reconcile import compared
from xueji.ground.accounts.context import acting_system
from xueji.registry.photos import selectors as photos
from xueji.registry.photos.tests.pictures import portrait


def seen(node: Node, digest: str) -> bytes | None:
    with node.at(), acting_system():
        return photos.contents(photos.photos([digest]).values()).get(digest)


def lacks(node: Node, other: Node) -> bool:
    with node.at(), acting_system():
        return _lacks(Peer.objects.get(code=other.code), "up")


def test_a_photo_stands_at_the_bureaus_node_and_deep_comparing_names_the_one_whose_file_is_missing(
    nodes: Nodes,
) -> None:
    city, district = nodes.city, nodes.qinhuai
    with district.at():
        child, other = district.lives.open(), district.lives.open()
    first = photograph(district, child, 1)
    assert send(district, city).counts["photos"] == 1
    assert seen(city, first) == portrait(1)
    # A photo whose file is missing here waits, and goes when it is back; what the node has is not sent again.
    second = photograph(district, other, 2)
    file = district.home.files / second[:2] / second
    content = file.read_bytes()
    file.unlink()
    assert send(district, city).counts["photos"] == 0
    assert not lacks(district, city)
    named = [
        (one.organisation, one.student, one.here, one.there) for one in compared(city, district, deep=True).differences
    ]
    assert named == [(PRIMARY, str(other.student), MISSING, MISSING)]
    file.write_bytes(content)
    assert lacks(district, city)
    package = district.export(city)
    with city.at(), acting_system():
        assert reconcile_package(package, deep=True).compared == ()
    answer = city.receive(package)
    district.note(answer)
    assert answer.counts["photos"] == 1
    assert seen(city, second) == portrait(2)
    assert compared(city, district, deep=True).equal
    assert not lacks(district, city)
