"""Words and colours of uploads."""

from __future__ import annotations

from django.http import Http404, HttpRequest

from xueji.doors.web.actors import actor_of
from xueji.doors.web.places import SCHOOL_POSTS
from xueji.pure.kernel.types import Actor, Level
from xueji.registry.intake.types import UploadView

KIND_TITLES = {"opening": "建档", "entrants": "新生入学", "into_city": "外地转入", "late": "补建学籍"}
#: Kinds whose rosters are taken in as workbooks; the others come one by one, with papers.
WORKBOOKS = ("opening", "entrants")
KIND_TEXTS = {
    "opening": "系统启用时已经在校的一至九年级学生。已有的 19 位学籍号原样保留，没有的由系统编号。",
    "entrants": "当年招收的一年级、七年级新生。学籍号在教育局批准时产生。",
}
SEVERITIES = {"error": ("wrong", "错误"), "query": ("soon", "须核实"), "note": ("progress", "提示")}


def school_actor(request: HttpRequest) -> Actor:
    """The post, if it is a school's; rosters are the school's own."""
    actor = actor_of(request)
    if actor.level is not Level.SCHOOL or actor.role not in SCHOOL_POSTS:
        raise Http404
    return actor


def state_of(view: UploadView) -> tuple[str, str]:
    """Colour and words of an upload."""
    if not view.finished:
        return "progress", "正在校验"
    if view.state == "unreadable":
        return "wrong", "没有读成"
    if view.state == "lodged":
        return "done", "已提交"
    if view.errors:
        return "wrong", f"有 {view.errors} 处错误"
    if view.queries:
        return "soon", f"{view.queries} 处须核实，可以提交"
    return "done", "可以提交"
