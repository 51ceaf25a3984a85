"""What each entry changed in the fields: follows the fold, corrections in the place of what they correct."""

from xueji.pure.kernel.field_changes import FieldChange, field_changes
from xueji.pure.kernel.operations import SetFields
from xueji.pure.kernel.tests.samples import entry, uid


def test_each_entry_says_what_stood_before_and_what_after_and_the_first_begins_the_record() -> None:
    opened = entry(1, "2007-09-15", SetFields({"name": "张三"}, ("phone",)), sensitive={"phone": "1"})
    changed = entry(2, "2008-09-01", SetFields({"name": "李四"}, ("phone",)), sensitive={"phone": None})
    same = entry(3, "2008-09-02", SetFields({"name": "李四", "skill": ""}))
    assert field_changes([same, changed, opened]) == {
        uid(1002): (FieldChange("name", "张三", "李四"), FieldChange("phone", "1", None)),
    }
    unread = entry(4, "2008-09-03", SetFields({}, ("phone",)))
    assert uid(1004) not in field_changes([opened, unread])


def test_a_correction_is_held_against_what_it_corrects_and_that_against_the_state_before() -> None:
    opened = entry(1, "2007-09-15", SetFields({"name": "张三", "skill": "书法"}))
    wrong = entry(2, "2008-09-01", SetFields({"name": "李四", "skill": "绘画"}))
    right = entry(3, "2008-09-01", SetFields({"name": "王五"}), corrects=2)
    later = entry(4, "2008-09-02", SetFields({"name": "赵六"}))
    assert field_changes([opened, wrong, right, later]) == {
        uid(1002): (FieldChange("name", "张三", "李四"), FieldChange("skill", "书法", "绘画")),
        uid(1003): (FieldChange("name", "李四", "王五"), FieldChange("skill", "绘画", "书法")),
        uid(1004): (FieldChange("name", "王五", "赵六"),),
    }
