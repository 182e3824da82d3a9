"""Controls that several views have."""

import streamlit as st

MOST_SEED = 999_999


def seed_input(key: str) -> int:
    """A seed and a button that takes the next one."""

    def again() -> None:
        st.session_state[key] = (int(st.session_state[key]) + 1) % (MOST_SEED + 1)

    seed = st.number_input("Seed", 0, MOST_SEED, 0, key=key, bind="query-params", width=140)
    st.button("Again", icon=":material/refresh:", on_click=again, key=f"{key}-again")
    return int(seed)
