"""Snapshots: made again from the journals they are the same, byte for byte; they show nobody."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from django.db import connection

from tests.small_city import BAIXIA_PRIMARY, CITY, PRIMARY, QINHUAI
from xueji.ground.accounts.context import acting, acting_system
from xueji.pure.kernel.operations import SetFields
from xueji.pure.kernel.types import Refused
from xueji.registry.register import selectors as register
from xueji.registry.register.tests.lives import Child, Lives
from xueji.registry.snapshots import files, selectors, services
from xueji.registry.snapshots.areas import hukou_areas
from xueji.registry.snapshots.canonical import digest_of
from xueji.registry.snapshots.layout import MANIFEST

pytestmark = pytest.mark.django_db
DAY = date(2008, 9, 15)


def _city_of_lives(lives: Lives) -> list[Child]:
    children = [lives.open(intake_year=2003 + index % 4, only_child=True) for index in range(8)]
    lives.spell(children[0], "status", "suspended", date(2008, 2, 1))
    lives.spell(children[1], "attends", str(lives.city.id(BAIXIA_PRIMARY)), date(2008, 2, 1))
    children[2] = lives.transfer(children[2], BAIXIA_PRIMARY, date(2008, 3, 3), intake_year=2005)
    lives.close(children[3], "death", date(2008, 4, 4))
    return children


def test_a_snapshot_holds_the_registered_pupils_and_its_digest_is_the_register_s(lives: Lives) -> None:
    _city_of_lives(lives)
    with acting_system():
        now = register.as_of(DAY)
        made = services.make(on=DAY, cut=now.journals)
        frame = selectors.rows_of(made.id)
    assert (made.pupils, made.digest) == (now.pupils, now.digest)
    assert frame.height == 7
    assert frame["presence"].value_counts().sort("presence").rows() == [
        ("attending", 5), ("guest_elsewhere", 1), ("suspended", 1),
    ]  # fmt: skip
    assert frame["grade"].is_not_null().all()


@pytest.mark.parametrize("whole", [False, True])
def test_a_state_read_without_digests_is_the_same_but_for_them_and_says_that_it_has_none(
    lives: Lives, whole: bool
) -> None:
    _city_of_lives(lives)
    with acting_system():
        full = selectors.state_at(DAY, register.present_cut(), whole=whole)
        bare = selectors.state_at(DAY, register.present_cut(), whole=whole, digests=False)
    assert bare.frame.drop("content").equals(full.frame.drop("content"))
    assert bare.frame["content"].null_count() == bare.frame.height > 0 == full.frame["content"].null_count()
    assert len(full.digest) == 64
    with pytest.raises(ValueError, match="without the digests"):
        _ = bare.digest


def test_invariant_6_made_again_from_the_journals_it_is_the_same_after_all_files_are_gone_and_much_has_happened(
    lives: Lives, folder: Path
) -> None:
    children = _city_of_lives(lives)
    with acting_system():
        cut = register.present_cut()
        first = services.make(on=DAY, cut=cut)
        kept = {path.relative_to(first.path): path.read_bytes() for path in first.path.rglob("*.parquet")}
    shutil.rmtree(folder)
    folder.mkdir()
    with acting_system(), pytest.raises(Refused, match="请重新生成"):
        selectors.rows_of(first.id)
    lives.transfer(children[4], BAIXIA_PRIMARY, date(2008, 9, 10), intake_year=2003)
    lives.change(children[5], "correction", date(2008, 5, 1), SetFields({"name": "别名", "gender": "9"}))
    lives.void(children[6], date(2008, 5, 5))
    lives.open(class_no=9)
    with acting_system():
        again = services.make(on=DAY, cut=selectors.cut_of(first.cut))
        whole = selectors.state_at(DAY, cut, whole=True)
    assert again.digest == first.digest == whole.digest
    assert {path.relative_to(again.path): path.read_bytes() for path in again.path.rglob("*.parquet")} == kept
    with acting_system():
        assert register.as_of(DAY).digest != first.digest


def test_invariant_6_a_state_that_was_tampered_with_is_noticed_when_it_is_made_again(lives: Lives) -> None:
    child = _city_of_lives(lives)[5]
    with acting_system():
        made = services.make(on=DAY, cut=register.present_cut())
        with connection.cursor() as cursor:
            cursor.execute("UPDATE register_student SET gender = '9' WHERE id = %s", [child.student])
        with pytest.raises(Refused, match="可能被改动过"):
            services.make(on=DAY, cut=selectors.cut_of(made.cut[:12]))


def test_files_that_were_changed_are_refused(lives: Lives) -> None:
    _city_of_lives(lives)
    with acting_system():
        made = services.make(on=DAY, cut=register.present_cut())
        path = next(made.path.rglob("*.parquet"))
        pl.read_parquet(path).with_columns(gender=pl.lit("9")).write_parquet(path)
        with pytest.raises(Refused, match="被改动过"):
            selectors.rows_of(made.id)


def test_invariant_13_a_snapshot_holds_no_name_number_sensitive_value_or_index(lives: Lives) -> None:
    lives.open(name="欧阳丹青", id_number="320104200103047777", number=PRIMARY + "20070177", phone="13800001234")
    with acting_system():
        made = services.make(on=DAY, cut=register.present_cut())
    frame = pl.concat([pl.read_parquet(path) for path in made.path.rglob("*.parquet")])
    said = frame.write_json() + (made.path / MANIFEST).read_text(encoding="utf-8")
    for secret in ("欧阳丹青", "320104200103047777", PRIMARY + "20070177", "2001-03-04", "025-83370001"):
        assert secret not in said
    assert frame["birth_month"].to_list() == ["2001-03"]


def test_invariant_8_the_schools_of_a_manifest_add_up_to_the_whole(lives: Lives) -> None:
    _city_of_lives(lives)
    with acting_system():
        made = services.make(on=DAY, cut=register.present_cut())
        frame, manifest = files.read(made.path.relative_to(files.root()).as_posix())
        assert sum(school["pupils"] for school in manifest["schools"].values()) == made.pupils
        for school, said in manifest["schools"].items():
            assert said["digest"] == digest_of(frame.filter(pl.col("school") == school))
            assert said["digest"] == register.as_of(DAY, school=lives.city.id(_code(lives, school))).digest
    assert json.loads((made.path / MANIFEST).read_text(encoding="utf-8"))["digest"] == made.digest


def _code(lives: Lives, school: str) -> str:
    return next(code for code, one in lives.city.organisations.items() if str(one) == school)


def test_invariant_8_one_child_one_return_the_child_is_counted_once_and_listed(lives: Lives) -> None:
    child = lives.open()
    with acting_system():
        certified = register.present_cut()
    lives.transfer(child, BAIXIA_PRIMARY, date(2008, 9, 10))
    sending, receiving = lives.city.id(PRIMARY), lives.city.id(BAIXIA_PRIMARY)
    with acting_system():
        cut = {**register.present_cut(), sending: certified[sending]}
    with acting(lives.city.registrar(BAIXIA_PRIMARY)):
        at_receiver = selectors.state_at(DAY, cut, [receiving])
    with acting(lives.city.registrar(PRIMARY)):
        at_sender = selectors.state_at(DAY, cut, [sending])
        assert selectors.as_of(DAY, cut, sending).pupils == 1
        with pytest.raises(Refused, match="本单位管辖"):
            selectors.state_at(DAY, cut, [receiving])
    assert at_sender.registered["student"].to_list() == [str(child.student)]
    assert at_receiver.registered.height == 0
    assert [item.student for item in at_receiver.left_out] == [child.student]


def test_a_district_counts_its_schools_and_the_city_all(lives: Lives) -> None:
    _city_of_lives(lives)
    with acting(lives.city.head(QINHUAI)):
        district = selectors.state_at(DAY).registered
    with acting(lives.city.head(CITY)):
        city = selectors.state_at(DAY).registered
        assert services.make(on=DAY, cut=register.present_cut()).pupils == city.height
    assert (district.height, city.height) == (6, 7)


def test_a_cut_that_nobody_stored_is_refused(lives: Lives) -> None:
    with acting_system():
        for digest in ("", "abc", "0" * 64):
            with pytest.raises(Refused, match="没有找到这个截点"):
                selectors.cut_of(digest)


def test_a_class_group_that_was_changed_later_stands_in_the_snapshot_as_it_was(lives: Lives) -> None:
    lives.open(intake_year=2005)
    with acting_system():
        cut = register.present_cut()
        before = selectors.state_at(DAY, cut)
    lives.group(PRIMARY, "primary", 2004, 5)
    with acting_system():
        assert selectors.state_at(DAY, cut).digest == before.digest


def test_the_county_of_the_hukou_can_be_counted_as_of_a_day_without_standing_in_a_snapshot(lives: Lives) -> None:
    child, other = lives.open(), lives.open()
    place = {"hukou_place": "320104000000"}
    lives.change(child, "correct_record", date(2008, 1, 10), SetFields({}, tuple(place)), sensitive=place)
    place = {"hukou_place": "340104000000"}
    lives.change(child, "correct_record", date(2008, 5, 12), SetFields({}, tuple(place)), sensitive=place)

    def areas(on: date) -> dict[str, str | None]:
        with acting_system():
            return dict(hukou_areas(on, [child.school]).iter_rows())

    assert areas(date(2007, 12, 1)) == {str(child.student): None, str(other.student): None}
    assert areas(date(2008, 2, 1))[str(child.student)] == "320104"
    assert areas(DAY)[str(child.student)] == "340104"
    with acting_system():
        assert "hukou_area" not in selectors.state_at(DAY).frame.columns
