"""What a node above tells those below: findings of their pupils, keys and revocations of other nodes (design §5)."""

from __future__ import annotations

import pytest

from xueji.duties.exchange import findings, selectors
from xueji.duties.exchange.models import Finding, Introduced, Peer, PeerKey
from xueji.duties.exchange.services import pushing
from xueji.duties.exchange.tests.conftest import Nodes
from xueji.duties.exchange.tests.nodes import send
from xueji.duties.exchange.tests.test_reconcile import superuser
from xueji.duties.exchange.trust import revoke
from xueji.ground.accounts.context import acting_system
from xueji.ground.keys import node_keys
from xueji.ground.organisations import selectors as organisations
from xueji.pure.kernel.environment import environment as world
from xueji.pure.kernel.types import Refused
from xueji.registry.cases.models import Notice
from xueji.registry.register.services import CarriedFold


def test_findings_go_down_to_the_node_of_the_pupil_until_they_are_settled_and_say_whom_to_ask(nodes: Nodes) -> None:
    city, one, other = nodes.city, nodes.qinhuai, nodes.baixia
    with one.at():
        first, stays = one.lives.open(), one.lives.open()
    with other.at():
        second = other.lives.open("32010321001")
    for district in (one, other):
        assert send(district, city).accepted
    with city.at(), acting_system():
        (double,) = findings.open_findings()  # both nodes gave their first child the same document number
        assert (double.kind, {double.student, double.other}) == (findings.DOUBLE, {first.student, second.student})
        found = CarriedFold(waiting={stays.student: "register.overlap"})
        findings.note_findings(found, package="ab" * 32, own=city.code)
        assert [one.params for one in Notice.objects.filter(code="node_finding")] == [{"count": 1}] * 2
        Peer.objects.exclude(code="").update(address="https://node.example")
        assert pushing._lacks(Peer.objects.get(code=one.code), "down")
    for district in (one, other):
        assert send(city, district).accepted
    seen = {}
    for district in (one, other):
        with district.at(), acting_system():
            rows = findings.open_findings()
            seen[district.code] = {(row.kind, row.student, row.other, row.elsewhere, row.origin) for row in rows}
            assert Notice.objects.get(code="node_finding").organisation == organisations.by_code(district.code).id
            assert findings.waiting_students() == []
    assert seen == {
        one.code: {
            (findings.DOUBLE, first.student, None, "白下区教育局", city.code),
            (findings.WAITING, stays.student, None, "秦淮区教育局", city.code),
        },
        other.code: {(findings.DOUBLE, second.student, None, "秦淮区教育局", city.code)},
    }
    with superuser(city) as connection:
        connection.execute("UPDATE register_student SET living = false WHERE id = %s", [second.student])
    with city.at(), acting_system():
        assert not pushing._lacks(Peer.objects.get(code=other.code), "down")
        findings.note_findings(CarriedFold(), package="cd" * 32, own=city.code)
        assert Finding.objects.filter(settled_at__isnull=True).count() == 0
    assert send(city, one).accepted
    with one.at(), acting_system():
        assert findings.open_findings() == []
        whole = {
            "id": str(world().new_id()), "kind": findings.WAITING, "student": str(stays.student),
            "found_at": "2008-09-01T00:00:00+08:00", "elsewhere": "",
        }  # fmt: skip
        for broken in ({"kind": "other"}, {"student": "x"}, {"found_at": ""}, {"more": ""}):
            with pytest.raises(Refused):
                findings.take([{**whole, **broken}], origin=city.code, own=one.code)
        findings.take([whole], origin=city.code, own=one.code)
        assert len(findings.open_findings()) == 1


def test_keys_and_revocations_go_down_and_nobody_is_trusted_for_the_first_time_by_hearsay(nodes: Nodes) -> None:
    city, one, other = nodes.city, nodes.qinhuai, nodes.baixia
    with superuser(one) as connection:  # 秦淮 does not know 白下 yet
        connection.execute("DELETE FROM exchange_peerkey WHERE peer_id = %s", [other.code])
        connection.execute("DELETE FROM exchange_peer WHERE code = %s", [other.code])
    assert send(city, one).accepted
    with one.at(), acting_system():
        assert not Peer.objects.filter(code=other.code).exists()
        (told,) = selectors.introduced()
        assert (told.code, told.by) == (other.code, city.code)
        public = told.public
    one.trusts(public)
    with one.at(), acting_system():
        assert selectors.introduced() == []
        assert Introduced.objects.count() == 1
    with other.at(), acting_system():
        old = node_keys.load().current.public.key_id
        node_keys.rotate()
    assert send(other, city).accepted
    with city.at(), acting_system():
        revoke(key=old, reason="电脑被盗")
    assert send(city, one).accepted
    with one.at(), acting_system():
        keys = {row.key_id: row.reason for row in PeerKey.objects.filter(peer=other.code)}
        assert len(keys) == 2
        assert keys[old] == "电脑被盗"
