"""What a registrar fills in for each kind of change, for the tests that do every kind whole.

A new kind adds a line here, and nothing else in these tests. ``before``: kinds that must be in force first. Values may
name ``$class``, ``$lower_class``, ``$higher_class``, ``$next_class`` (class groups of the pupil's school), ``$host``
and ``$special`` (another school's code); ``day`` is when it is lodged, ``status`` and ``attends`` how the pupil stands
afterwards (``status`` "": not registered).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

AUTUMN, SPRING = date(2008, 9, 22), date(2009, 2, 23)


@dataclass(frozen=True, slots=True)
class Told:
    """One kind as it is told at the pages."""

    claim: Mapping[str, str] = field(default_factory=dict)
    before: tuple[str, ...] = ()
    day: date = AUTUMN
    status: str = "in_school"
    attends: str = ""


_DROPOUT = {
    "effective_on": "2008-09-22", "absent_since": "2008-09-01", "reason_code": "work", "contact_attempts": "3",
    "contact_record": "9月3日、9日、16日家访，家中无人",
}  # fmt: skip
_GUEST = {
    "effective_on": "2008-09-22", "until": "2009-08-31", "other_school": "$host", "reason_code": "parents_away",
}  # fmt: skip

_OUT = {"region": "安徽省合肥市庐阳区", "other_school_name": "庐阳实验小学", "reason": "举家迁居"}

TOLD: dict[str, Told] = {
    "suspension": Told(
        {"effective_on": "2008-09-22", "until": "2009-08-31", "reason_code": "illness"}, status="suspended"
    ),
    "suspension_extension": Told(
        {"until": "2010-02-28", "reason": "继续治疗"}, ("suspension",), date(2009, 8, 10), "suspended"
    ),
    "resumption": Told({"effective_on": "2009-02-23", "class_group": "$class"}, ("suspension",), SPRING),
    "required_suspension": Told(
        {
            "effective_on": "2008-09-22",
            "until": "2009-08-31",
            "reason_code": "infectious",
            "reason": "已与监护人当面沟通",
        },
        status="suspended",
    ),
    "dropout": Told(_DROPOUT, status="dropped_out"),
    "dropout_return": Told({"effective_on": "2009-02-23", "class_group": "$lower_class"}, ("dropout",), SPRING),
    "abroad": Told({"effective_on": "2008-09-22", "country": "新加坡", "reason_code": "with_parents"}, status="abroad"),
    "abroad_return": Told({"effective_on": "2009-02-23"}, ("abroad",), SPRING),
    "death": Told({"effective_on": "2008-09-20", "reason_code": "illness"}, status=""),
    "class_change": Told({"effective_on": "2008-09-22", "class_group": "$next_class", "reason": "双胞胎同班"}),
    "grade_skip": Told({"effective_on": "2008-09-22", "class_group": "$higher_class", "reason": "考核各科优秀"}),
    "guest_begin": Told(_GUEST, attends="$host"),
    "guest_extension": Told(
        {"until": "2010-01-31", "reason": "父母继续在外工作"}, ("guest_begin",), date(2009, 8, 20), attends="$host"
    ),
    "guest_end": Told({"effective_on": "2009-02-23", "reason_code": "early"}, ("guest_begin",), SPRING),
    "inclusion": Told({"effective_on": "2008-09-22", "inclusion_status": "2"}),
    "inclusion_end": Told({"effective_on": "2009-02-23"}, ("inclusion",), SPRING),
    "special_school": Told({"effective_on": "2008-09-22", "other_school": "$special"}, attends="$special"),
    "special_school_return": Told({"effective_on": "2009-02-23"}, ("special_school",), SPRING),
    "home_teaching": Told({"effective_on": "2008-09-22"}),
    "key_correction": Told({"correct_name": "石改名", "nature": "wrong", "reason": "录入时抄错"}),
    "number_correction": Told({"class_group": "$class", "cause": "year"}),
    "record_voiding": Told({"cause": "never_attended", "reason": "从未到本校就读"}, status=""),
    "substantiation": Told({"reason": "已与户口簿、学籍卡逐项核对"}),
    "number_swap": Told({"second_student": "$second", "reason": "学籍卡发反"}),
    "transfer_out_of_city": Told(_OUT),
    "transfer_out_receipt": Told(
        {"effective_on": "2008-10-20", "other_school_name": "庐阳实验小学"},
        ("transfer_out_of_city",),
        date(2008, 11, 3),
        "",
    ),
    "transfer_out_cancel": Told({"reason": "不迁居了"}, ("transfer_out_of_city",), date(2008, 10, 13)),
    "home_teaching_end": Told({"effective_on": "2009-02-23"}, ("home_teaching",), SPRING),
}


def claim_on(kind: str, day: date) -> dict[str, str]:
    """The answers of a kind as they would be given on a day, for kinds whose answers are dates and codes."""
    begun = TOLD[kind].day
    moved = {}
    for key, value in TOLD[kind].claim.items():
        if value.startswith("$"):
            continue
        try:
            moved[key] = (date.fromisoformat(value) + (day - begun)).isoformat()
        except ValueError:
            moved[key] = value
    return moved
