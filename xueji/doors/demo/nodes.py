"""A city node and a node for each district on one machine: conducted from the city's process (issue 4 Shows 1).

Each district is a process of its own with a home and an embedded server of its own below the city's home; it takes
instructions as lines of JSON. As many work at a time as there are processors. Between the nodes go packages and
receipts as files, as anywhere; what one node makes or takes in does not wait for the others.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from xueji.doors.demo.city import CITY_CODE, districts_of_2008, plan_city
from xueji.doors.demo.node_play import ARRIVED, SEED, NodePlay
from xueji.doors.demo.play import BUSINESS_DATE, Played
from xueji.doors.demo.run import ROUND, outcome_of
from xueji.doors.demo.transfers import at
from xueji.duties.exchange.reconcile import HereSide, HomeSide, keep, reconcile
from xueji.ground.accounts.context import acting_system
from xueji.pure.kernel.environment import use_environment

AT_A_TIME = max(2, os.cpu_count() or 2)
ALL = 13
FOLDER = "nodes"
#: How many districts receive a pupil from the next one.
_MOVES = 4


class District:
    """A district's node in a process of its own."""

    def __init__(self, home: Path, code: str, pupils: int, districts: int) -> None:
        self.home, self.code = home, code
        environment = {k: v for k, v in os.environ.items() if k not in ("XUEJI_HOME", "DJANGO_SETTINGS_MODULE")}
        command = [
            sys.executable,
            "-m",
            "xueji",
            "--home",
            str(home),
            "demo",
            "--node",
            code,
            "--pupils",
            str(pupils),
            "--districts",
            str(districts),
        ]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )

    def do(self, instruction: Mapping[str, Any]) -> Any:
        """Give an instruction and wait for its answer."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise RuntimeError("the node has no pipe")
        stdin.write(json.dumps(instruction) + "\n")
        stdin.flush()
        line = stdout.readline()
        answer = json.loads(line) if line else {"trouble": "the node's process has ended"}
        if "trouble" in answer:
            raise RuntimeError(f"node {self.code}, {instruction['do']}: {answer['trouble']}")
        return answer["value"]

    def end(self) -> None:
        """Let the process and its server go."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(timeout=120)


def run_nodes(
    home: Path, pupils: int, tell: Callable[[str], None], reach: Callable[[Path], Any], districts: int = ALL
) -> dict[str, Any]:
    """Found and play the nodes with ``pupils`` registered on 2008-09-15; the command's JSON object.

    The districts' homes stand empty and migrated below ``home``.
    """
    whole = plan_city(districts_of_2008()[:districts], pupils, SEED)
    others = [District(home / FOLDER / code, code, pupils, districts) for code, _ in whole.districts]
    try:
        city = NodePlay(home, CITY_CODE, whole, pupils, tell)
        moved = _Conductor(city, others, home / "packages", tell).play()
        with use_environment(city.clock):
            city.clock.move_to(at(BUSINESS_DATE, 8))
            tell("六、核对")
            differing = _reconciled(others, reach, tell)
            outcome = outcome_of(Played(certificates=moved["certificates"]))
        logins = city.do({"do": "logins"}) + [one for d in others for one in d.do({"do": "logins"})]
    finally:
        for other in others:
            other.end()
    return {
        **outcome,
        "transfers_between_nodes": moved["transfers"],
        "filings_acknowledged": moved["filings"],
        "reconciled": not differing,
        "nodes": 1 + len(others),
        "logins": logins,
        "stories": [],
    }


def _reconciled(districts: Iterable[District], reach: Callable[[Path], Any], tell: Callable[[str], None]) -> list[str]:
    """Codes of districts whose book is not the city's, opened to the last seal; the outcomes are kept for the page."""
    differing, here = [], HereSide()
    for district in districts:
        with reach(district.home) as conninfo:
            side = HomeSide(district.home, conninfo)
            try:
                with acting_system():
                    found = reconcile(here, side, deep=True)
                    keep(found, other=district.code, way="home", deep=True)
            finally:
                side.close()
        if not found.equal:
            differing.append(district.code)
            tell(f"{district.code} 与市节点有 {len(found.differences)} 处不一致：{found.differences[:5]}")
    return differing


