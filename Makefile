# What people and CI call. Everything happens in the virtual environment .venv, made on first use.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo bench test test-slow check wheel-test docs clean

# Reconstruct a simulated crystal from 8 starts and write the report.
demo: .venv/installed
	$(BIN)/phasekit demo --force

# A small part of the benchmark suite, as the docs show it.
bench: .venv/installed
	$(BIN)/phasekit bench --side 32 --problem easy --problem small --problem gap \
		--solver er --solver hio --solver raar --solver dm --solver cnn --seeds 5 --out runs/bench --force
	cp runs/bench/bench.json benchmarks/results/bench.json

# The whole test suite, the example plugin's own tests among it.
test: .venv/tested
	$(BIN)/python -m pytest -n auto --maxprocesses 8
	cd examples/plugin && ../../$(BIN)/python -m pytest -q

# The tests that take minutes.
test-slow: .venv/tested
	$(BIN)/python -m pytest -m slow

# Format, lint and types.
check: .venv/tested
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

# Build the wheel, and use it in an environment that cannot see this tree.
wheel-test: .venv/tested
	$(BIN)/python .ci/wheel.py

# Write docs/plugins/ anew from the plugins' own docstrings.
docs: .venv/installed
	$(BIN)/python docs/generate.py

clean:
	rm -rf .venv runs

.venv/bin/python:
	$(PYTHON) -m venv .venv

# A pinned torch first: with none there, the newest brings several GB.
.venv/installed: .venv/bin/python pyproject.toml constraints.txt
	$(PIP) "torch==$$(sed -n 's/^torch==//p' constraints.txt)"
	$(PIP) --editable .
	touch $@

.venv/tested: .venv/installed
	$(PIP) --editable ".[test,lint]"
	$(PIP) ./examples/plugin
	touch $@
