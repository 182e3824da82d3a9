"""The paper's figures and tables, drawn from run folders alone; scripts/figures.py writes them."""
