# One command for each thing a person does here. `make help` lists them.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
WHEEL := build/wheel
# every Python file that is checked
SOURCES := reasoning_gym agents baselines leaderboard benchmarks examples tests
# tests that tell nothing of a wheel: servers under load, and pure code that is held by other modules or learns for long
NOT_OF_WHEELS := server_under_attack pages_in_chromium families_* checker_* grpo ppo_llm supervised expert_iteration \
	debate step_labels process_reward self_play_critic critic_training selfplay* alpha_zero*
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export TOKENIZERS_PARALLELISM := false

.PHONY: help install demo test test-wheel check bench format clean

help:  ## list these commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; $(PYTHON) is older. Give one: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/agents.stamp: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/pip install --quiet --constraint constraints.txt torch
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[agents]'
	@touch $@

$(VENV)/all.stamp: $(VENV)/agents.stamp
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[all,dev]'
	@touch $@

install: $(VENV)/all.stamp  ## make .venv with everything that development needs

demo: $(VENV)/agents.stamp  ## install, then evaluate the shipped model with three agents (a few minutes)
	$(BIN)/reasoning-gym demo

test: $(VENV)/all.stamp  ## the whole test suite, then most of it on the built wheel with a plug-in installed
	$(BIN)/python -m pytest -n 2 -q
	$(MAKE) test-wheel

test-wheel: $(VENV)/all.stamp
	rm -rf $(WHEEL) dist
	$(BIN)/python -m build --wheel --no-isolation --outdir dist . >/dev/null
	$(PYTHON) -m venv $(WHEEL)
	@# the dependencies come from .venv, this project from the wheel
	$(BIN)/python -c 'import site; print(site.getsitepackages()[0])' > "$$($(WHEEL)/bin/python -c 'import site; print(site.getsitepackages()[0])')/dependencies.pth"
	$(WHEEL)/bin/pip install --quiet --no-deps --no-build-isolation dist/*.whl ./tests/plugin_package
	cd $(WHEEL) && REASONING_GYM_TEST_WHEEL=1 bin/python -m pytest -n 2 -q -p no:cacheprovider --import-mode=importlib -c $(CURDIR)/pyproject.toml --rootdir $(CURDIR) $(CURDIR)/tests \
		$(NOT_OF_WHEELS:%=--ignore-glob='$(CURDIR)/tests/test_%.py')

check: $(VENV)/all.stamp  ## lint, formatting, types, layers, spelling
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/pyright
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell README.md CONTRIBUTING.md CHANGELOG.md docs $(SOURCES)

format: $(VENV)/all.stamp  ## format the code
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

bench: $(VENV)/all.stamp  ## speed, side by side with others where they are installed
	$(BIN)/python benchmarks/env_speed.py
	$(BIN)/python benchmarks/search_speed.py
	$(BIN)/python benchmarks/model_speed.py
	$(BIN)/python benchmarks/family_speed.py
	$(BIN)/python benchmarks/checker_speed.py
	$(BIN)/python benchmarks/checker_load.py
	PYTHONPATH=tests $(BIN)/python benchmarks/leaderboard_load.py --submissions 200 --clients 200 --kills 5
	PYTHONPATH=tests:benchmarks $(BIN)/python benchmarks/challenge_load.py

clean:  ## remove what the commands above have built
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
