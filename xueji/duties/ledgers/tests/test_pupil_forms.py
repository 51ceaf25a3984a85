"""采集表, 核对表, 学籍卡: filled from the record, in the order of the class, logged as print (clauses A4, A6, B3)."""

from __future__ import annotations

import io
from datetime import date, datetime

import pypdf
import pytest

from tests.small_city import BAIXIA_PRIMARY, PRIMARY, QINHUAI, SmallCity
from xueji.duties.ledgers.form_layout import sections_of
from xueji.duties.ledgers.pupil_forms import PupilForm, print_forms
from xueji.ground.accounts.context import acting, acting_system
from xueji.ground.disclosure.models import Disclosure
from xueji.ground.disclosure.services import ground_for
from xueji.ground.parameters.build import rulebook_from_files
from xueji.pure.kernel.environment import LOCAL_ZONE, SeededEnvironment
from xueji.pure.kernel.operations import CloseRegistration, SetFields
from xueji.pure.kernel.types import Refused
from xueji.registry.record_items import services as items
from xueji.registry.register.tests.lives import Child, Lives

pytestmark = pytest.mark.django_db
DAY = date(2008, 9, 22)


@pytest.fixture
def group(lives: Lives, environment: SeededEnvironment) -> list[Child]:
    """A class of three, by pinyin: 阿依努尔, 𠮷田野, 张三."""
    made = [lives.open(intake_year=2005, name=name) for name in ("张三", "𠮷田野", "阿依努尔·买买提阿不都热合曼江古丽")]
    environment.move_to(datetime(2008, 9, 22, 9, tzinfo=LOCAL_ZONE))
    return made


def _text(pdf: bytes) -> list[str]:
    return ["".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]


def test_a_class_is_printed_in_the_order_of_its_list_each_pupil_on_a_leaf_of_his_own(
    small_city: SmallCity, lives: Lives, group: list[Child]
) -> None:
    with acting(small_city.registrar(PRIMARY)) as actor:
        made = print_forms(actor=actor, form=PupilForm.CHECKING, class_group=lives.group(PRIMARY, "primary", 2005))
    pages = _text(made.pdf)
    first = [text for text in pages if "学生信息核对表" in text]
    assert [next(name for name in ("阿依努尔", "𠮷田野", "张三") if name in text) for text in first] == [
        "阿依努尔", "𠮷田野", "张三",
    ]  # fmt: skip
    assert [index % 2 for index, text in enumerate(pages) if "学生信息核对表" in text] == [0, 0, 0]
    assert "阿依努尔·买买提阿不都热合曼江古丽" in pages[0]
    assert set(made.students) == {child.student for child in group}


def test_sensitive_values_are_masked_unless_a_ground_is_given_by_a_post_that_may_reveal(
    small_city: SmallCity, group: list[Child]
) -> None:
    with acting(small_city.registrar(PRIMARY)) as actor:
        masked = "".join(_text(print_forms(actor=actor, form=PupilForm.CHECKING, student=group[0].student).pdf))
        assert "320104200103040001" not in masked
        assert "025-83370001" not in masked
        ground = ground_for("开学初核对学生信息")
        full = print_forms(actor=actor, form=PupilForm.CHECKING, student=group[0].student, full=True, ground=ground)
        assert "320104200103040001" in "".join(_text(full.pdf))
        with pytest.raises(Refused) as refused:
            print_forms(actor=actor, form=PupilForm.CHECKING, student=group[0].student, full=True)
        assert refused.value.code == "disclosure.ground"
    with acting(small_city.proofreader(PRIMARY)) as actor, pytest.raises(Refused) as refused:
        print_forms(actor=actor, form=PupilForm.CHECKING, student=group[0].student, full=True, ground=ground)
    assert refused.value.code == "forms.full_post"


def test_the_form_to_collect_is_filled_with_what_the_register_has(
    small_city: SmallCity, lives: Lives, group: list[Child]
) -> None:
    with acting(small_city.registrar(PRIMARY)) as actor:
        masked = print_forms(actor=actor, form=PupilForm.COLLECTION, class_group=lives.group(PRIMARY, "primary", 2005))
        full = print_forms(
            actor=actor, form=PupilForm.COLLECTION, student=group[0].student, full=True, ground=ground_for("开学初核对")
        )
    hidden, clear = "".join(_text(masked.pdf)), "".join(_text(full.pdf))
    assert hidden.count("学生信息采集表") == 3
    assert hidden.count("1999-03-04") == 3
    assert "汉族" in hidden
    assert "320104200103040001" not in hidden
    assert "320104200103040001" in clear
    assert "张大" in clear


