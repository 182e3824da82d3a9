"""The app's entry point: page set-up, navigation, and the server around them."""

import streamlit as st
from starlette.middleware import Middleware

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
        ]
    )
    draw_sidebar()
    page.run()
else:  # `streamlit run` imports it, once, for the server
    app = st.App(
        __file__,
        middleware=[Middleware(RootAddress, base_path=st.get_option("server.baseUrlPath"))],
    )
