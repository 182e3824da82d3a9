"""Exported pictures and animations: every pixel that of the run's own decode, and the captions."""

import itertools
import math

import numpy as np
import pytest
import torch
from exported import assert_rows, decoded, opened, shipped_runs, training_of
from helpers import SHIPPED

from app.data.toy_planes import TITLES, Square
from app.export.captions import PROJECT, About
from app.export.codes import own_picture_downloads, reconstruct_downloads
from app.export.files import Download, Snapshot, file_name
from app.export.lettering import fitted, font, width, wrapped
from app.views.arithmetic.downloads import Arithmetic, arithmetic_downloads
from app.views.interpolate.downloads import Interpolation, Path, interpolate_downloads
from app.views.sample.downloads import Spread, sample_downloads
from app.views.toy_plane.downloads import tiles, toy_plane_downloads
from app.views.traverse.downloads import Moves, Traversal, traverse_downloads
from app.views.traverse.widget import Place
from muvae import DATASETS, Run, Split, load_run
from muvae.analysis.latent import spherical_path, standard_noise, traverse
from muvae.datasets.test_split import read_test_split
from muvae.models import clip_norm

SIGMA = {"vae": 1.0, "mu-vae-1": 2.5}
POSITIONS = (0.5, 0.0, -0.25, *(0.0,) * 7)


@pytest.fixture(scope="module")
def runs() -> list[Run]:
    return shipped_runs()


@pytest.fixture(scope="module")
def test() -> Split:
    return read_test_split(SHIPPED / "mnist")


def about(page: str, runs: list[Run], *settings: str) -> About:
    return About(page, DATASETS["mnist"], runs, settings)


def made(files: list[Download] | list[Download | Snapshot], what: str) -> bytes:
    """The file of the one download whose name holds these words."""
    (found,) = (each for each in files if what in each.name and isinstance(each, Download))
    return found.make()


def traversal(runs: list[Run]) -> Traversal:
    moves = {
        run.name: Moves(
            [0.0] * 10,
            [-run.objective.traversal] * 10,
            [run.objective.traversal] * 10,
            [*range(10)],
        )
        for run in runs
    }
    return Traversal(about("Traverse", runs, "all at 0"), moves, Place(POSITIONS, 2, (0, 1)))


def placed(run: Run) -> torch.Tensor:
    """The code where POSITIONS stand, from the origin."""
    return torch.tensor(POSITIONS) * run.objective.traversal


def test_samples_are_what_the_runs_decode_of_the_noise(runs: list[Run]) -> None:
    spreads = {
        name: Spread([0.0] * 10, [sigma] * 10, f"σ = {sigma}") for name, sigma in SIGMA.items()
    }
    shown = about("Sample", runs, "prior N(0, σ²I)", "16 images, seed 7")
    data = made(sample_downloads(shown, spreads, count=16, seed=7), ".png")
    for run in runs:
        images = decoded(run, standard_noise(16, 10, 7) * SIGMA[run.name])
        assert_rows(data, [images[row : row + 4] for row in range(0, 16, 4)], scale=2)
    caption = opened(data).info["Description"]
    for words in ("MNIST", "VAE, μ-VAE#1", training_of(runs), "σ²I", "seed 7", PROJECT):
        assert words in caption


def test_strips_are_sweeps_of_the_active_dimension(runs: list[Run]) -> None:
    files = traverse_downloads(traversal(runs), "z2")
    expected = []
    for run in runs:
        values = torch.linspace(-run.objective.traversal, run.objective.traversal, 40)
        here = decoded(run, placed(run)[None])
        strip = decoded(run, traverse(placed(run), 2, values))
        expected.append(np.concatenate([here, strip[::8], strip[-1:]]))
    assert_rows(made(files, "strips-z2"), expected, scale=2)


