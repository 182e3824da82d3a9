"""The app's entry point: page set-up, navigation, and the server around them."""

import streamlit as st
from starlette.middleware import Middleware

from app import address, tour
from app.arguments import take_arguments
from app.download_routes import download_routes
from app.failures import tell
from app.forgetting import forget_left_widgets
from app.headers import SafeHeaders
from app.live_routes import live_routes
from app.plane_routes import plane_routes
from app.selection import draw_sidebar
from app.server import (
    KeptStatic,
    RootAddress,
    send_at_once,
    share_memory,
    spare_imports,
    tidy_up,
)
from app.stamps import looking_once

if __name__ == "__main__":  # Streamlit runs this file as a script, once a rerun
    st.set_page_config(page_title="μ-VAE latent explorer", page_icon="🔬", layout="wide")
    forget_left_widgets()
    page = st.navigation(
        [
            st.Page(
                "views/reconstruct.py",
                title="Reconstruct",
                icon=":material/compare:",
                help="Images, your own too, and what every run makes of them: error, code, guess.",
                default=True,
            ),
            st.Page(
                "views/sample.py",
                title="Sample",
                icon=":material/casino:",
                help="Draws from prior or aggregate posterior, the same noise for all runs.",
            ),
            st.Page(
                "views/traverse.py",
                title="Traverse",
                icon=":material/tune:",
                help="Move along each latent dimension of every run at once.",
            ),
            st.Page(
                "views/clusters.py",
                title="Clusters",
                icon=":material/scatter_plot:",
                help="Maps of the test codes: select points to see images and neighbours.",
            ),
            st.Page(
                "views/interpolate.py",
                title="Interpolate",
                icon=":material/linear_scale:",
                help="Between two images, classes, groups or drawings, in every run.",
            ),
            st.Page(
                "views/arithmetic.py",
                title="Arithmetic",
                icon=":material/calculate:",
                help="a − b + c with the codes of images or classes, in every run.",
            ),
            st.Page(
                "views/training.py",
                title="Training",
                icon=":material/show_chart:",
                help="Reconstruction, KL, accuracy and regularization over the epochs.",
            ),
            st.Page(
                "views/distributions.py",
                title="Distributions",
                icon=":material/bar_chart:",
                help="Histograms of the codes and KL divergence, dimension by dimension.",
            ),
            st.Page(
                "views/results.py",
                title="Results",
                icon=":material/fact_check:",
                help="Table 1 beside the paper's, and which of its statements hold.",
            ),
            st.Page(
                "views/toy_plane.py",
                title="Toy plane",
                icon=":material/grid_on:",
                help="Figure 1: nine models with two-dimensional codes; point at a place in one.",
            ),
            st.Page(
                "views/objectives.py",
                title="Objectives",
                icon=":material/functions:",
                help="What each objective is, in words and formulas, and what to look for.",
            ),
        ]
    )
    with looking_once(), address.told():
        tour.draw(page.title, first=page.url_path == "")
        draw_sidebar()
        tour.offer(page.title)
        page.run()
else:  # `streamlit run` imports it, once, for the server
    take_arguments(__file__)
    share_memory()
    spare_imports()
    tidy_up()
    base_path = st.get_option("server.baseUrlPath")
    app = st.App(
        __file__,
        routes=[
            *plane_routes(base_path),
            *live_routes(base_path),
            *download_routes(base_path),
        ],
        middleware=[
            Middleware(SafeHeaders, base_path=base_path),
            Middleware(RootAddress, base_path=base_path),
            Middleware(KeptStatic, base_path=base_path),
        ],
        on_script_error=tell,
        lifespan=send_at_once,
    )
