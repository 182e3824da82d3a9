"""The networks in the browser against torch's, for every run that is shipped."""

import base64
import json
from pathlib import Path

import browser
import numpy as np
import pytest
import torch
from browser import Server, open_page, until
from helpers import SHIPPED
from numpy.typing import NDArray
from playwright.sync_api import Page, Route, expect
from torch import Tensor

from app.data.modules import modules_version
from muvae import DATASETS, Run, Split, list_runs, load_run
from muvae.analysis.latent import standard_noise
from muvae.datasets.test_split import read_test_split
from muvae.images import to_float
from muvae.training.presets import toy_folder

pytestmark = pytest.mark.browser
pytest_plugins = ("browser_fixtures",)

COUNT = 64
FOLDERS = [folder for dataset in DATASETS for folder in (dataset, toy_folder(dataset))]
RUNS = [(folder, entry.name) for folder in FOLDERS for entry in list_runs(SHIPPED / folder)]

# Arrays travel as the base64 of their float32.
_MEASURE = """async ({ modules, run, codes, images }) => {
  const { load } = await import(`${modules}/web/engine/weights.js`)
  const [decoder, encoder] = [await load(run, "decoder"), await load(run, "encoder")]
  const rows = (text, width) => {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
    const values = new Float32Array(bytes.buffer)
    return Array.from({ length: values.length / width },
      (_, row) => values.subarray(row * width, (row + 1) * width))
  }
  const packed = (arrays) => {
    let text = ""
    for (const { buffer } of arrays) {
      text += String.fromCharCode(...new Uint8Array(buffer))
    }
    return btoa(text)
  }
  const posteriors = rows(images, 784).map((image) => encoder.encode(image))
  return {
    images: packed(rows(codes, decoder.latentDim).map((code) => decoder.decode(code))),
    mean: packed(posteriors.map(({ mean }) => mean)),
    log_var: packed(posteriors.map(({ logVar }) => logVar)),
  }
}"""


@pytest.fixture(scope="module")
def checkpoints() -> Path:
    return SHIPPED


@pytest.fixture(scope="module")
def tests() -> dict[str, Split]:
    """The first test images of each dataset."""
    return {dataset: read_test_split(SHIPPED / dataset).take(COUNT) for dataset in DATASETS}


def open_bare_page(page: Page, server: Server) -> None:
    """A page of the server without the app, which can import the app's modules all the same."""
    if page.url != (bare := f"{server.base}/_stcore/health"):
        page.goto(bare)


def measure(
    page: Page, server: Server, run: Run, folder: str, **inputs: Tensor
) -> dict[str, NDArray[np.float32]]:
    """What the browser makes of `codes` and `images` with a run's weights as the server sends them.

    Its decoded `images` [N,784] and its posterior, `mean` and `log_var` [N,D].
    """
    described = {
        "source": f"live/{folder}/{run.name}",
        "version": "test",
        "bound": run.config.latent.bound,
        "latentDim": run.config.latent.dim,
    }
    open_bare_page(page, server)
    packed = {
        name: base64.b64encode(value.contiguous().numpy().tobytes()).decode()
        for name, value in inputs.items()
    }
    modules = f"{server.base}/live/js/{modules_version()}"
    found = page.evaluate(_MEASURE, {"modules": modules, "run": described, **packed})
    return {
        name: np.frombuffer(base64.b64decode(text), "<f4").reshape(COUNT, -1)
        for name, text in found.items()
    }


