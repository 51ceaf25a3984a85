"""Operations go to JSON and back; organisations fold from theirs."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xueji.pure.kernel.fold import FoldClash, fold_organisation
from xueji.pure.kernel.operations import (
    CloseOrganisation,
    CloseRegistration,
    OpenOrganisation,
    OpenRegistration,
    Operation,
    PromoteCohort,
    Relate,
    SetClassGroup,
    SetFields,
    SetOrganisationFields,
    SetRulebookValue,
    SetSpell,
    UnknownOperation,
    VoidRegistration,
    from_json,
    operations_from_json,
    operations_to_json,
)

from .samples import entry, uid

EVERY: tuple[Operation, ...] = (
    OpenRegistration(uid(1), uid(2), "primary", "3201020012320070101", "s", "opening"),
    CloseRegistration(uid(1), "leaving"),
    VoidRegistration(uid(1)),
    SetSpell(uid(1), "attends", None),
    SetFields({"name": "𠮷田", "grade": 3}, ("phone",)),
    OpenOrganisation(uid(2), "school", "primary", {"name": "某小学", "code": "32010200001"}),
    CloseOrganisation(uid(2)),
    SetOrganisationFields(uid(2), {"name": "某某小学"}),
    Relate(uid(2), "competent_bureau", uid(3), date(2013, 2, 20)),
    Relate(uid(2), "host", None),
    SetClassGroup(uid(5), uid(2), None, "primary", 2007, 3, {}),
    PromoteCohort(uid(2), "primary", 2007, 2008),
    SetRulebookValue("nanjing-2008", "numbers", "ab", {"schemes": []}),
)


@given(st.lists(st.sampled_from(EVERY), max_size=6))
def test_operations_are_read_back_as_they_were_written(operations: list[Operation]) -> None:
    text = json.dumps(operations_to_json(operations), ensure_ascii=False)
    assert operations_from_json(json.loads(text)) == tuple(operations)


def test_an_operation_or_version_that_is_not_known_is_refused() -> None:
    with pytest.raises(UnknownOperation):
        from_json({"op": "set_mood"})
    with pytest.raises(UnknownOperation):
        operations_from_json([], version=2)


def test_a_district_merger_is_told_by_dated_relations_alone() -> None:
    school, old, new = uid(2), uid(3), uid(4)
    state = fold_organisation(
        [
            entry(1, "2007-09-15", EVERY[5], Relate(school, "competent_bureau", old)),
            entry(2, "2013-02-20", Relate(school, "competent_bureau", new)),
        ]
    )
    record = state.organisations[school]
    assert record.fields["code"] == "32010200001"
    assert record.related("competent_bureau", date(2013, 2, 19)) == old
    assert record.related("competent_bureau", date(2013, 2, 20)) == new
    assert record.related("competent_bureau", date(2007, 9, 14)) is None


def test_a_relation_may_have_an_end_of_its_own() -> None:
    state = fold_organisation([entry(1, "2008-01-01", Relate(uid(2), "host", uid(3), date(2008, 7, 1)))])
    assert state.organisations[uid(2)].related("host", date(2008, 6, 30)) == uid(3)
    assert state.organisations[uid(2)].related("host", date(2008, 7, 1)) is None


def test_a_corrected_entry_of_an_organisation_drops_out() -> None:
    wrong = entry(1, "2008-01-01", SetOrganisationFields(uid(2), {"name": "错"}))
    right = entry(3, "2008-01-01", SetOrganisationFields(uid(2), {"name": "对"}), corrects=1)
    later = entry(2, "2008-01-01", SetOrganisationFields(uid(2), {"short": "短"}))
    state = fold_organisation([right, wrong, later])
    assert state.organisations[uid(2)].fields == {"name": "对", "short": "短"}


def test_a_cohort_is_promoted_into_a_school_year_once() -> None:
    again = [entry(1, "2008-09-01", EVERY[11]), entry(2, "2008-09-02", EVERY[11])]
    with pytest.raises(FoldClash, match="cohort_promoted_twice"):
        fold_organisation(again)


def test_a_rulebook_part_keeps_its_versions_in_order() -> None:
    newer = SetRulebookValue("nanjing-2008", "numbers", "cd", {"schemes": [1]})
    state = fold_organisation([entry(1, "2007-09-01", EVERY[12]), entry(2, "2007-09-01", newer)])
    assert [part.version for part in state.rulebook["nanjing-2008", "numbers"]] == ["ab", "cd"]


def test_class_groups_are_kept_with_the_entry_that_set_them() -> None:
    state = fold_organisation([entry(1, "2007-09-01", EVERY[10])])
    group = state.class_groups[uid(5)]
    assert (group.intake_year, group.class_no, group.entry) == (2007, 3, uid(1001))
