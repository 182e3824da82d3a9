"""What is taken away: pictures, animations and tables as bytes; no Streamlit."""
