# Two environments, made when they are first needed: .venv-demo has what a user has, .venv also
# what a developer needs. Both hold the versions of constraints.txt, and nothing else does.

PYTHON ?= python3
N ?= 300
export PIP_CONSTRAINT := $(CURDIR)/constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help demo test check format plain bench clean

help:  ## what there is to make
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

demo: .venv-demo/ready  ## walk through it all on generated messages, in a throw-away store
	.venv-demo/bin/clearance demo --lang en

test: .venv/ready  ## every test
	.venv/bin/python -m pytest

check: .venv/ready plain  ## format, lint, types, layers, and a run without developers' packages
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports

plain: .venv-demo/ready
	.venv-demo/bin/clearance --help > /dev/null
	.venv-demo/bin/clearance status --help > /dev/null

bench: .venv/bench  ## ratios to the floor and to what one would otherwise write; N=100000 for the full one
	.venv/bin/python -m benchmarks --declarations $(N)

format: .venv/ready  ## put the code in form
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

clean:  ## remove both environments and every cache
	rm -rf .venv .venv-demo .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.venv/ready: pyproject.toml constraints.txt
	@echo "setting up .venv (once, about a minute)"
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --editable '.[dev]'
	@touch $@

.venv/bench: .venv/ready
	.venv/bin/python -m pip install --quiet --editable '.[bench]'
	@touch $@

.venv-demo/ready: pyproject.toml constraints.txt
	@echo "setting up .venv-demo (once, about half a minute)"
	$(PYTHON) -m venv .venv-demo
	.venv-demo/bin/python -m pip install --quiet --editable .
	@touch $@
