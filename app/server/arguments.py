"""What follows `--` where the app is started: streamlit run app/main.py -- --checkpoints DIR."""

import argparse
import logging
import os
import sys
from pathlib import Path
from typing import NoReturn

from app.data.store import CHECKPOINTS_ENVIRONMENT, checkpoints_dir

_LOG = logging.getLogger(__name__)


class _Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one sentence, without the usage text."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (see --help)\n")


def take_arguments(main_file: str) -> None:
    """Serve the folder that --checkpoints names, if `main_file` is what is run.

    The environment holds it from then on, whatever it was, since all ask there for it
    (`cache.checkpoints_dir`). Of a folder that is not there, one sentence goes to stderr: it may
    still come, and until then the pages say the same.
    """
    if Path(sys.argv[0]).resolve() == Path(main_file).resolve():  # not where uvicorn imports it
        parser = _Parser("streamlit run app/main.py --", description=__doc__, allow_abbrev=False)
        parser.add_argument(
            "--checkpoints",
            type=Path,
            metavar="DIR",
            help=f"the folder of runs to serve (default: ${CHECKPOINTS_ENVIRONMENT}, else "
            "checkpoints/)",
        )
        if chosen := parser.parse_args().checkpoints:
            os.environ[CHECKPOINTS_ENVIRONMENT] = str(chosen.resolve())
    if not checkpoints_dir().is_dir():
        _LOG.warning(
            "There is no folder %s; have another one served with --checkpoints.", checkpoints_dir()
        )
