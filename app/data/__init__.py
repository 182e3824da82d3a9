"""What pages show, kept between reruns and shared between sessions."""
