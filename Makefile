# make bench: set up, time everything, print the article's table.   make test: set up, check everything.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PEERS := .venv-peers .venv-tensorflow .venv-pytensor
STAMP := $(VENV)/.installed
LOCAL := results/local
# worksteal gives each worker consecutive files, so that few compile for the same networks
PYTEST := $(BIN)/pytest -q -n auto --dist worksteal
COMMA := ,
# of pip's lines those that tell progress and errors; the stamp tells whether it worked
install = rm -f $@; { $(1)/python -m pip install --disable-pip-version-check --progress-bar off \
	-c $(2) -e '.[$(3)]' 2>&1 && touch $@; } \
	| grep --line-buffered -oE '^(Collecting [^ ]+|Installing collected packages|ERROR.*|error.*)'; \
	test -e $@
LONG := $(shell grep -lE 'tests.kernels.(lengths|examples)|MLP_LADDER_(CALLS|EXAMPLES)' -r tests --include 'test_*.py')

.PHONY: bench setup peers test tests test-peers test-long lint dashboard \
	reference report docs clean help

bench: setup  ## time every kernel on every workload, then the article's table (about 9 minutes with set-up)
	@echo '1 of 2: every kernel on every workload, with pytest-benchmark (about 4 minutes)'
	$(BIN)/pytest --benchmark-only --benchmark-storage=file://./$(LOCAL) --benchmark-save=suite \
		--benchmark-columns=min,median,iqr,rounds,iterations
	@echo '2 of 2: the article'\''s figures'
	$(BIN)/python -m benchmarks article

setup: $(STAMP)  ## fill .venv with all that tests, suite and dashboard need

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=/path/to/it")'
	@echo '1 of 2: an environment in $(VENV) (some seconds)'
	$(PYTHON) -m venv $(VENV)
	@echo '2 of 2: what tests, suite and dashboard need, into $(VENV) (1 to 2 minutes)'
	@$(call install,$(BIN),constraints.txt,dev)

test: setup  ## check everything that CI checks (12 minutes on 2 cores)
	$(MAKE) --no-print-directory --jobs=2 lint tests

tests: setup  ## run all tests, and every benchmark once, on every core
	$(PYTEST)

# of each environment: what it holds; gigabytes to download, and on disk
WHAT-peers := PyTorch, JAX, ONNX Runtime, LiteRT, Eigen: 0.5 GB (PyTorch with CUDA 3 GB more), 2.1 GB on disk
WHAT-tensorflow := TensorFlow with Keras: 0.5 GB, 2.1 GB on disk
WHAT-pytensor := PyTensor: 0.15 GB, 0.7 GB on disk

peers: $(PEERS:%=%/.installed)  ## fill .venv-peers, .venv-tensorflow, .venv-pytensor with what to compare with (1.1 GB to download, 5 GB on disk)

.venv-%/.installed: pyproject.toml constraints-%.txt
	@echo 'an environment in .venv-$* (some minutes); to download: $(WHAT-$*)'
	$(PYTHON) -m venv .venv-$*
	@$(call install,.venv-$*/bin,constraints-$*.txt,bench$(COMMA)$*)

PEERS-TESTS := test_contract.py test_copies.py peers exchange parts/optimizers cpp

test-peers: peers  ## run the contract of all peers, their own tests and those of conversion, in their environments
	for one in $(PEERS); do $$one/bin/python -m pytest -q -p no:cacheprovider $(PEERS-TESTS:%=tests/kernels/%) || exit 1; done

test-long: setup  ## run a hundred times as many examples, twenty times as many odd calls (about an hour)
	MLP_LADDER_EXAMPLES=2500 MLP_LADDER_CALLS=20000 $(PYTEST) $(LONG)

lint: setup  ## check style and types with ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

dashboard: setup  ## time the commits that lack results, publish the history, serve it on loopback
	$(BIN)/python -m benchmarks dashboard

reference: setup peers  ## measure the committed reference runs anew (some hours; leave the machine alone)
	$(BIN)/python -m benchmarks reference $(RUNS)

report: setup  ## write the report, results/figures and the generated documents from the reference runs
	$(BIN)/python -m benchmarks report --reference
	$(BIN)/python -m benchmarks readme

docs: setup  ## build the site of all documents in build/docs, offline, and run the notebook
	PYTHONPATH=$(CURDIR) $(BIN)/python -m sphinx -q -W --keep-going -E -c docs \
		-D nb_execution_mode=force . build/docs
	@echo "open build/docs/index.html"

clean:  ## remove environments, builds and caches
	rm -rf $(VENV) $(PEERS) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

help:  ## list these targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12
