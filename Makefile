# The five commands of the contract page, and the few that serve them. Paths are relative, so that a folder with a
# space in its name works.

PYTHON ?= $(firstword $(foreach version,python3 python3.13 python3.12 python3.11,$(if $(shell $(version) -c 'import sys; assert sys.version_info >= (3, 11)' 2>/dev/null && echo yes),$(version))))
export CUSTOMERS_HOME ?= data
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: run test slow proofs browser libreoffice corpus fuzz properties killed dev notify explore site pictures bench check audit format lock docs clean

run: .venv/run
	@$(BIN)/python -m assets.cli samples
	@$(BIN)/python -m assets.cli summary

test: .venv/test
	$(BIN)/python -m pytest

slow: .venv/test
	$(BIN)/python -m pytest -m slow --dist loadfile

# A thousand steps beside a naive ledger, then killed processes: the same ones every time. Small data need one thread.
proofs: .venv/test
	POLARS_MAX_THREADS=1 $(BIN)/python -m pytest -m proofs --dist load tests/end_to_end/test_ledger_properties.py \
		tests/end_to_end/test_killed_commands.py
	POLARS_MAX_THREADS=1 $(BIN)/python -m pytest -m proofs -n 0 tests/end_to_end/test_killed_anywhere.py

browser: .venv/test .venv/explore
	$(BIN)/python -m pytest -n 0 -m browser tests/browser

libreoffice: .venv/test
	$(BIN)/python -m pytest -n 0 -m libreoffice tests/end_to_end

corpus: .venv/test
	$(BIN)/python -m tests.corpus

fuzz: .venv/test
	$(BIN)/python -m tests.fuzz

# Other sequences for each seed, ten times as many steps; and every point at which a process can be killed.
SEEDS ?= 1 2

properties: .venv/test
	for seed in $(SEEDS); do CUSTOMERS_PROPERTIES=thousands CUSTOMERS_SEED=$$seed POLARS_MAX_THREADS=1 \
		$(BIN)/python -m pytest -m proofs --dist load tests/end_to_end/test_ledger_properties.py || exit 1; done

killed: .venv/test
	CUSTOMERS_PROPERTIES=thousands POLARS_MAX_THREADS=1 \
		$(BIN)/python -m pytest -m proofs -n 0 tests/end_to_end/test_killed_anywhere.py
	CUSTOMERS_PROPERTIES=thousands POLARS_MAX_THREADS=1 \
		$(BIN)/python -m pytest -m proofs -n 0 tests/end_to_end/test_killed_commands.py tests/end_to_end/test_killed_daemon.py

dev: .venv/run
	@$(BIN)/python -m assets.cli.dev $(if $(PORT),--port $(PORT))

# What `apprise` in a recipient of sources.yaml needs.
notify: .venv/notify

explore: .venv/explore
	@$(BIN)/python -m assets.explore

# Each figure beside its peers' and beside the build before: the last release, or else the commit before this one.
BEFORE ?= $(shell git describe --tags --abbrev=0 2>/dev/null || git rev-parse HEAD~1)

bench: .venv/test .venv-bench/ready .venv-before/of/$(BEFORE)
	rm -rf bench-results
	$(BIN)/python bench/imports.py
	$(BIN)/python bench/imports.py --rows 10000000 --runs 1 --only "Customer Intake" --only "SQL, 8 columns"
	$(BIN)/python bench/small_imports.py
	$(BIN)/python bench/ledger.py
	$(BIN)/python bench/workbooks.py
	$(BIN)/python bench/contacts.py
	$(BIN)/python bench/stripe_accounts.py
	$(BIN)/python bench/values.py
	$(BIN)/python bench/report.py

check: .venv/test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

audit: .venv/run
	@$(BIN)/python docs/audit.py

format: .venv/test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The docs as pages in site/, with the screenshots that `make pictures` made, if it did.
site: .venv-docs/ready
	.venv-docs/bin/python docs/site.py

pictures: .venv/test .venv/explore
	$(BIN)/python -m docs.screenshots build/docs/shots

docs: .venv/run
	$(BIN)/python docs/generate.py

# The locks name packages, versions and hashes, never an address. Needs uv.
lock:
	uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --extra build \
		--custom-compile-command "make lock" -o requirements.lock pyproject.toml
	uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --extra build --extra test \
		--constraint requirements.lock --custom-compile-command "make lock" -o requirements-test.lock pyproject.toml
	uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --extra explore \
		--constraint requirements.lock --custom-compile-command "make lock" -o assets/explore/requirements.lock \
		pyproject.toml
	uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --extra notify \
		--constraint requirements.lock --custom-compile-command "make lock" \
		-o pipelines/notifications/requirements.lock pyproject.toml
	uv pip compile --quiet --generate-hashes --universal --python-version 3.11 \
		--custom-compile-command "make lock" -o docs/requirements.lock docs/requirements.in
	uv pip compile --quiet --generate-hashes --universal --python-version 3.11 \
		--custom-compile-command "make lock" -o bench/requirements-peers.lock bench/requirements-peers.in

clean:
	rm -rf .venv .venv-bench .venv-before .venv-docs bench-results build site data

# Stamps: made again only when a lock changes. A current pip comes first, because the one that Python 3.11 brings
# cannot install this lock with hashes.
.venv/pip:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed"; exit 1; }
	$(PYTHON) -m venv .venv
	$(PIP) install pip==26.3
	@touch .venv/pip

.venv/run: requirements.lock pyproject.toml | .venv/pip
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-build-isolation --no-deps --editable .
	@touch .venv/run

.venv/test: requirements-test.lock .venv/run
	$(PIP) install --require-hashes -r requirements-test.lock
	@touch .venv/test

.venv/explore: assets/explore/requirements.lock .venv/run
	$(PIP) install --require-hashes -r assets/explore/requirements.lock
	@touch .venv/explore

.venv/notify: pipelines/notifications/requirements.lock .venv/run
	$(PIP) install --require-hashes -r pipelines/notifications/requirements.lock
	@touch .venv/notify

.venv-bench/ready: bench/requirements-peers.lock
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip --quiet install pip==26.3
	.venv-bench/bin/python -m pip --quiet install --require-hashes -r bench/requirements-peers.lock
	@touch .venv-bench/ready

# That build with the libraries of its own lock, apart from this checkout; editable, since older wheels lack dagster.yaml.
.venv-before/of/$(BEFORE):
	rm -rf .venv-before
	$(PYTHON) -m venv .venv-before
	.venv-before/bin/python -m pip --quiet install pip==26.3
	mkdir -p .venv-before/source .venv-before/of
	git archive $(BEFORE) | tar -x -C .venv-before/source
	.venv-before/bin/python -m pip --quiet install --require-hashes -r .venv-before/source/requirements.lock
	.venv-before/bin/python -m pip --quiet install --no-build-isolation --no-deps --editable .venv-before/source
	@touch $@

.venv-docs/ready: docs/requirements.lock
	$(PYTHON) -m venv .venv-docs
	.venv-docs/bin/python -m pip --quiet install pip==26.3
	.venv-docs/bin/python -m pip --quiet install --require-hashes -r docs/requirements.lock
	@touch .venv-docs/ready
