"""(i) A package taken in and two nodes reconciled; beside each a plain ``COPY … TO`` of the same rows. (j) is ``seen``.

    python -m benchmarks.nodes city FOLDER SCHOOLS PUPILS       figures as one line of JSON
    python -m benchmarks.nodes tenth FOLDER SCHOOLS PUPILS      the same without (j)
    python -m benchmarks.nodes district HOME SCHOOLS PUPILS     the other node; takes instructions as lines of JSON

Two homes of their own, a city's and a district's with all schools, since a package is between two nodes; both run in
processes of their own, started by ``measure``; their servers are those of any home, not the small ones of a demo of
fourteen nodes. Median of five. The same is measured of a tenth of the schools, which
says how it grows.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
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
    found = _run(CITY, folder, schools, pupils)
    tenth = _run(TENTH, folder.with_name(TENTH), max(1, schools // 10), pupils)
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


def _run(what: str, folder: Path, schools: int, pupils: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.nodes", what, str(folder), str(schools), str(pupils)]
    environment = {name: value for name, value in os.environ.items() if name != "XUEJI_HOME"}
    done = subprocess.run(command, stdout=subprocess.PIPE, env=environment, check=True)
    told: dict[str, float] = json.loads(done.stdout.decode().splitlines()[-1])
    return told


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

    def receive(self, file: str) -> Any:
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

    def found_city(self) -> None:
        from xueji.doors.demo.city import CityPlan
        from xueji.doors.demo.founding import found_top

        found_top(CityPlan(_district()), self.home / "demo-files", 1)

    def fill(self, schools: int, pupils: int) -> int:
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


class _Other:
    """The district's process."""

    def __init__(self, home: Path) -> None:
        command = [sys.executable, "-m", "benchmarks.nodes", "district", str(home), "0", "0"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def do(self, **instruction: Any) -> Any:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps(instruction) + "\n")
        stdin.flush()
        return json.loads(stdout.readline())["value"]

    def end(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(timeout=60)


def _district_node(home: Path) -> None:
    node = _Node(home, DISTRICT, "district")
    for line in sys.stdin:
        print(json.dumps({"value": node.do(json.loads(line))}), flush=True)


def _city_node(folder: Path, schools: int, pupils: int, *, watched: bool) -> dict[str, float]:
    from benchmarks.town import SHOWN_ON
    from xueji.config.node_homes import make_node_homes

    make_node_homes(folder, [CITY, DISTRICT], SHOWN_ON, smaller=False)
    city, other = _Node(folder / CITY, "320100", "city"), _Other(folder / DISTRICT)
    told: dict[str, float] = {}
    try:
        public = city.begin(), other.do(do="begin")
        city.trust(public[1])
        other.do(do="trust", content=public[0])
        city.found_city()
        down, up = str(folder / "down.xjp"), str(folder / "up.xjp")
        city.export(DISTRICT, down)
        city.receipt(other.do(do="receive", file=down)["receipt"])
        told["pupils"] = other.do(do="fill", schools=schools, pupils=pupils)
        tell(f"filled the district's node with {told['pupils']:.0f} pupils")
        told["export"] = _seconds(lambda: other.do(do="export", to="320100", file=up))
        told["megabytes"] = Path(up).stat().st_size / 1e6
        told["receive"], answer = _received(lambda: city.receive(up))
        told["entries"] = answer["entries"]
        other.do(do="receipt", content=answer["receipt"])
        told["memory"] = _peak_mb()
        told["copy_entries"] = _median(lambda: _copied([_ENTRIES]))
        told |= _reconciled(folder / DISTRICT)

        def connect(above: int, below: int) -> None:
            city.connect(DISTRICT, seen.address_of(below))
            other.do(do="connect", to="320100", address=seen.address_of(above))

        if watched:
            told |= seen.measure(
                (folder / CITY, folder / DISTRICT), connect, lambda number: str(other.do(do="change", number=number))
            )
    finally:
        other.end()
    return told


def _received(receive: Callable[[], Any]) -> tuple[float, Any]:
    """Median seconds of taking the package in, and the last answer: each time but the last it is rolled back, and what
    that left is cleared away."""
    from django.db import connections, transaction

    took = []
    for _ in range(RUNS - 1):
        with transaction.atomic():
            took.append(_seconds(receive))
            transaction.set_rollback(True)
        with connections["owner"].cursor() as cursor:
            cursor.execute("VACUUM")
    begun = time.perf_counter()
    answer = receive()
    took.append(time.perf_counter() - begun)
    return statistics.median(took), answer


def _reconciled(home: Path) -> dict[str, float]:
    from xueji.config.main import reach
    from xueji.duties.exchange.reconcile import HereSide, HomeSide, reconcile
    from xueji.ground.accounts.context import acting_system

    told = {"copy_state": 2 * _median(lambda: _copied(_STATE))}
    with reach(home) as conninfo:

        def compare(deep: bool) -> None:
            there = HomeSide(home, conninfo)
            try:
                with acting_system():
                    found = reconcile(HereSide(), there, deep=deep)
            finally:
                there.close()
            if not found.equal:
                raise RuntimeError(f"the nodes differ: {found.differences[:3]}")

        told["reconcile"] = _median(lambda: compare(False))
        told["deep"] = _median(lambda: compare(True))
    return told


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
    which, where, how_many, how_large = sys.argv[1:]
    if which == "district":
        _district_node(Path(where))
    else:
        told = _city_node(Path(where), int(how_many), int(how_large), watched=which == CITY)
        print(json.dumps(told), flush=True)
