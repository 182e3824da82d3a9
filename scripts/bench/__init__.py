"""What the benchmarks are made of: the app's server, a browser, and what is measured in them."""
