"""What the app is served through."""
