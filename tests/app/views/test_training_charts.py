"""Training curves: which values are drawn, on which axes, under which legend."""

import re
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
import pytest
from apptest import EPOCHS, history

from app.ui.charts.scales import log_ticks, signed_log, signed_ticks
from app.ui.charts.series import Series, legend_above, series
from app.views.training.charts import AccuracyName, Curve, SplitName, training_curves
from muvae import EpochRecord
from muvae.colors import run_color, run_mark

HISTORY = history(45.0, 1.5)
EQ6 = history(4e10, -8e10)


def draw(
    *histories: Sequence[EpochRecord],
    splits: Sequence[SplitName] = ("test",),
    accuracy: AccuracyName = "accuracy_sampled",
    log: bool = False,
    narrow: bool = False,
) -> go.Figure:
    styles = [series(f"run{n}", f"Run {n}", n) for n in range(9)]
    curves = [Curve(style, it) for style, it in zip(styles, histories, strict=False)]
    return training_curves(curves, splits=splits, accuracy=accuracy, log=log, narrow=narrow)


def test_solid_lines_are_test_values_and_dashed_ones_train_values() -> None:
    figure = draw(HISTORY, EQ6, splits=("test", "train"))
    assert len(figure.data) == 4 * 2 * 2
    for dash, split in (("solid", "test"), ("dash", "train")):
        lines = [trace for trace in figure.data if trace.line.dash == dash]
        assert len(lines) == 8
        for trace in lines:
            name, quantity, own = trace.meta.split()
            assert own == split
            records = HISTORY if name == "run0" else EQ6
            expected = [getattr(getattr(record, split), quantity) for record in records]
            scale = 100 if quantity.startswith("accuracy") else 1
            assert trace.y.tolist() == pytest.approx([scale * value for value in expected])
            assert trace.customdata.tolist() == trace.y.tolist()
            assert list(trace.x) == list(range(1, EPOCHS + 1))
            assert split in trace.hovertemplate


def test_accuracy_is_of_sampled_codes_or_of_means() -> None:
    names: tuple[AccuracyName, ...] = ("accuracy_sampled", "accuracy_mean")
    for name in names:
        figure = draw(HISTORY, accuracy=name)
        expected = [100 * getattr(record.test, name) for record in HISTORY]
        assert figure.data[2].y.tolist() == pytest.approx(expected)


def test_one_legend_entry_a_run_toggles_all_its_lines() -> None:
    figure = draw(HISTORY, EQ6, HISTORY, splits=("test", "train"))
    listed = [trace for trace in figure.data if trace.showlegend]
    assert [trace.name for trace in listed] == ["Run 0", "Run 1", "Run 2"]
    for trace in listed:
        group = [it for it in figure.data if it.legendgroup == trace.legendgroup]
        assert len(group) == 8
        assert {it.xaxis for it in group} == {"x", "x2", "x3", "x4"}
        assert {it.line.color for it in group} == {trace.line.color}


def test_a_linear_figure_has_linear_axes() -> None:
    figure = draw(HISTORY, EQ6)
    assert [axis.type for axis in figure.select_yaxes()] == ["linear"] * 4


def test_log_axes_are_for_losses_and_signed_only_where_one_is_not_positive() -> None:
    assert [axis.type for axis in draw(HISTORY, log=True).select_yaxes()] == [
        "log",
        "log",
        "linear",
        "log",
    ]
    figure = draw(HISTORY, EQ6, log=True)
    assert [axis.type for axis in figure.select_yaxes()] == ["log", "log", "linear", "linear"]
    titles = [note.text for note in figure.layout.annotations]
    assert [title for title in titles if "signed log" in title] == [titles[3]]
    drawn = next(trace for trace in figure.data if trace.meta == "run1 regularization test")
    values = np.array([record.test.regularization for record in EQ6])
    assert drawn.customdata.tolist() == values.tolist()
    assert drawn.y == pytest.approx(signed_log(values))
    assert drawn.y == pytest.approx(-np.log10(-values))  # so far from 0, it is the logarithm


def test_ticks_of_the_signed_axis_name_the_values_they_stand_at() -> None:
    axis = list(draw(HISTORY, EQ6, log=True).select_yaxes())[3]
    assert len(axis.tickvals) >= 4
    for place, text in zip(axis.tickvals, axis.ticktext, strict=True):
        mantissa = text.replace("−", "-").replace("</sup>", "")
        value = float(mantissa.replace("10<sup>", "1e"))
        assert signed_log(np.array([value]))[0] == pytest.approx(place)


