"""Pictures that visitors bring."""
