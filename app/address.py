"""What pages keep in their address besides their widgets, whose values Streamlit keeps there."""

import math

import streamlit as st


def show(name: str, text: str) -> None:
    """Write a parameter into the page's address; an empty text takes it out."""
    if text:
        st.query_params[name] = text
    elif name in st.query_params:
        del st.query_params[name]


def text(name: str) -> str:
    """A parameter of the page's address; empty where there is none."""
    return st.query_params.get(name, "")


def number(name: str, low: float, high: float) -> float | None:
    """A parameter that is a number from low to high; None where it is not."""
    try:
        value = float(text(name))
    except ValueError:
        return None
    return value if math.isfinite(value) and low <= value <= high else None


def kept_number(name: str, usual: float, low: float, high: float) -> float:
    """A number that a live view moves: as the session has it, else as the address says, else usual.

    It is then kept in both, under `name`; in the address only where it is not the usual one.
    """
    value = st.session_state.get(name)
    if value is None:
        value = number(name, low, high)
    value = usual if value is None else float(value)
    st.session_state[name] = value
    show(name, "" if value == usual else f"{value:g}")
    return value
