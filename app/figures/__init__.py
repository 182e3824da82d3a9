"""Data to plotly figures; no Streamlit."""
