# All targets set up first; a second set-up is instant. What a target reports stands on stdout,
# all else on stderr.
MAKEFLAGS += --no-print-directory
.PHONY: setup demo test soak bench check lock
.SILENT:
ARGS ?=
SHELL := /bin/bash
# Dozens of processes start in a run: what one compiled, the next one reads.
unexport PYTHONDONTWRITEBYTECODE

setup:
	.ci/setup

# A city with 20,000 pupils, served on http://127.0.0.1:8000. ARGS="--pupils N --no-serve --json" makes it only.
demo: setup
	.venv/bin/xueji demo $(ARGS)

# Style, types, floors of the house; then the fast tests; then the browser.
test: check
	.venv/bin/python -m pytest -n 2 -m "not browser and not slow"
	.venv/bin/python -m pytest -n 2 -m "browser and not slow"

check: setup
	.venv/bin/ruff check .
	.venv/bin/ruff format --check --quiet .
	.venv/bin/mypy
	.venv/bin/lint-imports

# Long and heavy: concurrency, kills, large loads.
soak: setup
	.venv/bin/python -m pytest -m slow

# Prints a table, writes var/bench.json.
bench: setup
	.venv/bin/python -m benchmarks $(ARGS)

# Lock the dependencies again: hashes of all platforms, no addresses (docs/adr/0003).
lock: setup
	.venv/bin/uv pip compile --quiet --generate-hashes --universal --no-emit-index-url --no-header \
	  --group dev pyproject.toml -o requirements.lock
	.venv/bin/uv pip compile --quiet --generate-hashes --universal --no-emit-index-url --no-header \
	  --constraint requirements.lock --extra scale --group scale-build pyproject.toml -o requirements-scale.lock
