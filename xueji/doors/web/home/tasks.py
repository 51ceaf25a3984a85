"""What waits for a post, by deadline: matters, rosters not lodged, the return, pupils not arrived, duplicates."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from django.urls import reverse

from xueji.doors.web.actors import Session
from xueji.doors.web.changes.between_nodes import may_ask
from xueji.doors.web.changes.words import ACT_WORDS
from xueji.doors.web.due import due_state, due_words
from xueji.doors.web.inspections import tasks as inspections
from xueji.doors.web.matters import matter_titles
from xueji.doors.web.names import in_reach, organisation_names
from xueji.doors.web.returns.board import round_codes
from xueji.doors.web.rollcall import tasks as rollcall
from xueji.duties.certificates.services import CASE as ATTESTATION
from xueji.duties.exchange import transfers
from xueji.duties.returns import selectors as returns
from xueji.duties.returns import standing
from xueji.duties.returns.authority import POSTS
from xueji.duties.returns.models import ReturnState
from xueji.ground.organisations import selectors as organisations
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.types import Actor, Level, Role
from xueji.registry.applications import selectors as applications
from xueji.registry.applications.departures import departing
from xueji.registry.applications.letters import unsent
from xueji.registry.cases import selectors as cases
from xueji.registry.cases.types import TallyLine
from xueji.registry.intake import selectors as intake
from xueji.registry.register import selectors as register

Task = dict[str, Any]
_WAITS = (ReturnState.SUBMITTED, ReturnState.ACCEPTED)


def tasks_of(session: Session) -> list[Task]:
    """All lines: what is late or was sent back first, then the nearest deadline, those without one last."""
    actor = session.actor
    found = [*_matters(session), *_returned(actor), *_rosters(actor), *_own_return(actor), *_kept_returns(actor)]
    found += [
        *_reviews(actor),
        *_reopenings(actor),
        *_arrivals(actor),
        *_departures(actor),
        *_letters(actor),
        *_duplicates(actor),
        *_between_nodes(actor),
        *_rollcall(actor),
        *_inspections(actor),
        *_standing(actor),
    ]
    return sorted(found, key=lambda task: (task["state"] != "wrong", task["day"] or date.max, task["title"]))


def _line(title: str, url: str, count: int, day: date | None, *, sub: str = "", state: str = "", due: str = "") -> Task:
    words = due or (f"{day.isoformat()}（{due_words(day)}）" if day else "没有期限")
    return {
        "title": title,
        "sub": sub,
        "url": url,
        "count": count,
        "day": day,
        "state": state or due_state(day),
        "due": words,
    }


def _matters(session: Session) -> list[Task]:
    """One line a kind of matter and act."""
    titles = matter_titles(parameters.rulebook(today()))
    groups: dict[tuple[str, str], list[TallyLine]] = defaultdict(list)
    for one in cases.tally(session.actor, stage=session.stage).lines:
        groups[one.kind, one.act].append(one)
    first = {key: sorted(found, key=lambda one: one.next_due or date.max)[:3] for key, found in groups.items()}
    names = organisation_names(one.applicant for found in first.values() for one in found)
    lines = []
    for (kind, act), found in groups.items():
        due = min((one.next_due for one in found if one.next_due), default=None)
        title = titles.get(kind, "学籍变动")
        attested = kind == ATTESTATION
        url = f"{reverse('web:attestations')}?mine=yes" if attested else f"{reverse('web:changes')}?kind={kind}"
        count = sum(one.count for one in found)
        shown = list(dict.fromkeys(names.get(one.applicant, "") for one in first[kind, act]))
        examples = "、".join(shown) + ("等" if len({one.applicant for one in found}) > len(shown) else "")
        lines.append(_line(f"{title} · {ACT_WORDS.get(act, '办理')}", url, count, due, sub=examples))
    return lines


def _standing(actor: Actor) -> list[Task]:
    """What the standing list had at its last count: to be mended in the year, before the return asks for it."""
    if actor.level is not Level.SCHOOL or actor.role not in (Role.REGISTRAR, Role.DEPUTY_HEAD):
        return []
    counted = standing.counts_of([actor.organisation]).get(actor.organisation)
    if counted is None or not counted.errors:
        return []
    sub = f"另有 {counted.queries} 处须核实" if counted.queries else ""
    return [_line("常年核查 · 必须改正", reverse("web:standing"), counted.errors, None, sub=sub)]


def _returned(actor: Actor) -> list[Task]:
    count = cases.sent_back_count(actor)
    if not count:
        return []
    url = f"{reverse('web:changes')}?tab=sent_back"
    sub = "请按退回的理由改正后重新提交"
    return [_line("退回修改的申请", url, count, None, sub=sub, state="wrong", due="请尽快办理")]


def _between_nodes(actor: Actor) -> list[Task]:
    """Pupils whom other nodes ask for, where this post decides."""
    if not may_ask(actor):
        return []
    asked = transfers.asked_here()
    if not asked:
        return []
    return [_line("跨区转学 · 等本局办理", reverse("web:node-transfers"), len(asked), None, state="soon")]


def _rosters(actor: Actor) -> list[Task]:
    """Rosters that were uploaded and not lodged yet."""
    if actor.role is not Role.REGISTRAR:
        return []
    open_ones = [one for one in intake.uploads(actor.organisation) if one.state in ("checked", "unreadable")]
    if not open_ones:
        return []
    wrong = sum(1 for one in open_ones if one.errors or one.answer)
    sub = f"其中 {wrong} 份有错误要改正" if wrong else "可以提交"
    state = "wrong" if wrong else "progress"
    return [_line("还没有提交的花名册", reverse("web:intake"), len(open_ones), None, sub=sub, state=state)]


def _round() -> str:
    return round_codes(parameters.rulebook(today()))[-1]


def _own_return(actor: Actor) -> list[Task]:
    """The newest round's return, as long as this organisation has not submitted it."""
    side = 0 if actor.level is Level.SCHOOL else 1
    if actor.level is Level.CITY or actor.role not in POSTS["make"][side]:
        return []
    code = _round()
    made = returns.current(code, actor.organisation)
    if made is not None and made.state in _WAITS:
        return []
    one = organisations.by_id(actor.organisation)
    found = organisations.competent_bureau(one.id) if actor.level is Level.SCHOOL else None
    bureau = organisations.by_id(found) if found else None
    on_round = returns.round_of(code, returns.division_under(one, bureau))
    due = returns.due_of(on_round, one, bureau)
    words = returns.STATE_TITLES[made.state if made else returns.OPEN]
    url = reverse("web:return", args=[code, actor.organisation])
    return [_line(on_round.title, url, 1, due, sub=f"本单位：{words}")]


