"""What each page offers to be taken away, made of what it shows; no Streamlit."""
