# Everything a newcomer needs: `make demo` and `make test`. Both install what they need into .venv.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
ARGS   ?=

.PHONY: demo test together check format soak bench images docs lock clean

demo: $(VENV)/core  ## label digits in the browser; ARGS="--port 8600" passes words on
	$(BIN)/askwell demo $(ARGS)

# A run starts a hundred processes of ours: compiling them anew each time takes half a minute.
test soak: export PYTHONDONTWRITEBYTECODE =
# Two workers with a thread for each processor wait for one another: tests of 0.05 s took 1.5 s.
test soak: export OMP_NUM_THREADS = 1
test soak: export OPENBLAS_NUM_THREADS = 1
test: $(VENV)/test chromium  ## everything that CI runs
# Types take 20 s of one core, at the start, when the tests' workers do not fill both yet.
	$(MAKE) -j 2 check together
# These measure seconds, and want both cores.
	$(BIN)/pytest -m "alone and not soak" $(ARGS) $$(grep -l pytest.mark.alone tests/*.py)

# In the order of their names: by number of tests, the longest files came last, to one worker.
together: $(VENV)/test
	$(BIN)/pytest -m "not soak and not alone" -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(VENV)/test  ## format, lint, types, imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/test  ## mend what can be mended by a tool
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

soak: $(VENV)/test chromium  ## long kills and floods
	$(BIN)/pytest -m soak $(ARGS)

bench: $(VENV)/test chromium  ## figures into benchmarks/results; data folder from ASKWELL_DATA
	PYTHONPATH=tests $(BIN)/python benchmarks/run.py $(ARGS)

images: $(VENV)/test chromium  ## the README's pictures, from the real thing
	PYTHONPATH=tests $(BIN)/python docs/make_images.py $(ARGS)

docs: $(VENV)/test  ## what is written from the code: the page of query strategies, the schemas
	$(BIN)/python docs/make_strategies.py
	$(BIN)/python docs/make_schemas.py

lock:  ## new versions into the requirements files; needs pip-tools
	$(PYTHON) -m piptools compile $(LOCK) -o requirements.txt pyproject.toml
	$(PYTHON) -m piptools compile $(LOCK) --extra test -c requirements.txt -o requirements-test.txt pyproject.toml
LOCK := -q --upgrade --generate-hashes --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
	--strip-extras --allow-unsafe --no-header --build-deps-for editable

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(VENV)/core: requirements.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "askwell needs Python 3.11 or newer, not " + sys.version.split()[0])'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/pip install -q --disable-pip-version-check --no-build-isolation --no-deps -e .
	touch $@

$(VENV)/test: $(VENV)/core requirements-test.txt
	@# What is compiled at its first import instead is less than half of it.
	$(BIN)/pip install -q --disable-pip-version-check --no-compile --require-hashes -r requirements-test.txt
	touch $@

.PHONY: chromium
chromium: $(VENV)/test  ## a browser for the tests, where none is found
	@PATH="$(BIN):$$PATH" sh tests/get_chromium.sh
