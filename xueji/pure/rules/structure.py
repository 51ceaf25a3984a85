"""What can be wrong with a file as a whole; the reader of the file finds these (``registry/intake``)."""

from __future__ import annotations

from xueji.pure.kernel.types import Severity

from .model import Rule, Scope
from .sentences import EXCEL

_E, _Q, _N = Severity.ERROR, Severity.QUERY, Severity.NOTE


def _rule(code: str, severity: Severity, sentence: str) -> Rule:
    return Rule(code, severity, sentence, EXCEL, Scope.FILE)


RULES = (
    _rule("file.missing_column", _E, "表里缺少“{detail}”这一列，请用本校下载的模板，或补上这一列。"),
    _rule("file.unknown_column", _Q, "“{detail}”这一列不认识，没有读取；如果是必要的内容，请改用模板里的列名。"),
    _rule("file.repeated_column", _E, "“{detail}”这一列出现了不止一次，请只留一列。"),
    _rule("file.header_alias", _N, "“{detail}”已按模板列名读取。"),
    _rule("file.nameless_column", _Q, "第 {detail} 列有内容，但没有列名，没有读取。"),
    _rule("file.other_school", _E, "这份表是学校代码 {detail} 的模板，不是本校的，请用本校下载的模板。"),
    _rule("file.other_kind", _E, "这份表是“{detail}”模板，与现在办理的事项不符，请换用对应的模板。"),
    _rule("file.other_sheet", _N, "工作表“{detail}”没有读取。"),
    _rule("file.blank_rows", _N, "表中有空行（{detail}），已跳过。"),
    _rule("file.no_rows", _E, "表里没有学生，请从第 2 行起每行填一名学生。"),
)
