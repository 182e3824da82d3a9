"""A page of session_state["count"] components of a kind, and what their listeners heard."""

import numpy as np
import streamlit as st
from served import IMAGES, LATENT_DIM

from app.state.map_view import MapView
from app.ui.tiles import tiles
from app.views.arithmetic.widget import arithmetic
from app.views.clusters.widget import maps
from app.views.interpolate.widget import interpolate
from app.views.reconstruct.widget import draw_pad
from app.views.sample.widget import samples
from app.views.toy_plane.widget import Panel, Pointed, planes
from app.views.training.hidden_runs import follow_legend
from app.views.traverse.parameters import Place
from app.views.traverse.widget import traversals
from muvae import DATASETS
from muvae.images import ImageSpec

IMAGE = np.zeros((1, 1, 1), np.uint8)
NONE: dict[str, str] = {}


def hear(*told: object) -> None:
    """Note what a listener is told."""
    st.session_state["heard"].append(told)


for at in range(st.session_state["count"]):
    key = f"component-{at}"
    match st.session_state["name"]:
        case "muvae_arithmetic":
            arithmetic(
                [],
                key=key,
                images=NONE,
                terms={},
                names=("a", "b", "c"),
                clip=False,
                amount=1,
                on_amount=hear,
                note="",
                classes=(),
            )
        case "muvae_draw":
            draw_pad(
                key=key,
                runs=[],
                images=NONE,
                dataset=DATASETS["mnist"],
                picture=None,
                on_drawing=hear,
            )
        case "muvae_interpolate":
            interpolate(
                [],
                key=key,
                images=NONE,
                paths={},
                names=("a", "b"),
                spherical=False,
                steps=2,
                share=0.5,
                on_share=hear,
                note="",
                classes=(),
                colors=(),
            )
        case "muvae_maps":
            maps(
                [{"name": "vae"}, {"name": "mu-vae-1"}],
                key=key,
                images=NONE,
                size=IMAGES,
                method="tsne",
                title="",
                values=None,
                thumbnails=False,
                classes=[""] * 10,
                colors=(),
                selected=(),
                view=MapView(),
                on_select=hear,
                on_view=hear,
            )
        case "muvae_legend":
            follow_legend(["vae", "beta-vae"], key=key, chart="", hidden=(), on_hide=hear)
        case "muvae_plane":
            planes(
                [Panel("one", "One")],
                key=key,
                source="",
                version="",
                image=ImageSpec(28, 28),
                extent="",
                side=1,
                tiles=False,
                classes=(),
                colors=(),
                enlarged=None,
                on_enlarge=hear,
                pointed=Pointed((0, 0), "", 1),
                on_point=hear,
            )
        case "muvae_samples":
            samples(
                [],
                key=key,
                noise={},
                count=1,
                sigmas={"vae": 1.0, "beta-vae": 1.0},
                classes=(),
                on_sigmas=hear,
            )
        case "muvae_traverse":
            traversals(
                [],
                key=key,
                place=Place((0.0,) * LATENT_DIM),
                names=["z"] * LATENT_DIM,
                classes=(),
                base="",
                base_image=None,
                on_move=hear,
            )
        case "muvae_tiles":
            tiles(IMAGE, key=key, label="", alts=("",), on_pick=hear)
