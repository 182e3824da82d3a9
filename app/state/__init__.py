"""What a page's address, the sidebar and the session hold."""
