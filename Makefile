# Everything that one types here; `make help` lists it.
# A fresh clone needs python3 (3.11 or newer, with venv) and make, and nothing else: the first
# target that needs more makes .venv and fills it from a lock file, later ones find it ready.

VENV := .venv
RUN := $(VENV)/bin/python
# Once there is an environment, its own Python stands for it. PYTHON=python3.13 chooses another.
PYTHON ?= $(if $(wildcard $(RUN)),$(RUN),python3)
ARGS ?=

UV_VERSION := 0.13.9
UV := build/uv/bin/uv
COMPILE_ANY := $(UV) pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-header $(if $(UPGRADE),--upgrade)
COMPILE := $(COMPILE_ANY) pyproject.toml
LOCKS := requirements.lock requirements-dev.lock tools/requirements-node.lock \
	tools/requirements-stubs.lock

PROOFS := $(sort $(patsubst hil/prove/%.py,%,$(wildcard hil/prove/[a-z]*.py)) \
	$(patsubst hil/prove/%/__main__.py,%,$(wildcard hil/prove/[a-z]*/__main__.py)))

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test lint firmware bench prove lock clean

# $(call environment,demo|dev|lint)
define environment
$(need_python)
@$(PYTHON) tools/environment.py $(1)
endef

define need_python
@command -v $(PYTHON) >/dev/null || { echo "thecal: no $(PYTHON) here; install Python 3.11" \
	"or newer (Debian: apt-get install python3 python3-venv)" >&2; exit 3; }
endef

help: ## Show this list
	@awk 'BEGIN { FS = ":.*## " } /^[a-z]+:.*## / { printf "  make %-8s  %s\n", $$1, $$2 }' \
		$(firstword $(MAKEFILE_LIST))
	@echo
	@echo "  ARGS='...' is handed on to demo, test and prove; PYTHON=python3.13 chooses a Python."

demo: ## The main job on a virtual pump, from nothing
	$(call environment,demo)
	@$(RUN) -m hil.demo $(ARGS)

test: ## Every test that needs no board (ARGS='-k lockout' for some)
	$(call environment,dev)
	@$(RUN) -m pytest -q -rs -n 2 --dist worksteal $(ARGS)

lint: ## Style, types, import directions, firmware rules
	$(call environment,lint)
	@echo "lint: style (ruff)"
	@$(RUN) -m ruff check --quiet --output-format concise .
	@echo "lint: types (pyright)"
	@PYRIGHT_PYTHON_IGNORE_WARNINGS=1 $(RUN) -m pyright -p pyright.host.json
	@$(RUN) -m tools.firmware_stubs
	@PYRIGHT_PYTHON_IGNORE_WARNINGS=1 $(RUN) -m pyright -p pyright.firmware.json
	@echo "lint: structure (imports, firmware rules, mpy-cross, lock files)"
	@$(RUN) -m pytest -q tests/structure

firmware: ## The image for the Pico, build/thecal-pico.uf2 (DEV=1: one with the REPL)
	$(need_python)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "thecal: $(PYTHON)" \
		"is not Python 3.11 or newer: make firmware PYTHON=python3.11" >&2; exit 3; }
	@PYTHONPATH=firmware $(PYTHON) -m image.build $(if $(filter-out 0,$(DEV)),--dev)

bench: ## Figures against limits, into build/bench/bench.json
	$(call environment,dev)
	@test ! -e build/thecal-pico.uf2 || $(MAKE) --no-print-directory firmware DEV=1
	@$(RUN) -m hil.bench $(ARGS)

prove: ## The long proofs, one at a time: PART=powercut, ...
	@test -n "$(PART)" || { echo "thecal: which proof? make prove PART=..." \
		"(there is: $(or $(PROOFS),none yet))" >&2; exit 2; }
	@test -n "$(filter $(PART),$(PROOFS))" || { echo "thecal: no proof called '$(PART)'" \
		"(there is: $(or $(PROOFS),none yet))" >&2; exit 2; }
	$(call environment,dev)
	@$(RUN) -m hil.prove.$(PART) $(ARGS)

lock: $(UV) ## Write the lock files anew from pyproject.toml (UPGRADE=1: newest versions)
	@$(COMPILE) --extra demo --extra build -o requirements.lock
	@$(COMPILE) --extra demo --extra build --extra dev -c requirements.lock -o requirements-dev.lock
	@$(COMPILE) --extra node -c requirements-dev.lock -o tools/requirements-node.lock
	@$(COMPILE_ANY) tools/requirements-stubs.in -o tools/requirements-stubs.lock
	@! grep -n '://' $(LOCKS) || { echo "thecal: an address in a lock file" >&2; exit 1; }
	@echo "lock: $(LOCKS)"

$(UV):
	@echo "lock: getting uv $(UV_VERSION)"
	@$(PYTHON) -m venv build/uv
	@build/uv/bin/pip install -qq uv==$(UV_VERSION)

clean: ## Remove everything that was built, .venv too
	@rm -rf build .venv .hypothesis .pytest_cache .ruff_cache typings
	@find . -name .git -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +
	@echo "clean: done"
