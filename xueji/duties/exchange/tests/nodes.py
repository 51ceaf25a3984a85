"""A city node and two district nodes, each with a database and a home of its own, in one process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import connections
from django.test import override_settings

from tests.database import settings_of
from tests.small_city import BAIXIA, BEGIN, CITY, QINHUAI, SmallCity
from xueji.config.home import Home
from xueji.duties.exchange import identity, services
from xueji.duties.exchange.services import Answer
from xueji.duties.exchange.trust import trust
from xueji.ground.accounts.context import acting_system, system_actor
from xueji.ground.documents.portraits import Cut
from xueji.ground.keys import data_keys, node_keys
from xueji.ground.keys.files import create_missing
from xueji.ground.organisations import selectors
from xueji.ground.organisations import services as organisations
from xueji.ground.organisations.services import SchoolDraft
from xueji.ground.parameters.loader import load_layers
from xueji.ground.parameters.services import load_rulebooks
from xueji.pure.kernel.types import Level
from xueji.registry.photos.models import Photo
from xueji.registry.photos.services.taking import keep_portraits
from xueji.registry.photos.tests.pictures import portrait
from xueji.registry.register.tests.lives import Child, Lives

SCHOOLS = {
    QINHUAI: [("32010421001", "秦淮云锦小学"), ("32010421002", "秦淮莲花小学")],
    BAIXIA: [("32010321001", "白下月华小学")],
}


@dataclass
class Node:
    """A node of the test. ``lives`` writes entries there once its schools stand."""

    level: str
    code: str
    database: str
    home: Home
    lives: Lives = field(default_factory=lambda: Lives(SmallCity()))
    open: dict[str, Any] = field(default_factory=dict, repr=False)

    @contextmanager
    def at(self) -> Iterator[Node]:
        """Work at this node: its database (over connections of its own, kept open), its home, its keys."""
        before = {alias: connections[alias] for alias in connections.settings}
        for alias in connections.settings:
            connections[alias] = self._connection(alias)
        data_keys.forget()
        folders = {
            "XUEJI_HOME": str(self.home.path),
            "XUEJI_KEYS": self.home.keys,
            "XUEJI_ANCHOR": self.home.anchor,
            "XUEJI_FILES": self.home.files,
            "XUEJI_SNAPSHOTS": self.home.snapshots,
        }
        try:
            with override_settings(**folders):
                yield self
        finally:
            for alias, one in before.items():
                connections[alias] = one
            data_keys.forget()

    def _connection(self, alias: str) -> Any:
        if alias not in self.open:
            made = connections.create_connection(alias)
            made.settings_dict = {**made.settings_dict, **settings_of(self.database)[alias]}
            self.open[alias] = made
        return self.open[alias]

    def close(self) -> None:
        """Let the connections go, before the database is dropped or copied."""
        for one in self.open.values():
            one.close()
        self.open.clear()

    def begin(self) -> dict[str, Any]:
        """Make the home and its node keys; the public file's content."""
        self.home.prepare()
        with self.at():
            create_missing(self.home.keys)
            with acting_system():
                return identity.public_file(identity.init(level=self.level, code=self.code))

    def public(self) -> dict[str, Any]:
        with self.at(), acting_system():
            return identity.public_file(node_keys.load())

    def trusts(self, content: dict[str, Any], **how: Any) -> None:
        with self.at(), acting_system():
            trust(json.loads(json.dumps(content)), **how)

    def export(self, to: Node, name: str = "") -> Path:
        """The next package for another node, as a file."""
        target = self.home.path / (name or f"to-{to.code}.xjp")
        with self.at(), acting_system():
            services.export(to=to.code, target=target)
        return target

    def receive(self, path: Path) -> Answer:
        with self.at():
            return services.receive(path)

    def note(self, answer: Answer) -> None:
        """Take the receipt of an answer, as it would come as a file."""
        target = self.home.path / "receipt.json"
        target.write_text(json.dumps(answer.receipt), encoding="utf-8")
        with self.at(), acting_system():
            services.take_receipt(target)


def photograph(node: Node, child: Child, seed: int = 1) -> str:
    """A photo of a pupil at his school's node, as the registrar takes it; the digest of the sealed file."""
    with node.at(), acting_system():
        keep_portraits(system_actor(child.school), child.school, [(child.student, Cut(portrait(seed), seed))])
        return Photo.objects.get(student=child.student, likeness=seed).digest


def send(sender: Node, receiver: Node) -> Answer:
    """A package from one to the other, and its receipt back."""
    answer = receiver.receive(sender.export(receiver))
    if answer.receipt is not None:
        sender.note(answer)
    return answer


def found_city(city: Node) -> None:
    """The city's bureau, two districts' bureaus, the rulebook."""
    with city.at(), acting_system() as system:
        bureau = organisations.open_bureau(
            actor=system, level=Level.CITY, code=CITY, name="南京市教育局", effective_on=BEGIN
        )
        ids = {CITY: bureau.id}
        for code, name in ((QINHUAI, "秦淮区教育局"), (BAIXIA, "白下区教育局")):
            ids[code] = organisations.open_bureau(
                actor=system_actor(bureau.id), level=Level.DISTRICT, code=code, name=name, effective_on=BEGIN,
                city=bureau.id,
            ).id  # fmt: skip
        load_rulebooks(actor=system, organisations=ids, layers=load_layers())


def found_district(district: Node) -> None:
    """Its schools, once the city's package has brought the bureau."""
    with district.at(), acting_system():
        bureau = selectors.by_code(district.code).id
        drafts = [SchoolDraft(code, name, "primary", bureau) for code, name in SCHOOLS[district.code]]
        opened = organisations.open_schools(actor=system_actor(bureau), drafts=drafts, effective_on=BEGIN)
        organisations.confirm_codes(actor=system_actor(bureau), schools=[one.id for one in opened], effective_on=BEGIN)
        ids = {one.code: one.id for one in opened}
    district.lives = Lives(SmallCity(organisations=ids))
