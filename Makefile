# Two commands matter: `make demo` and `make test`. The rest are their steps.
PYTHON ?= python3.11
BIN := .venv/bin
# One thread a process: results differ between one and two, and the batch has its own workers.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export OPENCV_LOG_LEVEL := ERROR

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 16

install: .venv/installed  ## the pinned packages and albumen itself, into .venv

.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) --version >/dev/null 2>&1 || { echo "$(PYTHON) was not found: install Python 3.11, or run 'make PYTHON=/path/to/python3.11'."; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q --disable-pip-version-check uv==0.13.8
	$(BIN)/uv pip install -q --python $(BIN)/python -r requirements.lock
	$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

demo: install  ## real photos to a measured picture: the whole line on the embedded set
	$(BIN)/albumen demo

library: install  ## the weights and the demo library only
	$(BIN)/albumen weights fetch --all
	$(BIN)/albumen demo-library

test: lint library  ## every test, the notebooks included
	$(BIN)/python -m pytest -q -n 2 --dist loadfile lib/tests
	$(BIN)/python -m pytest -q -p no:cacheprovider --nbval-lax --nbval-cell-timeout=600 notebooks/0*.ipynb

lint: install  ## style, and that imports only go down
	$(BIN)/ruff check lib notebooks
	$(BIN)/ruff format --check lib notebooks
	$(BIN)/lint-imports

bench-ingest: install  ## ingest beside exiftool on 20,000 generated photos: speed, memory, resuming
	$(BIN)/python -m bench.ingest

bench-faces: install  ## faces verified and grouped on Labeled Faces in the Wild: make bench-faces LFW=FOLDER
	$(BIN)/albumen weights fetch yunet sface dlib-landmarks dlib-resnet mobilefacenet
	$(BIN)/python -m bench.faces_lfw $(LFW)

bench-profile: library  ## mapping 100,000 photos beside UMAP and HDBSCAN: speed, memory, quality
	$(BIN)/albumen run 01_ingest_photos
	$(BIN)/python -m bench.profile

bench-recovery: library  ## what mapping finds of simulated owners' known tastes; POOL=FOLDER for others
	$(BIN)/albumen run 01_ingest_photos
	$(BIN)/python -m bench.recovery $(if $(POOL),--pool $(POOL))

bench-likeness: install  ## portraits of real people against their other photos: make bench-likeness LFW=FOLDER
	$(BIN)/albumen weights fetch --all
	$(BIN)/python -m bench.likeness $(LFW)

bench-generate: library  ## every generator that runs here: seconds, memory, and what our backend adds to diffusers
	$(BIN)/albumen run 01_ingest_photos
	$(BIN)/python -m bench.generate

lab: install  ## JupyterLab on the notebooks
	$(BIN)/jupyter lab --notebook-dir notebooks

lock: install  ## compile requirements.lock again from pyproject.toml
	$(BIN)/uv pip compile -q --no-header --python-version 3.11 --extra test pyproject.toml -o requirements.lock.new
	@{ echo '# Compiled from pyproject.toml for Python 3.11 on Linux x86-64 by `make lock`.'; cat requirements.lock.new; } > requirements.lock
	@rm requirements.lock.new

clean:  ## everything that was made; the photos of others and the cached weights stay
	rm -rf data/interim results/runs results/index.html

.PHONY: help install demo library test lint bench-ingest bench-faces bench-profile bench-recovery bench-likeness bench-generate lab lock clean
.DEFAULT_GOAL := help
