"""The page Objectives in Chromium: formulas, charts that follow the sliders, links that hold."""

from urllib.parse import parse_qs

import browser
import pytest
from browser import Server, settle, until, visit
from playwright.sync_api import Locator, Page, expect

from app.ui.objective_cards import card_of
from app.views.objectives import penalty
from muvae import OBJECTIVES
from muvae.objectives import Objective

pytestmark = pytest.mark.browser
pytest_plugins = ("browser_fixtures",)


def main(page: Page) -> Locator:
    return page.get_by_test_id("stMain")


@pytest.mark.parametrize(
    "page",
    [None, {"viewport": browser.PHONE, "color_scheme": "dark"}],
    ids=["wide", "phone"],
    indirect=True,
)
def test_formulas_are_rendered_and_none_is_cut_off(page: Page, server: Server) -> None:
    visit(page, server.base, "objectives")
    families = penalty.families().values()
    terms = {term for (first, *_) in families for term in card_of(first).terms}
    formulas = page.locator(".katex-html")
    until(page, lambda: formulas.count() >= len(terms) + len(families))
    assert page.locator(".katex-error").count() == 0
    right = main(page).evaluate("it => it.getBoundingClientRect().right")
    for formula in formulas.all():
        box = formula.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= right
    browser.assert_sound(page)


def test_a_slider_moves_its_own_chart_alone_and_stays_in_the_address(
    page: Page, server: Server
) -> None:
    visit(page, server.base, "objectives")
    dots = """() => [...document.querySelectorAll(".js-plotly-plot")].map((plot) =>
      plot._fullData.filter((trace) => trace.marker?.size === 9).map((trace) => [...trace.x][0]))"""
    assert page.evaluate(dots) == [[-2], [2], []]
    slider = page.get_by_role("slider", name="log σ²")
    slider.focus()
    slider.press("Home")
    until(page, lambda: page.evaluate(dots) == [[-6], [2], []])
    assert "pen-log-var=-6" in page.url
    expect(main(page).get_by_text("μ-VAE (Eq. 6) -6.00: no minimum")).to_be_visible()


def state(page: Page) -> set[str]:
    """What the page's widgets show: checked radios, sliders' values, what is switched on."""
    radios = main(page).get_by_role("radio", checked=True).all_text_contents()
    sliders = main(page).get_by_role("slider").all()
    names = [f"{slider.get_attribute('aria-label')}={slider.input_value()}" for slider in sliders]
    toggles = main(page).get_by_role("checkbox", checked=True).count()
    return {*radios, *names, *["on"] * toggles}


EXPECTED = {
    "reconstructions": {"at random"},
    "samples": {"prior N(0, σ²I)", "σ of μ-VAE#1=3"},
    "samples at one σ": {"prior N(0, σ²I)", "σ of all=1"},
    "traversals": {"the paper's", "the origin"},
    "weakest traversal": {"the paper's", "the origin"},
    "maps by norm": {"t-SNE", "code norm"},
    "distributions": {"sampled", "rows", "shared"},
    "KL per dimension": {"log"},
    "curves": {"test", "log"},
    "toy planes": {"codes"},
}


def test_links_open_the_states_that_they_promise(page: Page, server: Server) -> None:
    """The first link to each view, one by a click and the others by their addresses."""
    links: dict[str, tuple[Objective, str, str, str]] = {}  # by view: of whom, text, address, data
    for dataset in ("Fashion-MNIST", "MNIST"):  # the toy planes are MNIST's
        visit(page, server.base, "objectives", dataset=dataset)
        found = main(page).get_by_test_id("stPageLink-NavLink").locator("visible=true").all()
        told = [
            (first, observation.view)
            for first, *_ in penalty.families().values()
            for observation in card_of(first).observations
        ]
        assert len(found) == len(told)
        for (objective, view), link in zip(told, found, strict=True):
            address = link.get_attribute("href") or ""
            if (view == "toy planes") == (dataset == "MNIST"):
                links.setdefault(view, (objective, link.text_content() or "", address, dataset))
    assert set(links) == set(EXPECTED)
    for position, (view, (objective, text, address, dataset)) in enumerate(links.items()):
        if position:
            path, _, query = address.rpartition("/")[2].partition("?")
            visit(page, server.base, path, **parse_qs(query))
        else:
            visit(page, server.base, "objectives", dataset=dataset)
            main(page).get_by_role("link", name=text).first.click()
        title, _, shown = text.partition(": ")
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        settle(page)
        labels = shown.split(", ")
        assert browser.choices(page) == (dataset, labels)
        assert labels[0] == objective.label
        assert set(labels) <= {each.label for each in OBJECTIVES.values()}
        assert EXPECTED[view] <= state(page), (view, state(page))
        assert len(page.context.pages) == 1
        browser.assert_sound(page)


def test_a_link_wins_over_what_the_session_held(page: Page, server: Server) -> None:
    visit(page, server.base, "traverse", range="measured quantiles", runs="VAE")
    assert "measured quantiles" in state(page)
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Objectives").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Objectives")
    settle(page)
    main(page).get_by_role("link", name="Traverse: β-VAE, VAE").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Traverse")
    settle(page)
    assert "the paper's" in state(page)
    assert browser.choices(page)[1] == ["β-VAE", "VAE"]