@pytest.mark.parametrize(("folder", "name"), RUNS, ids=lambda part: part)
def test_codes_and_images_go_through_the_networks_as_in_torch(
    page: Page, server: Server, tests: dict[str, Split], folder: str, name: str
) -> None:
    run = load_run(SHIPPED / folder / name)
    split = tests[folder.removesuffix("-toy")]
    images = to_float(split.images)
    own, drawn = (
        run.codes.mean[: COUNT // 2],
        standard_noise(COUNT // 2, run.codes.mean.shape[1], 5),
    )
    codes = torch.cat([own, drawn * run.objective.sample_std])
    with torch.inference_mode():
        decoded = run.vae.decode(codes).flatten(1).numpy()
        posterior = run.vae.encode(images)
    found = measure(page, server, run, folder, codes=codes, images=images)
    assert np.abs(found["images"] - decoded).max() <= 2e-3
    width = (run.codes.mean.max(dim=0).values - run.codes.mean.min(dim=0).values).numpy()
    assert (np.abs(found["mean"] - posterior.mean.numpy()) / width).max() <= 1e-2
    assert found["log_var"] == pytest.approx(posterior.log_var.numpy(), rel=1e-2, abs=1e-2)


@pytest.mark.parametrize("kind", ["softsign", "conv3d"])
def test_a_network_that_the_browser_lacks_is_decoded_by_the_server(
    page: Page, server: Server, kind: str
) -> None:
    """The page shows what torch decodes, says who decoded it and why, and breaks nowhere."""

    def answer(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, body=with_last_op(response.body(), kind))

    page.route("**/mnist/vae/decoder.safetensors*", answer)
    with page.expect_request(lambda request: "/mnist/vae/decode?" in request.url) as asked:
        open_page(page, server.base, "traverse?dataset=mnist&runs=VAE&runs=β-VAE")
    assert asked.value.method == "POST"
    heading = page.locator(".card .heading").filter(has_text="computes for this run")
    expect(heading).to_have_count(1)
    expect(heading).to_contain_text(f"the engine has no kernel for {kind}")
    until(page, lambda: page.get_by_test_id("strip-vae").get_attribute("data-ready") is not None)
    for name in ("vae", "beta-vae"):
        run = load_run(SHIPPED / "mnist" / name)
        with torch.inference_mode():
            expected = run.vae.decode(torch.zeros(1, run.config.latent.dim)).mul(255)
        found = browser.canvas(page.get_by_test_id(f"live-{name}"))
        assert np.abs(found - expected[0, 0].numpy()).max() <= 1
    browser.assert_sound(page)


def with_last_op(file: bytes, kind: str) -> bytes:
    """Weights whose network ends in an op of another kind."""
    length = int.from_bytes(file[:8], "little")
    header = json.loads(file[8 : 8 + length])
    graph = json.loads(header["__metadata__"]["graph"])
    graph["ops"][-1]["op"] = kind
    header["__metadata__"]["graph"] = json.dumps(graph)
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + file[8 + length :]


def test_all_shipped_runs_are_measured() -> None:
    assert len(RUNS) >= 12


def test_modules_are_kept_by_the_browser_and_found_by_their_version(
    page: Page, server: Server
) -> None:
    base = f"{server.base}/live/js"
    answers = [
        page.request.get(f"{base}/{version}/web/dom/elements.js")
        for version in (modules_version(), "0")
    ]
    assert [answer.headers["cache-control"] for answer in answers] == [
        "private, max-age=86400, immutable",
        "no-store",
    ]
    assert all(answer.headers["content-type"].startswith("text/javascript") for answer in answers)
    assert page.request.get(f"{base}/{modules_version()}/nothing.js").status == 404


def test_a_broken_weight_file_is_refused_in_one_sentence(page: Page, server: Server) -> None:
    open_bare_page(page, server)
    told = page.evaluate(
        """async ({ url }) => {
          const { readSafetensors } = await import(url)
          const file = (header, bytes) => {
            const text = new TextEncoder().encode(JSON.stringify(header))
            const all = new Uint8Array(8 + text.length + bytes)
            new DataView(all.buffer).setBigUint64(0, BigInt(text.length), true)
            all.set(text, 8)
            return all.buffer
          }
          const of = (dtype, shape, end) => ({ weight: { dtype, shape, data_offsets: [0, end] } })
          const long = new ArrayBuffer(16)
          new DataView(long).setBigUint64(0, 2n ** 60n, true)
          return [
            new ArrayBuffer(3), long, file(of("F32", [4], 16), 8), file(of("F64", [1], 8), 8),
            file(of("F16", [3], 4), 4),
          ].map((buffer) => {
            try {
              return `${readSafetensors(buffer).size} tensors`
            } catch ({ message }) {
              return message
            }
          })
        }""",
        {"url": f"{server.base}/live/js/{modules_version()}/web/engine/safetensors.js"},
    )
    assert "shorter than their header" in told[0]
    assert "header is longer" in told[1]
    assert all("weight" in text and "cut short" in text for text in told[2:])
