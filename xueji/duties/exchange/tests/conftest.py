from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests import template
from tests.database import START, new_name
from tests.small_city import BAIXIA, CITY, QINHUAI, SmallCity
from xueji.config.home import Home
from xueji.duties.exchange.tests.nodes import Node, found_city, found_district, send
from xueji.pure.kernel.environment import SeededEnvironment, use_environment
from xueji.registry.register.tests.lives import Lives

LEVELS = {CITY: "city", QINHUAI: "district", BAIXIA: "district"}


@dataclass
class Nodes:
    """The three nodes; each trusts the others, the districts have the rulebook and their schools."""

    city: Node
    qinhuai: Node
    baixia: Node


@pytest.fixture(scope="session")
def founded_nodes(
    template_database: str, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory, _home_is_ready: None
) -> Iterator[list[Node]]:
    """The three nodes made once: what each test has copies of."""
    folder = tmp_path_factory.mktemp("nodes")
    made = [Node(level, code, new_name(), Home(folder / code)) for code, level in LEVELS.items()]
    for node in made:
        template.clone(template_database, node.database)
    try:
        with django_db_blocker.unblock(), use_environment(SeededEnvironment(START, 7)):
            public = {node.code: node.begin() for node in made}
            for node in made:
                for code, content in public.items():
                    if code != node.code:
                        node.trusts(content)
            found_city(made[0])
            for node in made[1:]:
                assert send(made[0], node).accepted
                found_district(node)
        for node in made:
            node.close()
        yield made
    finally:
        for node in made:
            node.close()
            template.drop(node.database)


@pytest.fixture
def nodes(
    founded_nodes: list[Node], fresh_database: str, environment: Any, django_db_blocker: Any, tmp_path: Path
) -> Iterator[Nodes]:
    made = []
    for node in founded_nodes:
        copied = Node(node.level, node.code, new_name(), Home(tmp_path / node.code))
        copied.lives = Lives(SmallCity(organisations=dict(node.lives.city.organisations)))
        shutil.copytree(node.home.path, copied.home.path)
        template.clone(node.database, copied.database)
        made.append(copied)
    with django_db_blocker.unblock():
        try:
            yield Nodes(*made)
        finally:
            for node in made:
                node.close()
                template.drop(node.database)
