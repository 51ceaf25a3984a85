"""节点与数据包: what went out and came in, what was refused and why, pupils in transit, pupils to be looked into.

The bureau carries packages as files here: has them made, fetches them, puts down what it was given, pushes now.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from xueji.doors.web.actors import actor_of
from xueji.doors.web.changes.between_nodes import row as transfer_row
from xueji.doors.web.help import help_for
from xueji.doors.web.manage.reconciling import head
from xueji.doors.web.places import BUREAU_POSTS
from xueji.duties.exchange import findings, selectors, transfers
from xueji.duties.exchange.models import Package, PackageState, TransferState
from xueji.duties.exchange.services import keeping
from xueji.duties.exchange.services.exporting import file_of
from xueji.ground.keys import node_keys
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.register.selectors import briefs

_KINDS = {"up": "上行", "down": "下行", "across": "平行"}
_COLOURS = {
    PackageState.MADE: "progress", PackageState.ACCEPTED: "done", PackageState.REFUSED: "wrong",
    PackageState.SUPERSEDED: "open",
}  # fmt: skip


def exchange(request: HttpRequest) -> HttpResponse:
    """One page: the queue, packages of both directions with their answers, comparisons, pupils in transit."""
    actor = actor_of(request)
    refused: Refused | None = None
    if request.method == "POST":
        try:
            words = _do(request, actor)
        except Refused as error:
            refused = error
        else:
            messages.success(request, words, extra_tags="done")
            return redirect("web:exchange")
    keys = node_keys.load() if node_keys.exists() else None
    names = selectors.peer_names()
    sent, received = selectors.packages("out"), selectors.packages("in")
    bureau, carries = actor.role in BUREAU_POSTS, keys is not None and actor.role in keeping.CARRIERS
    context = {
        "node": {"code": keys.code, "fingerprint": keys.current.public.fingerprint} if keys else None,
        "peers": [_peer(one) for one in selectors.peer_states()],
        "queue": [_row(one, names, carries) for one in sent if one.state == PackageState.MADE],
        "sent": [_row(one, names) for one in sent if one.state != PackageState.MADE],
        "received": [_row(one, names, carries) for one in received],
        "reconciled": [head(one, names) for one in selectors.reconciliations()] if bureau else None,
        "in_transit": [transfer_row(one, names) for one in transfers.transfers(state=TransferState.IN_TRANSIT)]
        if bureau
        else [],
        "findings": _findings(names) if bureau else [],
        "acts": selectors.node_acts(),
        "bureau": bureau,
        "carries": carries,
        "refused": refused,
        "help": help_for("exchange"),
    }
    return render(request, "manage/exchange.html", context, status=409 if refused else 200)


def _do(request: HttpRequest, actor: Actor) -> str:
    act = request.POST.get("act")
    if act == "order":
        keeping.order_package(actor=actor, peer=request.POST.get("peer", ""))
        return "正在生成，完成后在“待回执”中下载。"
    if act == "push":
        keeping.order_push(actor=actor)
        return "正在推送，结果稍后列在下面。"
    file = request.FILES.get("file")
    if act != "upload" or file is None:
        raise Http404
    kind = keeping.put_down(actor=actor, parts=file.chunks())
    if kind == "receipt":
        return "回执已收下，正在登记，结果稍后列在下面。"
    return "数据包已收下，正在接收，结果和回执稍后列在“收到的数据包”中。"


def _peer(one: selectors.PeerState) -> dict[str, Any]:
    return {
        "code": one.code,
        "name": one.name,
        "way": "自动推送" if one.address else "文件传递",
        "address": one.address,
        "sent": one.sent_at,
        "received": one.received_at,
    }


def _row(one: Package, names: dict[str, str], carries: bool = False) -> dict[str, Any]:
    return {
        "peer": names.get(one.peer, one.peer) or "无法确认",
        "number": one.number or "—",
        "kind": _KINDS.get(one.kind, "—"),
        "at": one.at,
        "answered_at": one.answered_at,
        "entries": one.contents.get("entries", 0),
        "size": one.size,
        "state": _COLOURS[PackageState(one.state)],
        "state_text": PackageState(one.state).label,
        "message": one.message or one.trouble,
        "next_attempt": one.next_attempt,
        "digest": one.digest,
        "file_url": reverse("web:package-file", args=[one.id]) if carries and one.direction == "out" else "",
        "receipt_url": reverse("web:package-receipt", args=[one.id]) if carries and one.receipt else "",
    }


def _findings(names: dict[str, str]) -> Sequence[dict[str, Any]]:
    """Open findings with the pupils as far as the viewer sees them."""
    found = findings.open_findings()
    known = briefs([one.student for one in found]) if found else {}
    return [
        {
            "url": reverse("web:pupil", args=[one.student]) if one.student in known else "",
            "name": known[one.student].name if one.student in known else "",
            "number": known[one.student].number if one.student in known else "",
            "what": findings.WORDS.get(one.kind, one.kind),
            "elsewhere": one.elsewhere,
            "found_at": one.found_at,
            "origin": names.get(one.origin, one.origin),
        }
        for one in found
    ]


def package_file(request: HttpRequest, package: UUID) -> HttpResponse | FileResponse:
    """The file of a package that waits for its receipt, to be carried to the other node."""
    if request.method != "POST":
        raise Http404
    try:
        found = keeping.fetch_package(actor=actor_of(request), package=package)
        file = file_of(found).open("rb")
    except (Refused, FileNotFoundError) as error:
        said = error.message if isinstance(error, Refused) else "数据包的文件已不在本机，请重新生成。"
        messages.error(request, said, extra_tags="wrong")
        return redirect("web:exchange")
    return FileResponse(file, as_attachment=True, filename=file_of(found).name, content_type="application/octet-stream")


def package_receipt(request: HttpRequest, package: UUID) -> HttpResponse:
    """The signed receipt of a package that came here, to be carried back."""
    found = Package.objects.filter(id=package, direction="in", receipt__isnull=False).first()
    if found is None:
        raise Http404
    answer = HttpResponse(json.dumps(found.receipt, ensure_ascii=False), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="receipt-{found.peer}-{found.number:06d}.json"'
    return answer
