"""The app's entry point: page set-up, navigation, and the server around them."""

import streamlit as st
from starlette.middleware import Middleware

from app.plane_routes import plane_routes
from app.selection import draw_sidebar
from app.server import RootAddress

if __name__ == "__main__":  # Streamlit runs this file as a script, once a rerun
    st.set_page_config(page_title="μ-VAE latent explorer", page_icon="🔬", layout="wide")
    page = st.navigation(
        [
            st.Page(
                "views/reconstruct.py",
                title="Reconstruct",
                icon=":material/compare:",
                help="Test images and what every run makes of them: error, code, guess.",
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
                help="Maps of the 10,000 test codes: select points to see images and neighbours.",
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
    draw_sidebar()
    page.run()
else:  # `streamlit run` imports it, once, for the server
    app = st.App(
        __file__,
        routes=plane_routes(st.get_option("server.baseUrlPath")),
        middleware=[Middleware(RootAddress, base_path=st.get_option("server.baseUrlPath"))],
    )