def _kept_returns(actor: Actor) -> list[Task]:
    """What closed schools and districts whose records this organisation keeps still owe in the newest round."""
    if actor.role not in POSTS["make"][0 if actor.level is Level.SCHOOL else 1]:
        return []
    code = _round()
    waiting = [one for one in returns.kept(code, actor.organisation) if one.must_report and one.state not in _WAITS]
    title = f"{returns.round_of(code).title} · 代已撤销单位"
    return [
        _line(
            title,
            reverse("web:return", args=[code, one.organisation]),
            1,
            one.due,
            sub=f"{one.name}：{returns.STATE_TITLES[one.state]}",
        )
        for one in waiting
    ]


def _reviews(actor: Actor) -> list[Task]:
    """Returns from below that wait for this bureau."""
    if actor.level is Level.SCHOOL or actor.role not in POSTS["review"][1]:
        return []
    code = _round()
    count = returns.waiting_for(code, actor.organisation)
    if not count:
        return []
    on_round = returns.round_of(code)
    url = f"{reverse('web:returns-round', args=[code])}?bucket=progress"
    return [_line("下级上报等待审核", url, count, on_round.bureau_due, sub=on_round.title)]


def _reopenings(actor: Actor) -> list[Task]:
    """Requests to open an accepted return again: the clerk examines, the head decides."""
    if actor.level is Level.SCHOOL or actor.role not in (Role.CLERK, Role.HEAD):
        return []
    waiting = returns.reopenings_waiting(actor.organisation, examined=actor.role is Role.HEAD)
    return [
        _line(
            "重新打开上报的申请",
            reverse("web:return", args=[code, wanted[0]])
            if len(wanted) == 1
            else reverse("web:returns-round", args=[code]),
            len(wanted),
            None,
            sub=returns.round_of(code).title,
        )
        for code, wanted in waiting.items()
    ]


def _arrivals(actor: Actor) -> list[Task]:
    if actor.role is not Role.REGISTRAR:
        return []
    count = register.counts([actor.organisation]).awaited
    if not count:
        return []
    sub = "学生真正到校后才算在校"
    return [_line("到校报到等待确认", reverse("web:arrivals"), count, None, sub=sub, state="soon", due="到校当天确认")]


def _departures(actor: Actor) -> list[Task]:
    """转出待回执: the school's, and of a bureau those that are late."""
    if actor.role not in (Role.REGISTRAR, Role.CLERK):
        return []
    found = departing(in_reach(actor).ids)
    if actor.role is Role.CLERK:
        found = tuple(one for one in found if one.overdue)
    if not found:
        return []
    due = min((one.due_on for one in found if one.due_on), default=None)
    sub = "收到接收学校的回执后登记，学籍才在本地结束"
    return [_line("转出待回执", reverse("web:departures"), len(found), due, sub=sub)]


def _letters(actor: Actor) -> list[Task]:
    """辍学函告户籍地: letters that the school's registrar has still to send."""
    count = unsent(in_reach(actor).ids) if actor.role is Role.REGISTRAR else 0
    if not count:
        return []
    sub = "寄给户籍所在县（市、区）教育局，寄出后登记日期"
    return [_line("辍学函告户籍地待寄", reverse("web:letters"), count, None, sub=sub, state="soon", due="尽快寄出")]


def _rollcall(actor: Actor) -> list[Task]:
    found = rollcall.waiting(actor)
    return [_line(found.title, found.url, found.count, found.due, sub=found.sub)] if found else []


def _inspections(actor: Actor) -> list[Task]:
    """Regular checks: to be begun, examined, mended, looked at again, signed off."""
    return [_line(one.title, one.url, one.count, one.due, sub=one.sub) for one in inspections.waiting(actor)]


def _duplicates(actor: Actor) -> list[Task]:
    if actor.level is Level.SCHOOL or actor.role not in (Role.HEAD, Role.CLERK):
        return []
    count = len(applications.duplicates(actor))
    if not count:
        return []
    sub = "与另一主管教育局并排核对"
    return [_line("待核重复", reverse("web:duplicates"), count, None, sub=sub, state="soon", due="请尽快核实")]
