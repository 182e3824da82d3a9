"""Histograms of codes and bars of KL: what is counted, and how it is drawn."""

import numpy as np
import plotly.graph_objects as go
import pytest
from numpy.typing import NDArray

from app.ui.charts.bars import Divergence, kl_bars
from app.ui.charts.series import series
from app.views.distributions.charts import (
    DENSITY_LIMIT,
    Distribution,
    histogram_rows,
    overlaid_histograms,
    shared_range,
)
from muvae import InvalidInputError
from muvae.analysis.metrics import fitted_histograms

RNG = np.random.default_rng(0)
CODES = RNG.normal([0.0, 5.0, -2.0], [1.0, 3.0, 0.05], size=(2000, 3))
WIDE_CODES = RNG.normal(0.0, 5.0, size=(2000, 3))


def distributions(*codes: NDArray[np.float64], stds: tuple[float, ...] = ()) -> list[Distribution]:
    styles = [series(f"run{n}", f"Run {n}", n) for n in range(len(codes))]
    return [
        Distribution(style, fitted_histograms(each), std)
        for style, each, std in zip(
            styles, codes, stds or (1.0, 3.0, 3.0)[: len(codes)], strict=True
        )
    ]


def area(trace: go.Scatter) -> float:
    """What lies under a line in steps: each value holds to the next point."""
    return float((trace.y[:-1] * np.diff(trace.x)).sum())


def runs_of(figure: go.Figure) -> list[go.Scatter]:
    return [trace for trace in figure.data if trace.meta]


def test_counts_are_numpys_and_no_code_is_lost() -> None:
    for column, histogram in zip(CODES.T, fitted_histograms(CODES), strict=True):
        counts, _ = np.histogram(column, histogram.edges)
        assert histogram.counts.tolist() == counts.tolist()
        assert histogram.counts.sum() == len(CODES)
        assert histogram.edges[0] == column.min()
        assert histogram.edges[-1] >= column.max()
        assert (histogram.density * np.diff(histogram.edges)).sum() == pytest.approx(1)
        expected, _ = np.histogram(column, histogram.edges, density=True)
        assert histogram.density == pytest.approx(expected)
        assert histogram.central == pytest.approx(np.quantile(column, (0.001, 0.999)))


def test_bins_are_fine_where_the_codes_are_however_far_some_lie() -> None:
    far = np.concatenate([CODES[:, :1], [[30.0]]])
    (histogram,) = fitted_histograms(far)
    assert histogram.counts.sum() == len(far)
    assert np.diff(histogram.edges)[0] < 0.2
    (farther,) = fitted_histograms(np.concatenate([far, [[1e9]]]))
    assert len(farther.counts) <= 400
    assert farther.counts.sum() == len(far) + 1


@pytest.mark.parametrize("value", [0.0, -5.0, 1e6])
def test_codes_that_do_not_vary_are_one_bin_of_area_one(value: float) -> None:
    (histogram,) = fitted_histograms(np.full((50, 1), value))
    assert histogram.counts.tolist() == [50]
    assert np.isfinite(histogram.density).all()
    assert (histogram.density * np.diff(histogram.edges)).sum() == pytest.approx(1)


def test_codes_that_cannot_be_counted_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="finite"):
        fitted_histograms(np.full((5, 2), np.inf))
    with pytest.raises(InvalidInputError, match="bins must be from 1 to 400, not 0"):
        fitted_histograms(CODES, bins=0)


@pytest.mark.parametrize("arrangement", ["overlaid", "rows"])
@pytest.mark.parametrize("narrow", [False, True])
def test_every_panel_shows_its_runs_as_densities_of_area_one(
    arrangement: str, narrow: bool
) -> None:
    shown = distributions(CODES, WIDE_CODES)
    if arrangement == "overlaid":
        figure = overlaid_histograms(shown, narrow=narrow)
    else:
        figure = histogram_rows(shown, shared=True, narrow=narrow)
    drawn = runs_of(figure)
    assert {trace.meta for trace in drawn} == {f"run{n} z{d}" for n in (0, 1) for d in range(3)}
    for trace in drawn:
        assert area(trace) == pytest.approx(1)
        assert trace.line.shape == "hv"
        name, dimension = trace.meta.split(" z")
        histogram = shown[int(name[-1])].histograms[int(dimension)]
        told = np.asarray(trace.customdata)[1:-1]
        assert told[:, 3].tolist() == histogram.counts.tolist()
        assert told[:, 0] == pytest.approx(histogram.edges[:-1], rel=1e-5)
        assert told[:, 1] == pytest.approx(histogram.edges[1:], rel=1e-5)
    panels = {trace.xaxis for trace in drawn}
    assert len(panels) == (3 if arrangement == "overlaid" else 6)
    for panel in panels:
        assert any(trace.xaxis == panel for trace in drawn)


def test_normals_are_the_prior_and_what_the_run_is_sampled_from() -> None:
    figure = overlaid_histograms(distributions(CODES, WIDE_CODES), narrow=False)
    normals = [trace for trace in figure.data if not trace.meta and trace.xaxis == "x"]
    assert [trace.legendgroup for trace in normals] == ["N(0, 1)", "N(0, 3²)"]
    for trace, std in zip(normals, (1.0, 3.0), strict=True):
        expected = np.exp(-0.5 * (trace.x / std) ** 2) / (std * np.sqrt(2 * np.pi))
        assert trace.y == pytest.approx(expected)
    alone = overlaid_histograms(distributions(CODES), narrow=False)
    assert {trace.legendgroup for trace in alone.data if not trace.meta} == {"N(0, 1)"}
    rows = histogram_rows(distributions(CODES, WIDE_CODES), shared=True, narrow=False)
    own = [{it.legendgroup for it in rows.data if it.xaxis == axis} for axis in ("x", "x4")]
    assert own == [{"N(0, 1)", "run0"}, {"N(0, 1)", "N(0, 3²)", "run1"}]