def test_signed_log_is_odd_rises_and_is_about_linear_at_zero() -> None:
    values = np.array([-1e12, -100.0, -1.0, -0.01, 0.0, 0.01, 1.0, 100.0, 1e12])
    drawn = signed_log(values)
    assert (np.diff(drawn) > 0).all()
    assert drawn == pytest.approx(-drawn[::-1])
    assert drawn[-2:] == pytest.approx([2, 12], abs=1e-4)
    assert drawn[5] == pytest.approx(0.005 / np.log(10), rel=1e-4)


@pytest.mark.parametrize(
    ("low", "high"),
    [(-1e11, 200), (-4e10, -1e7), (-9.9, -5.1), (-3, 2), (-120, 150), (-8.01, -8.0), (-2e7, 4e12)],
)
def test_signed_ticks_lie_between_the_ends_and_are_enough(low: float, high: float) -> None:
    ticks = signed_ticks(low, high)
    assert 3 <= len(ticks) <= 10
    assert ticks == sorted(set(ticks))
    assert low - 1e-9 <= ticks[0] <= ticks[-1] <= high + 1e-9


@pytest.mark.parametrize(
    ("low", "high"), [(15, 51), (1.1, 180), (1, 4e10), (15, 16), (9, 12), (1e-3, 0.5), (1, 1e3)]
)
def test_log_ticks_lie_between_the_ends_and_are_enough(low: float, high: float) -> None:
    ticks = log_ticks(low, high)
    assert 3 <= len(ticks) <= 10
    assert ticks == sorted(set(ticks))
    assert low - 1e-9 <= ticks[0] <= ticks[-1] <= high + 1e-9


def test_an_axis_of_one_value_has_a_tick_there() -> None:
    assert signed_ticks(-5.0, -5.0) == [-5.0]
    assert log_ticks(7.0, 7.0) == [7.0]


def test_one_epoch_is_a_mark_since_it_makes_no_line() -> None:
    figure = draw(HISTORY[:1])
    assert all("markers" in trace.mode for trace in figure.data)
    assert all("markers" not in trace.mode for trace in draw(HISTORY).data)


def test_a_phone_has_one_column() -> None:
    wide, narrow = draw(HISTORY), draw(HISTORY, narrow=True)
    assert len({axis.domain for axis in wide.select_xaxes()}) == 2
    assert len({axis.domain for axis in narrow.select_xaxes()}) == 1
    assert narrow.layout.height > 1.5 * wide.layout.height
    assert narrow.layout.dragmode is False


@pytest.mark.parametrize("count", [8, 12, 24])
def test_no_two_of_many_runs_look_alike(count: int) -> None:
    curves = [Curve(series(f"run{n}", f"Run {n}", n), HISTORY) for n in range(count)]
    figure = training_curves(
        curves, splits=("test",), accuracy="accuracy_mean", log=False, narrow=False
    )
    lines = list(figure.data)[:count]
    assert len({line.line.color for line in lines}) == count
    assert ["markers" in line.mode for line in lines] == [run_mark(n) > 0 for n in range(count)]
    marked = {run_mark(n): line.marker.symbol for n, line in enumerate(lines)}
    assert len(set(marked.values())) == len(marked)


def test_each_mark_has_a_dash_of_its_own() -> None:
    dashes = [Series("a", "A", "#000000", mark).dash for mark in range(20)]
    assert dashes[0] == "solid"
    assert len(set(dashes)) == 20
    assert all(re.fullmatch(r"(\d+px,)+\d+px", dash) for dash in dashes[1:])


def test_a_longer_legend_has_more_room() -> None:
    few, many = (
        legend_above(["μ-VAE#1 (Eq. 6)"] * n, gap=10, plot_height=300, narrow=True) for n in (2, 8)
    )
    assert many[1] > few[1]
    assert few[0]["y"] == pytest.approx(1 + 10 / 300)


def test_a_series_knows_its_run() -> None:
    assert series("x", "VAE", 11) == Series("x", "VAE", run_color(11), run_mark(11))
    assert run_mark(11) > 0
