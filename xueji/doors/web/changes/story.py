"""The file of an application: its steps with who decided in whose place, who has it until when, the record today."""

from __future__ import annotations

from uuid import UUID

from xueji.doors.web.changes.words import holder_of
from xueji.doors.web.due import due_state, due_words
from xueji.doors.web.names import class_names, code_name, organisation_names
from xueji.doors.web.places import ROLE_NAMES
from xueji.doors.web.templatetags.ui import day, group_digits, moment
from xueji.ground.accounts import selectors as accounts
from xueji.pure.kernel.environment import today
from xueji.pure.kernel.rulebook import Rulebook
from xueji.pure.kernel.school_year import STAGE_NAMES
from xueji.pure.kernel.types import Capacity, Role
from xueji.registry.applications.models import ApplicationState
from xueji.registry.applications.services.paper_entry import PAPER_REASON
from xueji.registry.applications.types import ApplicationView
from xueji.registry.cases.types import CaseView, StepView
from xueji.registry.register import selectors as register
from xueji.registry.register.selectors import StudentRecord

OUTCOMES = {"agreed": ("done", "同意"), "sent_back": ("wrong", "退回修改"), "refused": ("wrong", "不予批准")}


def stands_in(capacity: str) -> str:
    """（代办） or （受委托） behind the name of somebody who acts in another's post."""
    words = accounts.CAPACITY_TITLES[Capacity(capacity)]
    return f"（{words}）" if words else ""


def holding_rows(view: ApplicationView, names: dict[UUID, str]) -> list[tuple[str, str]]:
    """Who has it, since when, until when; its file number; how often it was lodged."""
    case = view.case
    rows = []
    current = case.current if case else None
    if current is not None:
        rows.append(("现在由谁办理", holder_of(current, names)))
        rows.append(("到手日期", day(current.opened_at)))
        until = f"{current.due_on.isoformat()}（{due_words(current.due_on)}）" if current.due_on else "没有期限"
        rows.append(("办理期限", until))
    if case is not None and case.file_number:
        rows.append(("卷号", case.file_number))
    if case is not None and case.round > 1:
        rows.append(("提交次数", f"第 {case.round} 次"))
    return rows


def record_rows(view: ApplicationView, book: Rulebook) -> list[tuple[str, str]]:
    """How the register has the pupil today; empty where the application is about several or nobody is in reach."""
    record = register.student_record(view.student, today(), decrypt=False) if view.student else None
    return standing_rows(record) if record is not None else []


def standing_rows(record: StudentRecord) -> list[tuple[str, str]]:
    """Number, school, class and standing of a record in words."""
    held = record.latest
    group, status = held.value("class_group", today()), held.value("status", today())
    stage = {one.value: name for one, name in STAGE_NAMES.items()}.get(held.stage, "")
    rows = [
        ("学籍号", group_digits(held.number)),
        ("学籍所在学校", organisation_names([held.school]).get(held.school, "")),
        ("学段、班级", " ".join(one for one in (stage, _class_name(group)) if one)),
        ("学籍状态", code_name("registration_status", status) if record.in_force else "没有在籍学籍"),
        ("学籍起始", held.started_on.isoformat()),
    ]
    if held.ended_on is not None:
        rows.append(("学籍终止", held.ended_on.isoformat()))
    return [(label, value) for label, value in rows if value]


def _class_name(group: str | None) -> str:
    return class_names([UUID(group)]).get(UUID(group), "") if group else ""


def story(view: ApplicationView, names: dict[UUID, str]) -> list[dict[str, str]]:
    """All steps in order: what was decided, who has it until when, what comes after."""
    case = view.case
    person = case.lodged_by if case else view.lodged_by
    lodger = f"{accounts.names_of([person]).get(person, '')}{stands_in(case.lodged_as if case else '')}"
    lines = [
        {
            "state": "done",
            "when": moment(view.lodged_at),
            "what": "提出申请",
            "who": f"{names.get(view.school, '')} · {lodger}",
            "text": _from_paper(view),
            "basis": "",
        }
    ]
    return lines + step_lines(case, names)


def step_lines(case: CaseView | None, names: dict[UUID, str]) -> list[dict[str, str]]:
    """The steps of a case as a timeline; ``names`` of the organisations whose steps they are."""
    return [_step_line(step, names) for step in (case.steps if case else ())]


def sent_back_words(view: ApplicationView) -> str:
    """Why an application lies with the applicant again, as it was said; "" where it does not."""
    if view.state != ApplicationState.SENT_BACK or view.case is None:
        return ""
    return next((step.reason for step in reversed(view.case.steps) if step.outcome == "sent_back"), "")


def _from_paper(view: ApplicationView) -> str:
    """How an application that was entered later says so."""
    if view.paper_date is None:
        return ""
    reason = view.claim.get(PAPER_REASON, "")
    return f"按 {view.paper_date.isoformat()} 的纸质材料补录" + (f"：{reason}" if reason else "")


def _step_line(step: StepView, names: dict[UUID, str]) -> dict[str, str]:
    where = f"{names.get(step.organisation, '')} · {ROLE_NAMES[Role(step.role)]}"
    line = {"state": "open", "when": "", "what": step.title, "who": where, "text": "", "basis": ""}
    if step.decided_at:
        colour, words = OUTCOMES.get(step.outcome, ("done", ""))
        if step.act == "proofread" and colour == "done":
            words = "校对一致"
        line |= {
            "state": colour,
            "when": moment(step.decided_at),
            "who": f"{where} · {step.decided_name}{stands_in(step.decided_as)}",
        }
        line["text"] = "：".join(part for part in (words, step.reason) if part)
        if step.file_number:
            line["basis"] = f"卷号 {step.file_number}"
    elif step.opened_at:
        line |= {"state": due_state(step.due_on), "when": f"{moment(step.opened_at)} 起"}
        provisional = "（暂定，假日表尚未公布）" if step.due_is_provisional else ""
        line["text"] = (
            f"应于 {step.due_on.isoformat()} 前办结，{due_words(step.due_on)}{provisional}" if step.due_on else ""
        )
    return line
