"""上报: who has submitted and who is late, as a chart and as a table; the way to one's own return."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from xueji.doors.web.actors import required_session
from xueji.doors.web.help import help_for
from xueji.doors.web.lists import chosen, paged
from xueji.doors.web.returns.words import bucket, colour_of, words_of
from xueji.duties.returns import selectors
from xueji.duties.returns.models import ReturnState
from xueji.duties.returns.selectors import BoardLine
from xueji.ground.parameters import selectors as parameters
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import NotInRulebook, Rulebook
from xueji.pure.kernel.types import Level

_BUCKETS = (("done", "已接受"), ("progress", "已上报、审核中"), ("open", "未上报"), ("wrong", "逾期未报"))


def round_codes(book: Rulebook) -> list[str]:
    """The rounds that there are: those listed, then one a year up to this year's."""
    codes = list(book.rounds)
    for year in range(book.register_since.year, today().year + 1):
        try:
            book.round(str(year))
        except NotInRulebook:
            continue
        if str(year) not in codes:
            codes.append(str(year))
    return codes


def round_tabs(book: Rulebook, current: str) -> list[dict[str, Any]]:
    """The rounds as tabs, the newest first."""
    return [
        {"title": book.round(one).title, "url": reverse("web:returns-round", args=[one]), "current": one == current}
        for one in reversed(round_codes(book))
    ]


def board(request: HttpRequest, round_code: str | None = None) -> HttpResponse:
    """The board of a round; without a code of the newest one."""
    session = required_session(request)
    actor = session.actor
    book = parameters.rulebook(today())
    codes = round_codes(book)
    if round_code is not None and round_code not in codes:
        raise Http404
    code = round_code or codes[-1]
    on_round = book.round(code)
    if actor.level is Level.SCHOOL:
        return redirect("web:return", code, actor.organisation)
    top = selectors.board(code, actor.organisation)
    lines = top.children
    filters = [chosen(request, "bucket", "情况", _BUCKETS)]
    if filters[0].value:
        lines = [line for line in lines if bucket(line) == filters[0].value]
    page = paged(request, list(_shown(lines)))
    context: dict[str, Any] = {
        "round": {
            "title": on_round.title,
            "reference_date": on_round.reference_date,
            "school_due": on_round.school_due,
            "bureau_due": on_round.bureau_due,
            "window_from": on_round.window[0] if on_round.window else None,
            "window_to": on_round.window[1] if on_round.window else None,
        },
        "standing": words_of(top),
        "rounds": round_tabs(book, code),
        "own_url": reverse("web:return", args=[code, actor.organisation]),
        "own_title": _own_title(actor.level, top.state),
        "own_waits": top.state != ReturnState.ACCEPTED,
        "filters": filters if top.children else [],
        "rows": [_row(code, line, under, unit) for line, under, unit in page],
        "page": page,
        "with_below": any(line.children for line in top.children),
        "total": len(top.children),
        "late_total": sum(1 for line in top.children if bucket(line) == "wrong"),
        "rows_title": "区县和市直属学校" if actor.level is Level.CITY else "所管学校",
        "chart_title": "哪些单位还没有上报？",
        "chart": _chart(top),
        "sums": _sums(top),
        "empty_title": "本校上报",
        "empty_text": "打开本校的上报，生成数据、改正问题、确认并上报。",
        "help": help_for("returns"),
    }
    return render(request, "returns/board.html", context)


def _own_title(level: Level, state: str) -> str:
    """What one does with the own return: make and submit it, or look at it once it is accepted."""
    if level is Level.CITY:
        return "查看全市汇总" if state == ReturnState.ACCEPTED else "全市汇总"
    return "查看本局的上报" if state == ReturnState.ACCEPTED else "本局汇总上报"


def _shown(lines: list[BoardLine]) -> Iterator[tuple[BoardLine, bool, list[BoardLine]]]:
    """The lines in their order, a township's schools after its central school: (line, stands under, the unit's)."""
    for line, under in selectors.by_unit(lines):
        yield line, False, [line, *under] if under else []
        yield from ((one, True, []) for one in under)


def _unit_words(unit: list[BoardLine]) -> str:
    """What the township's unit has in all, beside the central school's own line."""
    counted = [line.registered for line in unit if line.registered is not None]
    done = sum(1 for line in unit if bucket(line) in ("done", "progress"))
    return f"全乡镇 {len(unit)} 所学校，已上报 {done} 所，在籍共 {sum(counted):,}" if unit else ""


def _row(code: str, line: BoardLine, under: bool, unit: list[BoardLine]) -> dict[str, Any]:
    return {
        "under": under,
        "unit": _unit_words(unit),
        "name": line.name,
        "code": line.code,
        "url": reverse("web:return", args=[code, line.organisation]),
        "state": colour_of(line.state, line.due, line.late),
        "state_text": words_of(line),
        "registered": line.registered,
        "due": line.due,
        "below": f"{sum(1 for one in line.children if bucket(one) == 'done')} / {len(line.children)}"
        if line.children
        else "",
    }


def _sums(top: BoardLine) -> dict[str, int] | None:
    counted = [line.registered for line in top.children if line.registered is not None]
    return {"registered": sum(counted), "count": len(counted)} if counted else None


def _chart(top: BoardLine) -> dict[str, Any]:
    """The city: a bar a district over its schools. A district: one bar a state over its schools."""
    districts = [line for line in top.children if line.children]
    if not districts:
        counts = Counter(bucket(line) for line in top.children)
        return {
            "across": True,
            "names": [words for _, words in _BUCKETS],
            "series": [
                {
                    "name": "学校数",
                    "states": [key for key, _ in _BUCKETS],
                    "values": [counts[key] for key, _ in _BUCKETS],
                }
            ],
        }
    counts_of = [Counter(bucket(one) for one in line.children) for line in districts]
    return {
        "stacked": True,
        "names": [line.name.removesuffix("教育局") for line in districts],
        "series": [
            {"name": words, "state": key, "values": [counts[key] for counts in counts_of]} for key, words in _BUCKETS
        ],
    }
