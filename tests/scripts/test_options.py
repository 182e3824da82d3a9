"""Streamlit's options as it resolves them: from config.toml, in the image, by `make demo`."""

import json
import re
import subprocess
import sys
import tomllib

import pytest
from helpers import REPOSITORY

from app.uploads.limits import MOST_BYTES

WANTED = {
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
    "client.toolbarMode": "minimal",
    "browser.gatherUsageStats": False,
    "server.enableXsrfProtection": True,
    "server.enableCORS": True,
    "server.corsAllowedOrigins": [],
    "server.enableStaticServing": False,
    "server.fileWatcherType": "none",
    "server.maxUploadSize": MOST_BYTES // 2**20,
    "server.maxWidgetStateSize": 1,
    "server.maxMessageSize": 20,
    "global.developmentMode": False,
}
PROGRAM = """
import json, sys
from streamlit import config
config.get_config_options(force_reparse=True)
sys.stdout.write(json.dumps({name: config.get_option(name) for name in sys.argv[1:]}))
"""


def resolved(environment: dict[str, str]) -> dict[str, object]:
    """What the options are for a server that is started here with this environment."""
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, *WANTED],
        cwd=REPOSITORY,
        env={"PATH": "", "HOME": "/nowhere", **environment},
        check=True,
        capture_output=True,
        text=True,
    )
    return dict(json.loads(result.stdout))


def docker_environment() -> dict[str, str]:
    """The options that the image sets."""
    text = (REPOSITORY / "Dockerfile").read_text(encoding="utf-8")
    return dict(re.findall(r"(STREAMLIT_[A-Z_]+)=(\S+)", text))


@pytest.mark.parametrize("where", ["here", "in the image"])
def test_the_options_are_what_security_md_says(where: str) -> None:
    assert resolved({} if where == "here" else docker_environment()) == WANTED


def test_what_docker_and_make_set_besides_contradicts_nothing() -> None:
    told = tomllib.loads((REPOSITORY / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    dockerfile = (REPOSITORY / "Dockerfile").read_text(encoding="utf-8")
    for section, name, value in re.findall(
        r"--(\w+)\.(\w+)[=\", ]+([\w.$()]+)", makefile + dockerfile
    ):
        if name not in ("port", "address"):
            assert json.dumps(told[section][name]).strip('"') == value, name
