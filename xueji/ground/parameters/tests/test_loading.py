"""Bringing a rulebook into force: entries are what holds (design §2)."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction

from xueji.ground.accounts.context import acting, acting_system
from xueji.ground.journals.selectors import entries_of_organisation
from xueji.ground.organisations.services import open_bureau
from xueji.ground.parameters import selectors
from xueji.ground.parameters.build import rulebook_from_files
from xueji.ground.parameters.loader import Layers, default_folder, load_layers
from xueji.ground.parameters.past import changed_past
from xueji.ground.parameters.services import Loaded, load_rulebooks
from xueji.pure.kernel.environment import SeededEnvironment
from xueji.pure.kernel.fold import fold_organisation
from xueji.pure.kernel.types import Actor, Level, Refused, Role

pytestmark = pytest.mark.db
CITY, DISTRICT = UUID(int=320100), UUID(int=320124)
BUREAUS = {"320100": CITY, "320124": DISTRICT}


def system_load(layers: Layers | None = None, bureaus: dict[str, UUID] | None = None) -> Loaded:
    """Load in the system's own name, as set-up does."""
    with acting_system() as actor:
        return load_rulebooks(actor=actor, organisations=bureaus or BUREAUS, layers=layers)


def edited(tmp_path: Path, file: str, old: str, new: str) -> Layers:
    """The rulebook with a text replaced in one file."""
    copy = tmp_path / "rulebooks"
    if not copy.exists():
        shutil.copytree(default_folder(), copy)
    path = copy / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return load_layers(copy)


def test_before_the_first_load_it_is_said_what_to_do(environment: SeededEnvironment) -> None:
    with acting_system(), pytest.raises(Refused, match="xueji rulebook load"):
        selectors.rulebook(date(2008, 9, 20))


def test_a_layer_that_another_bureau_brought_does_not_hinder_a_load_without_it(
    environment: SeededEnvironment,
) -> None:
    """As at a city's node, where a district's layer came by package."""
    system_load()
    assert system_load(bureaus={"320100": CITY}).loaded == ()
    with acting_system():
        assert "320124" in selectors.parts_in_force()


def test_what_is_in_force_equals_what_the_files_say(environment: SeededEnvironment) -> None:
    done = system_load()
    assert done.skipped == ()
    assert "nanjing-2008/changes" in done.loaded
    with acting_system():
        for district in (None, "320124"):
            book = selectors.rulebook(date(2008, 9, 20), district)
            files = rulebook_from_files(date(2008, 9, 20), district)
            assert book.version == files.version == done.version
            assert (book.changes, book.fields, book.codes) == (files.changes, files.fields, files.codes)
            assert (book.calendar, book.schemes, book.certificates) == (
                files.calendar,
                files.schemes,
                files.certificates,
            )
            assert book.round("2008") == files.round("2008")


def test_each_part_is_an_entry_in_the_journal_of_its_bureau(environment: SeededEnvironment) -> None:
    done = system_load()
    with acting_system():
        city, district = entries_of_organisation(CITY), entries_of_organisation(DISTRICT)
        state = fold_organisation([*city, *district])
        assert {f"{layer}/{part}" for layer, part in state.rulebook} == set(done.loaded)
        with connection.cursor() as cursor:
            cursor.execute("SELECT layer, part, version, entry, organisation FROM parameters_part")
            rows = cursor.fetchall()
    assert {row[4] for row in rows if row[0] == "320124"} == {DISTRICT}
    for layer, part, version, entry, _ in rows:
        assert (state.rulebook[layer, part][-1].version, state.rulebook[layer, part][-1].entry) == (version, entry)


def test_loading_again_writes_nothing(environment: SeededEnvironment) -> None:
    first = system_load()
    again = system_load()
    assert again.loaded == ()
    assert set(again.unchanged) == set(first.loaded)


def test_a_district_without_a_bureau_here_is_skipped_and_comes_later(environment: SeededEnvironment) -> None:
    assert system_load(bureaus={"320100": CITY}).skipped == ("320124",)
    with acting_system():
        assert selectors.rulebook(date(2008, 9, 20), "320124").numbers["registration_number"].code.startswith("nanjing")
    later = system_load()
    assert all(name.startswith("320124/") for name in later.loaded)
    with acting_system():
        assert selectors.rulebook(date(2008, 9, 20), "320124").numbers["registration_number"].code == "lishui-serial4"


