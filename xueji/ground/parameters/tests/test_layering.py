"""A lower layer adds; it never loosens (design §2)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xueji.ground.parameters.layering import merge, partial_of
from xueji.ground.parameters.loader import RulebookError, load_layers
from xueji.ground.parameters.schema import PARTS
from xueji.ground.parameters.schema.base import Mode, Part, mode_of
from xueji.ground.parameters.schema.changes import ChangePart, ChangesFile
from xueji.ground.parameters.schema.fields import FieldPart
from xueji.ground.parameters.tests.test_files import DISTRICT, faults, folder

__all__ = ["folder"]

UPPER = {
    "kind": "enrolment",
    "kind_no": "02",
    "title": "新生入学",
    "phases": [
        {
            "key": "school",
            "at": "applicant",
            "days": 10,
            "steps": [
                {"key": "proofread", "act": "proofread", "role": "proofreader", "title": "校对"},
                {"key": "decide", "act": "decide", "role": "deputy_head", "title": "审核", "register_check": True},
            ],
        }
    ],
    "evidence": [{"key": "hukou", "title": "户口簿"}],
    "limits": [{"code": "pending", "kind": "pending_application", "message": "在办"}],
}


def merged(lower: dict[str, Any]) -> tuple[Any, list[str]]:
    """The upper change as a lower layer changes it, and what is reported."""
    said: list[str] = []
    upper = ChangePart.model_validate(UPPER)
    part = partial_of(ChangePart).model_validate({"kind": "enrolment"} | lower)
    return merge(upper, part, (), lambda at, message: said.append(f"{at}: {message}")), said


@given(st.integers(1, 250))
def test_days_may_only_become_fewer(days: int) -> None:
    made, said = merged({"phases": [{"key": "school", "days": days}]})
    assert made.phases[0].days == min(days, 10)
    assert bool(said) == (days > 10)


def test_a_step_is_added_where_it_says_and_never_after_the_last() -> None:
    extra = {"key": "office", "act": "examine", "role": "registrar", "title": "教务处核对"}
    for after, keys in (("proofread", ["proofread", "office", "decide"]), (None, ["proofread", "office", "decide"])):
        step = extra if after is None else extra | {"after": after}
        made, said = merged({"phases": [{"key": "school", "steps": [step]}]})
        assert [item.key for item in made.phases[0].steps] == keys
        assert not said
    _, said = merged({"phases": [{"key": "school", "steps": [extra | {"after": "decide"}]}]})
    assert "不能加在最后一步之后" in said[0]
    _, said = merged({"phases": [{"key": "school", "steps": [extra | {"after": "nowhere"}]}]})
    assert "没有“nowhere”这一步" in said[0]


def test_who_acts_in_a_step_and_whether_it_checks_the_register_cannot_be_loosened() -> None:
    made, said = merged({"phases": [{"key": "school", "steps": [{"key": "decide", "role": "registrar"}]}]})
    assert made.phases[0].steps[1].role == "deputy_head"
    assert len(said) == 1
    made, said = merged({"phases": [{"key": "school", "steps": [{"key": "decide", "register_check": False}]}]})
    assert made.phases[0].steps[1].register_check
    assert len(said) == 1
    made, said = merged({"phases": [{"key": "school", "steps": [{"key": "proofread", "register_check": True}]}]})
    assert made.phases[0].steps[0].register_check
    assert not said


def test_evidence_and_limits_are_added_and_none_is_taken_away() -> None:
    made, said = merged({"evidence": [{"key": "card", "title": "预防接种证"}, {"key": "hukou", "required": False}]})
    assert [(item.key, item.required) for item in made.evidence] == [("hukou", True), ("card", True)]
    assert len(said) == 1


def test_an_added_item_must_be_complete() -> None:
    _, said = merged({"evidence": [{"key": "card"}]})
    assert "缺少“title”" in said[0]


def test_a_field_may_become_required_minimal_or_sensitive_but_not_the_reverse() -> None:
    upper = FieldPart.model_validate(
        {
            "code": "phone",
            "label": "电话",
            "section": "一",
            "type": "phone",
            "sensitive": True,
            "required": {"document_types": ["1"]},
        }
    )

    def change(**keys: Any) -> tuple[Any, list[str]]:
        said: list[str] = []
        part = partial_of(FieldPart).model_validate({"code": "phone"} | keys)
        return merge(upper, part, (), lambda at, message: said.append(message)), said

    made, said = change(required="always", minimal=True, aliases=["手机"])
    assert (made.required.always, made.minimal, made.aliases, said) == (True, True, ("手机",), [])
    made, said = change(required="never", sensitive=False)
    assert made.sensitive
    assert made.required.document_types == ("1",)
    assert len(said) == 2
    made, said = change(required={"document_types": ["1", "A"]}, max_width=20)
    assert (made.required.document_types, made.max_width, said) == (("1", "A"), 20, [])
    assert change(required={"document_types": ["A"]})[1]


def strictest(part: Any) -> list[tuple[str, Any]]:
    """Days and required papers of a change, by name."""
    found = [(f"days {phase.key}", phase.days) for phase in part.phases]
    return found + [(f"paper {paper.key}", paper.required) for paper in part.evidence]


lower_changes = st.fixed_dictionaries(
    {},
    optional={
        "title": st.sampled_from(["新生入学", "入学"]),
        "to_status": st.sampled_from(["in_school", "abroad"]),
        "phases": st.lists(
            st.fixed_dictionaries({"key": st.sampled_from(["school"])}, optional={"days": st.integers(1, 20)}),
            max_size=1,
        ),
        "evidence": st.lists(
            st.fixed_dictionaries({"key": st.just("hukou")}, optional={"required": st.booleans()}), max_size=1
        ),
    },
)


@given(lower_changes)
def test_whatever_a_lower_layer_says_the_result_is_at_least_as_strict(lower: dict[str, Any]) -> None:
    made, _ = merged(lower)
    upper = ChangePart.model_validate(UPPER)
    assert (made.title, made.to_status, made.kind_no) == (upper.title, upper.to_status, upper.kind_no)
    for (name, old), (_, new) in zip(strictest(upper), strictest(made), strict=True):
        assert new <= old if name.startswith("days") else new >= old
    keys = [step.key for step in made.phases[0].steps]
    assert [key for key in keys if key in ("proofread", "decide")] == ["proofread", "decide"]


def test_every_key_of_every_schema_declares_how_a_lower_layer_may_change_it() -> None:
    def walk(model: type[Part], seen: set[type[Part]]) -> None:
        if model in seen:
            return
        seen.add(model)
        for name, info in model.model_fields.items():
            assert mode_of(model, name) in Mode
            for kind in (info.annotation, *getattr(info.annotation, "__args__", ())):
                if isinstance(kind, type) and issubclass(kind, Part):
                    walk(kind, seen)

    for model in PARTS.values():
        walk(model, set())
    assert mode_of(ChangesFile, "changes") is Mode.ADD_ONLY


def test_a_district_that_adds_a_step_gets_it_and_the_city_does_not(folder: Path) -> None:
    path = folder / DISTRICT / "changes.yaml"
    step = "{key: bureau_examine, act: examine, role: clerk, title: 县教育局经办人审查}"
    path.write_text(
        path.read_text(encoding="utf-8").replace(
            "    evidence:", f"        steps:\n          - {step}\n    evidence:", 1
        ),
        encoding="utf-8",
    )
    from xueji.ground.parameters.build import RulebookSource

    source = RulebookSource(load_layers(folder))
    day = date(2008, 9, 20)
    assert [s.key for s in source.rulebook(day, "320124").change("enrolment").steps][-2:] == [
        "bureau_examine",
        "approve",
    ]
    assert len(source.rulebook(day).change("enrolment").steps) == 3


def test_a_district_cannot_change_a_code_of_the_city(folder: Path) -> None:
    (folder / DISTRICT / "codes.yaml").write_text("tables:\n  - table: gender\n", encoding="utf-8")
    (folder / DISTRICT / "codes").mkdir()
    (folder / DISTRICT / "codes" / "gender.csv").write_text(
        "code,name_zh,name_en,standard,certainty\n1,先生,,,x\n", encoding="utf-8"
    )
    assert any("不能改为 先生" in message for _, _, message in faults(folder))


def test_a_phase_cannot_be_added_after_the_one_that_decides() -> None:
    step = {"key": "approve", "act": "approve", "role": "head", "title": "审批"}
    phase = {"key": "bureau", "at": "bureau_of_applicant", "steps": [step], "after": "school"}
    _, said = merged({"phases": [phase]})
    assert "不能加在最后一步之后" in said[0]


def test_a_lower_layer_may_be_stricter_for_a_time_only(folder: Path) -> None:
    from xueji.ground.parameters.build import RulebookSource

    (folder / DISTRICT / "calendar.yaml").write_text(
        'return_days:\n  - {from: 2009-01-01, until: 2009-12-31, school_due: "09-20"}\n'
        '  - {from: 2011-01-01, school_due: "09-25"}\n',
        encoding="utf-8",
    )
    source = RulebookSource(load_layers(folder))
    days = [
        source.rulebook(date(year, 9, 1), "320124").calendar.days.school_due.day for year in (2008, 2009, 2010, 2011)
    ]
    assert days == [30, 20, 30, 25]
    assert source.rulebook(date(2011, 9, 1)).calendar.days.school_due.day == 30


def test_a_folder_without_a_rulebook_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RulebookError, match="没有规则"):
        load_layers(tmp_path)


def test_a_district_may_forbid_an_electronic_seal_but_not_allow_one(folder: Path) -> None:
    from xueji.ground.parameters.build import RulebookSource

    own = folder / "district" / "320124" / "certificates.yaml"
    own.write_text("certificates:\n  - {kind: proof_of_registration, electronic_seal: false}\n", encoding="utf-8")
    book = RulebookSource(load_layers(folder)).rulebook(date(2008, 9, 1), "320124")
    assert book.certificates["proof_of_registration"].electronic_uses == ()
    own.write_text("certificates:\n  - {kind: graduation_certificate, electronic_seal: true}\n", encoding="utf-8")
    with pytest.raises(RulebookError, match="electronic_seal"):
        load_layers(folder)
