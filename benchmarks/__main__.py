"""``make bench``: measures a whole installation on this machine; a table on standard output, ``var/bench.json``.

    make bench                        all parts at full size (about a quarter of an hour)
    make bench ARGS="--small"         all parts, a tenth of the size (a minute or two)
    make bench ARGS="--only intake"   one part: intake, rebuild, pages, rush, rest, inbox, returns, nodes, cards, bulk,
                                      diplomas
    make bench ARGS="--home DIR"      keeps the town in DIR and finds it there the next time

Figures are told with their goals; a missed goal does not fail the run. Nothing listens or sends but on 127.0.0.1.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from pathlib import Path

from benchmarks.diplomas import SCHOOLS
from benchmarks.report import Report, machine, tell

PARTS = ("intake", "rebuild", "pages", "rush", "rest", "inbox", "returns", "nodes", "cards", "bulk", "diplomas")
ROOT = Path(__file__).resolve().parent.parent


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--small", action="store_true", help="a tenth of the size")
    parser.add_argument("--only", action="append", choices=PARTS, help="only this part (may be repeated)")
    parser.add_argument("--home", type=Path, help="keep the town here and find it there again")
    parser.add_argument("--schools", type=int, help="schools of the town (200, small 20)")
    parser.add_argument("--pupils", type=int, help="pupils a school (1000, small 300)")
    parser.add_argument("--profile", action="store_true", help="where the time of the intake goes")
    parser.add_argument("--out", type=Path, default=ROOT / "var" / "bench.json")
    return parser.parse_args()


def main() -> None:
    """Run the chosen parts in order."""
    chosen = _arguments()
    parts = chosen.only or list(PARTS)
    alone = parts[0] if len(parts) == 1 else ""  # some ask for less than a town
    most = {"cards": 1, "diplomas": SCHOOLS}.get(alone, 200)
    schools = chosen.schools or (min(most, 20) if chosen.small else most)
    pupils = chosen.pupils or (300 if chosen.small else 1000)
    if chosen.home is None:
        (ROOT / "var").mkdir(exist_ok=True)
        path = Path(tempfile.mkdtemp(prefix="bench-", dir=ROOT / "var"))
    else:
        path = chosen.home.absolute()
    os.environ["XUEJI_HOME"] = str(path)
    report = Report(chosen.small, machine())
    try:
        _run(parts, path, schools, pupils, chosen, report)
    finally:
        report.write(chosen.out)
        if chosen.home is None:
            _close()
            shutil.rmtree(path, ignore_errors=True)
    print(report.table())
    tell(f"written to {chosen.out}")


def _run(parts: list[str], path: Path, schools: int, pupils: int, chosen: argparse.Namespace, report: Report) -> None:
    from benchmarks import bulk, cards, diplomas, inbox, intake, nodes, pages, rebuild, returns, rush, town
    from benchmarks.server import serving

    # Schools for small rosters and for the rush stand beside the others.
    little, books = (5, 6) if chosen.small else (10, 30)
    together = parts == ["diplomas"]  # the schools of one bureau
    stage = town.open_town(path, schools + little + books, districts_used=1 if together else None)
    if "intake" in parts:
        most = min(4 if chosen.small else 20, schools // 2)
        at_once = os.cpu_count() or 1
        intake.measure(stage, path, report, workbooks=max(2, most // 4), rows=pupils, processes=1)
        intake.measure(stage, path, report, workbooks=most, rows=pupils, processes=at_once)
        intake.measure_small(stage, report, schools=little - 1)
        if chosen.profile:
            intake.profile(stage, workbooks=4, rows=pupils)
    if set(parts) & {"rebuild", "pages", "rush", "inbox", "returns", "bulk"}:
        town.fill(stage, pupils, leave=books)
    elif set(parts) & {"cards", "diplomas"}:
        town.fill(stage, pupils, leave=books + little)
    if "rebuild" in parts:
        rebuild.measure(path, report, full_size=schools * pupils >= 200_000)
    if set(parts) & {"pages", "rush", "rest"}:
        people = pages.find_people(stage) if set(parts) & {"pages", "rush"} else None
        with serving(path, path / "logs" / "serve.log") as served:
            if "rest" in parts:
                rush.measure_rest(served, report, seconds=5 if chosen.small else 20)
            if people and "pages" in parts:
                pages.measure(served, people, report, seconds=4 if chosen.small else 15)
            if people and "rush" in parts:
                rush.measure(served, stage, people, report, workbooks=books, rows=pupils)
    if "inbox" in parts:
        district = inbox.prepare(stage, wanted=inbox.OPEN // 10 if chosen.small else inbox.OPEN)
        with serving(path, path / "logs" / "serve.log") as served:
            inbox.measure(served, stage, district, report, seconds=4 if chosen.small else 15)
        inbox.clear()
    if "returns" in parts:
        returns.measure(report)
    if "nodes" in parts:
        nodes.measure(path / "nodes", report, schools=schools, pupils=pupils)
    if "cards" in parts:
        cards.measure(stage, path, report, cards=cards.CARDS // 10 if chosen.small else cards.CARDS)
    if "bulk" in parts:  # afterwards the town's year has turned
        bulk.measure(path, report)
    if "diplomas" in parts:  # last: its final grades have left
        diplomas.measure(stage, path, report, diplomas=diplomas.DIPLOMAS // (10 if chosen.small else 1))


def _close() -> None:
    """Leave the home's server, which stops when nobody uses it."""
    from django.db import connections

    connections.close_all()
    import atexit

    atexit._run_exitfuncs()


if __name__ == "__main__":
    main()
