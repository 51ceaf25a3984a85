"""Rules on a school as a whole: both flow identities, large changes, classes, promotion, what is under way, 空挂."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from xueji.pure.kernel.school_year import STAGE_NAMES, Stage
from xueji.pure.kernel.types import Severity
from xueji.pure.rules.model import Scope

from .model import YEARLY, Failing, RoundFacts, RoundRule, pupil_of

_FLOW = "通知三.5（统计时段内的学籍变动）、数据须平衡"


def _cohort(line: Mapping[str, Any]) -> str:
    name = f"{STAGE_NAMES[Stage(line['stage'])]}{line['intake_year'] or '（未编班）'}级"
    return name + ("男生" if line["gender"] == "1" else "女生")


def _registered_flow(facts: RoundFacts) -> Iterable[Failing]:
    for line in facts.flow:
        if not line["registered_balanced"]:
            yield Failing(line["school"], words={"cohort": _cohort(line)})


def _attending_flow(facts: RoundFacts) -> Iterable[Failing]:
    for line in facts.flow:
        if not line["attending_balanced"]:
            yield Failing(line["school"], words={"cohort": _cohort(line)})


def _unexplained(facts: RoundFacts) -> Iterable[Failing]:
    for line in facts.flow:
        came, went = line.get("other_in", 0), line.get("other_out", 0)
        if came or went:
            yield Failing(line["school"], words={"cohort": _cohort(line), "came": came, "went": went})


def _large_change(facts: RoundFacts) -> Iterable[Failing]:
    """Of a school's stage, against the round before; a declared opening is no year to compare with."""
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for line in facts.flow:
        sums[line["school"], line["stage"]][0] += line.get("opening", 0)
        sums[line["school"], line["stage"]][1] += line.get("closing", 0)
    percent, least = facts.setting("return_change_percent"), facts.setting("return_change_least")
    for (school, stage), (before, now) in sorted(sums.items()):
        moved = abs(now - before)
        if before and school not in facts.declared and moved >= least and moved * 100 >= percent * before:
            way = "增加" if now > before else "减少"
            words = {"stage": STAGE_NAMES[Stage(stage)], "before": before, "now": now, "way": way, "moved": moved}
            yield Failing(school, words={**words, "percent": round(moved * 100 / before)})


def _class_size(facts: RoundFacts) -> Iterable[Failing]:
    here = facts.state.filter(pl.col("class_group").is_not_null(), pl.col("presence") == "attending")
    sizes = here.group_by("school", "class_group").agg(size=pl.len())
    for school, group, size in (
        sizes.filter(pl.col("size") > facts.setting("return_class_most")).sort("school", "class_group").iter_rows()
    ):
        most = facts.setting("return_class_most")
        yield Failing(school, words={"name": facts.classes.get(group, "有班级"), "size": size, "most": most})


def _unpromoted(facts: RoundFacts) -> Iterable[Failing]:
    for school, stage, year in facts.unpromoted:
        yield Failing(school, words={"stage": STAGE_NAMES[Stage(stage)], "year": year})


def _rosters(facts: RoundFacts) -> Iterable[Failing]:
    for school, day, rows in facts.rosters:
        yield Failing(school, words={"day": day, "rows": rows})


def _hand(state: str) -> Any:
    def find(facts: RoundFacts) -> Iterable[Failing]:
        for school, item in facts.hand:
            if item["state"] == state:
                way = item["sending_name"] + (f"转往{item['receiving_name']}" if item["receiving_name"] else "")
                words = {"way": way, "since": item["since"]}
                yield Failing(school, item["registration_number"] or None, item["student"], words)

    return find


def _ghosts(facts: RoundFacts) -> Iterable[Failing]:
    """On the return as attending, at no lesson by the roll-call of the term, and nothing settled."""
    attempts = {(school, student): tried for school, student, tried in facts.ghosts}
    if not attempts:
        return
    here = facts.state.filter(pl.col("presence") == "attending").select("school", "student", "number").sort("number")
    for school, student, number in here.iter_rows():
        if (school, student) in attempts:
            words = {"pupil": pupil_of(number), "tried": attempts[school, student]}
            yield Failing(school, number or None, student, words)


def _guests_twice(facts: RoundFacts) -> Iterable[Failing]:
    """Counted as attending at two schools: no registration here tells them apart, their documents do."""
    for school, child in facts.guests_twice:
        yield Failing(school, None, child)


