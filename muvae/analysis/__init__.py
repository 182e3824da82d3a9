"""What is measured of codes, networks and samples."""
