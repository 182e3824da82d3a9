"""Parts that several pages' charts share."""
