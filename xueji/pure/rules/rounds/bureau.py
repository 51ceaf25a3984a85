"""Rules on a bureau's sum: nobody missing, no child twice or nowhere, every part given again by the journals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from xueji.pure.kernel.types import Severity

from .model import Failing, Finding, RoundRule, pupil_of

_BASIS = "通知三.5、一.4（三级数据一致）"
RULES = (
    RoundRule(
        "return.school_missing", "有单位未上报", Severity.ERROR, "{name}的数据尚未上报或未审核通过", _BASIS,
        "催报；已上报的审核后接受。", "school", standing=False,
    ),
    RoundRule(
        "return.counted_twice", "两校同时计入", Severity.ERROR, "{pupil}在两校同时计入，请核对后退回一方", _BASIS,
        "核对学生实际在哪所学校，退回另一所学校的上报。", "pupil", standing=False,
    ),
    RoundRule(
        "return.counted_nowhere", "没有计入任何一校", Severity.ERROR,
        "{pupil}没有计入任何一校，请退回该校重新生成", _BASIS, "退回该校的上报，请其重新生成。", "pupil",
        standing=False,
    ),
    RoundRule(
        "return.part_differs", "与学籍簿重算不一致", Severity.ERROR,
        "{name}上报的数字与学籍簿重算的结果不一致，请退回该校重新生成", _BASIS,
        "退回该校重新生成；重新生成后仍不一致的，在“管理·问题报告”写明学校，由维护员核对学籍簿。", "problems",
        standing=False,
    ),
)  # fmt: skip
_BY_CODE = {rule.code: rule for rule in RULES}


def of_parts(
    missing: Iterable[tuple[str, str]],
    doubled: Sequence[tuple[str, str]],
    nowhere: Sequence[tuple[str, str]],
    differing: Iterable[tuple[str, str]],
) -> list[Finding]:
    """A bureau's findings.

    ``missing``: organisations not accepted yet (code, name); ``doubled`` and ``nowhere``: pupils (number, student) who
    stand in two returns or in none; ``differing``: schools (code, name) whose figures the journals do not give again.
    """
    return [
        *_organisations("return.school_missing", missing),
        *_pupils("return.counted_twice", doubled),
        *_pupils("return.counted_nowhere", nowhere),
        *_organisations("return.part_differs", differing),
    ]


def _organisations(code: str, found: Iterable[tuple[str, str]]) -> list[Finding]:
    return [_BY_CODE[code].finding(Failing("", key, words={"name": name})) for key, name in found]


def _pupils(code: str, found: Iterable[tuple[str, str]]) -> list[Finding]:
    return [
        _BY_CODE[code].finding(Failing("", number, student, {"pupil": pupil_of(number)})) for number, student in found
    ]
