"""节点密钥: keys of this node and of others, made, exchanged, rotated and revoked by the security administrator."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render

from xueji.doors.web.actors import actor_of
from xueji.doors.web.help import help_for
from xueji.duties.exchange import selectors
from xueji.duties.exchange.identity import LARGEST, read_public
from xueji.duties.exchange.services import keeping
from xueji.ground.keys import node_keys
from xueji.ground.keys.signatures import ALGORITHMS, ED25519
from xueji.pure.kernel.types import Actor, Level, Refused


def keys(request: HttpRequest) -> HttpResponse:
    """All keys with their fingerprints; the forms for who keeps them."""
    actor = actor_of(request)
    refused: Refused | None = None
    if request.method == "POST":
        try:
            words = _do(request, actor)
        except Refused as error:
            refused = error
        else:
            messages.success(request, words, extra_tags="done")
            return redirect("web:node-keys")
    own = node_keys.load() if node_keys.exists() else None
    picked = own.current.public.algorithm.option if own else ED25519.option
    if refused:
        picked = request.POST.get("signing") or picked
    context = {
        "node": {"code": own.code, "fingerprint": own.current.public.fingerprint} if own else None,
        "algorithms": [(one.option, one.words, one.option == picked) for one in ALGORITHMS],
        "keys": [_key(one) for one in selectors.known_keys()],
        "introduced": [_introduced(one.public, one.by) for one in selectors.introduced()],
        "keeps": actor.role in keeping.KEEPERS,
        "may_begin": own is None and actor.role in keeping.KEEPERS and actor.level is not Level.SCHOOL,
        "acts": selectors.node_acts(),
        "refused": refused,
        "typed": {name: request.POST.get(name, "") for name in ("fingerprint", "reason", "lost")} if refused else {},
        "help": help_for("node_keys"),
    }
    return render(request, "manage/node_keys.html", context, status=409 if refused else 200)


def _do(request: HttpRequest, actor: Actor) -> str:
    act, values = request.POST.get("act"), request.POST
    if act == "begin":
        made = keeping.begin_node(actor=actor, signing=values.get("signing", ""))
        return f"已建成节点 {made.code}，指纹 {made.current.public.fingerprint}。"
    if act == "trust":
        done = keeping.trust_node(
            actor=actor, content=_content(request), fingerprint=values.get("fingerprint", ""),
            replace=values.get("replace") == "1",
        )  # fmt: skip
        return f"已信任{done.name}（{done.code}），指纹 {done.fingerprint}。"
    if act == "rotate":
        lost = values.get("lost", "")
        if values.get("is_lost") == "1" and not lost.strip():
            raise Refused("reason_missing", "请写明原密钥丢失或泄露的情况。")
        lost = lost if values.get("is_lost") == "1" else ""
        made = keeping.rotate_keys(actor=actor, lost=lost, signing=values.get("signing", ""))
        after = (
            "请重新写出公开身份文件交给对方，并用电话核对指纹。" if lost else "下一个数据包会带去新密钥，不必再核对。"
        )
        return f"已启用新密钥，指纹 {made.current.public.fingerprint}。{after}"
    if act == "revoke":
        keeping.revoke_key(actor=actor, key=values.get("key", ""), reason=values.get("reason", ""))
        return "已吊销，从现在起不再接收用它签名的数据包。"
    raise Http404


def _content(request: HttpRequest) -> Any:
    """The public file that was chosen, or that of a node that the node above introduced."""
    code = request.POST.get("introduced", "")
    if code:
        found = next((one.public for one in selectors.introduced() if one.code == code), None)
        if found is None:
            raise Http404
        return found
    file = request.FILES.get("file")
    if file is None or (file.size or 0) > LARGEST:
        raise Refused("keys.not_public", "请选择对方的公开身份文件。")
    try:
        return json.loads(file.read())
    except (ValueError, RecursionError):
        raise Refused("keys.not_public", "这不是节点的公开身份文件，请向对方重新索取。") from None


def public(request: HttpRequest) -> HttpResponse:
    """This node's public file, to be given to another node."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        content = keeping.export_public(actor=actor_of(request), address=request.POST.get("address", ""))
    except Refused as refused:
        messages.error(request, refused.message, extra_tags="wrong")
        return redirect("web:node-keys")
    answer = HttpResponse(json.dumps(content, ensure_ascii=False, indent=1), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="node-{content["code"]}.json"'
    return answer


def _key(one: selectors.KnownKey) -> dict[str, Any]:
    if one.revoked_on:
        state = ("wrong", f"已于 {one.revoked_on} 吊销：{one.reason}")
    else:
        state = ("done", "使用中") if one.current else ("open", "已更换，只用于打开旧包")
    return {
        "own": one.own,
        "key": one.key,
        "whose": f"{one.name}（{one.code}）",
        "signing": one.signing,
        "fingerprint": one.fingerprint,
        "created_at": one.created_at[:10],
        "state": state[0],
        "state_text": state[1],
        "may_revoke": not one.own and not one.revoked_on,
    }


def _introduced(content: Any, by: str) -> dict[str, Any]:
    found = read_public(content)
    return {"code": found.code, "name": found.name, "fingerprint": found.current.fingerprint, "by": by}
