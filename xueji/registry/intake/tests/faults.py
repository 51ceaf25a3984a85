"""The planted faults: what a clerk may get wrong in one row, and which finding must say so, at which field.

The contract test (invariant 12) sends each through every door.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from xueji.pure.kernel import resident_id
from xueji.pure.rules import ENTRANTS, OPENING
from xueji.registry.intake.tests.invented import SCHOOL_CODE, good_row


@dataclass(frozen=True)
class Fault:
    """One fault in one row. ``change``: field code → what is typed instead."""

    code: str
    at: str
    change: Mapping[str, Any]
    kind: str = OPENING
    school: Mapping[str, Any] = field(default_factory=dict)
    also: frozenset[str] = frozenset()  # other codes that the same fault rightly brings

    @property
    def row(self) -> dict[str, Any]:
        """The row that bears it."""
        return {**good_row(7, kind=self.kind), **self.change}

    @property
    def text_only(self) -> bool:
        """Whether a form can send it (it sends text)."""
        return all(isinstance(value, str) and not value.startswith("=") for value in self.change.values())


_GOOD = good_row(7)
_ID = _GOOD["id_number"]
_BORN = date.fromisoformat(_GOOD["birth_date"])


def _with_check(body: str) -> str:
    return body + resident_id.check_character(body)


_WRONG_CHECK = _ID[:17] + ("1" if _ID[17] != "1" else "2")
_OTHER_DAY = resident_id.compose("320104", _BORN.replace(day=_BORN.day + 1), 318)
_MALE = resident_id.compose("320104", _BORN, 317)
_NUMBER = f"{SCHOOL_CODE}20060107"  # row 7: grade 2, intake 2006, class 1
_YOUNG = resident_id.compose("320104", date(_BORN.year - 10, 5, 1), 101)
_WOMAN = resident_id.compose("320104", date(1970, 5, 1), 102)

FAULTS: tuple[Fault, ...] = (
    Fault("required.empty", "name", {"name": ""}),
    Fault("required.empty", "guardian_1_phone", {"guardian_1_phone": "  "}),
    Fault("required.by_document", "id_number", {"id_number": ""}),
    Fault(
        "required.by_document",
        "guardian_1_id_number",
        {"id_document_type": "其他", "id_number": "", "guardian_1_id_number": ""},
    ),
    Fault("value.too_long", "special_talent", {"special_talent": "唱" * 101}),
    Fault("code.unknown", "ethnic_group", {"ethnic_group": "火星族"}),
    Fault("code.unknown", "guardian_1_relation", {"guardian_1_relation": "邻居"}),
    Fault("date.unreadable", "birth_date", {"birth_date": "前年春天"}),
    Fault("date.impossible", "birth_date", {"birth_date": "2000-02-30"}),
    Fault("birth.in_future", "birth_date", {"birth_date": "2018-04-02"}, also=frozenset({"id.birth_unlike"})),
    Fault("birth.long_ago", "birth_date", {"birth_date": "1900-04-02"}, also=frozenset({"id.birth_unlike"})),
    Fault("month.unreadable", "enrolment_month", {"enrolment_month": "九月"}),
    Fault("number.unreadable", "grade", {"grade": "大班"}),
    Fault("number.unreadable", "class_no", {"class_no": "火箭班"}),
    Fault("number.out_of_range", "grade", {"grade": "12"}),
    Fault("number.out_of_range", "commute_distance", {"commute_distance": "1000"}),
    Fault("boolean.unreadable", "only_child", {"only_child": "也许"}),
    Fault("phone.malformed", "guardian_1_phone", {"guardian_1_phone": "1390000"}),
    Fault("postcode.malformed", "postcode", {"postcode": "21000"}),
    Fault("division.malformed", "hukou_place", {"hukou_place": "3201"}),
    Fault("division.unknown", "hukou_place", {"hukou_place": "329999000000"}),
    Fault("email.malformed", "email", {"email": "没有"}),
    Fault("pinyin.malformed", "name_pinyin", {"name_pinyin": "Zhang3"}),
    Fault("name.characters", "name", {"name": "王小2"}),
    Fault("name.characters", "guardian_1_name", {"guardian_1_name": "李四（父）"}),
    Fault("name.single_character", "name", {"name": "王"}),
    Fault("name.stand_in", "name", {"name": "待定"}),
    Fault("id.length", "id_number", {"id_number": _ID[:17]}),
    Fault("id.legacy_15", "id_number", {"id_number": _ID[:6] + _ID[8:17]}),
    Fault("id.characters", "id_number", {"id_number": "A" + _ID[1:]}),
    Fault("id.check_digit", "id_number", {"id_number": _WRONG_CHECK}),
    Fault("id.check_digit", "guardian_2_id_number", {"guardian_2_id_number": "320104197001010000"}),
    Fault("id.birth_part", "id_number", {"id_number": _with_check("32010420001301" + "012")}),
    Fault("id.birth_unlike", "birth_date", {"id_number": _OTHER_DAY}),
    Fault("id.sex_unlike", "gender", {"id_number": _MALE}),
    Fault("id.region", "id_number", {"id_number": resident_id.compose("990104", _BORN, 318)}),
    Fault("id.region_county", "id_number", {"id_number": resident_id.compose("320199", _BORN, 318)}),
    Fault("id.substitute", "id_number", {"id_number": "999999999999999999"}, also=frozenset({"id.birth_part"})),
    Fault("document.type_unlike", "id_number", {"id_number": "G12345678"}),
    Fault("document.type_unlike", "id_number", {"id_document_type": "护照"}),
    Fault("document.characters", "id_number", {"id_document_type": "护照", "id_number": "E12-345*78"}),
    Fault("document.passport_form", "id_number", {"id_document_type": "护照", "id_number": "E1"}),
    Fault("document.expired", "id_valid_until", {"id_valid_until": "2007-01-01"}),
    Fault("document.nationality_unlike", "nationality", {"nationality": "法国"}),
    Fault("overseas.nationality_unlike", "overseas_status", {"overseas_status": "外国人"}),
    Fault("grade.school_kind", "grade", {"grade": "8"}),
    Fault(
        "grade.age",
        "birth_date",
        {"birth_date": "1990-01-01", "id_number": resident_id.compose("320104", date(1990, 1, 1), 318)},
        also=frozenset({"guardian.too_young"}),
    ),
    Fault("grade.entrants", "grade", {"grade": "3"}, ENTRANTS),
    Fault("class.out_of_range", "class_no", {"class_no": "60"}, school={"stages": ("primary", "junior")}),
    Fault("class.out_of_range", "class_no", {"class_no": "100"}),
    Fault("site.unknown", "site", {"site": "没有这个点"}, school={"sites": ("东村教学点",)}),
    Fault("enrolment.in_future", "enrolment_month", {"enrolment_month": "2010-09"}),
    Fault("enrolment.grade_unlike", "enrolment_month", {"enrolment_month": "2005-09"}),
    Fault("enrolment.not_this_year", "enrolment_month", {"enrolment_month": "2007-09"}, ENTRANTS),
    Fault("enrolment.too_young", "enrolment_month", {"enrolment_month": "2001-09"}),
    Fault("regno.malformed", "registration_number", {"registration_number": _NUMBER[:18]}),
    Fault("regno.malformed", "registration_number", {"registration_number": _NUMBER[:17] + "00"}),
    Fault("regno.other_school", "registration_number", {"registration_number": "32010321001" + _NUMBER[11:]}),
    Fault("regno.impossible_year", "registration_number", {"registration_number": SCHOOL_CODE + "20990101"}),
    Fault("regno.year_unlike", "registration_number", {"registration_number": SCHOOL_CODE + "20040107"}),
    Fault("regno.class_unlike", "registration_number", {"registration_number": SCHOOL_CODE + "20060507"}),
    Fault("regno.malformed", "prior_registration_number", {"prior_registration_number": "12345"}, ENTRANTS),
    Fault("guardian.same_document", "guardian_1_id_number", {"guardian_1_id_number": _ID}),
    Fault("guardian.same_name", "guardian_1_name", {"guardian_1_name": _GOOD["name"]}),
    Fault("guardian.too_young", "guardian_1_id_number", {"guardian_1_id_number": _YOUNG}),
    Fault("guardian.sex_unlike", "guardian_1_relation", {"guardian_1_id_number": _WOMAN}),
    Fault("guardian.relation_note", "guardian_2_relation_note", {"guardian_2_relation": "其他"}),
    Fault("guardian.nameless", "guardian_2_name", {"guardian_2_name": ""}),
    Fault(
        "guardian.same_guardian",
        "guardian_2_id_number",
        {"guardian_2_id_number": _GOOD["guardian_1_id_number"]},
        also=frozenset({"guardian.sex_unlike"}),
    ),
    Fault(
        "guardian.nobody", "guardian_1_is_guardian", {"guardian_1_is_guardian": "否", "guardian_2_is_guardian": "否"}
    ),
    Fault("orphan.parent", "orphan", {"orphan": "是"}),
    Fault("inclusion.disability_unlike", "inclusion_status", {"inclusion_status": "听力残疾随班就读"}),
    Fault("health.disability_unlike", "health_status", {"disability_type": "视力残疾"}),
    Fault(
        "left_behind.migrant", "left_behind_child", {"left_behind_child": "单亲留守儿童", "migrant_worker_child": "是"}
    ),
    Fault("subsidy.day_pupil", "boarding_subsidy", {"boarding_subsidy": "是"}),
    Fault("political.too_young", "political_status", {"political_status": "中国共产主义青年团团员"}),
    Fault("cell.number", "id_number", {"id_number": 320104200004020318}),
    Fault("cell.number", "registration_number", {"registration_number": 3201042100120060107}),
    Fault("cell.number", "guardian_2_id_number", {"guardian_2_id_number": 320104197506010204}),
    Fault("cell.number", "id_number", {"id_number": "3.20104E+17"}),
    Fault("cell.date", "former_name", {"former_name": date(2007, 2, 3)}),
    Fault("cell.formula", "name", {"name": '="王"&"小"'}),
    Fault("note.full_width", "id_number", {"id_number": "３２０１" + _ID[4:]}),
    Fault("note.blanks", "name", {"name": "试 甲　乙"}),
    Fault("note.blanks", "id_number", {"id_number": f" {_ID[:6]} {_ID[6:14]} {_ID[14:]}"}),
    Fault(
        "note.lower_case",
        "id_number",
        {
            "gender": "女",
            "id_number": next(
                number.lower()
                for order in range(2, 999, 2)
                if (number := resident_id.compose("320104", _BORN, order)).endswith("X")
            ),
        },
    ),
    Fault("note.apostrophe", "id_number", {"id_number": "'" + _ID}),
    Fault("note.date_form", "birth_date", {"birth_date": f"{_BORN.year}/{_BORN.month}/{_BORN.day}"}),
    Fault("note.date_form", "birth_date", {"birth_date": f"{_BORN:%Y%m%d}"}),
    Fault("note.date_form", "birth_date", {"birth_date": f"{_BORN.year}.{_BORN.month}.{_BORN.day}"}),
    Fault("note.date_form", "birth_date", {"birth_date": f"{_BORN.year}年{_BORN.month}月{_BORN.day}日"}),
    Fault("note.date_cell", "birth_date", {"birth_date": _BORN}),
    Fault("note.date_form", "enrolment_month", {"enrolment_month": "2006年9月"}),
    Fault("note.code_given", "gender", {"gender": "2"}),
    Fault("note.code_given", "ethnic_group", {"ethnic_group": "1"}),
    Fault("note.alias", "ethnic_group", {"ethnic_group": "毛难族"}),
    Fault("note.alias", "ethnic_group", {"ethnic_group": "崩龙族"}),
    Fault("note.boolean_form", "only_child", {"only_child": "Y"}),
    Fault("note.number_form", "grade", {"grade": "二年级"}),
    Fault("note.number_form", "class_no", {"class_no": "二（1）班"}),
    Fault("note.middle_dot", "name", {"name": "买买提•依明"}),
    Fault("note.middle_dot", "name", {"name": "买买提・依明"}),
    Fault("note.phone_form", "guardian_1_phone", {"guardian_1_phone": "+86-13900000007"}),
    Fault("note.number_cell", "postcode", {"postcode": 210001}),
    Fault("note.division_name", "hukou_place", {"hukou_place": "江苏省南京市秦淮区"}),
)

#: Rows that are right although they look unusual: no finding at all.
RIGHT: tuple[Mapping[str, Any], ...] = (
    {"name": "买买提·依明"},
    {"name": "𠮷安䶮"},
    {"name": "John Smith", "nationality": "英国", "id_document_type": "护照", "id_number": "P1234567"},
    {"ethnic_group": "毛南族"},
    {"registration_number": _NUMBER},
    {"registration_number": ""},
    {"guardian_1_phone": "025-83370001"},
    {"guardian_1_phone": "02583370001"},
    {"hukou_place": "320104"},
    {"enrolment_month": "200609"},
    {"grade": 2, "class_no": 1, "commute_distance": 0},
    {
        "guardian_2_name": "",
        "guardian_2_relation": "",
        "guardian_2_phone": "",
        "guardian_2_id_number": "",
        "guardian_2_id_document_type": "",
        "guardian_2_is_guardian": "",
    },
    {"id_document_type": "其他", "id_number": ""},
    {"id_number": resident_id.compose("320103", _BORN, 318)},
    {"inclusion_status": "视力残疾随班就读", "disability_type": "视力残疾", "health_status": "残疾"},
)
