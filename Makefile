# Every target first sets up what it needs, on any machine with make and python3 (3.11 or newer).
.DEFAULT_GOAL := help
.PHONY: help run test check format protos openapi docs bench image fuzz faults clean

PYTHON ?= python3
# Tests run these targets in the venv that they have: VENV=folder BOOTSTRAP=:
VENV ?= .venv
BOOTSTRAP ?= $(PYTHON) -m scripts.bootstrap
# Programs such as buf are called by name by what runs below.
IN_VENV := PATH="$(abspath $(VENV))/bin:$$PATH"

help: ## Print this list
	@awk 'BEGIN {FS=":.*## "} /^##@/ {print "\n" substr($$0,5)} \
	  /^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ Try
run: ## Start server and gateway with demo people; DATA=folder keeps them elsewhere
	@$(BOOTSTRAP) run
# Unquoted, so that make starts it without a shell, which Ctrl-C would end before the demo.
	@$(VENV)/bin/python -m demo $(if $(DATA),--data $(DATA))

##@ Work on it
# Most of the time the tests wait, so that three run at once; some only by themselves. What ARGS
# names may be all of one kind: 5 is pytest's exit code where it finds nothing to run.
test: ## Run all tests, against real servers; ARGS='-k word' runs some
	@$(BOOTSTRAP) test
	@$(IN_VENV) pytest -m "not alone" --numprocesses 3 --dist loadscope $(ARGS) || test $$? = 5
	@$(IN_VENV) pytest -m alone $(ARGS) || test $$? = 5

check: ## Lint, types, protos, generated code and docs, import arrows
	@$(BOOTSTRAP) test
	@$(IN_VENV) ruff check .
	@$(IN_VENV) ruff format --check .
	@$(IN_VENV) mypy
	@$(IN_VENV) buf lint
	@$(IN_VENV) python -m scripts.check_breaking
	@$(IN_VENV) python -m scripts.check_generated
	@$(IN_VENV) python docs/generate_settings.py --check
	@$(IN_VENV) python -m scripts.openapi --check
	@$(IN_VENV) lint-imports

format: ## Write all Python as ruff formats it
	@$(BOOTSTRAP) test
	@$(IN_VENV) ruff check --fix-only --quiet .
	@$(IN_VENV) ruff format .

protos: ## Generate client/src/getme/v1 from the protos
	@$(BOOTSTRAP) test
	@$(IN_VENV) python protos/generate.py

openapi: ## Write the OpenAPI documents from the protos
	@$(BOOTSTRAP) test
	@$(IN_VENV) python -m scripts.openapi

docs: ## Write docs/settings.md from the settings classes
	@$(BOOTSTRAP) test
	@$(IN_VENV) python docs/generate_settings.py

bench: ## Measure CPU per call beside a bare gRPC server
	@$(BOOTSTRAP) bench
	@$(IN_VENV) python -m bench

image: ## Assemble an OCI image in dist/image; as root, on Debian 12 with umoci
	@$(BOOTSTRAP) test
	@$(IN_VENV) python -m scripts.image dist/image

fuzz: ## Look for tokens and key sets that break the rules; SECONDS=n each
	@$(BOOTSTRAP) fuzz
	@$(IN_VENV) python -m fuzz $(SECONDS)

faults: ## Kill, freeze and cut off all there is, and tell figures; over an hour
	@$(BOOTSTRAP) test
	@$(IN_VENV) GETME_TEST_LONG=1 pytest --timeout 900 $(ARGS) tests/faults/three_nodes tests/faults/freshness tests/faults/odd_conditions

##@ Tidy up
clean: ## Remove the venv, tools and caches, and the demo's data
	@rm -rf .venv .tools .demo .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
