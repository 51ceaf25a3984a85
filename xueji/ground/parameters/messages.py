"""Chinese sentences for what the schema finds wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def sentence(error: Mapping[str, Any]) -> str:
    """The sentence for one error of a schema."""
    kind, where = error["type"], error["loc"][-1] if error["loc"] else "文件"
    given = error.get("input")
    if kind == "extra_forbidden":
        return f"不认识的项“{where}”，请核对写法"
    if kind == "missing":
        return f"缺少“{where}”"
    if kind == "value_error":
        return str(error["msg"]).removeprefix("Value error, ")
    if kind in ("enum", "literal_error"):
        allowed = str(error.get("ctx", {}).get("expected", "")).replace("'", "")
        allowed = allowed.replace(" or ", "、").replace(", ", "、")
        return f"“{where}”不能是“{given}”，可用：{allowed}"
    if kind.startswith(("date", "datetime")):
        return f"“{where}”应是日期，写成 2008-09-15，现为“{given}”"
    if kind.startswith("int"):
        return f"“{where}”应是整数，现为“{given}”"
    if kind.startswith("bool"):
        return f"“{where}”应是 true 或 false，现为“{given}”"
    if kind in ("tuple_type", "list_type"):
        return f"“{where}”应是一个列表"
    if kind in ("model_type", "dict_type", "model_attributes_type"):
        return f"“{where}”应是一组“项: 值”"
    if kind == "string_type":
        return f"“{where}”应是文字，数字开头的请加引号，现为“{given}”"
    if kind in ("greater_than_equal", "less_than_equal"):
        bound = error.get("ctx", {})
        limit = f"不小于 {bound['ge']}" if "ge" in bound else f"不大于 {bound.get('le')}"
        return f"“{where}”应{limit}，现为“{given}”"
    if kind in ("too_short", "string_too_short"):
        return f"“{where}”不能为空"
    if kind == "string_pattern_mismatch":
        return f"“{where}”的写法不对：“{given}”"
    return f"“{where}”的值“{given}”不符合要求"
