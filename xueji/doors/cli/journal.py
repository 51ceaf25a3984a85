"""``xueji journal``: verify journals and disclosure log, rebuild the register from them (issue 2 "Commands")."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

import click

from xueji.doors.cli.frame import emit, json_option, negative, ready


@click.group("journal", help="学籍簿：核验、重建")
def command() -> None:
    """Commands about the journals as a whole; they work in the system's own name."""


@command.command("verify", help="核验全部变动记录、查看与导出记录是否与写入时一致，并打开每一处加密内容")
@json_option
def verify_journals(as_json: bool) -> None:
    """Exit 1 when anything is not as it was written; each fault names organisation and sequence.

    The disclosure log is part of it: a fault there has no organisation, its sequence is the batch's number.
    """
    ready()
    from xueji.ground.accounts.context import acting_system
    from xueji.ground.disclosure.selectors import verify_chain
    from xueji.ground.journals.selectors import verify
    from xueji.registry.register.selectors import state_digest

    found = verify()
    with acting_system():
        names = _shown(fault.organisation for fault in found.faults if fault.organisation)
        digest = state_digest()
        disclosed = verify_chain()
    faults: list[dict[str, object]] = [
        {
            "organisation": names.get(fault.organisation) if fault.organisation else None,
            "sequence": fault.sequence,
            "reason": fault.reason,
        }
        for fault in found.faults
    ]
    faults += [
        {"organisation": None, "sequence": fault.block, "reason": f"查看与导出记录第 {fault.block} 批：{fault.reason}"}
        for fault in disclosed
    ]
    value = {
        "verified": not faults,
        "entries": found.entries,
        "organisations": found.organisations,
        "digest": digest,
        "faults": faults,
    }
    emit(value, as_json=as_json, text=_told(value, faults))
    if faults:
        negative()


@command.command("rebuild", help="由变动记录重新推算学籍库，与现有学籍库比对并改正差异")
@json_option
def rebuild_register(as_json: bool) -> None:
    """Fold every journal anew; the register is what they say afterwards."""
    ready()
    from xueji.ground.accounts.context import acting_system
    from xueji.registry.register.selectors import state_digest
    from xueji.registry.register.services import rebuild

    with acting_system():
        result = rebuild()
        digest = state_digest()
    text = f"已由变动记录推算 {result.pupils} 名学生的学籍，用时 {result.seconds} 秒。"
    emit({"pupils": result.pupils, "digest": digest, "seconds": result.seconds}, as_json=as_json, text=text)


def _shown(organisations: Iterable[UUID]) -> dict[UUID, str]:
    """How each organisation is shown: its code, else its name, else its id (the record itself may be gone)."""
    from xueji.ground.organisations.selectors import by_ids

    wanted = set(organisations)
    known = by_ids(wanted)
    return {one: (known[one].code or known[one].name) if one in known else str(one) for one in wanted}


def _told(value: dict[str, object], faults: Sequence[Mapping[str, object]]) -> str:
    if value["verified"]:
        return f"{value['organisations']} 个机构的 {value['entries']} 条变动记录，以及查看与导出记录，均与写入时一致。"
    lines = [
        f"{fault['organisation']} 第 {fault['sequence'] or '—'} 条：{fault['reason']}"
        if fault["organisation"]
        else str(fault["reason"])
        for fault in faults
    ]
    return "\n".join([f"发现 {len(faults)} 处问题，请立即停止使用并从备份恢复：", *lines])
