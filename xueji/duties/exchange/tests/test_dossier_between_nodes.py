"""A dossier exported at one node is taken in at another as the request of a transfer (issue 5, show 6)."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.small_city import BAIXIA_PRIMARY, PRIMARY
from xueji.duties.dossiers import taking
from xueji.duties.dossiers.tests.support import export
from xueji.duties.dossiers.verification import verify
from xueji.duties.exchange import transfers
from xueji.duties.exchange.tests.conftest import Nodes
from xueji.duties.exchange.tests.nodes import send
from xueji.duties.exchange.tests.test_transfers import head_of
from xueji.ground.accounts.context import acting, acting_system
from xueji.ground.accounts.selectors import actors_of
from xueji.ground.accounts.services import RosterRow, admit_roster
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.types import Refused, Role


@pytest.mark.slow
def test_a_dossier_of_one_node_is_the_request_of_a_transfer_at_another(
    nodes: Nodes, environment: SeededEnvironment
) -> None:
    city, sender, receiver = nodes.city, nodes.qinhuai, nodes.baixia
    environment.move_to(datetime(2007, 10, 15, 9, tzinfo=LOCAL_ZONE))
    with sender.at():
        child = sender.lives.open(intake_year=2005, name="李丽")
        with acting_system() as system:
            day = datetime(2007, 9, 1, tzinfo=LOCAL_ZONE).date()
            row = RosterRow(2, "管理员", PRIMARY, Role.REGISTRAR, started_on=day, trained_on=day)
            registrar = actors_of(admit_roster(actor=system, rows=[row]).slips[0].account)[0]
        file = export(registrar, child.student, archive=False).content
    head = head_of(receiver)
    with receiver.at():
        group = receiver.lives.group(BAIXIA_PRIMARY, "primary", 2005)
        with acting(head):
            assert verify(file).result == "valid"
            incoming = taking.read_in(file, "档案.pdf")
            with pytest.raises(Refused) as refused:
                taking.require_from_outside(incoming.origin)
            assert refused.value.code == "dossier.other_node"
            taking.ask_other_node(actor=head, incoming=incoming, class_group=group, reason="迁居")
    assert send(sender, city).accepted
    assert send(receiver, city).accepted
    assert send(city, sender).accepted
    with sender.at(), acting_system():
        (asked,) = transfers.transfers()
        assert (asked.name, asked.number) == ("李丽", incoming.origin.number)
