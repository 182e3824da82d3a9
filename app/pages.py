"""The pages: the one list that navigation, links, tests and benchmarks go by."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """A page: `name` is that of its folder under views/, and its path in the address."""

    name: str
    icon: str
    help: str

    @property
    def title(self) -> str:
        """Its title in the navigation and at its head."""
        return self.name.replace("_", " ").capitalize()

    @property
    def file(self) -> str:
        """Its script, seen from app/."""
        return f"views/{self.name}/page.py"

    @property
    def parameters(self) -> str:
        """The module that lists its parameters (app/state/registry.py)."""
        return f"app.views.{self.name}.parameters"


# In the order of the navigation; the app opens at the first.
PAGES = (
    Page(
        "reconstruct",
        ":material/compare:",
        "Images, your own too, and what every run makes of them: error, code, guess.",
    ),
    Page(
        "sample",
        ":material/casino:",
        "Draws from prior or aggregate posterior, the same noise for all runs.",
    ),
    Page(
        "traverse",
        ":material/tune:",
        "Move along each latent dimension of every run at once.",
    ),
    Page(
        "clusters",
        ":material/scatter_plot:",
        "Maps of the test codes: select points to see images and neighbours.",
    ),
    Page(
        "interpolate",
        ":material/linear_scale:",
        "Between two images, classes, groups or drawings, in every run.",
    ),
    Page(
        "arithmetic",
        ":material/calculate:",
        "a − b + c with the codes of images or classes, in every run.",
    ),
    Page(
        "training",
        ":material/show_chart:",
        "Reconstruction, KL, accuracy and regularization over the epochs.",
    ),
    Page(
        "distributions",
        ":material/bar_chart:",
        "Histograms of the codes and KL divergence, dimension by dimension.",
    ),
    Page(
        "results",
        ":material/fact_check:",
        "Table 1 beside the paper's, and which of its statements hold.",
    ),
    Page(
        "toy_plane",
        ":material/grid_on:",
        "Figure 1: nine models with two-dimensional codes; point at a place in one.",
    ),
    Page(
        "objectives",
        ":material/functions:",
        "What each objective is, in words and formulas, and what to look for.",
    ),
)


def find_page(name: str) -> Page:
    """The page of a name."""
    return next(page for page in PAGES if page.name == name)


def page_file(name: str) -> str:
    """The script of a page, seen from app/, as st.switch_page and st.page_link take it."""
    return find_page(name).file


def page_path(name: str) -> str:
    """Where a page is, under the app's root: at its name; the first page is at the root itself."""
    return "" if name == PAGES[0].name else name
