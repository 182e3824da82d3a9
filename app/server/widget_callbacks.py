"""What Streamlit keeps of each session beyond its use, let go of."""

from streamlit.runtime.scriptrunner import get_script_run_ctx


def forget_left_widgets() -> None:
    """Let go of the widgets that a session's page no longer has; at the start of a run.

    Streamlit forgets their values (SessionState._remove_stale_widgets), but never their callbacks
    and what these refer to: codes, pictures, whole pages. Of 50 visitors that was half of what the
    server grew by in ten minutes.
    """
    context = get_script_run_ctx()
    if context is None:  # no session, as in `python app/main.py`
        return
    session = context.session_state
    with session._lock:
        state = session._state
        known = state._new_widget_state.widget_metadata
        # A widget that is on the page has a value, of the last run or just told by the browser.
        for left in known.keys() - state._old_state.keys() - state._new_widget_state.states.keys():
            del known[left]
