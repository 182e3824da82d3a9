"""What a visitor's picture may cost, and what of it the server holds."""

MOST_BYTES = 5 * 2**20  # a file; server.maxUploadSize of .streamlit/config.toml is the same
MOST_PIXELS = 16_000_000
MOST_SCANS = 100  # of a JPEG
MOST_PARTS = 10_000  # segments of a JPEG, chunks of a PNG or WebP

SECONDS = 5  # of a processor, to read a picture
PATIENCE = 10.0  # seconds until it must have been read, on a server that has much else to do
MEMORY = 512 * 2**20  # bytes, beyond what the process that reads it has at its start
LENGTH = 4  # bytes, in which processes tell each other how long something is
AT_ONCE = 2  # pictures that are read
IN_LINE = 64  # those that wait for it: a class that uploads all at once
LONGEST_WAIT = 20.0  # seconds in that line

FILES_A_SESSION = 3  # held: the newest, until they are read
BYTES_HELD = 300 * 2**20  # of all sessions' files
UPLOADS_A_SESSION = 2  # that arrive at once
BYTES_ARRIVING = 96 * 2**20  # of all sessions, in memory
LONGEST_SILENCE = 20.0  # seconds between two parts of an upload
LONGEST_UPLOAD = 120.0  # seconds: 5 MB at 350 kbit/s
