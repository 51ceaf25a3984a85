"""跨区转学: a pupil moves between two nodes.

Asked by the head of the receiving bureau, decided by that of the sending one; both bureaus and the two schools see how
far it came.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from xueji.doors.web.actors import actor_of
from xueji.doors.web.changes.placing import asked_grade, classes_of_grade, grade_choices
from xueji.doors.web.help import help_for
from xueji.duties.dossiers import taking
from xueji.duties.exchange import selectors as exchange
from xueji.duties.exchange import transfers
from xueji.duties.exchange.identity import name_of
from xueji.duties.exchange.models import TransferState
from xueji.duties.exchange.transfers import TransferView
from xueji.duties.exchange.writers import own_of
from xueji.ground.keys import node_keys
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.school_year import grade_name
from xueji.pure.kernel.types import Actor, Refused, Role

COLOURS = {
    TransferState.ASKED: "progress", TransferState.REFUSED: "wrong", TransferState.IN_TRANSIT: "soon",
    TransferState.OPENED: "done",
}  # fmt: skip
LARGEST_DOSSIER = 32 << 20  # bytes; a dossier with its photo has some hundred thousand


class AskForm(forms.Form):
    """Whom to ask for, into which class, why."""

    number = forms.CharField(
        label="现在的学籍号", max_length=32, required=False, help_text="外区学生的完整学籍号，由家长提供。"
    )
    name = forms.CharField(label="姓名", max_length=60, required=False)
    class_group = forms.ChoiceField(label="转入班级", help_text="只列出本局所属学校这个年级的班级。")
    reason = forms.CharField(
        label="转学理由",
        max_length=500,
        help_text="对方教育局据此办理，例如：全家迁居，户口已随迁。",
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, classes: list[Any], filled: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["class_group"].choices = [("", "请选择"), *classes]  # type: ignore[attr-defined]
        self.filled = filled

    def clean(self) -> dict[str, Any]:
        """Number and name are asked for where no dossier says them."""
        values = super().clean() or {}
        for name in ("number", "name"):
            if not self.filled and name not in self.errors and not values.get(name):
                self.add_error(name, "请填写，或选择电子学籍档案。")
        return values


def may_ask(actor: Actor) -> bool:
    """Whether the post asks other nodes for pupils: the head of the bureau whose node this is."""
    return actor.role is Role.HEAD and node_keys.exists() and actor.organisation in own_of(node_keys.load().code)


def listing(request: HttpRequest) -> HttpResponse:
    """All transfers in sight, those that are under way first."""
    actor = actor_of(request)
    names = exchange.peer_names()
    rows = [row(one, names) for one in transfers.transfers()]
    waiting = sum(1 for one in rows if one["mine"])
    context = {
        "rows": rows,
        "node": node_keys.exists(),
        "waiting": waiting if actor.role is Role.HEAD else 0,
        "in_transit": sum(1 for one in rows if one["in_transit"]),
        "may_ask": may_ask(actor),
        "help": help_for("node_transfers"),
    }
    return render(request, "changes/node_transfers.html", context)


def row(one: TransferView, names: dict[str, str]) -> dict[str, Any]:
    """A transfer in one line; the name is masked in lists."""
    state = TransferState(one.state)
    mine = one.side == "sender" and state == TransferState.ASKED
    return {
        "url": reverse("web:node-transfer", args=[one.case]),
        "name": one.masked_name or "—",
        "number": one.number,
        "from_bureau": bureau_name(one.sender, names),
        "from_school": one.from_school,
        "to_bureau": bureau_name(one.receiver, names),
        "to_school": one.to_school,
        "asked_on": one.asked_on,
        "closed_on": one.closed_on,
        "opened_on": one.opened_on,
        "state": "soon" if mine else COLOURS[state],
        "state_text": "等本局办理" if mine else str(state.label),
        "mine": mine,
        "in_transit": state == TransferState.IN_TRANSIT,
    }


def bureau_name(code: str, names: dict[str, str]) -> str:
    """The bureau of a node by its code."""
    return names.get(code) or name_of(code)


def show(request: HttpRequest, case: UUID) -> HttpResponse:
    """One transfer: who, from where to where, its story; the sending bureau's head decides here."""
    actor = actor_of(request)
    one = transfers.transfer(case)
    if one is None:
        raise Http404
    refused: Refused | None = None
    if request.method == "POST":
        try:
            words = _decide(request, actor, case)
        except Refused as error:
            refused = error
        else:
            messages.success(request, words, extra_tags="done")
            return redirect("web:node-transfer", case)
    decides = one.side == "sender" and one.state == TransferState.ASKED and may_ask(actor)
    names = exchange.peer_names()
    context = {
        "row": row(one, names),
        "one": one,
        "grade": grade_name(one.grade) if one.grade else "—",
        "pupil_url": reverse("web:pupil", args=[one.student]) if one.student and _known(one) else None,
        "story": _story(one, names),
        "decides": decides,
        "against": transfers.against(actor=actor, transfer=case) if decides else [],
        "why": _why(one, actor) if not decides else "",
        "refused": refused,
        "typed": request.POST.get("reason", ""),
        "help": help_for("node_transfer"),
    }
    return render(request, "changes/node_transfer.html", context, status=409 if refused else 200)


