"""What a link asks for that is not to be had: said in one sentence, and something valid shown."""

from pathlib import Path

import numpy as np
import pytest
from helpers import REPOSITORY
from patience import PATIENCE
from streamlit.testing.v1 import AppTest

from app.state import drawing
from app.state.registry import page_parameters
from app.ui.markdown import quoted

MAIN = REPOSITORY / "app" / "main.py"
Query = dict[str, str | list[str]]
PAGES = (
    *("reconstruct", "sample", "traverse", "clusters", "interpolate", "arithmetic", "training"),
    *("distributions", "results", "toy_plane", "objectives"),
)


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, checkpoints: Path) -> AppTest:
    monkeypatch.setenv("MUVAE_CHECKPOINTS", str(checkpoints))
    return AppTest.from_file(str(MAIN), default_timeout=PATIENCE)


def follow(app: AppTest, query: Query, page: str = "") -> list[str]:
    """Open a link; what the user is told of it. AppTest begins at the default page."""
    for name, value in query.items():
        app.query_params[name] = value
    told = [toast.value for toast in app.run().toast]
    if page:
        told += [toast.value for toast in app.switch_page(f"views/{page}/page.py").run().toast]
    assert not app.exception
    return told


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("", {"dataset": "Fashion-MNIST", "runs": ["μ-VAE#2", "VAE"], "count": "10"}),
        ("", {"dataset": "MNIST", "choose": "at random", "reconstruct-seed": "0", "count": "3"}),
        ("", {"choose": "by index", "indices": "7, 3-5", "image": "4"}),
        ("", {"choose": "draw", "drawing": drawing.pack(np.full((28, 28), 7, np.uint8))}),
        ("", {"x-range": "shared", "enlarge": "none", "t": "0.5", "sigma-mu-vae-2": "3"}),
        ("sample", {"source": "aggregate posterior", "samples": "64"}),
        ("sample", {"one-sigma": "TRUE", "sigma": "2.5", "seed": "5.0"}),
        ("sample", {"sigma-vae": "3", "sigma-mu-vae-1": "0"}),
        ("traverse", {"z": "0.5,-1", "strip": "z3", "pad": "4,2", "from": "a test image"}),
        ("clusters", {"points": "3.9.20", "focus": "9", "map": "PCA"}),
        ("clusters", {"hidden": "9.0", "zoom-vae": "60,0,1", "zoom-mu-vae-1": "2.5,0.1,0.2"}),
        ("interpolate", {"start-kind": "class mean", "start-mean": "1", "steps": "40", "t": "1"}),
        ("arithmetic", {"clip": "false", "amount": "0.25", "a-image": "59"}),
        ("", {"runs": ""}),
    ],
)
def test_what_can_be_shown_is_not_spoken_of(app: AppTest, page: str, query: Query) -> None:
    assert follow(app, query, page) == []


@pytest.mark.parametrize(
    ("page", "query", "named"),
    [
        ("", {"nonsense": "1"}, ["nonsense=1"]),
        ("", {"dataset": "Foo"}, ["dataset=Foo"]),
        ("", {"runs": ["VAE", "foo"]}, ["runs=foo"]),
        ("", {"runs": "../../etc/passwd"}, ["runs=../../etc/passwd"]),
        ("", {"count": "25", "reconstruct-seed": "abc"}, ["count=25", "reconstruct-seed=abc"]),
        ("", {"count": "nan", "choose": ""}, ["count=nan", "choose="]),
        ("", {"count": ["3", "5"]}, ["count=3"]),
        ("", {"image": "58"}, ["image=58"]),
        ("", {"choose": "draw", "drawing": "junk"}, ["drawing=junk"]),
        ("", {"sigma-foo": "2"}, ["sigma-foo=2"]),
        ("sample", {"sigma-vae": "9", "samples": "17"}, ["sigma-vae=9", "samples=17"]),
        ("sample", {"one-sigma": "yes"}, ["one-sigma=yes"]),
        ("traverse", {"z": "2", "strip": "z10", "pad": "0,1,2"}, ["z=2", "strip=z10", "pad=0,1,2"]),
        ("traverse", {"z": "x", "from": "<b>"}, ["z=x", "from=<b>"]),
        ("clusters", {"points": "3.10000"}, ["points=3.10000"]),
        ("clusters", {"points": "bAAAA", "color": "%ff%00"}, ["points=bAAAA", "color=%ff%00"]),
        ("clusters", {"hidden": "3.10", "zoom-vae": "2,0"}, ["hidden=3.10", "zoom-vae=2,0"]),
        ("clusters", {"zoom-vae": "61,0,0", "hidden": "3.3"}, ["zoom-vae=61,0,0", "hidden=3.3"]),
        ("", {"zoom-foo": "2,0,0"}, ["zoom-foo=2,0,0"]),
        ("interpolate", {"t": "1.01", "steps": "41"}, ["t=1.01", "steps=41"]),
        ("arithmetic", {"a-kind": "sum", "b-mean": "10"}, ["a-kind=sum", "b-mean=10"]),
        ("objectives", {"pen-mu": "1e9"}, ["pen-mu=1e9"]),
    ],
)
def test_what_cannot_be_shown_is_named_in_one_sentence(
    app: AppTest, page: str, query: Query, named: list[str]
) -> None:
    (told,) = follow(app, query, page)
    assert told.startswith("The link’s ")
    assert told.endswith(" could not be used; the usual is shown instead.")
    for each in named:
        assert quoted(each, 99) in told
    assert told.count("`") == 2 * len(named)
    assert not app.error
    assert app.run().toast == [], "it is said once"


HOSTILE = {
    "long": "A" * 100_000,
    "markup": "<script>alert(1)</script>",
    "markdown": "`![x](http://evil.example/x.png) :red[**x**] $x$`",
    "control": "a\x00\x1b[31m\u202e\r\nb",
    "path": "../../../../etc/passwd",
    "not a number": "NaN",
    "infinite": "-inf",
    "percent": "%00%ff%c0%af",
    "digits": "9" * 4000,
    "other digits": "٣",
}


@pytest.mark.parametrize("value", HOSTILE.values(), ids=list(HOSTILE))
def test_hostile_values_everywhere_do_no_harm(app: AppTest, value: str) -> None:
    known = {name for page in PAGES for each in page_parameters(page) for name in each.names}
    names = sorted(known - {"choose"}) if len(value) < 2000 else ["seed", "indices"]
    query: Query = {name: [value, value] for name in names}
    query |= {"sigma-vae": value, value[:3000]: "1"}
    told = follow(app, query)
    for page in PAGES[1:]:
        app.switch_page(f"views/{page}/page.py").run()
        assert not app.exception
        assert not app.error
        told += [toast.value for toast in app.toast]
    assert len(told) >= 1
    for sentence in told:
        assert sentence.endswith(" could not be used; the usual is shown instead.")
        assert len(sentence) < 400
        assert sentence.replace("`", "").isprintable()
        assert all("`" not in span for span in sentence.split("`")[1::2])
    assert sum(map(len, app.query_params)) < 1000


def test_a_page_says_it_when_it_is_opened(app: AppTest) -> None:
    """A parameter of another page waits until somebody goes there."""
    assert follow(app, {"seed": "abc", "range": "measured quantiles"}) == []
    (told,) = [toast.value for toast in app.switch_page("views/sample/page.py").run().toast]
    assert "`seed=abc`" in told
