"""Every mistake a user can make raises one of these; its message names the thing and the mend."""


class MuvaeError(Exception):
    """Base of all errors that this library raises on purpose; its text is fit to be shown as is."""


class InvalidInputError(MuvaeError, ValueError):
    """An argument has a value that cannot be used: a wrong shape, an unknown name, a NaN."""


class DatasetError(MuvaeError):
    """A dataset is missing, incomplete or not the original; the message names folder or file."""


class CheckpointError(MuvaeError):
    """A run folder or training state cannot be read or written; the message names the file."""


class TrainingError(MuvaeError):
    """Training cannot go on: its loss is no longer finite, or its result cannot be rounded."""