def _known(one: TransferView) -> bool:
    """Whether the pupil stands in this node's register: always where he leaves, elsewhere once the dossier came."""
    return one.side == "sender" or one.state == TransferState.OPENED or not one.side


def _decide(request: HttpRequest, actor: Actor, case: UUID) -> str:
    act = request.POST.get("act")
    if act == "release":
        transfers.release(actor=actor, transfer=case)
        return "已同意转出：本区学籍今天终止，电子学籍档案随下一个数据包送达对方。"
    if act == "refuse":
        transfers.refuse(actor=actor, transfer=case, reason=request.POST.get("reason", ""))
        return "已答复不予同意，原因随下一个数据包送达对方。"
    raise Http404


def _why(one: TransferView, actor: Actor) -> str:
    if one.state != TransferState.ASKED:
        return ""
    if one.side == "sender":
        return "由本局负责人决定是否同意转出。" if actor.role is Role.CLERK else "由主管教育局负责人决定。"
    return "等对方教育局办理，请不要重复提出。" if one.side else "由双方的主管教育局办理，这里只能查看。"


def _story(one: TransferView, names: dict[str, str]) -> list[dict[str, Any]]:
    """What happened so far and what comes next."""
    sender, receiver = bureau_name(one.sender, names), bureau_name(one.receiver, names)
    events = [{"when": str(one.asked_on), "what": "提出跨区转学", "who": receiver, "text": one.reason, "state": "done"}]
    if one.state == TransferState.REFUSED:
        return [*events, {"when": "", "what": "不予同意", "who": sender, "text": one.answer, "state": "wrong"}]
    released, opened = one.closed_on, one.opened_on
    events.append(
        {
            "when": str(released or ""),
            "what": "同意转出，学籍终止" if released else "决定是否同意转出",
            "who": sender,
            "text": "在途：两边都不在籍，统计时只计一次。" if released and not opened else "",
            "state": "done" if released else "progress",
        }
    )
    events.append(
        {
            "when": str(opened or ""),
            "what": "学籍接续，等学生到校报到" if opened else "接续学籍",
            "who": one.to_school,
            "text": "",
            "state": "done" if opened else "open" if not released else "progress",
        }
    )
    return events


def new(request: HttpRequest) -> HttpResponse:
    """The request: grade first, then the class; the pupil by number and name, or by a signed dossier."""
    actor = actor_of(request)
    if actor.role is not Role.HEAD:
        raise Http404
    if not may_ask(actor):
        return redirect("web:node-transfers")
    book, grade = parameters.rulebook(today()), asked_grade(request)
    lodges = request.method == "POST" and request.POST.get("step") == "ask"
    file = request.FILES.get("dossier_file")
    given = (request.POST,) if lodges else ()
    form = AskForm(*given, classes=classes_of_grade(actor, book, grade), filled=file is not None)
    context: dict[str, Any] = {
        "form": form, "grades": grade_choices(book), "grade": grade, "help": help_for("node_transfer_new"),
        "grade_text": grade_name(grade) if grade else "",
    }  # fmt: skip
    status = 200
    if lodges and form.is_valid():
        try:
            return _ask(request, actor, form.cleaned_data)
        except Refused as refused:
            context["refused"], status = refused, 409
    elif lodges:
        status = 422
    return render(request, "changes/node_transfer_new.html", context, status=status)


def _ask(request: HttpRequest, actor: Actor, values: dict[str, Any]) -> HttpResponse:
    group, reason = UUID(values["class_group"]), values["reason"]
    file = request.FILES.get("dossier_file")
    if file is not None:
        if (file.size or 0) > LARGEST_DOSSIER:
            raise Refused("dossier.too_large", "电子学籍档案的文件太大，请核对是不是选错了文件。")
        incoming = taking.read_in(file.read(), file.name or "")
        made = taking.ask_other_node(actor=actor, incoming=incoming, class_group=group, reason=reason)
    else:
        made = transfers.ask(
            actor=actor, class_group=group, name=values["name"], number=values["number"], reason=reason
        )
    messages.success(request, "已提出，随下一个数据包送达对方教育局。", extra_tags="done")
    return redirect("web:node-transfer", made.id)
