# `make run` and `make test` set up all they need on their own, on a machine with git, make and Python.

PYTHON ?= python3
PORT ?= 8000

VENV := .venv
BIN := $(VENV)/bin
# A virtual environment holds absolute paths: in a tree that was moved or copied it is made anew.
MADE := $(VENV)/made-in-$(shell printf %s '$(CURDIR)' | cksum | cut -d ' ' -f 1)
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation
CATALOGUES := $(wildcard partyadmin/translations/*/LC_MESSAGES/*.po)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup run test bench lock messages pictures

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/catalogues ## make .venv with the locked dependencies and the command partyadmin

run: setup ## start the registry on http://127.0.0.1:8000 (make run PORT=8001 for another port)
	@$(BIN)/partyadmin run --port $(PORT)

test: setup $(VENV)/development ## check everything: style, types, tests, browser tests
	@.ci/debian-packages chromium chromium-driver fonts-noto-cjk || echo "browser tests are skipped"
	@$(BIN)/partyadmin check

bench: setup $(VENV)/development ## measure
	@$(BIN)/python -m bench

pictures: setup $(VENV)/development ## make the pictures of the user guide anew
	@PICTURES=$(VENV)/pictures $(BIN)/python -m pytest -q tests/browser/test_faces.py -k guide
	@mkdir -p docs/pictures && cp $(VENV)/pictures/guide/*.png docs/pictures/

messages: $(VENV)/project ## bring new words of the schema and the program into the catalogue, to be translated
	@$(BIN)/pybabel --quiet extract -F babel.cfg -k lazy_gettext --no-location --sort-output --no-wrap -o $(VENV)/partyadmin.pot .
	@$(BIN)/pybabel --quiet update -i $(VENV)/partyadmin.pot -d partyadmin/translations -D partyadmin \
		--no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --no-wrap

lock: ## choose the newest dependencies that go together, for all lock files
	@.ci/lock

$(MADE):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3"; exit 1; }
	@echo "setting up .venv, once"
	@# Debian keeps a part of venv in a package of its own.
	@$(PYTHON) -m venv --clear $(VENV) >/dev/null 2>&1 \
		|| { .ci/debian-packages python3-venv && $(PYTHON) -m venv --clear $(VENV); }
	@touch $@

$(VENV)/runtime: requirements-build.lock requirements.lock $(MADE)
	@$(INSTALL) --require-hashes -r requirements-build.lock
	@# One dependency comes as a source archive only; it is built with the locked setuptools.
	@$(INSTALL) --use-pep517 --require-hashes -r requirements.lock
	@touch $@

$(VENV)/development: requirements-dev.lock $(VENV)/runtime
	@$(INSTALL) --use-pep517 --require-hashes -r requirements-dev.lock
	@touch $@

$(VENV)/project: pyproject.toml $(VENV)/runtime
	@$(INSTALL) --no-deps --editable .
	@touch $@

$(VENV)/catalogues: $(CATALOGUES) $(VENV)/project
	@$(if $(CATALOGUES),$(BIN)/pybabel --quiet compile -d partyadmin/translations -D partyadmin)
	@touch $@
