"""Constants that Python and JavaScript both have: the same number in both."""

import json
import re

import pytest
from helpers import REPOSITORY

from app.export.animation import PERIOD
from app.export.charts import BAR_GAP
from app.server.live_routes import MOST
from app.state import url
from app.state.map_view import MOST_ZOOM
from app.uploads.framing import TIE
from app.views.sample.widget import COMMON


@pytest.mark.parametrize(
    ("value", "file", "name"),
    [
        (MOST_ZOOM, "app/views/clusters/frame.js", "MOST_ZOOM"),
        (COMMON, "app/views/sample/widget.js", "COMMON"),
        (MOST["codes"], "app/web/engine/remote.js", "MOST"),
        (PERIOD, "app/views/traverse/widget.js", "SWEEP"),
        (BAR_GAP, "app/views/reconstruct/bars.js", "GAP"),
        (TIE, "app/web/engine/framing.js", "TIE"),
    ],
    ids=["zoom", "shared sigma", "codes a request", "sweep", "bars", "tie"],
)
def test_python_and_javascript_have_the_same_constant(value: object, file: str, name: str) -> None:
    source = (REPOSITORY / file).read_text(encoding="utf-8")
    (found,) = re.findall(rf"^(?:export )?const {name} = (\S+)", source, re.MULTILINE)
    assert json.loads(found) == value


def test_the_history_takes_off_the_page_s_name_that_addresses_begin_with() -> None:
    source = (REPOSITORY / "app/web/dom/history.js").read_text(encoding="utf-8")
    assert re.findall(r"\^\\\?(\w+)=", source) == [url.OF_PAGE]
