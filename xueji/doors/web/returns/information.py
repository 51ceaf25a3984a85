"""What a return says of the school itself, in the words of its page and its workbook."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from xueji.duties.returns.information import role_title
from xueji.duties.returns.models import Return
from xueji.duties.returns.opening import IN_CLASS, classes_of
from xueji.pure.kernel.school_year import grade_name
from xueji.pure.kernel.types import Level

TITLE = {Level.SCHOOL: "学校基本情况", Level.DISTRICT: "所属学校情况", Level.CITY: "全市学校情况"}


def shown(made: Return) -> dict[str, Any]:
    """The information as the page has it; nothing of a return that was made before there was any."""
    said = made.information
    if not said:
        return {}
    classes = [(grade_name(line["grade"]), line["classes"], line["pupils"]) for line in said["classes"]]
    if classes:
        classes.append(("合计", sum(row[1] for row in classes), sum(row[2] for row in classes)))
    opening = [
        urlencode({"column": IN_CLASS, "stage": line["stage"], "intake": line["intake_year"]})
        for line in classes_of(made)
    ]
    return {
        "title": TITLE[Level(made.level)],
        "facts": said["facts"],
        "classes": classes,
        "opened": [(*row, query) for row, query in zip(classes, [*opening, f"column={IN_CLASS}"], strict=False)],
        "staff": [_post(line) for line in said["staff"]],
        "names": made.level == Level.SCHOOL,
    }


def _post(line: Mapping[str, Any]) -> dict[str, Any]:
    names = "、".join(line["names"])
    return {
        "role": role_title(line["role"]),
        "held": line["held"],
        "trained": line["trained"],
        "names": f"{names}（{line['acts_for']}代办）" if line["acts_for"] else names,
    }
