"""Words of acts, posts and notices: what users read (glossary, column 1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xueji.pure.kernel.types import Role

_ACTS = {
    "lodge": "申报",
    "proofread": "校对",
    "decide": "审核",
    "examine": "审查",
    "approve": "审批",
    "correct": "修改",
}
_ROLES = {
    Role.REGISTRAR: "学籍管理员",
    Role.PROOFREADER: "校对人员",
    Role.DEPUTY_HEAD: "分管校长",
    Role.CLERK: "经办人",
    Role.HEAD: "负责人",
}
_NOTICES = {
    "step_waiting": "{label}：等待您单位{act}，请在 {due_on} 前办理。",
    "step_waiting_undated": "{label}：等待您单位{act}。",
    "step_agreed": "{label}：{where}{role}已{act}通过，转到下一步。",
    "sent_back": "{label}：已退回修改，原因请看办理记录。",
    "refused": "{label}：不予批准，原因请看办理记录。",
    "approved": "{label}：已批准。{file_number}",
    "change_told": "{school}一名学生的{title}已办结，自 {on} 起生效，特此告知。",
    "arrival_traced": "转往{school}、逾期未到校的一名学生已查明去向（{on}），由该校继续办理。",
    "pupil_placed": "{bureau}统筹安排一名学生到{school}就读（{on} 起编入学籍）。请{school}接收并登记到校。",
    "dropout_of_hukou": "{school}报告：户籍在您区县的一名随迁子女已认定辍学（{on}）。请与该校联系，协助查找、劝返。",
    "retracted": "{label}：申请单位已撤回。",
    "reorganised": "{label}，自 {on} 起生效（{document}）。学校代码、学籍号不变。",
    "papers_ended": "{label}（{school}）：该校已撤销，申请没有办结，随之终止。由{keeper}保管档案，请核对后重新申请。",
    "reorganisation_hindered": "{label}：到了生效日期但没有办成：{why}",
    "suspected_duplicate": "有一名学生疑似重复建档，请与对方教育局并列核对后决定。",
    "numbers_nearly_used_up": "{school}{intake_year}级（{class_no}）班的学籍号只剩 {left} 个，请及早确定后续号段。",
    "duplicate_released": "待核重复已解除。所在的花名册此前已批准的，请打开该条待核重复补办登记。",
    "duplicate_decided": "待核重复已有结论，请查看申请的处理结果。",
    "rollcall_supplemented": "{school}对{term}报到注册已办结的名单作了第 {number} 号更正，请打开名单查看。",
    "inspection_handed_over": "{title}：教育局的检查结果已发出，有 {count} 处问题，最早的须在 {due_on} 前更正。",
    "inspection_clean": "{title}：教育局的检查结果已发出，没有查出问题。",
    "inspection_signed_off": "{title}：教育局对本校的检查已办结。",
    "problem_reported": "问题报告“{title}”等待本单位答复。",
    "problem_answered": "问题报告“{title}”已有答复，请看是否解决。",
    "filing_filed": "{name}已报备{title}，请确认。",
    "filing_acknowledged": "{title}：市局已确认。",
    "filing_sent_back": "{title}：市局退回修改，请打开查看原因。",
    "seal_withdrawn": "{owner}的电子{title}已停用，今后的证明须加盖实物印章。原因请打开查看。",
    "node_transfer_asked": "{bureau}提出一名学生跨区转学到{school}，请本局办理。",
    "node_transfer_ours": "{bureau}提出本校一名学生跨区转学到{school}，由主管教育局办理。",
    "node_transfer_refused": "{bureau}没有同意一名学生跨区转学到{school}，原因请打开查看。",
    "node_transfer_arrived": "{bureau}已办结一名学生的跨区转学，学籍已接续到{school}，请安排到校报到。",
    "node_transfer_done": "一名学生的跨区转学已由{bureau}接续学籍，办结。",
    "node_finding": "节点之间核出 {count} 名学生的记录须核实，请打开“节点与数据包”查看。",
    "remind_soon": "{title}：有 {count} 件快到期，最近一件 {due_on}，请按期办理。",
    "remind_late": "{title}：有 {count} 件要办理，其中 {late} 件已过期，最早一件应于 {due_on} 前办结，请尽快办理。",
}


def act_word(act: str) -> str:
    """The Chinese word of an act."""
    return _ACTS.get(act, act)


def role_word(role: str) -> str:
    """The Chinese word of a post's role."""
    return _ROLES.get(Role(role), role) if role in set(Role) else role


def notice_text(code: str, params: Mapping[str, Any]) -> str:
    """The text of a notice, made on reading."""
    return _NOTICES[code].format_map({key: value if value is not None else "" for key, value in params.items()})
