"""The app's entry point: page set-up, navigation, and the server around them."""

import streamlit as st
from starlette.middleware import Middleware

from app.data.fingerprints import remembered_fingerprints
from app.data.turns import a_turn
from app.pages import PAGES, find_page
from app.server.arguments import take_arguments
from app.server.asgi import (
    KeptStatic,
    RootAddress,
    share_memory,
    spare_imports,
    tidy_up,
)
from app.server.connections import guard_connections
from app.server.download_routes import download_routes
from app.server.failures import tell
from app.server.headers import SafeHeaders
from app.server.lifespan import lifespan
from app.server.live_routes import live_routes
from app.server.origins import KnownOrigins
from app.server.plane_routes import plane_routes
from app.server.sending import InParts
from app.server.unread import bound_unread
from app.server.upload_budget import UploadBudget
from app.server.widget_callbacks import forget_left_widgets
from app.state import url
from app.state.sidebar import draw_sidebar
from app.ui import tour

if __name__ == "__main__":  # Streamlit runs this file as a script, once a rerun
    with a_turn():
        st.set_page_config(page_title="μ-VAE latent explorer", page_icon="🔬", layout="wide")
        forget_left_widgets()
        page = st.navigation(
            [
                st.Page(
                    each.file,
                    title=each.title,
                    icon=each.icon,
                    help=each.help,
                    url_path=each.name,
                    default=each is PAGES[0],
                )
                for each in PAGES
            ]
        )
        with remembered_fingerprints(), url.visited(find_page(page.url_path or PAGES[0].name)):
            tour.draw(page.title, first=page.url_path == "")
            draw_sidebar()
            tour.button(page.title)
            page.run()
else:  # `streamlit run` imports it, once, for the server
    take_arguments(__file__)
    share_memory()
    guard_connections()
    bound_unread()
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
            Middleware(InParts),
            Middleware(SafeHeaders, base_path=base_path),
            Middleware(KnownOrigins, base_path=base_path),
            Middleware(RootAddress, base_path=base_path),
            Middleware(KeptStatic, base_path=base_path),
            Middleware(UploadBudget, base_path=base_path),
        ],
        on_script_error=tell,
        lifespan=lifespan,
    )
