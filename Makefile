# Every command a person or CI runs. `make` alone lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV = $(firstword $(shell command -v uv 2>/dev/null) $(BIN)/uv)
PORT ?= 8000
PEOPLE ?= 30000
SEEDS ?= 1 2 3

.DEFAULT_GOAL := help
.PHONY: help install install-test browser node-clients demo test check format bench proof proof-spark docs sbom release assets lock clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

# uv, where the machine has it or pip can fetch it, else pip alone: the same files, the same hashes. Compiled now: where
# Python may not write beside its sources, every process would compile 1,500 files anew, for 6 seconds.
define get
	$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python $(2) --require-hashes -r $(1) \
	|| $(BIN)/python -m pip install --quiet --disable-pip-version-check $(2) --require-hashes -r $(1)
endef

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	command -v uv >/dev/null || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/installer.txt || true

$(VENV)/installed: requirements/runtime.txt pyproject.toml | $(VENV)/bin/python
	$(call get,requirements/runtime.txt)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	$(BIN)/python -m compileall -q src
	@touch $@

install: $(VENV)/installed ## make .venv with the pinned requirements

$(VENV)/installed-test: $(VENV)/installed requirements/test.txt requirements/datasets.txt
	$(call get,requirements/test.txt)
	$(call get,requirements/datasets.txt,--no-deps)
	@touch $@

install-test: $(VENV)/installed-test ## what the tests and checks need

browser: ## a Chromium for the page tests, where there is none
	@sh tools/install_browser.sh

node-clients: ## the JavaScript FHIR clients that a guide is tried with
	@sh tools/install_node_clients.sh

demo: install ## the main job on a fresh machine: made-up districts, from zip to page
	$(BIN)/suksala demo --people $(PEOPLE) --port $(PORT)

# The JavaScript clients, a minute on a slow line, come while the other tests run: only a journey needs them.
# Journeys keep a world in their database for all of their pages, so they run apart from the tests that expect an empty one.
test: install-test browser ## every test; what .ci/run calls
	sh tools/install_node_clients.sh & $(BIN)/python -m pytest -n 2 --dist loadgroup --ignore tests/journeys; ended=$$?; wait; exit $$ended
	$(BIN)/python -m pytest -n 2 --dist loadfile tests/journeys

check: install-test browser ## format, lint, types, imports, templates, packages past their days, and the tests that each threat names
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	SUKSALA_DATA=build/check $(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/djlint --lint src/suksala/portals/templates
	$(BIN)/python -m tools.check_packages
	$(BIN)/python -m tools.prove_threats

format: install-test ## put the code into form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: install ## figures: ratios against a floor or a peer, in one run
	$(BIN)/python -m benchmarks

proof: install-test browser node-clients ## longer proofs: journeys for several seeds, kill -9, any order, 100,000 tries that hidden rows change nothing, 600 people whom four sessions register at once, a million registrations linked
	SUKSALA_PROOF_SEEDS="$(SEEDS)" $(BIN)/python -m pytest -m journey
	SUKSALA_PROOF_RACERS=600 $(BIN)/python -m pytest tests/unit/identity/test_identity_races.py
	SUKSALA_PROOF_PEOPLE=455000 $(BIN)/python -m pytest -rP tests/accuracy/test_matching_accuracy.py tests/accuracy/test_identity_accuracy.py
	SUKSALA_PROOF_EXAMPLES=100000 $(BIN)/python -m pytest tests/property/test_non_interference.py tests/property/test_hidden_on_pages.py

# Into a folder of its own: half a gigabyte that nothing else needs.
proof-spark: install-test ## registrations weighed on Spark have the weights of one machine (needs Java 17)
	@command -v java >/dev/null || { echo 'java 17: apt-get install openjdk-17-jre-headless' >&2; exit 2; }
	test -d build/spark/pyspark \
	|| $(UV) pip install --quiet --python $(BIN)/python --target build/spark --require-hashes -r requirements/spark.txt \
	|| $(BIN)/python -m pip install --quiet --disable-pip-version-check --target build/spark --require-hashes -r requirements/spark.txt
	PYTHONPATH=$(CURDIR)/build/spark $(BIN)/python -m pytest tests/accuracy/test_spark_weights.py

docs: install ## print docs/reference from the code
	$(BIN)/python -m tools.print_reference

sbom: install-test ## the inventory of packages (CycloneDX) into build/sbom.json
	@mkdir -p build
	$(BIN)/python -m tools.print_sbom > build/sbom.json

release: install-test ## a signed release of this commit into dist/: make release KEY=release.key
	@test -n "$(KEY)" || { echo 'make release KEY=release.key (docs/how-to/make-a-release.md)' >&2; exit 2; }
	$(BIN)/python -m tools.make_release $(KEY)

assets: ## rebuild the vendored style sheets, scripts and fonts (needs Node; not needed to run)
	sh tools/assets/build.sh

lock: ## pin the newest of each requirement within its range (needs uv)
	$(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url requirements/runtime.in -o requirements/runtime.txt
	$(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url requirements/test.in -o requirements/test.txt
	$(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url requirements/installer.in -o requirements/installer.txt
	$(UV) pip compile --quiet --no-deps --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url requirements/datasets.in -o requirements/datasets.txt
	$(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url requirements/spark.in -o requirements/spark.txt
	date -u +%F > requirements/locked.day

clean: ## remove what was built here; data folders stay
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache
