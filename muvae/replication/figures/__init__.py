"""The paper's figures, remade from run folders alone."""