def test_a_card_says_record_schooling_and_changes_with_their_days_and_marks_the_gaps(
    small_city: SmallCity, lives: Lives, group: list[Child]
) -> None:
    child = group[0]
    lives.spell(child, "status", "suspended", date(2008, 3, 3))
    lives.change(child, "correction", date(2008, 4, 1), SetFields({"name": "张三丰"}))
    with acting(small_city.registrar(PRIMARY)) as actor:
        of_class = print_forms(actor=actor, form=PupilForm.CARD, class_group=lives.group(PRIMARY, "primary", 2005))
        one = print_forms(actor=actor, form=PupilForm.CARD, student=child.student)
    assert "".join(_text(of_class.pdf)).count("学生学籍卡") == 3
    said = "".join(_text(one.pdf))
    for words in ("张三丰", f"{PRIMARY}20050101", "2007-09-15", "建档", "2008-03-03", "休学", "姓名：张三→张三丰",
                  "未登记", "学籍专用章", "照片"):  # fmt: skip
        assert words in said, words
    assert "320104200103040001" not in said
    with acting_system():
        assert {tuple(line.subjects) for line in Disclosure.objects.filter(kind="print")} >= {(child.student,)}


def test_a_card_says_the_items_of_each_section_with_health_and_punishment_masked(
    small_city: SmallCity, group: list[Child]
) -> None:
    student = group[0].student
    with acting(small_city.registrar(PRIMARY)) as actor:
        items.record(actor=actor, student=student, kind="term_marks", on="2007-autumn", typed={"chinese": "92.5"})
        said = {"punishment": "警告", "cause": "损坏公物"}
        items.record(actor=actor, student=student, kind="punishment", on="2008-05-06", typed=said)
        masked = "".join(_text(print_forms(actor=actor, form=PupilForm.CARD, student=student).pdf))
        ground = ground_for("移交档案")
        full = print_forms(actor=actor, form=PupilForm.CARD, student=student, full=True, ground=ground)
    for words in ("成绩与综合素质", "2007-2008学年第一学期成绩", "语文92.5", "2008-05-06处分", "（已隐去）", "资助"):
        assert words in masked, words
    assert "损坏公物" not in masked
    assert "处分警告；事由损坏公物" in "".join(_text(full.pdf))


def test_the_card_of_who_left_is_printed_by_the_school_that_keeps_the_record(
    small_city: SmallCity, lives: Lives, group: list[Child]
) -> None:
    gone, moved = group[:2]
    lives.change(gone, "leaving", date(2008, 7, 1), CloseRegistration(gone.registration, "graduation"))
    lives.transfer(moved, BAIXIA_PRIMARY, date(2008, 3, 3))
    with acting(small_city.registrar(PRIMARY)) as actor:
        assert "毕业" in "".join(_text(print_forms(actor=actor, form=PupilForm.CARD, student=gone.student).pdf))
        for form, child in ((PupilForm.CHECKING, gone), (PupilForm.CARD, moved)):
            with pytest.raises(Refused) as refused:
                print_forms(actor=actor, form=form, student=child.student)
            assert refused.value.code == "forms.nobody"


def test_each_print_is_logged_with_everyone_in_it(small_city: SmallCity, lives: Lives, group: list[Child]) -> None:
    with acting(small_city.registrar(PRIMARY)) as actor:
        print_forms(actor=actor, form=PupilForm.COLLECTION, class_group=lives.group(PRIMARY, "primary", 2005))
        line = Disclosure.objects.get(kind="print")
    assert set(line.subjects) == {child.student for child in group}
    assert "学生信息采集表" in line.ground


def test_a_bureau_prints_none_and_a_school_only_its_own(small_city: SmallCity, group: list[Child]) -> None:
    with acting(small_city.clerk(QINHUAI)) as actor, pytest.raises(Refused) as refused:
        print_forms(actor=actor, form=PupilForm.COLLECTION, student=group[0].student)
    assert refused.value.code == "forms.post"
    with acting(small_city.registrar("32010321001")) as actor, pytest.raises(Refused) as refused:
        print_forms(actor=actor, form=PupilForm.COLLECTION, student=group[0].student)
    assert refused.value.code == "forms.nobody"


def test_a_character_that_no_font_holds_is_refused_with_the_pupil_s_name(
    small_city: SmallCity, lives: Lives, group: list[Child]
) -> None:
    child = lives.open(intake_year=2005, name="王\U000f0001")
    with acting(small_city.registrar(PRIMARY)) as actor, pytest.raises(Refused) as refused:
        print_forms(actor=actor, form=PupilForm.COLLECTION, class_group=lives.group(PRIMARY, "primary", 2005))
    assert child
    assert refused.value.code == "forms.glyph"
    assert refused.value.message.startswith("王")


def test_the_form_follows_the_catalogue_with_each_guardian_apart_and_short_tables_to_tick() -> None:
    book = rulebook_from_files(DAY)
    sections = sections_of(book, {"gender": "1", "guardian_2_name": "李四"}, without=(), full=True)
    titles = [section.title for section in sections]
    assert titles[0] == "学生个人基础信息"
    assert {"监护人1", "监护人2"} <= set(titles)
    items = {(section.title, item.label): item for section in sections for item in section.items}
    assert len(items) == len(book.fields.columns)
    assert ("男", True) in items["学生个人基础信息", "性别"].options
    assert items["学生个人基础信息", "民族"].options == ()
    assert items["监护人2", "姓名"].value == "李四"
    blank = sections_of(book, None, without=(), full=False)
    assert not any(item.value for section in blank for item in section.items)
