"""The Streamlit app: what is chosen, how it is drawn, one view a page."""
