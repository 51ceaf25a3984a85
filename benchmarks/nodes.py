"""(i) A package taken in and two nodes reconciled; beside each a plain ``COPY … TO`` of the same rows. (j) is ``seen``.

    python -m benchmarks.nodes city FOLDER        takes instructions as lines of JSON, and answers so
    python -m benchmarks.nodes district HOME      the same; started by ``city``

Two homes of their own, a city's and a district's with all schools, since a package is between two nodes; both run in
processes of their own, started by ``measure``; their servers are those of any home, not the small ones of a demo of
fourteen nodes. Median of five. The same is measured of a tenth of the schools, which says how it grows: each time
right after the full size, since a machine that is shared is faster at one minute than at another.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks import seen
from benchmarks.report import Figure, Report, tell

PART = "nodes"
CITY, DISTRICT, TENTH = "city", "320102", "tenth"
FULL = 200_000
RUNS = 5
GOAL_RECEIPT, GOAL_EQUAL, GOAL_DEEP, GOAL_GROWTH = 5_000.0, 5.0, 60.0, 12.0

_ENTRIES = "COPY (SELECT * FROM journals_entry) TO STDOUT"
_STATE = (
    "COPY (SELECT * FROM register_registration) TO STDOUT",
    "COPY (SELECT * FROM register_student) TO STDOUT",
    "COPY (SELECT * FROM register_spell) TO STDOUT",
    _ENTRIES,
)


def measure(folder: Path, report: Report, *, schools: int, pupils: int) -> None:
    """Both nodes of so many schools with so many pupils each, below ``folder``; a tenth of them beside it."""
    sizes = {CITY: (folder, schools), TENTH: (folder.with_name(TENTH), max(1, schools // 10))}
    told: dict[str, dict[str, float]] = {}
    with ExitStack() as stack:
        cities = {name: stack.enter_context(_Process(CITY, where)) for name, (where, _) in sizes.items()}
        for name, (_, how_many) in sizes.items():
            told[name] = cities[name].do(do="fill", schools=how_many, pupils=pupils)
            tell(f"filled {name}: {told[name]['pupils']:.0f} pupils")
        for what in ("receive", "copied", "reconcile", "deep", "held", "seen"):
            if what in ("receive", "reconcile", "deep"):
                for name, taken in _in_turn(cities, what).items():
                    told[name][what] = statistics.median(taken)
            else:
                told[CITY] |= cities[CITY].do(do=what)
    _report(report, told[CITY], told[TENTH])


def _in_turn(cities: Mapping[str, _Process], what: str) -> dict[str, list[float]]:
    """Seconds of each run of each size."""
    found: dict[str, list[float]] = {name: [] for name in cities}
    for number in range(RUNS):
        for name, city in cities.items():
            found[name].append(city.do(do=what, last=number == RUNS - 1))
    for name, taken in found.items():
        tell(f"{what}, {name}: {', '.join(f'{one:.2f}' for one in taken)} s")
    return found


def _report(report: Report, found: Mapping[str, float], tenth: Mapping[str, float]) -> None:
    full = found["pupils"] >= FULL
    note = (
        f"{found['entries']:.0f} entries, {found['pupils']:.0f} pupils, {found['megabytes']:.1f} MB, median of {RUNS}"
    )
    report.add(
        Figure(
            PART, "receipt of a package", found["entries"] / found["receive"], "entries/s", GOAL_RECEIPT, "high", note
        ),
        Figure(PART, "receipt, over plain COPY of its rows", found["receive"] / found["copy_entries"], "×"),
        Figure(PART, "making the package", found["export"], "s"),
        Figure(PART, "reconcile of two equal nodes", found["reconcile"], "s", GOAL_EQUAL if full else None, "low"),
        Figure(PART, "reconcile, over plain COPY of both", found["reconcile"] / found["copy_state"], "×"),
        Figure(PART, "reconcile, deep", found["deep"], "s", GOAL_DEEP if full else None, "low"),
        Figure(PART, "reconcile, deep, over plain COPY of both", found["deep"] / found["copy_state"], "×"),
        *(
            Figure(
                PART,
                f"{title}, time over a tenth of it",
                found[name] / tenth[name],
                "×",
                GOAL_GROWTH if full else None,
                "low",
                f"{tenth['pupils']:.0f} pupils: {tenth[name]:.2f} s",
            )
            for name, title in (("receive", "receipt"), ("reconcile", "reconcile"), ("deep", "reconcile, deep"))
        ),
        Figure(PART, "memory of the receiver, at most", found["memory"], "MB"),
        Figure(
            PART,
            "a change at the district seen at the city, p95",
            found["p95"],
            "s",
            seen.GOAL,
            "low",
            f"{seen.CHANGES} changes, median {found['median']:.0f} s, most {found['most']:.0f} s",
        ),
    )


class _Node:
    """What both processes do, on the home in force."""

    def __init__(self, home: Path, code: str, level: str) -> None:
        from xueji.config.main import bring_up

        bring_up(home)
        self.home, self.code, self.level = home, code, level
        self._stage: Any = None

    def do(self, instruction: Mapping[str, Any]) -> Any:
        values = {name: value for name, value in instruction.items() if name != "do"}
        return getattr(self, str(instruction["do"]))(**values)

    def begin(self) -> Any:
        from xueji.duties.exchange import identity
        from xueji.ground.accounts.context import acting_system

        with acting_system():
            return identity.public_file(identity.init(level=self.level, code=self.code))

    def trust(self, content: Any) -> None:
        from xueji.duties.exchange.trust import trust
        from xueji.ground.accounts.context import acting_system

        with acting_system():
            trust(content)

    def export(self, to: str, file: str) -> None:
        from xueji.duties.exchange import services
        from xueji.ground.accounts.context import acting_system

        with acting_system():
            services.export(to=to, target=Path(file))

    def take_in(self, file: str) -> Any:
        from xueji.duties.exchange import services

        answer = services.receive(Path(file))
        if not answer.accepted:
            raise RuntimeError(answer.message)
        return {"receipt": answer.receipt, **answer.counts}

    def receipt(self, content: Any) -> None:
        from xueji.duties.exchange import services
        from xueji.ground.accounts.context import acting_system

        path = self.home / "receipt.json"
        path.write_text(json.dumps(content), encoding="utf-8")
        with acting_system():
            services.take_receipt(path)

    def fill_up(self, schools: int, pupils: int) -> int:
        """Found the district's schools and register their rosters; how many pupils."""
        from benchmarks import town
        from xueji.doors.demo.city import CityPlan, SchoolPlan
        from xueji.doors.demo.founding import found_district
        from xueji.doors.demo.rosters import Stage
        from xueji.pure.kernel.environment import FixedDayEnvironment, set_default_environment

        set_default_environment(FixedDayEnvironment(town.LODGED_ON))
        plans = [
            SchoolPlan(f"{DISTRICT}21{number:03d}", f"第{number}小学", "primary", DISTRICT, ("primary",), 1.0)
            for number in range(1, schools + 1)
        ]
        plan = CityPlan(_district(), tuple(plans))
        folder = self.home / "demo-files"
        self._stage = Stage(plan, found_district(plan, folder, 2), folder, lambda _: None)
        return town.fill(self._stage, pupils, leave=0)

    def connect(self, to: str, address: str) -> None:
        """Where the other node takes packages."""
        from xueji.duties.exchange.models import Peer
        from xueji.ground.accounts.context import acting_system

        with acting_system():
            Peer.objects.filter(code=to).update(address=address)

    def change(self, number: int) -> str:
        return seen.correct_a_pupil(self._stage, number)