def test_a_new_value_is_added_and_a_past_one_is_never_edited(environment: SeededEnvironment, tmp_path: Path) -> None:
    system_load()
    file = "city/nanjing-2008/certificates.yaml"
    with pytest.raises(Refused, match="proof_of_registration"):
        system_load(edited(tmp_path, file, "valid_days: 90", "valid_days: 30"))
    edited(tmp_path, file, "valid_days: 30", "valid_days: 90\n    until: 2008-12-31")
    text = (tmp_path / "rulebooks" / file).read_text(encoding="utf-8")
    block = (
        text.split("certificates:\n", 1)[1]
        .split("  - kind: proof_of_attendance")[0]
        .replace("from: 2007-09-01", "from: 2009-01-01")
    )
    block = block.replace("\n    until: 2008-12-31", "").replace("valid_days: 90", "valid_days: 30")
    (tmp_path / "rulebooks" / file).write_text(text.rstrip() + "\n" + block, encoding="utf-8")
    done = system_load(load_layers(tmp_path / "rulebooks"))
    assert done.loaded == ("nanjing-2008/certificates",)
    with acting_system():
        days = [
            selectors.rulebook(day).certificates["proof_of_registration"].valid_days
            for day in (date(2008, 12, 31), date(2009, 1, 1))
        ]
    assert days == [90, 30]


def test_a_part_in_force_cannot_be_left_out(environment: SeededEnvironment, tmp_path: Path) -> None:
    system_load()
    copy = tmp_path / "rulebooks"
    shutil.copytree(default_folder(), copy)
    (copy / "district" / "320124" / "calendar.yaml").unlink()
    with pytest.raises(Refused, match="不能删除"):
        system_load(load_layers(copy))


def head_of(organisation: UUID, level: Level, role: Role = Role.HEAD) -> Actor:
    """A post at a bureau."""
    return Actor(UUID(int=7), UUID(int=8), organisation, role, level, "负责人", trained=True)


def test_only_the_head_of_a_bureau_loads_and_a_districts_head_only_the_own_layer(
    environment: SeededEnvironment, tmp_path: Path
) -> None:
    open_bureaus()
    for actor in (head_of(CITY, Level.CITY, Role.CLERK), head_of(DISTRICT, Level.DISTRICT)):
        with acting(actor), pytest.raises(Refused, match=r"负责人|不是本局"):
            load_rulebooks(actor=actor, organisations=BUREAUS)
    with acting(head_of(CITY, Level.CITY)) as city:
        load_rulebooks(actor=city, organisations=BUREAUS)
    layers = edited(
        tmp_path,
        "district/320124/calendar.yaml",
        '  - school_due: "09-25"',
        '  - from: 2009-09-01\n    school_due: "09-20"\n  - until: 2009-08-31\n    school_due: "09-25"',
    )
    with acting(head_of(DISTRICT, Level.DISTRICT)) as district:
        done = load_rulebooks(actor=district, organisations=BUREAUS, layers=layers)
        assert done.loaded == ("320124/calendar",)
        for day, due in ((date(2009, 9, 20), date(2009, 9, 20)), (date(2008, 9, 20), date(2009, 9, 25))):
            assert selectors.rulebook(day, "320124").calendar.school_due(2009) == due


def open_bureaus() -> None:
    """The two bureaus as organisations, so that row-level security knows them."""
    since = date(2007, 9, 1)
    with acting_system() as actor:
        open_bureau(
            actor=actor, level=Level.CITY, code="320100", name="市教育局", effective_on=since, organisation=CITY
        )
        open_bureau(
            actor=actor,
            level=Level.DISTRICT,
            code="320124",
            name="县教育局",
            effective_on=since,
            city=CITY,
            organisation=DISTRICT,
        )


@pytest.mark.parametrize(
    "statement", ["UPDATE parameters_part SET value = '{}'", "DELETE FROM parameters_part", "TRUNCATE parameters_part"]
)
def test_the_parts_in_force_cannot_be_changed_or_taken_away(environment: SeededEnvironment, statement: str) -> None:
    system_load()
    with acting_system(), pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_school_cannot_write_a_part(environment: SeededEnvironment) -> None:
    statement = (
        "INSERT INTO parameters_part (entry, organisation, layer, part, version, value, effective_on, rulebook_version)"
        " VALUES (gen_random_uuid(), gen_random_uuid(), 'x', 'x', 'x', '{}', '2008-01-01', 'x')"
    )
    school = head_of(UUID(int=9), Level.SCHOOL, Role.DEPUTY_HEAD)
    with acting(school), pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_what_may_change_of_a_value_in_force_is_its_end_and_its_explanation() -> None:
    today = date(2008, 9, 20)
    old = {"changes": [{"kind": "a", "from": "2007-09-01", "days": 10, "basis": "x"}]}

    def new(**keys: object) -> object:
        return {"changes": [{"kind": "a", "from": "2007-09-01", "days": 10, "basis": "x"} | keys]}

    assert changed_past(old, new(basis="y"), today) is None
    assert changed_past(old, new(until="2008-12-31"), today) is None
    assert changed_past(old, new(until="2008-01-31"), today) == "a/2007-09-01 until"
    assert changed_past(old, new(days=9), today) == "a/2007-09-01 days"
    assert changed_past(old, new(title="x"), today) == "a/2007-09-01 title"
    assert changed_past(old, {"changes": []}, today) == "a/2007-09-01"
    future = {"changes": [{"kind": "b", "from": "2009-09-01", "days": 10}]}
    assert changed_past(future, {"changes": [{"kind": "b", "from": "2009-09-01", "days": 5}]}, today) is None