def test_every_dimension_and_the_planes_of_two(runs: list[Run]) -> None:
    files = traverse_downloads(traversal(runs), "z2")
    run = runs[1]
    values = torch.linspace(-10, 10, 40)
    rows = [decoded(run, traverse(placed(run), axis, values))[::13] for axis in (0, 5, 9)]
    assert_rows(made(files, "dimensions"), rows, scale=1)
    shares = [-1 + (2 * node + 1) / 11 for node in range(11)]
    codes = placed(run).repeat(11, 11, 1)
    codes[..., 0] = 10 * torch.tensor(shares)
    codes[..., 1] = -10 * torch.tensor(shares)[:, None]
    assert_rows(made(files, "planes"), [decoded(run, codes[row, ::3]) for row in (0, 5)], scale=2)


def test_a_sweep_goes_there_and_back_for_ever(runs: list[Run]) -> None:
    data = made(traverse_downloads(traversal(runs), "z2"), "sweep-z2-vae-mu-vae-1.gif")
    animation = opened(data)
    frames: int = animation.n_frames  # type: ignore[attr-defined]
    assert frames == 2 * 40 - 2
    assert animation.info["loop"] == 0
    assert frames * animation.info["duration"] == pytest.approx(6000, rel=0.1)
    assert animation.info["comment"].decode().startswith("MNIST · VAE, μ-VAE#1")
    values = torch.linspace(-10, 10, 40)
    images = decoded(runs[1], traverse(placed(runs[1]), 2, values))
    for frame, step in ((0, 0), (40 - 1, 40 - 1), (40, 40 - 2), (frames - 1, 1)):
        animation.seek(frame)
        assert_rows(animation, [images[step : step + 1]], scale=6)


@pytest.mark.parametrize("spherical", [False, True])
def test_the_steps_of_a_path(runs: list[Run], spherical: bool) -> None:
    paths = {run.name: Path(run.codes.mean[0], run.codes.mean[1], 1.5) for run in runs}
    shown = Interpolation(about("Interpolate", runs), paths, spherical, steps=9, share=0.25)
    files = interpolate_downloads(shown)
    shares = torch.linspace(0, 1, 9)
    for run in runs:
        start, end = run.codes.mean[:2]
        codes = start + shares[:, None] * (end - start)
        if spherical:
            codes = spherical_path(start, end, shares)
        assert_rows(made(files, "steps-vae-mu-vae-1.png"), [decoded(run, codes)], scale=3)


@pytest.mark.parametrize("clip", [False, True])
def test_the_terms_of_a_sum_and_its_result(runs: list[Run], test: Split, clip: bool) -> None:
    terms = {run.name: tuple(3 * run.codes.mean[[4, 5, 6]]) for run in runs}
    shown = Arithmetic(about("Arithmetic", runs), test, terms, ("one", "two", "three"), 1.5, clip)
    files = arithmetic_downloads(shown)
    for run in runs:
        a, b, c = terms[run.name]
        result = a + 1.5 * (c - b)
        if clip and run.name == "mu-vae-1":
            assert result.norm() > 3 * math.sqrt(10)
            result = result * (3 * math.sqrt(10) / result.norm())
        near = (run.codes.mean - result).norm(dim=1).argmin()
        row = [*decoded(run, torch.stack([a, b, c, result])), test.images[near, 0].numpy()]
        assert_rows(made(files, "sum-vae-mu-vae-1.png"), [np.stack(row)], scale=4)
    assert opened(made(files, ".gif")).n_frames == 80  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("factor", "clip", "told"),
    [
        (1.0, False, "‖z‖ 9.49, bound 9.49 ·"),
        (1.0, True, "‖z‖ 9.49, bound 9.49 ·"),
        (2.0, False, "‖z‖ 18.97, bound 9.49: beyond it, where no image is encoded ·"),
        (2.0, True, "‖z‖ 18.97, bound 9.49: clipped back to it ·"),
    ],
)
def test_a_sum_on_the_bound_is_not_said_to_be_beyond_it(
    runs: list[Run], test: Split, factor: float, clip: bool, told: str
) -> None:
    """As the page says it: the norm before clipping, and whether that is beyond the bound."""
    vae, clipped = runs
    generator = torch.Generator().manual_seed(0)
    sphere = clip_norm(100 * torch.randn(100, 10, generator=generator), 3 * math.sqrt(10))
    code = sphere[sphere.double().norm(dim=1).argmax()]
    assert code.double().norm() > 3 * math.sqrt(10)  # as rounding left it
    terms = {run.name: (factor * code, code, code) for run in (vae, clipped)}
    shown = Arithmetic(about("Arithmetic", runs), test, terms, ("a", "b", "c"), 1.0, clip)
    free, bounded = (cell.note for cell in shown.equations())
    assert bounded.startswith(told)
    assert free.startswith(f"‖z‖ {factor * 9.48683:.2f}, means not clipped ·")


