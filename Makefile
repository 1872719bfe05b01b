# Everything a clone needs. `make demo` and `make check` set up their own environment in .venv,
# with uv where it is installed and with venv and pip otherwise.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# More arguments for pytest, e.g. PYTEST='-k retry'.
PYTEST :=
UV := $(shell command -v uv 2>/dev/null)

ifdef UV
MAKE_VENV := uv venv --quiet --allow-existing --python $(PYTHON) $(VENV)
INSTALL := uv pip install --quiet --python $(BIN)/python --constraint constraints.txt
else
MAKE_VENV := $(PYTHON) -m venv $(VENV) && $(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
INSTALL := $(BIN)/python -m pip install --quiet --constraint constraints.txt
endif

.PHONY: help demo check test test-all lint format types imports docs pictures clean
.DEFAULT_GOAL := help

help:  ## what there is
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/app  ## start the app on the embedded model, with the starter cases
	$(BIN)/llmopt-tui --embedded

check: lint types imports test  ## everything that has to pass: style, types, imports, tests

test: $(VENV)/dev  ## the tests alone, but for the long ones
	$(BIN)/python -m pytest -n 3 -m "not long" $(PYTEST)

test-all: $(VENV)/dev  ## every test, the long ones too
	$(BIN)/python -m pytest -n 3 $(PYTEST)

lint: $(VENV)/dev  ## style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/dev  ## mypy: strict for the package, its tests and benchmarks too
	$(BIN)/mypy

imports: $(VENV)/dev  ## who may import whom
	$(BIN)/lint-imports

docs: $(VENV)/docs  ## the documentation as a site in site/, every link checked; fetches nothing
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "open site/index.html (for its search: $(PYTHON) -m http.server -d site)"

format: $(VENV)/dev  ## mend the style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

pictures: $(VENV)/dev  ## draw the pictures of README and docs again, into docs/pictures
	$(BIN)/python -m tests.pictures

$(VENV)/app: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11, 2))' || { echo "Python 3.11.2 or newer is needed (set PYTHON=...)" >&2; exit 1; }
	@echo "setting up $(VENV) ..."
	@$(MAKE_VENV)
	@$(INSTALL) --editable '.[embedded,serve]'
	@touch $@

$(VENV)/dev: $(VENV)/app
	@$(INSTALL) --group dev
	@touch $@

$(VENV)/docs: $(VENV)/app
	@$(INSTALL) --group docs
	@touch $@

clean:  ## remove the environment and what tools left behind
	rm -rf $(VENV) .venv-system dist build site .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
