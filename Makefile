# make bench: set up, time everything, print the article's table.   make test: set up, check everything.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PEERS := .venv-peers
STAMP := $(VENV)/.installed
LOCAL := results/local
REFERENCE := results/reference
FAST := specialized,jitted,batched,onnx-runtime,pytorch,jax
TRAINERS := specialized,jitted,batched,vectorized,pytorch,jax
GRADIENT := --operation gradient --kernels $(TRAINERS)
TRAIN := --operation train --kernels $(TRAINERS) --sizes 64-30-10
COMMA := ,
ladder = $(BIN)/python -m benchmarks ladder --json $(REFERENCE)/$(1).jsonl $(2)
ARTICLE := 3-3-1 3-3-3-1 64-30-10 100-100-50-10

.PHONY: bench setup peers test test-peers test-long lint dashboard \
	reference reference-training reference-selftest readme clean help

bench: setup  ## time every kernel on every workload, then the article's table (about 5 minutes)
	$(BIN)/pytest --benchmark-only --benchmark-storage=file://./$(LOCAL) --benchmark-save=suite \
		--benchmark-columns=min,median,iqr,rounds,iterations
	$(BIN)/python -m benchmarks article

setup: $(STAMP)  ## fill .venv with all that tests, suite and dashboard need

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=/path/to/it")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

test: setup lint  ## everything CI checks (about 10 minutes)
	$(BIN)/pytest -q -n auto

peers: $(PEERS)/.installed  ## fill .venv-peers with PyTorch, JAX and ONNX Runtime, to compare with (2 GB)

$(PEERS)/.installed: pyproject.toml constraints-peers.txt
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install -q --disable-pip-version-check -c constraints-peers.txt -e '.[bench,peers]'
	touch $@

test-peers: peers  ## the contract over the peers, in their environment
	$(PEERS)/bin/python -m pytest -q -p no:cacheprovider tests/test_contract.py

test-long: setup  ## the property tests with a hundred times as many examples
	MLP_LADDER_EXAMPLES=2500 $(BIN)/pytest -q tests/test_properties.py

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

dashboard: setup  ## time the commits that lack results, publish the history, serve it on loopback
	$(BIN)/python -m benchmarks dashboard

reference: setup peers  ## measure the committed reference runs anew (40 minutes; leave the machine alone)
	$(BIN)/python -m benchmarks article --json $(REFERENCE)/article.jsonl
	$(call ladder,ladder,$(ARTICLE:%=--sizes %))
	for one in 64-30-10_1078 100-100-50-10_1024; do $(call ladder,ladder-batch-$${one%_*}, \
		--sizes $${one%_*} --batch $${one#*_} --kernels $(FAST)); done
	$(MAKE) readme

reference-training: setup peers  ## the same for gradients and training (40 minutes)
	$(BIN)/python -m benchmarks train --kernel specialized --seeds 100 --dtype float32 --json $(REFERENCE)/train-float32.jsonl
	$(call ladder,ladder-gradient-1-one,$(GRADIENT) --batch 1 $(ARTICLE:%=--sizes %))
	$(call ladder,ladder-gradient-2-many,$(GRADIENT) --batch 1078 --sizes 64-30-10)
	$(call ladder,ladder-train-1-float64,$(TRAIN))
	$(call ladder,ladder-train-2-float32,$(TRAIN) --dtype float32)
	$(call ladder,ladder-train-3-threads,$(TRAIN) --threads 2)
	for rows in 0001 0010 0064 1024; do $(call ladder,ladder-wide-$$rows, \
		--operation gradient --kernels specialized$(COMMA)batched --batch $$rows --sizes 784-512-512-10); done
	$(call ladder,published-24-8-2,--operation gradient --kernels specialized$(COMMA)batched --batch 200 --sizes 24-8-2)
	$(call ladder,published-4-32-16-4,--operation train --kernels specialized$(COMMA)batched --batch 10000 --sizes 4-32-16-4 \
		--dtype float32 --threads 2)
	$(MAKE) readme

reference-selftest: setup  ## the same for the self-test of the harness (50 minutes)
	$(BIN)/python -m benchmarks selftest --json $(REFERENCE)/selftest.jsonl
	$(MAKE) readme

readme: setup  ## write the README's tables from the reference run
	$(BIN)/python -m benchmarks readme

clean:
	rm -rf $(VENV) $(PEERS) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

help:
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12
