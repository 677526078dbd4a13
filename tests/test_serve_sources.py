"""Settings from flags, environment and file: one declaration, one order."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ptts_np.cli import commands as cli
from ptts_np.errors import InputError
from ptts_np.serve.settings import ServeSettings
from ptts_np.serve.sources import SETTINGS, from_environment, gather, read_file


def write(folder: Path, text: str) -> Path:
    path = folder / "serve.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def value_of(settings: ServeSettings, name: str) -> Any:
    group = SETTINGS[name].group
    return getattr(getattr(settings, group) if group else settings, name)


def test_each_setting_has_one_name_and_says_what_it_is() -> None:
    declared = [
        name
        for field, info in ServeSettings.model_fields.items()
        for name in getattr(info.annotation, "model_fields", [field])
    ]
    assert sorted(declared) == sorted(SETTINGS)
    assert all(setting.field.description for setting in SETTINGS.values())


def test_flags_win_over_variables_over_the_file(tmp_path: Path) -> None:
    file = write(tmp_path, "port: 1\nqueue: 1\nstreams: 1\nhosts: [a.b, C.d]\n")
    environment = {
        "PTTS_SERVE_QUEUE": "2",
        "PTTS_SERVE_STREAMS": "2",
        "PTTS_API_KEY": "long-secret",
    }
    settings = gather({"streams": 3, "queue": None}, environment, file)
    assert settings.network.port == 1
    assert settings.load.queue == 2
    assert settings.load.streams == 3
    assert settings.network.hosts == ("a.b", "c.d")
    assert settings.network.api_key is not None
    assert settings.network.api_key.get_secret_value() == "long-secret"


@given(st.sampled_from(["port", "queue", "concurrency"]), st.integers(1, 200))
def test_a_value_is_the_same_from_wherever_it_comes(name: str, value: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        file = write(Path(folder), yaml.safe_dump({name: value}))
        sources = (
            gather({name: value}, {}, None),
            gather({}, {SETTINGS[name].variable: str(value)}, None),
            gather({}, {}, file),
        )
    assert {value_of(settings, name) for settings in sources} == {value}


def test_lists_by_commas_and_as_lists(tmp_path: Path) -> None:
    by_commas = gather({"cors_origins": "https://a.b, https://c.d,"}, {}, None)
    assert by_commas.network.cors_origins == ("https://a.b", "https://c.d")
    file = write(tmp_path, "cors_origins:\n- https://a.b\n- https://c.d\n")
    assert gather({}, {}, file) == by_commas


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("prot: 1", "did you mean port"),
        ("port: 1\nport: 2", "line 2: a name comes twice"),
        ("- port", "name: value"),
        ("port: [", "line"),
        ("port: !!python/object:os.system x", "could not determine"),
        ("? [a, b]\n: 1", "line"),
        ("[" * 5000, "serve.yaml"),
        ("port: " + "1" * (1 << 20), "larger"),
        ("1: 2", "no setting 1"),
    ],
)
def test_files_that_are_refused(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        read_file(write(tmp_path, text))


def test_no_file_and_no_text(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_file(tmp_path / "none.yaml")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not UTF-8"):
        read_file(tmp_path / "binary.yaml")
    assert read_file(write(tmp_path, "# nothing\n")) == {}


def test_a_mistyped_variable_is_told() -> None:
    with pytest.raises(InputError, match="did you mean PTTS_SERVE_VOICE_FOLDER"):
        from_environment({"PTTS_SERVE_VOICE_FODLER": "x"})
    assert from_environment({"PTTS_SERVE_PORT": "", "PTTS_MODEL": "x"}) == {}


def test_a_wrong_value_names_its_setting(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    file = write(tmp_path, "port: many\n")
    assert cli.run(["serve", "--config", str(file)]) == 2
    assert "--port" in capsys.readouterr().err


def test_help_lists_every_setting() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "ptts_np", "serve", "--help"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PAGER": "cat"},
    )
    text = told.stdout + told.stderr
    assert [name for name in SETTINGS if f"--{name}=" not in text] == []
