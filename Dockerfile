# docker build -t muvae .        docs/DEPLOY.md says how to run it, has the build arguments, and how to
# add checkpoints. `make digests` adds the base image's digest, so that it is always the same one.
ARG PYTHON_IMAGE=docker.io/library/python:3.11-slim

FROM ${PYTHON_IMAGE} AS build
# Where PyTorch's CPU build comes from: one package index, which is asked for nothing else. If it is
# empty, PyTorch is PyPI's: the CUDA build on Linux, of 5 GB.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
# Which version if not the pinned one; with its hash, as in "2.13.0 --hash=sha256:...", it is checked.
ARG TORCH_VERSION=
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /srv
COPY requirements-serve.txt requirements-torch.txt requirements-torch-cpu.txt ./
# Every file is the one that was locked (`make lock`); wheels alone, as what builds from source runs
# build tools that no one has locked. Of the lists of PyTorch, torchvision serves only training.
# Headers and static libraries serve only who compiles against them, test suites and notebook parts
# no one here, and pip is done; `import torch` needs torch_shm_manager. Bytecode is compiled while
# building, by pip and below for the app, because the image runs read-only.
RUN python3 -m venv /venv \
 && if [ -n "$TORCH_VERSION" ]; then echo "torch==$TORCH_VERSION" > torch.txt; \
    elif [ -n "$TORCH_INDEX" ]; then sed '/^torchvision==/,$d' requirements-torch-cpu.txt > torch.txt; \
    else cp requirements-torch.txt torch.txt; fi \
 && /venv/bin/pip install --only-binary :all: --no-deps ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} \
    -r torch.txt \
 && /venv/bin/pip install --only-binary :all: --require-hashes -r requirements-serve.txt \
 && /venv/bin/pip uninstall -q -y torchvision \
 && /venv/bin/pip check \
 && /venv/bin/pip uninstall -q -y setuptools pip \
 && cd /venv/lib/python3*/site-packages \
 && rm -rf torch/include torch/test pandas/tests pyarrow/include pyarrow/tests /venv/share /venv/etc \
 && find torch/bin -type f ! -name torch_shm_manager -delete \
 && find . -name '*.a' -delete
COPY . .
RUN rm requirements*.txt torch.txt \
 && chmod -R u=rwX,go=rX . \
 && /venv/bin/python -m compileall -q app muvae

FROM ${PYTHON_IMAGE}
RUN useradd --uid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin muvae
COPY --from=build /venv /venv
COPY --from=build /srv /srv
WORKDIR /srv
# /tmp is all that need be writable. One thread a server process: sessions share the cores.
ENV PATH=/venv/bin:$PATH PYTHONPATH=/srv PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    HOME=/tmp OMP_NUM_THREADS=1 STREAMLIT_SERVER_SCRIPT_HEALTH_CHECK_ENABLED=true \
    STREAMLIT_SERVER_HEADLESS=true STREAMLIT_SERVER_FILE_WATCHER_TYPE=none \
    STREAMLIT_BROWSER_GATHER_USAGE_STATS=false STREAMLIT_BROWSER_SERVER_ADDRESS=localhost
USER 10001:10001
EXPOSE 8501
# Runs the first page once, and so notices pages that hang or fail, not only a server that does; the
# first such run reads what the first visitor would else wait for. http.client rather than urllib,
# which would send this through a proxy where one is configured.
HEALTHCHECK --interval=30s --timeout=20s --start-period=60s --retries=3 CMD ["python", "-c", \
    "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8501, timeout=18); c.request('GET', '/_stcore/script-health-check'); raise SystemExit(c.getresponse().status != 200)"]
CMD ["python", "-m", "streamlit", "run", "app/main.py", "--server.address=0.0.0.0", "--server.port=8501"]
