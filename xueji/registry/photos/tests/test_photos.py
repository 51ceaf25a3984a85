"""Photos come into the records: matched, looked at, confirmed; the journal vouches for each (clause B3)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

import pytest
from django.db import ProgrammingError
from PIL import Image

from tests.small_city import BAIXIA_PRIMARY, PRIMARY
from xueji.ground.accounts.context import acting, acting_system
from xueji.pure.kernel.environment import SeededEnvironment, today
from xueji.pure.kernel.types import Actor, Refused
from xueji.registry.photos import selectors, services
from xueji.registry.photos.models import Item, ItemState, Photo, Upload
from xueji.registry.photos.services import Taken, reading, taking
from xueji.registry.photos.tests.pictures import archive, give_photo, portrait
from xueji.registry.register.selectors import student_record
from xueji.registry.register.services import rebuild
from xueji.registry.register.tests.lives import Lives

pytestmark = pytest.mark.django_db


def _read(actor: Actor, files: Sequence[tuple[str, bytes]]) -> UUID:
    """An upload of many, read as the job does."""
    made = services.upload(actor=actor, school=actor.organisation, files=files)
    assert {one.state for one in selectors.items(made)} <= {ItemState.WAITING, ItemState.FAULTY}
    services.read(actor=actor, upload=made)
    return made


def test_a_folder_is_matched_and_each_fault_stands_beside_its_picture(lives: Lives) -> None:
    li, first, second = lives.open(name="李红"), lives.open(name="张小明"), lives.open(name="张小明")
    files = [
        ("照片/李红.jpg", portrait(1)),
        ("照片/张小明.jpg", portrait(2)),
        ("照片/王五.jpg", portrait(3)),
        ("照片/坏.jpg", portrait(4)[:900]),
        ("照片/假.jpg", b"MZ not a picture"),
        ("照片/小.jpg", portrait(5, 60, 74)),
    ]
    with acting(lives.city.registrar()) as actor:
        made = _read(actor, [("photos.zip", archive(files))])
        items = selectors.items(made)
        assert [one.state for one in items] == ["ready", "ambiguous", "unmatched", "faulty", "faulty", "faulty"]
        assert set(items[1].candidates) == {first.student, second.student}
        assert "不是 JPEG" in items[4].why
        assert "60 像素宽" in items[5].why
        assert not Photo.objects.exists()  # nothing is taken before it is confirmed
        services.assign(actor=actor, item=items[1].id, student=second.student)
        done = services.take(actor=actor, upload=made)
        assert (done.taken, done.waiting) == (2, 1)
        record = student_record(li.student)
        assert record is not None
        (photo,) = selectors.photos([selectors.digest_of(record)]).values()
        picture = Image.open(io.BytesIO(selectors.contents([photo])[photo.digest]))
        assert picture.size == (358, 441)
        assert photo.student == li.student


def test_what_is_wider_is_cropped_by_hand_and_an_earlier_photo_stays(lives: Lives) -> None:
    child = lives.open()
    give_photo(lives.city, child.student, 1)
    with acting(lives.city.registrar()) as actor:
        first = selectors.history(child.student)[0].digest
        files = [("x.png", portrait(7, 900, 700, "PNG"))]
        made = services.upload(actor=actor, school=actor.organisation, files=files, student=child.student)
        (item,) = selectors.items(made)
        assert item.state == ItemState.CROP
        with pytest.raises(Refused, match="还不能采用"):
            services.take_one(actor=actor, item=item.id)
        with pytest.raises(Refused, match="像素宽"):
            services.crop(actor=actor, item=item.id, box=(0, 0, 100, 123))
        services.crop(actor=actor, item=item.id, box=(200, 50, 400, 493))
        services.take_one(actor=actor, item=item.id)
        kept = selectors.history(child.student)
        record = student_record(child.student)
        assert record is not None
        assert (selectors.digest_of(record) == first, len(selectors.contents(kept))) == (False, 2)


def test_one_picture_for_two_pupils_is_noticed_until_somebody_looked(lives: Lives) -> None:
    first, second = lives.open(name="赵一"), lives.open(name="赵二")
    give_photo(lives.city, first.student, 1)
    same = Image.open(io.BytesIO(portrait(1))).resize((500, 616))
    buffer = io.BytesIO()
    same.save(buffer, "JPEG", quality=60)
    with acting(lives.city.registrar()) as actor:
        made = _read(actor, [("赵二.jpg", buffer.getvalue())])
        (item,) = selectors.items(made)
        assert (item.state, "赵一" in item.why) == (ItemState.TWIN, True)
        with pytest.raises(Refused, match="没有可以采用的"):
            services.defer_taking(actor=actor, upload=made)
        services.keep_twin(actor=actor, item=item.id)
        assert services.take(actor=actor, upload=made).taken == 1
        assert selectors.history(second.student)


def test_of_two_pictures_of_one_pupil_none_is_chosen(lives: Lives) -> None:
    lives.open(name="孙三")
    with acting(lives.city.registrar()) as actor:
        files = [("孙三.jpg", portrait(1)), ("孙三 (1).jpg", portrait(2))]
        made = _read(actor, files)
        one, other = selectors.items(made)
        assert {one.state, other.state} == {ItemState.DOUBLE}
        services.leave_out(actor=actor, item=one.id)
        assert [item.state for item in selectors.items(made)] == [ItemState.LEFT_OUT, ItemState.READY]


def test_a_photo_is_withdrawn_with_its_reason_and_stays(lives: Lives) -> None:
    child = lives.open()
    give_photo(lives.city, child.student, 1)
    with acting(lives.city.registrar()) as actor:
        with pytest.raises(Refused, match="写明"):
            services.withdraw(actor=actor, student=child.student, reason=" ")
        services.withdraw(actor=actor, student=child.student, reason="照片不是本人")
        record = student_record(child.student)
        assert record is not None
        assert selectors.digest_of(record) == ""
        assert len(selectors.history(child.student)) == 1
        with pytest.raises(Refused, match="没有照片"):
            services.withdraw(actor=actor, student=child.student, reason="再撤一次")


def test_a_batch_does_not_take_the_place_of_a_photo_that_another_took_meanwhile(
    lives: Lives, environment: SeededEnvironment
) -> None:
    first, second = lives.open(name="赵一"), lives.open(name="赵二")
    with acting(lives.city.registrar()) as actor:
        made = _read(actor, [("赵一.jpg", portrait(1)), ("赵二.jpg", portrait(2))])
    environment.move_to(environment.now() + timedelta(hours=1))
    give_photo(lives.city, first.student, 3)
    with acting(lives.city.registrar()) as actor:
        assert services.take(actor=actor, upload=made) == Taken(1, 1)
        assert services.take(actor=actor, upload=made) == Taken(0, 1)
        item = next(one for one in selectors.items(made) if one.student == first.student)
        assert (item.state, "已由他人换过" in item.why) == (ItemState.READY, True)
        (kept,) = selectors.history(first.student)
        assert len(selectors.history(second.student)) == 1
        services.take_one(actor=actor, item=item.id, seen=kept.digest)
        assert len(selectors.history(first.student)) == 2


def test_the_register_folded_again_names_the_same_photo_and_a_photo_is_never_changed(lives: Lives) -> None:
    child = lives.open()
    give_photo(lives.city, child.student, 1)
    with acting_system():
        done = rebuild()
    assert (done.pupils, done.differed) == (1, ())
    with acting_system(), pytest.raises(ProgrammingError, match="permission denied"):
        Photo.objects.update(taken_on=date(2008, 1, 1))


def test_only_the_registrar_of_the_pupils_school_takes_photos(lives: Lives) -> None:
    child = lives.open()
    with acting(lives.city.deputy_head(PRIMARY)) as actor, pytest.raises(Refused, match="学籍管理员采集"):
        services.upload(actor=actor, school=actor.organisation, files=[("x.jpg", portrait(1))], student=child.student)
    with acting(lives.city.registrar(BAIXIA_PRIMARY)) as actor, pytest.raises(Refused, match="不是本校在籍学生"):
        services.upload(actor=actor, school=actor.organisation, files=[("x.jpg", portrait(1))], student=child.student)
    give_photo(lives.city, child.student, 1)
    with acting(lives.city.registrar(BAIXIA_PRIMARY)):
        assert selectors.history(child.student) == []
    with acting(lives.city.clerk()):
        (seen,) = selectors.history(child.student)
        assert selectors.contents([seen])


def _trap(name: str) -> bytes:
    return archive([(name, portrait(1))])


def test_archives_that_are_traps_are_refused(lives: Lives) -> None:
    lives.open()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for number in range(40):
            packed.writestr(f"{number}.jpg", b"\0" * 6_000_000)
    traps = {"bomb": buffer.getvalue(), "path": _trap("../../etc/照片.jpg"), "not_a_zip": b"PK\x03\x04" + b"x" * 200}
    with acting(lives.city.registrar()) as actor:
        for code, content in traps.items():
            with pytest.raises(Refused) as caught:
                services.upload(actor=actor, school=actor.organisation, files=[("photos.zip", content)])
            assert caught.value.code == f"photos.{code}"
        with pytest.raises(Refused, match="路径不正常"):
            services.upload(actor=actor, school=actor.organisation, files=[("a.zip", _trap("/照片.jpg"))])


def test_a_job_that_was_killed_goes_on_where_it_was_and_nothing_unread_is_shown(
    lives: Lives, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, gone = lives.open(name="李红"), lives.open(name="张小明")
    files = [("李红.jpg", portrait(1, 800, 985)), ("张小明.jpg", portrait(2, 800, 985))]
    for room in (reading, taking):
        monkeypatch.setattr(room, "AT_A_TIME", 1)
    with acting(lives.city.registrar()) as actor:
        made = services.upload(actor=actor, school=actor.organisation, files=files)
        reading._read_some(actor, made)
        assert selectors.counts(made) == {"prepared": 1, "waiting": 1}
        item = selectors.items(made)[1]
        assert (item.open, item.has_picture, selectors.picture(item.id)) == (False, False, None)
        for act in (services.leave_out, services.take_one):
            with pytest.raises(Refused, match="还在读取"):
                act(actor=actor, item=item.id)
        services.read(actor=actor, upload=made)
        assert selectors.counts(made) == {"ready": 2}
        # Taking too: some are cut at a time, and nobody decides on one meanwhile.
        services.defer_taking(actor=actor, upload=made)
        assert taking._cut_some(actor, made)
        with pytest.raises(Refused, match="正在写入"):
            services.leave_out(actor=actor, item=item.id)
    lives.close(gone, "transfer_out", today())
    with acting(lives.city.registrar()) as actor:
        assert services.take(actor=actor, upload=made) == Taken(1, 1)
        assert "已不在本校在籍" in selectors.item(item.id).why  # type: ignore[union-attr]


def test_names_that_windows_packed_in_its_own_code_are_read(lives: Lives) -> None:
    child = lives.open(name="钱四")
    packed = _trap("AAAA.jpg").replace(b"AAAA.jpg", "钱四".encode("gbk") + b".jpg")
    with acting(lives.city.registrar()) as actor:
        made = _read(actor, [("photos.zip", packed)])
        (item,) = selectors.items(made)
        assert (item.name, item.student) == ("钱四.jpg", child.student)


def test_what_nobody_confirmed_is_swept_away(lives: Lives) -> None:
    lives.open(name="周五")
    with acting(lives.city.registrar()) as actor:
        services.upload(actor=actor, school=actor.organisation, files=[("周五.jpg", portrait(1))])
    with acting_system():
        assert services.sweep() == 0
        Upload.objects.update(uploaded_at="2008-07-01T00:00:00+08:00")
        assert services.sweep() == 1
        assert not Item.objects.exists()
