"""The ops agree with torch's own functions: the fixtures that the JavaScript engine is held to."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from muvae.models.ops import KINDS, Graph, Network

JS = Path(__file__).parents[2] / "js"
FIXTURES = sorted((JS / "fixtures").glob("*.json"))


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_network_computes_what_torch_computes(path: Path) -> None:
    case = json.loads(path.read_text(encoding="utf-8"))
    tensors = {
        name: torch.tensor(tensor["values"]).reshape(tensor["shape"])
        for name, tensor in case["tensors"].items()
    }
    graph = Graph.from_json(case["graph"])
    network = Network(graph, {name: tuple(tensor.shape) for name, tensor in tensors.items()})
    network.load_state_dict(tensors)

    outputs = network(torch.tensor(case["input"]).reshape(1, *graph.input_shape))

    assert set(outputs) == set(case["outputs"])
    for name, values in case["outputs"].items():
        torch.testing.assert_close(
            outputs[name].flatten(), torch.tensor(values, dtype=torch.float32), rtol=2e-5, atol=2e-6
        )


def test_every_kind_of_op_has_a_fixture() -> None:
    kinds = {
        op["op"]
        for path in FIXTURES
        for op in json.loads(path.read_text(encoding="utf-8"))["graph"]["ops"]
    }
    assert kinds == set(KINDS)


def test_fixtures_are_as_the_script_makes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(JS))
    sys.modules.pop("make_fixtures", None)
    import make_fixtures

    made = dict(make_fixtures.cases())
    assert sorted(made) == [path.stem for path in FIXTURES]
    for path in FIXTURES:
        _assert_same(json.loads(path.read_text(encoding="utf-8")), made[path.stem])
    assert sum(path.stat().st_size for path in FIXTURES) < 400_000


def _assert_same(left: Any, right: Any) -> None:
    # Sums may differ in the last digit from one processor to another.
    if isinstance(left, dict):
        assert list(left) == list(right)
        for key in left:
            _assert_same(left[key], right[key])
    elif isinstance(left, list) and left and not isinstance(left[0], dict | str):
        assert left == pytest.approx(right, rel=1e-6, abs=1e-9)
    elif isinstance(left, list):
        for one, other in zip(left, right, strict=True):
            _assert_same(one, other)
    else:
        assert left == right