class _Conductor:
    def __init__(self, city: NodePlay, districts: list[District], folder: Path, tell: Callable[[str], None]) -> None:
        self.city, self.districts, self.folder, self.tell = city, districts, folder, tell
        self._count = 0
        self._pool = ThreadPoolExecutor(AT_A_TIME)
        folder.mkdir(exist_ok=True, mode=0o700)

    def play(self) -> dict[str, int]:
        """The year; how many pupils moved between nodes, and how many proofs were issued."""
        public = [self.city.do({"do": "begin"}), *self._all({"do": "begin"})]
        self.city.do({"do": "trust", "files": public})
        self._all({"do": "trust", "files": public})
        self.city.do({"do": "found"})
        self._down()
        self._all({"do": "found"})
        self.tell("一、建档")
        self._everywhere({"do": "open"})
        self.tell("二、跨节点转学与学年中的转学")
        moved = self._transfers()
        self._everywhere({"do": "year"})
        self.tell("三、四月一日前的报备，首次上报")
        self._all({"do": "filings"})
        self._everywhere({"do": "first_round"})
        self._up()
        filed = self.city.do({"do": "acknowledge"})
        self.city.do({"do": "consolidate", "round_code": "2007-2008", "day": "2008-05-20"})
        self._down()
        self.tell("四、毕业、升级与新生入学")
        self._everywhere({"do": "leave"})
        self._up()  # the city's own schools take leavers of the districts: it must know that they left
        self._everywhere({"do": "turn"})
        self.tell("五、2008 年集中上报")
        self._everywhere({"do": "yearly_round"})
        self._up()
        self.city.do({"do": "consolidate", "round_code": ROUND, "day": "2008-10-15"})
        self._down()
        proofs = sum(self._everywhere({"do": "proofs"}))
        self._up()
        self._down()
        known = sum(self._all({"do": "acknowledged"}))
        if known != filed:
            raise RuntimeError(f"the city acknowledged {filed} filings, the districts know of {known}")
        return {"transfers": moved, "certificates": proofs, "filings": known}

    def _transfers(self) -> int:
        """Some districts ask for a child of the next one: asked, let go, in transit, opened, arrived."""
        asking = [
            one.do({"do": "ask", "child": child})
            for one, other in zip(self.districts[:_MOVES], self.districts[1:], strict=False)
            if (child := other.do({"do": "movable"})) is not None
        ]
        self._up()
        self._down()
        released = sum(int(one) for one in self._all({"do": "release"}))
        self._up()
        self.tell(f"在途学生 {self.city.do({'do': 'in_transit'})} 人，市节点列出")
        self._all({"do": "at_day", "day": "2007-10-22"})
        self._down()
        self._all({"do": "arrive"})
        if released != sum(asking):
            raise RuntimeError(f"{sum(asking)} were asked for, {released} let go")
        self._all({"do": "at_day", "day": ARRIVED.isoformat()})
        return released

    def _all(self, instruction: Mapping[str, Any]) -> list[Any]:
        return [one.result() for one in self._told(instruction)]

    def _told(self, instruction: Mapping[str, Any]) -> list[Future[Any]]:
        return [self._pool.submit(district.do, instruction) for district in self.districts]

    def _everywhere(self, instruction: Mapping[str, Any]) -> list[Any]:
        rest = self._told(instruction)
        return [self.city.do(instruction), *(one.result() for one in rest)]

    def _file(self, to: str) -> str:
        self._count += 1
        return str(self.folder / f"{self._count:04d}-to-{to}.xjp")

    def _up(self) -> None:
        """A package of each district to the city, taken in as they come; receipts back."""
        files = [self._file(CITY_CODE) for _ in self.districts]
        made = [
            self._pool.submit(district.do, {"do": "export", "to": CITY_CODE, "file": file})
            for district, file in zip(self.districts, files, strict=True)
        ]
        noted = []
        for district, file, one in zip(self.districts, files, made, strict=True):
            one.result()
            receipt = self.city.do({"do": "receive", "file": file})
            noted.append(self._pool.submit(district.do, {"do": "receipt", "content": receipt}))
        for one in noted:
            one.result()

    def _down(self) -> None:
        """A package of the city to each district; receipts back."""
        taken = []
        for district in self.districts:
            file = self._file(district.code)
            self.city.do({"do": "export", "to": district.code, "file": file})
            taken.append(self._pool.submit(district.do, {"do": "receive", "file": file}))
        for one in taken:
            self.city.do({"do": "receipt", "content": one.result()})
