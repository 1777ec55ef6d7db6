# The few commands of this repository. `make demo` needs Python 3.10 or newer, and nothing else.

VENV ?= .venv
BIN := $(VENV)/bin
CANDIDATES := python3.13 python3.12 python3.11 python3.10 python3.14 python3 python
# The first one that runs and is new enough: a name on the path may be a shim for a version that is not installed.
FIND_PYTHON := for p in $(PYTHON) $(CANDIDATES); do \
	"$$p" -c 'import sys, venv; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1 && { echo "$$p"; break; }; done

export PIP_DISABLE_PIP_VERSION_CHECK = 1

.DEFAULT_GOAL := help
.PHONY: help demo test lint soak bench messages screenshots clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# A directory's own time stamp changes with each installed package, so the interpreter stands for the environment.
$(BIN)/python:
	@python=$$($(FIND_PYTHON)); \
	if [ -z "$$python" ]; then \
		echo "Python 3.10 or newer is needed (with its venv module; on Debian: apt install python3-venv)."; exit 1; \
	fi; \
	echo "Making $(VENV) with $$python ..."; \
	"$$python" -m venv "$(VENV)" || { rm -rf "$(VENV)"; echo "The venv module does not work (on Debian: apt install python3-venv)."; exit 1; }

$(VENV)/.installed-demo: pyproject.toml | $(BIN)/python
	@echo "Installing (once; takes a minute or two) ..."
	@$(BIN)/python -m pip install -qq -e ".[demo]"
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(BIN)/python
	@echo "Installing what the tests need (once; takes a minute or two) ..."
	@$(BIN)/python -m pip install -qq -e ".[demo,dev]"
	@touch $@ $(VENV)/.installed-demo

demo: $(VENV)/.installed-demo ## The example site with worker and mail catcher; Ctrl-C stops all of it
	@exec $(BIN)/python example_site/manage.py demo

# Two at a time what only computes, and (by files) what starts browsers and sites; then, one after another, what measures time.
# pytest's 5 means that ARGS named no test of this part.
test: $(VENV)/.installed-dev ## All tests
	@$(BIN)/python -m pytest -n 2 -m "not alone and not served and not soak" $(ARGS); first=$$?; \
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "served and not soak" $(ARGS); second=$$?; \
	$(BIN)/python -m pytest -m "alone and not soak" $(ARGS); third=$$?; \
	for code in $$first $$second $$third; do [ $$code -eq 0 ] || [ $$code -eq 5 ] || exit $$code; done

lint: $(VENV)/.installed-dev ## Linters, layers, templates, migrations
	$(BIN)/ruff check .
	find wagtail_leads -name "*.html" -print0 | xargs -0 $(BIN)/curlylint
	$(BIN)/lint-imports
	$(BIN)/python example_site/manage.py makemigrations --check --dry-run

soak: $(VENV)/.installed-dev ## Long runs: several workers on one database, killed workers
	$(BIN)/python -m pytest -m soak $(ARGS)
	LEADS_RUNS=1000 $(BIN)/python -m pytest tests/concurrency/test_workers.py -k a_thousand_due

bench: $(VENV)/.installed-dev ## Benchmarks: each prints a ratio against a yardstick of the same run
	@set -e; for file in benchmarks/bench_*.py; do echo "== $$file"; $(BIN)/python "$$file"; done

messages: $(VENV)/.installed-dev ## Collect and compile the translations; says what is untranslated (needs gettext)
	$(BIN)/python .ci/messages.py

screenshots: $(VENV)/.installed-dev ## The pictures in README and docs, taken from a running demo
	$(BIN)/python docs/make_screenshots.py

clean: ## Remove the demo's database, files and logs
	rm -rf example_site/var
