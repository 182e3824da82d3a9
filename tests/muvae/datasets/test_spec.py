"""dataset.json: there and back, each wrong value by name, and the folders it makes datasets."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from helpers import make_config
from own import own_spec, own_split, write_own

from muvae import CheckpointError, InvalidInputError, list_runs
from muvae.datasets.builtin import DATASETS
from muvae.datasets.spec import DatasetSpec, Framing, Origin, read_description, write_description
from muvae.datasets.test_split import read_test_split, spec_of, write_dataset
from muvae.images import ImageSpec
from muvae.runs.discovery import check_place, list_datasets

ORIGIN = {"source": "things.npz", "sha256": "0f" * 32}
SPEC = DatasetSpec(
    name="things",
    title="Things <1>",
    image=ImageSpec(height=24, width=32, channels=3),
    classes=("ä", "b*", "c d"),
    origin=Origin("things.npz", "0f" * 32),
    framing=Framing(side=7, by_mass=False),
    licence="CC0",
)


def test_a_description_comes_back(tmp_path: Path) -> None:
    folder = tmp_path / "things"
    for spec in (SPEC, dataclasses.replace(SPEC, classes=(), licence=None)):
        write_description(folder, spec)
        assert read_description(folder) == spec_of(folder) == spec


def test_a_description_has_the_keys_of_the_contract(tmp_path: Path) -> None:
    """docs/DESIGN.md: title, image {height, width, channels}, classes or null, origin, ..."""
    write_description(tmp_path, dataclasses.replace(SPEC, classes=()))
    assert json.loads((tmp_path / "dataset.json").read_text()) == {
        "title": "Things <1>",
        "image": {"height": 24, "width": 32, "channels": 3},
        "classes": None,
        "origin": {"source": "things.npz", "sha256": "0f" * 32},
        "framing": {"side": 7, "by_mass": False},
        "licence": "CC0",
    }


def test_a_description_of_format_1_is_told_what_brings_it_up_to_date(tmp_path: Path) -> None:
    old = {
        "title": "Things",
        "classes": ["a", "b"],
        "framing": {"side": 20, "by_mass": True},
        "source": "things.npz",
        "sha256": "0f" * 32,
    }
    path = tmp_path / "dataset.json"
    path.write_text(json.dumps(old))
    with pytest.raises(CheckpointError) as caught:
        read_description(tmp_path)
    assert str(caught.value) == (
        f"{path} is of format 1; bring it up to date with: python scripts/migrate.py {tmp_path}"
    )


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
def test_a_built_in_dataset_without_a_description_is_of_format_1(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(CheckpointError, match=rf"{name} is of format 1; .*migrate.py \S+/{name}$"):
        spec_of(tmp_path / name)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("title", "", "title is ''; it must be 1 to 60 printable characters"),
        ("title", "x" * 61, "title is 'x"),
        ("title", "a\u202eb", "title is 'a\\u202eb'"),
        ("title", 5, "title is <class 'int'>"),
        ("origin", ORIGIN | {"source": "a\nb"}, "source is 'a\\nb'"),
        ("origin", ORIGIN | {"source": "x" * 401}, "source is"),
        ("origin", ORIGIN | {"sha256": "0f"}, "sha256 is '0f'; it must be 64 hexadecimal digits"),
        ("origin", ORIGIN | {"sha256": 7}, "sha256 is 7"),
        ("origin", {"source": "a"}, "Origin lacks the key 'sha256'"),
        ("image", {"height": 7, "width": 32, "channels": 3}, "height is 7; it must be a whole"),
        ("image", {"height": 24, "width": 129, "channels": 3}, "width is 129; it must be a whole"),
        ("image", {"height": 24, "width": 32, "channels": 2}, "channels is 2; it must be 1 (grey)"),
        ("image", {"height": 24, "width": 32}, "ImageSpec lacks the key 'channels'"),
        ("image", [24, 32, 3], "ImageSpec must be a JSON object"),
        ("licence", "", "licence is ''; it must be 1 to 100 printable characters"),
        ("classes", ["a"], "the number of classes is 1; it must be 2 to 100"),
        ("classes", ["a"] * 101, "the number of classes is 101"),
        ("classes", "ab", "the number of classes is None"),
        ("classes", {"a": 1, "b": 2}, "the number of classes is None"),
        ("classes", ["a", "a"], "a class's name is 'a'; it must be there only once"),
        ("classes", ["a", ["b"]], "a class's name is <class 'list'>"),
        ("classes", ["a", " "], "a class's name is ' '"),
        ("framing", {"side": 0, "by_mass": True}, "side is 0; it must be a whole number from 1"),
        ("framing", {"side": 25, "by_mass": True}, "side is 25; it must be at most 24, an image's"),
        ("framing", {"side": 20, "by_mass": 1}, "by_mass is 1; it must be true or false"),
        ("framing", {"side": 20}, "Framing lacks the key 'by_mass'"),
        ("framing", [20, True], "Framing must be a JSON object"),
        ("more", 1, "Description has an unknown key 'more'"),
        ("title", None, "title is <class 'NoneType'>"),
    ],
)
def test_a_wrong_value_is_named(tmp_path: Path, key: str, value: Any, message: str) -> None:
    write_description(tmp_path, SPEC)
    path = tmp_path / "dataset.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {key: value}))
    with pytest.raises(CheckpointError) as caught:
        read_description(tmp_path)
    assert str(caught.value).startswith(f"{path}: {message}")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is not valid JSON"),
        ("[]", "Description must be a JSON object"),
        ("{}", "Description lacks the key 'classes'"),
        ('{"title": "a", "title": "b"}', "a key stands twice"),
        (" " * 70_000, "has 70,000 bytes; 65,536 bytes are the most"),
        ("[" * 60_000, "is not valid JSON"),
    ],
)
def test_what_is_no_description_is_named(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "dataset.json").write_text(content)
    with pytest.raises(CheckpointError, match=message) as caught:
        read_description(tmp_path)
    assert str(caught.value).startswith(str(tmp_path / "dataset.json"))


def test_what_cannot_stand_in_it_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="a class's name is"):
        write_description(tmp_path, dataclasses.replace(SPEC, classes=("a", "")))
    assert not list(tmp_path.iterdir())


def test_labels_are_of_the_described_classes(tmp_path: Path) -> None:
    folder = tmp_path / "many"
    write_dataset(folder, own_spec("many", 26), own_split(60, 26))
    assert int(read_test_split(folder).labels.max()) == 25
    write_description(folder, own_spec("many", 20))
    with pytest.raises(CheckpointError, match="labels go from 0 to 25, and there are 20 classes"):
        read_test_split(folder)


def test_datasets_are_listed_and_folders_that_are_none_with_what_is_wrong(tmp_path: Path) -> None:
    for name in ("things", "other", "fashion-mnist", "mnist-toy", "mnist", ".hidden", "zoo-toy"):
        (tmp_path / name).mkdir()
    (tmp_path / "a file").touch()
    (tmp_path / "bad name").mkdir()
    write_description(tmp_path / "things", SPEC)
    write_description(tmp_path / "other", dataclasses.replace(SPEC, title="mnist"))
    for name in ("mnist", "fashion-mnist"):
        write_description(tmp_path / name, DATASETS[name])
    entries = {entry.name: entry for entry in list_datasets(tmp_path)}
    assert list(entries) == ["mnist", "fashion-mnist", "bad name", "other", "things", "zoo-toy"]
    assert entries["mnist"].spec == DATASETS["mnist"]
    assert entries["things"].spec == SPEC
    other = entries["other"].spec
    assert other is not None
    assert other.title == "mnist (other)"  # no two have one title
    assert "'bad name', which cannot be a dataset's name; rename it" in str(
        entries["bad name"].error
    )
    assert str(entries["zoo-toy"].error).endswith("no dataset's folder: it has no dataset.json")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dataset": "mnist"}, "is no place for 'vae', a run of the dataset 'mnist'; move it to"),
        ({"data_sha256": "0" * 64}, "'vae', which was trained on other images or classes than the"),
        ({"classes": 4}, "'vae', which was trained on other images or classes than the"),
        (
            {"image": {"height": 28, "width": 28, "channels": 3}},
            "'vae', which was trained on other images or classes than the",
        ),
    ],
)
def test_a_run_of_other_data_is_a_broken_one(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    folder = write_own(tmp_path, "things", 3)
    assert [entry.error for entry in list_runs(folder)] == [None, None]
    path = folder / "vae" / "run.json"
    values = json.loads(path.read_text())
    values["config"] |= changes
    path.write_text(json.dumps(values))
    broken, sound = list_runs(folder)
    assert message in str(broken.error)
    assert sound.error is None
    write_description(tmp_path / "mnist", DATASETS["mnist"])
    with pytest.raises(CheckpointError, match="is no place for"):
        check_place(make_config(dataset="fashion-mnist"), tmp_path / "mnist-toy")
