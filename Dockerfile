# docker build -t muvae . && docker run --rm -p 8501:8501 --read-only --tmpfs /tmp muvae
# docs/DEPLOY.md has the build arguments and how to add checkpoints.
ARG PYTHON_IMAGE=docker.io/library/python:3.11-slim

FROM ${PYTHON_IMAGE} AS build
# Where PyTorch's CPU build comes from (a package index), and which version if not the pinned one.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
ARG TORCH_VERSION=
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /srv
COPY requirements-serve.txt constraints.txt ./
# torch alone comes from its index; the second install then finds it there, and adds what it needs.
# Headers and static libraries serve only who compiles against them, test suites and notebook parts
# no one here, and pip is done; `import torch` needs torch_shm_manager. Bytecode is compiled while
# building, by pip and below for the app, because the image runs read-only.
RUN if [ -n "$TORCH_VERSION" ]; then sed -i "s/^torch==.*/torch==$TORCH_VERSION/" requirements-serve.txt; fi \
 && python3 -m venv /venv \
 && /venv/bin/pip install --no-deps --index-url "$TORCH_INDEX" "$(grep '^torch==' requirements-serve.txt)" \
 && /venv/bin/pip install -r requirements-serve.txt \
 && /venv/bin/pip check \
 && /venv/bin/pip uninstall -q -y setuptools pip \
 && cd /venv/lib/python3*/site-packages \
 && rm -rf torch/include torch/test pandas/tests pyarrow/include pyarrow/tests /venv/share /venv/etc \
 && find torch/bin -type f ! -name torch_shm_manager -delete \
 && find . -name '*.a' -delete
COPY . .
RUN rm requirements-serve.txt constraints.txt \
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