RULES = (
    RoundRule(
        "return.promotion_missing", "升级未确认", Severity.ERROR,
        "{stage}{year}级本学年尚未确认升级，请在“学籍·升级”中办理", "通知一.2、三.5", "在“学籍·升级”中确认本届升级。",
        "promotion", _unpromoted, Scope.REGISTER, YEARLY,
    ),
    RoundRule(
        "return.flow_identity", "在籍增减不平衡", Severity.ERROR,
        "{cohort}的在籍增减变动与期末人数不平，请联系主管教育局核验学籍簿", _FLOW,
        "期初＋增加＝期末＋减少；不平说明学籍簿与学籍库不一致。请在“管理·问题报告”写明年级和人数，"
        "由主管教育局交维护员核对学籍簿；核对以前不要为了凑平而补办变动。", "problems", _registered_flow,
    ),
    RoundRule(
        "return.attending_identity", "在校与在籍不平衡", Severity.ERROR,
        "{cohort}的在校人数与在籍、休学、辍学、借读等人数不平，请联系主管教育局核验学籍簿", _FLOW,
        "在校＝在籍－休学－辍学－出国（境）－外校借读－未到校＋来校借读；不平说明学籍簿与学籍库不一致。"
        "请在“管理·问题报告”写明年级和人数，由主管教育局交维护员核对学籍簿。", "problems", _attending_flow,
    ),
    RoundRule(
        "return.unexplained", "没有名目的增减", Severity.QUERY,
        "{cohort}有其他增加 {came} 人、其他减少 {went} 人（上次上报以后补登或更正的学籍），请核对变动记录并说明", _FLOW,
        "打开“其他增加”“其他减少”，逐人核对变动记录后写明原因。", "return", _unexplained,
    ),
    RoundRule(
        "return.large_change", "人数变化较大", Severity.QUERY,
        "{stage}在籍由上年 {before} 人{way}到 {now} 人，{way} {moved} 人（{percent}%），请说明原因",
        "通知五（定期审核）；幅度为暂定值",
        "核对入学、毕业、转学是否都已办结；情况属实的写明原因（并校、新建小区等）。", "return", _large_change,
        Scope.ROUND, YEARLY, standing=False,
    ),
    RoundRule(
        "return.class_size", "班额过大", Severity.QUERY, "{name}在校 {size} 人，超过 {most} 人，请核对编班并说明",
        "班额为通行标准，暂定", "编班有误的办理调班；情况属实的写明原因和消除计划。", "classes", _class_size,
        Scope.REGISTER, YEARLY,
    ),
    RoundRule(
        "return.roster_pending", "花名册未办结", Severity.QUERY,
        "{day} 提交的花名册（{rows} 人）还没有批准，名单上的学生不计入本次上报", "通知一.2（变动须即时办理）",
        "催办审批；来不及的写明原因。", "changes", _rosters, Scope.REGISTER,
    ),
    RoundRule(
        "return.ghost", "在籍而不在班（空挂）", Severity.QUERY,
        "{pupil}计在校，但本学期报到注册未到、没有事由（已联系 {tried} 次），请查明去向",
        "通知四.2（控制流生率）、三.5", "在“报到注册”中联系家长、登记结果：到校、转学、休学或辍学；来不及的写明情况。",
        "rollcall", _ghosts, Scope.ROUND, YEARLY,
    ),
    RoundRule(
        "return.guest_twice", "外地借读在两校", Severity.QUERY,
        "有外地借读学生（证件号相同）在另一所学校也登记为外地借读，在校人数两校同时计入，请核对",
        "通知三.5（一名学生只在一所学校上报）",
        "核对学生实际在哪所学校就读，另一所办理“结束外地借读”；情况属实的写明原因。",
        "outside", _guests_twice, Scope.REGISTER,
    ),
    RoundRule(
        "return.in_hand", "基准日在办转学", Severity.NOTE,
        "{since} 提出的转学（{way}）在基准日尚未办结，学生计在转出学校", "通知三.5（一名学生只在一所学校上报）",
        "不需要处理；办结以后计入下一次上报。", "changes", _hand("pending"), standing=False,
    ),
    RoundRule(
        "return.left_out", "已生效、本次未计入", Severity.NOTE,
        "{since} 生效的变动（{way}）登记时对方上报已经确认，本次不计入，按变动之前计数",
        "通知三.5（一名学生只在一所学校上报）", "要计入本次的，请双方主管教育局退回两校的上报。", "pupil",
        _hand("left_out"), standing=False,
    ),
)  # fmt: skip