def test_reconstructions_stand_under_their_originals(runs: list[Run], test: Split) -> None:
    indices = [3, 1, 4, 15]
    files = reconstruct_downloads(about("Reconstruct", runs), test, indices, 4)
    rows = [test.images[indices, 0].numpy(), *(decoded(r, r.codes.mean[indices]) for r in runs)]
    assert_rows(made(files, "images"), rows, scale=3)
    one = [test.images[[4], 0].numpy(), *(decoded(run, run.codes.mean[[4]]) for run in runs)]
    assert_rows(made(files, "image-4"), one, scale=5)


def test_a_picture_of_ones_own(runs: list[Run], test: Split) -> None:
    picture = np.ascontiguousarray(test.images[8, 0].numpy().T)
    files = own_picture_downloads(about("Reconstruct", runs), picture)
    image = torch.from_numpy(picture)[None, None] / 255
    with torch.inference_mode():
        rows = [decoded(run, run.vae.encode(image).mean) for run in runs]
    assert_rows(made(files, "own-picture"), [picture[None], *rows], scale=5)


def test_planes_are_decoded_as_seen(test: Split) -> None:
    run = load_run(SHIPPED / "mnist-toy" / "tanh-elbo")
    square = Square(0.5, -0.5, 2.0)
    codes = tiles(square)
    assert codes[0].tolist() == pytest.approx([0.5 - 1.9, -0.5 + 1.9])
    assert codes[-1].tolist() == pytest.approx([0.5 + 1.9, -0.5 - 1.9])
    files = toy_plane_downloads(about("Toy plane", [run]), test, {run.name: square})
    images = decoded(run, codes).reshape(20, 20, 28, 28)
    assert_rows(made(files, "decoded"), [images[0], images[19]], scale=1)
    assert "tanh-elbo" in TITLES


def test_the_font_has_the_letters_of_formulas() -> None:
    missing = bytes(font(40).getmask("\uffff"))
    for letter in "μβσ²‖√−≤×·±ε′äéЖ":
        for bold in (False, True):
            drawn = bytes(font(40, bold=bold).getmask(letter))
            assert any(drawn)
            assert drawn != missing, letter


def test_text_is_broken_and_shortened_to_fit() -> None:
    text = "a caption of μ-VAE with many words and one Donaudampfschifffahrtsgesellschaft"
    lines = wrapped(text, 16, 180)
    assert all(width(line, 16) <= 180 for line in lines)
    assert text.startswith(" ".join(itertools.chain(lines[:-1])))
    assert lines[-1].startswith("Donau")
    assert lines[-1].endswith("…")
    assert fitted("short", 16, 180) == "short"


def test_files_say_what_they_are_in_plain_letters() -> None:
    name = file_name("png", "mnist", "Toy plane", "z3 ± σ", runs=["vae", "mu-vae-1"])
    assert name == "muvae-mnist-toy-plane-z3-vae-mu-vae-1.png"
    assert file_name("csv", "", "../x", "a", runs=["r" * 30] * 4) == "muvae-x-a-4-runs.csv"


def test_what_is_of_no_run_names_no_dataset() -> None:
    shown = About("Objectives", DATASETS["mnist"], [])
    assert (shown.title, shown.caption("μ")) == ("Objectives", f"μ · {PROJECT}")
    assert shown.name("penalties", "csv") == "muvae-objectives-penalties.csv"
