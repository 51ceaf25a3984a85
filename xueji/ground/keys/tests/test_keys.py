"""Keys: what is sealed opens only with its key, at its place; the database alone opens nothing (invariant 13)."""

from __future__ import annotations

import json
import os
import stat
import threading
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from xueji.config.home import Home
from xueji.ground.accounts.context import acting_system
from xueji.ground.keys import data_keys, files, services
from xueji.pure.kernel.types import Refused

KEY = bytes(range(32))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(plain=st.binary(max_size=200), aad=st.binary(max_size=20))
def test_what_is_sealed_opens_again(plain: bytes, aad: bytes) -> None:
    blob = services.seal(KEY, plain, aad)
    assert blob[0] == 1  # the algorithm is named, so that another can be added
    assert services.open_(KEY, blob, aad) == plain
    assert services.seal(KEY, plain, aad) != blob


@given(plain=st.binary(max_size=60), data=st.data())
def test_a_blob_with_any_byte_changed_or_cut_does_not_open(plain: bytes, data: st.DataObject) -> None:
    blob = bytearray(services.seal(KEY, plain, b"here"))
    where = data.draw(st.integers(0, len(blob) * 8 - 1))
    blob[where // 8] ^= 1 << where % 8
    cut = data.draw(st.integers(0, len(blob) - 1))
    for broken in (bytes(blob), bytes(blob[:cut])):
        with pytest.raises(services.BrokenSeal):
            services.open_(KEY, broken, b"here")


def test_a_blob_opens_only_under_its_key_and_at_its_place() -> None:
    blob = services.seal(KEY, b"x", b"here")
    for key, aad in ((KEY[::-1], b"here"), (KEY, b"there")):
        with pytest.raises(services.BrokenSeal):
            services.open_(key, blob, aad)


@given(value=json_values)
def test_json_values_come_back_and_equal_values_have_equal_bytes(value: object) -> None:
    assert services.open_json(KEY, services.seal_json(KEY, value)) == value
    assert services.canonical_json(json.loads(json.dumps(value))) == services.canonical_json(value)


def test_many_values_are_sealed_and_opened_under_the_keys_of_their_subjects() -> None:
    keys = {uuid4(): os.urandom(32) for _ in range(3)}
    items = [(subject, {"n": number}, b"") for number, subject in enumerate(keys)]
    blobs = services.seal_json_many(keys, items)
    opened = services.open_json_many(keys, [(item[0], blob, b"") for item, blob in zip(items, blobs, strict=True)])
    assert opened == [item[1] for item in items]


def test_key_files_are_for_their_owner_alone_and_are_never_written_over(tmp_path: Path) -> None:
    assert services.create_home_keys(tmp_path) == list(files.FILES)
    contents = {}
    for name in files.FILES:
        path = tmp_path / "keys" / name
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        contents[name] = path.read_bytes()
    assert services.create_home_keys(Home(tmp_path)) == []
    assert {name: (tmp_path / "keys" / name).read_bytes() for name in files.FILES} == contents
    assert {path.name for path in (tmp_path / "keys").iterdir()} == set(files.FILES)


def test_a_broken_or_missing_key_file_is_refused_with_what_to_do(tmp_path: Path) -> None:
    services.create_home_keys(tmp_path)
    master = tmp_path / "keys" / files.MASTER_FILE
    for content in (b"{", b"[]", b'{"current": "m", "keys": [{"id": "m"}]}'):
        master.write_bytes(content)
        with pytest.raises(Refused, match="备份"):
            files.load(tmp_path / "keys")
    master.unlink()
    with pytest.raises(Refused, match=r"master\.json"):
        files.load(tmp_path / "keys")


def test_equal_values_have_one_blind_index_and_it_tells_kinds_apart(home: Home) -> None:
    index = services.blind_index("id", "320102200109030011")
    assert len(index) == 32
    assert services.blind_index("id", "320102200109030011") == index
    assert services.blind_index("phone", "320102200109030011") != index
    assert services.blind_indexes("id", ["320102200109030011", "x"]) == [index, services.blind_index("id", "x")]


def test_a_signature_holds_for_its_message_alone_and_names_its_key(home: Home) -> None:
    signature = services.sign(b"message")
    assert len(signature) == 73
    assert services.verify(b"message", signature)
    assert services.verify(b"message", signature, services.public_key())
    assert services.public_key() in services.public_keys()
    assert not services.verify(b"messagE", signature)
    assert not services.verify(b"message", signature, bytes(32))
    for where in range(len(signature)):
        changed = bytearray(signature)
        changed[where] ^= 1
        assert not services.verify(b"message", bytes(changed))


def test_keys_of_thousands_of_subjects_take_one_select_and_one_insert(fresh_database: str, home: Home) -> None:
    subjects = [uuid4() for _ in range(3000)]
    with acting_system():
        with CaptureQueriesContext(connection) as made:
            keys = data_keys.ensure(subjects)
        with CaptureQueriesContext(connection) as read:
            again = data_keys.ensure(subjects)
    assert (len(made), len(read)) == (2, 1)
    assert keys == again
    assert len(set(keys.values())) == 3000
    with acting_system():
        assert data_keys.get(subjects) == keys


def test_a_key_whose_making_was_rolled_back_is_never_used_again(fresh_database: str, home: Home) -> None:
    subject = uuid4()

    class Undo(Exception):
        pass

    def make_and_undo() -> None:
        with acting_system():
            data_keys.ensure([subject])
            data_keys.get([subject])
            raise Undo

    with pytest.raises(Undo):
        make_and_undo()
    with acting_system(), pytest.raises(data_keys.UnknownDataKey):
        data_keys.get([subject])
    with acting_system():
        key = data_keys.ensure([subject])[subject]
    with acting_system():
        data_keys.forget()
        assert data_keys.get([subject]) == {subject: key}


def test_two_that_need_the_same_new_keys_at_once_get_the_same(fresh_database: str, home: Home) -> None:
    subjects = [uuid4() for _ in range(200)]
    start, found, failed = threading.Barrier(4), [], []

    def ask(turned: bool) -> None:
        try:
            start.wait()
            with acting_system():
                found.append(data_keys.ensure(reversed(subjects) if turned else subjects))
        except BaseException as error:
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=ask, args=[bool(number % 2)]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert all(keys == found[0] for keys in found)


def test_a_wrapped_key_opens_for_its_own_subject_alone(fresh_database: str, home: Home) -> None:
    one, other = uuid4(), uuid4()
    with acting_system(), connection.cursor() as cursor:
        data_keys.ensure([one, other])
        cursor.execute(
            "UPDATE keys_datakey AS k SET wrapped = o.wrapped FROM keys_datakey AS o"
            " WHERE k.subject = %s AND o.subject = %s",
            [one, other],
        )
        with pytest.raises(data_keys.UnknownDataKey):
            data_keys.get([one])


def test_rotation_wraps_every_key_anew_and_changes_no_key(fresh_database: str, home: Home) -> None:
    subjects = [uuid4() for _ in range(50)]
    with acting_system():
        before = data_keys.ensure(subjects)
    old = files.ring().master_id
    assert services.rotate_master_key() == 50
    data_keys.forget()
    assert files.ring(fresh=True).master_id != old
    with acting_system():
        assert data_keys.get(subjects) == before
    assert _masters() == {files.ring().master_id}
    services.rotate_master_key()
    assert old not in files.ring(fresh=True).masters  # nothing needs it any more


def _masters() -> set[str]:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT DISTINCT master_key FROM keys_datakey")
        return {row[0] for row in cursor.fetchall()}


def test_lost_keys_are_not_replaced_by_new_ones_that_would_open_nothing(
    fresh_database: str, home: Home, tmp_path: Path
) -> None:
    assert services.prepare_home_keys(tmp_path) == list(files.FILES)
    with acting_system():
        data_keys.ensure([UUID(int=1)])
    (tmp_path / "keys" / files.BLIND_FILE).unlink()
    with pytest.raises(Refused, match=r"blind\.json"):
        services.prepare_home_keys(tmp_path)
    assert services.prepare_home_keys(home) == []


def test_the_application_role_may_not_remove_a_data_key(fresh_database: str, home: Home) -> None:
    with acting_system():
        data_keys.ensure([UUID(int=2)])
    with acting_system(), connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege('keys_datakey', 'DELETE, TRUNCATE')")
        assert cursor.fetchone() == (False,)
        with pytest.raises(Exception, match="permission denied"), transaction.atomic():
            cursor.execute("DELETE FROM keys_datakey")