def _district() -> tuple[tuple[str, str], ...]:
    return ((DISTRICT, "玄武区"),)


class _Process:
    """A node in a process of its own, which does what it is told."""

    def __init__(self, what: str, where: Path) -> None:
        command = [sys.executable, "-m", "benchmarks.nodes", what, str(where)]
        environment = {name: value for name, value in os.environ.items() if name != "XUEJI_HOME"}
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )

    def __enter__(self) -> _Process:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(timeout=60)

    def do(self, **instruction: Any) -> Any:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps(instruction) + "\n")
        stdin.flush()
        return json.loads(stdout.readline())["value"]


class _City(_Node):
    """The city's node, with the district's beside it."""

    def __init__(self, folder: Path) -> None:
        from benchmarks.town import SHOWN_ON
        from xueji.config.node_homes import make_node_homes

        make_node_homes(folder, [CITY, DISTRICT], SHOWN_ON, smaller=False)
        super().__init__(folder / CITY, "320100", "city")
        self.folder, self.other = folder, _Process("district", folder / DISTRICT)
        self._package = str(folder / "up.xjp")
        self._entries = 0

    def fill(self, schools: int, pupils: int) -> dict[str, float]:
        """Both nodes trust each other, the district's has its pupils, and the package is made."""
        from xueji.doors.demo.city import CityPlan
        from xueji.doors.demo.founding import found_top

        public = self.begin(), self.other.do(do="begin")
        self.trust(public[1])
        self.other.do(do="trust", content=public[0])
        found_top(CityPlan(_district()), self.home / "demo-files", 1)
        down = str(self.folder / "down.xjp")
        self.export(DISTRICT, down)
        self.receipt(self.other.do(do="take_in", file=down)["receipt"])
        told = {"pupils": self.other.do(do="fill_up", schools=schools, pupils=pupils)}
        told["export"] = _seconds(lambda: self.other.do(do="export", to="320100", file=self._package))
        told["megabytes"] = Path(self._package).stat().st_size / 1e6
        return told

    def receive(self, last: bool) -> float:
        """Seconds of taking the package in; each time but the last it is rolled back, and what that left is cleared
        away."""
        from django.db import connections, transaction

        if last:
            begun = time.perf_counter()
            answer = self.take_in(self._package)
            took = time.perf_counter() - begun
            self._entries = answer["entries"]
            self.other.do(do="receipt", content=answer["receipt"])
            return took
        with transaction.atomic():
            took = _seconds(lambda: self.take_in(self._package))
            transaction.set_rollback(True)
        with connections["owner"].cursor() as cursor:
            cursor.execute("VACUUM")
        return took

    def copied(self) -> dict[str, float]:
        """Medians of plain copies of what was taken in and of what is compared (on both nodes)."""
        return {
            "copy_entries": _median(lambda: _copied([_ENTRIES])),
            "copy_state": 2 * _median(lambda: _copied(_STATE)),
        }

    def held(self) -> dict[str, float]:
        """How many entries came, and the most memory that this process ever took."""
        return {"entries": self._entries, "memory": _peak_mb()}

    def reconcile(self, last: bool, deep: bool = False) -> float:
        del last
        from xueji.config.main import reach
        from xueji.duties.exchange.reconcile import HereSide, HomeSide, reconcile
        from xueji.ground.accounts.context import acting_system

        home = self.folder / DISTRICT
        with reach(home) as conninfo:
            begun = time.perf_counter()
            there = HomeSide(home, conninfo)
            try:
                with acting_system():
                    found = reconcile(HereSide(), there, deep=deep)
            finally:
                there.close()
            took = time.perf_counter() - begun
        if not found.equal:
            raise RuntimeError(f"the nodes differ: {found.differences[:3]}")
        return took

    def deep(self, last: bool) -> float:
        return self.reconcile(last, deep=True)

    def seen(self) -> dict[str, float]:
        """How soon a change at the district is seen here."""
        from xueji.duties.exchange.models import Peer
        from xueji.ground.accounts.context import acting_system

        def connect(above: int, below: int) -> None:
            with acting_system():
                Peer.objects.filter(code=DISTRICT).update(address=seen.address_of(below))
            self.other.do(do="connect", to="320100", address=seen.address_of(above))

        homes = self.folder / CITY, self.folder / DISTRICT
        told: dict[str, float] = seen.measure(
            homes, connect, lambda number: str(self.other.do(do="change", number=number))
        )
        return told


def _answer_instructions(node: _Node) -> None:
    for line in sys.stdin:
        print(json.dumps({"value": node.do(json.loads(line))}), flush=True)


def _copied(statements: tuple[str, ...] | list[str]) -> None:
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        for statement in statements:
            with cursor.copy(statement) as copy:
                for _ in copy:
                    pass


def _peak_mb() -> float:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _seconds(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def _median(act: Callable[[], object]) -> float:
    return statistics.median(_seconds(act) for _ in range(RUNS))


if __name__ == "__main__":
    which, where = sys.argv[1:]
    if which == CITY:
        city = _City(Path(where))
        try:
            _answer_instructions(city)
        finally:
            city.other.__exit__()
    else:
        _answer_instructions(_Node(Path(where), DISTRICT, "district"))
