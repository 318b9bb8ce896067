# make setup   the environment in .venv, from requirements.lock; with TORCH=cpu PyTorch comes without its CUDA libraries
# make demo    set-up, then the main job on drawn chests: train, evaluate, read; ends with a report to open
# make test    every test          make check   formatting, lint, types
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode
TORCH ?= locked

.PHONY: setup torch-locked torch-cpu demo test check fmt lock

setup: $(VENV)/.ready

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Hilum needs Python 3.11 or later: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(MAKE) --no-print-directory torch-$(TORCH)
	$(INSTALL) --no-deps --editable .
	@touch $@

torch-locked:
	$(INSTALL) --require-hashes -r requirements.lock

# The CPU's own wheels carry other hashes than the lock's: PyTorch is held to its locked version, all else to its hash too.
torch-cpu:
	$(INSTALL) --no-deps --torch-backend=cpu $$(grep -oE '^torch(vision)?==[^ ]+' requirements.lock)
	awk '/^[a-z]/ {keep = !/^(torch|torchvision|triton)==|^(cuda|nvidia)-/} keep' requirements.lock > $(VENV)/rest.lock
	$(INSTALL) --no-deps --require-hashes -r $(VENV)/rest.lock

demo: setup
	$(BIN)/hilum demo --out demo

test: setup
	$(BIN)/python -m pytest -n 2 --dist loadfile

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

fmt: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock:
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --all-extras --group dev -q -o requirements.lock pyproject.toml
