# foundationmotion: `make run` and `make test` are all a newcomer needs.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
EXTRAS ?= dev,fast,quality,sam3

.DEFAULT_GOAL := help
.PHONY: help install run test test-slow ui lint types check lock bench detector clean

help: ## Show the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

install: $(STAMP) ## Make .venv and install into it (versions from requirements.lock)

$(STAMP): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version.split()[0])'
	@echo "installing into $(VENV): some minutes the first time (torch alone is several GB on Linux)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --prefer-binary -c requirements.lock -e '.[$(EXTRAS)]'
	@touch $(STAMP)

run: install ## Render a demo corpus, run the whole graph over it, print a summary
	$(BIN)/fm doctor
	$(BIN)/fm demo

test: install ## Run the fast tests
	$(BIN)/python -m pytest -q -m "not slow"

test-slow: install ## Run the slow tests
	$(BIN)/python -m pytest -q -m slow

ui: install ## Open Dagster on localhost
	$(BIN)/fm ui

lint: install ## Check style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: install ## Check types
	$(BIN)/mypy

check: lint types test ## Everything that must hold before a commit
	$(BIN)/dagster definitions validate -w workspace.yaml

lock: ## Renew requirements.lock (needs uv)
	uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --no-emit-index-url --no-header --no-annotate -o requirements.lock

bench: install ## Print the cost of the frame as a ratio
	$(BIN)/python bench/frame_cost.py

detector: install ## Train the bundled detector anew, from rendered scenes alone (about 40 min on 2 free cores)
	$(BIN)/fm train-detector --out fm_resources/detector/bundled

clean: ## Remove the environment and all state
	rm -rf $(VENV) .fm
