"""A home made before a new rulebook setting: a demo home takes it at start-up, any other says what to do."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connections

from xueji.config.home import Home
from xueji.config.rulebooks import bring_into_step
from xueji.ground.accounts.context import acting_system
from xueji.ground.organisations.services import open_bureau
from xueji.ground.parameters import selectors
from xueji.ground.parameters.loader import default_folder, load_layers
from xueji.ground.parameters.services import load_rulebooks
from xueji.pure.kernel.environment import SeededEnvironment, today
from xueji.pure.kernel.types import Level, Refused

CITY = UUID(int=320100)
SETTING = "intake_oldest_age"


@pytest.fixture
def old_home(fresh_database: str, environment: SeededEnvironment, home: Home, tmp_path: Path) -> Iterator[Home]:
    """A home whose rulebook was loaded before one of the settings was thought of."""
    copy = tmp_path / "rulebooks"
    shutil.copytree(default_folder(), copy)
    file = copy / "province/jiangsu-2008/fields.yaml"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(line for line in lines if f"code: {SETTING}," not in line), encoding="utf-8")
    with acting_system() as actor:
        open_bureau(
            actor=actor, level=Level.CITY, code="320100", name="市教育局", effective_on=date(2007, 9, 1),
            organisation=CITY,
        )  # fmt: skip
        load_rulebooks(actor=actor, organisations={"320100": CITY}, layers=load_layers(copy))
    yield home
    home.set_config(demo=False)
    (home.run / "rulebook.json").unlink(missing_ok=True)


def settings() -> Any:
    with acting_system():
        return selectors.rulebook(today()).settings


def test_a_demo_home_takes_the_new_setting_at_start_up(old_home: Home) -> None:
    assert SETTING not in settings()
    old_home.set_config(demo=True)
    assert bring_into_step(old_home) == ("jiangsu-2008/fields",)
    assert SETTING in settings()
    assert bring_into_step(old_home) == ()


def test_another_home_is_refused_with_the_command_that_loads_it(old_home: Home) -> None:
    with pytest.raises(Refused, match=rf"jiangsu-2008/fields {SETTING}.*xueji --as 账号 rulebook load"):
        bring_into_step(old_home)
    with acting_system() as actor:
        load_rulebooks(actor=actor, organisations={"320100": CITY})
    assert bring_into_step(old_home) == ()


def test_values_that_the_bureau_decided_otherwise_are_left_to_it(old_home: Home, tmp_path: Path) -> None:
    file = tmp_path / "rulebooks/province/jiangsu-2008/fields.yaml"
    shutil.copy(default_folder() / "province/jiangsu-2008/fields.yaml", file)
    text = file.read_text(encoding="utf-8").replace("code: intake_rows, value: 20000", "code: intake_rows, value: 3000")
    file.write_text(text, encoding="utf-8")
    _store("jiangsu-2008", "fields", load_layers(tmp_path / "rulebooks").by_code("jiangsu-2008").raw["fields"])
    assert bring_into_step(old_home) == ()
    assert settings()["intake_rows"] == 3000


def test_what_this_version_cannot_read_any_more_is_told_and_not_an_obscure_failure(old_home: Home) -> None:
    stored = selectors.parts_in_force("owner")["nanjing-2008"]["returns"]
    _store("nanjing-2008", "returns", stored | {"a_key_of_old": 1})
    with pytest.raises(Refused, match=r"nanjing-2008/returns.*rulebook load"):
        bring_into_step(old_home)
    old_home.set_config(demo=True)
    with pytest.raises(Refused, match=r"a_key_of_old.*xueji demo --reset"):
        bring_into_step(old_home)


def test_a_demo_home_whose_past_was_rewritten_is_told_to_start_anew(old_home: Home) -> None:
    stored = selectors.parts_in_force("owner")["jiangsu-2008"]["fields"]
    stored["limits"][0]["value"] = 99
    _store("jiangsu-2008", "fields", stored)
    old_home.set_config(demo=True)
    with pytest.raises(Refused, match=r"xueji demo --reset.*xueji rulebook load"):
        bring_into_step(old_home)


def _store(layer: str, part: str, value: Any) -> None:
    """As if an earlier program had loaded this value."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "INSERT INTO parameters_part (entry, organisation, layer, part, version, value, effective_on,"
            " rulebook_version) VALUES (gen_random_uuid(), %s, %s, %s, 'x', %s, '2007-09-01', gen_random_uuid()::text)",
            [CITY, layer, part, json.dumps(value)],
        )