def test_the_legend_names_each_run_once_and_the_normals() -> None:
    shown = distributions(CODES, WIDE_CODES)
    figure = overlaid_histograms(shown, narrow=False)
    names = sorted(trace.name for trace in figure.data if trace.showlegend)
    assert names == ["N(0, 1), the prior", "N(0, 3²), what Figure 6 samples from", "Run 0", "Run 1"]
    rows = histogram_rows(shown, shared=True, narrow=False)
    names = [trace.name for trace in rows.data if trace.showlegend]
    assert names == ["N(0, 1), the prior", "N(0, 3²), what Figure 6 samples from"]
    heads = [note.text for note in rows.layout.annotations if note.text.startswith("<b>")]
    assert heads == ["<b>Run 0</b>", "<b>Run 1</b>"]


def test_rows_share_a_range_or_have_their_own() -> None:
    shown = distributions(CODES, WIDE_CODES)
    shared = histogram_rows(shown, shared=True, narrow=False)
    assert {axis.range for axis in shared.select_xaxes()} == {shared_range(shown)}
    own = histogram_rows(shown, shared=False, narrow=False)
    assert [axis.range for axis in own.select_xaxes()] == [shown[0].central] * 3 + [
        shown[1].central
    ] * 3
    for each, codes in zip(shown, (CODES, WIDE_CODES), strict=True):
        low, high = each.central
        assert ((codes >= low) & (codes <= high)).mean() > 0.99
        assert low <= -3
        assert high >= 3


def test_a_dimension_that_hardly_varies_does_not_flatten_the_others() -> None:
    figure = overlaid_histograms(distributions(CODES, WIDE_CODES), narrow=False)
    tops = [axis.range[1] for axis in figure.select_yaxes()]
    assert max(runs_of(figure)[4].y) > DENSITY_LIMIT
    assert tops[2] == pytest.approx(1.05 * DENSITY_LIMIT)
    assert all(0.4 < top < 0.6 for top in tops[:2])


def test_runs_of_fewer_dimensions_have_fewer_panels() -> None:
    shown = distributions(CODES, WIDE_CODES[:, :2])
    for figure in (
        overlaid_histograms(shown, narrow=True),
        histogram_rows(shown, shared=False, narrow=True),
    ):
        assert len(runs_of(figure)) == 5
    many = distributions(RNG.normal(size=(100, 13)))
    for narrow in (False, True):
        for figure in (
            overlaid_histograms(many, narrow=narrow),
            histogram_rows(many, shared=True, narrow=narrow),
        ):
            assert len({trace.xaxis for trace in runs_of(figure)}) == 13
            domains = [
                (x.domain, y.domain)
                for x, y in zip(figure.select_xaxes(), figure.select_yaxes(), strict=True)
            ]
            assert len(set(domains)) == 13


def divergences() -> list[Divergence]:
    styles = series("a", "A", 0), series("b", "B", 4)
    return [
        Divergence(styles[0], np.array([1.5, 0.002, 0.7]), np.array([True, False, True])),
        Divergence(styles[1], np.array([4e9, 3e9, 5e9]), np.array([True, True, True])),
    ]


@pytest.mark.parametrize("narrow", [False, True])
def test_bars_are_kl_per_dimension_and_dead_ones_are_marked(narrow: bool) -> None:
    figure = kl_bars(divergences(), log=False, narrow=narrow)
    drawn = {}
    for bar in figure.data:
        values, names = (bar.x, bar.y) if narrow else (bar.y, bar.x)
        drawn[bar.meta] = dict(zip(names, values.tolist(), strict=True))
    assert drawn == {
        "a active": {"z0": 1.5, "z2": 0.7},
        "a dead": {"z1": 0.002},
        "b active": {"z0": 4e9, "z1": 3e9, "z2": 5e9},
    }
    active, dead, other = figure.data
    assert [bar.text for bar in figure.data] == ["", "dead", ""]
    assert [bar.marker.pattern.shape for bar in figure.data] == ["", "/", ""]
    assert dead.marker.opacity < active.marker.opacity == 1
    assert dead.offsetgroup == active.offsetgroup != other.offsetgroup
    assert [bar.showlegend for bar in figure.data] == [True, False, True]
    names = figure.layout.yaxis if narrow else figure.layout.xaxis
    assert names.categoryarray == ("z0", "z1", "z2")


def test_a_run_whose_dimensions_are_all_dead_is_in_the_legend() -> None:
    nothing = Divergence(divergences()[0].series, np.zeros(3), np.zeros(3, dtype=bool))
    (bar,) = kl_bars([nothing], log=False, narrow=False).data
    assert bar.showlegend
    assert bar.text == "dead"


def test_a_log_axis_holds_every_bar() -> None:
    figure = kl_bars(divergences(), log=True, narrow=False)
    low, high = figure.layout.yaxis.range
    assert all(low <= np.log10(tick) <= high for tick in figure.layout.yaxis.tickvals)
    assert len(figure.layout.yaxis.tickvals) >= 3
    assert figure.layout.yaxis.type == "log"
    assert low < np.log10(0.002) < np.log10(5e9) < high
    assert kl_bars(divergences(), log=False, narrow=True).layout.xaxis.type == "linear"
    nothing = Divergence(divergences()[0].series, np.zeros(3), np.zeros(3, dtype=bool))
    assert kl_bars([nothing], log=True, narrow=False).layout.yaxis.range == (0, 1)
