"""What a written location means, what lies beside it, and what a configuration there is called."""

import os
from pathlib import Path

import pytest

from ptts_np.fetch.locations import Hub, Local, Web, parse, short_name


@pytest.mark.parametrize(
    ("location", "kind"),
    [
        ("a/b.yaml", Local),
        ("C:\\voices\\b.wav", Local),
        ("~/me.wav", Local),
        ("hf://owner/name/file.bin", Hub),
        ("https://host/a.yaml", Web),
        ("HTTPS://host/a.yaml", Web),
        ("http://127.0.0.1:80/a.yaml", Web),
    ],
)
def test_kinds(location: str, kind: type) -> None:
    assert isinstance(parse(location), kind)


@pytest.mark.parametrize(
    ("location", "name", "found"),
    [
        ("/m/config.yaml", "t.json", str(Path("/m/t.json"))),
        ("config.yaml", "sub/t.json", str(Path("sub/t.json"))),
        ("/m/config.yaml", "/n/t.json", str(Path("/n/t.json"))),
        ("https://x.org/m/c.yaml", "t.json", "https://x.org/m/t.json"),
        ("https://x.org/c.yaml?key=1&b=2", "t.json", "https://x.org/t.json?key=1&b=2"),
        ("https://x.org/m/c.yaml#sha256=" + "0" * 64, "t.json", "https://x.org/m/t.json"),
        ("https://x.org/a b/c.yaml", "t.json", "https://x.org/a%20b/t.json"),
        ("hf://a/b/m/c.yaml", "t.json", "hf://a/b/m/t.json"),
        ("hf://a/b/c.yaml@v1.0", "t.json", "hf://a/b/t.json@v1.0"),
        ("hf://a/b/m/c.yaml@refs/pr/3", "sub/t.json", "hf://a/b/m/sub/t.json@refs/pr/3"),
    ],
)
def test_beside(location: str, name: str, found: str) -> None:
    assert parse(location).beside(name) == found
    assert parse(found).beside("again") == parse(location).beside(str(Path(name).parent / "again"))


@pytest.mark.parametrize(
    ("location", "name"),
    [
        ("/models/anna/config.yaml", "anna"),
        ("/models/anna.yaml", "anna"),
        ("/models/anna_2026-10.v2.yaml", "anna_2026-10.v2"),
        ("https://x.org/anna/config.yaml?key=1", "anna"),
        ("https://x.org:80/config.yaml", "x.org"),
        ("hf://owner/anna/config.yaml@refs/pr/3", "anna"),
        ("hf://owner/voices/anna/config.yaml", "anna"),
    ],
)
def test_short_names(location: str, name: str) -> None:
    assert short_name(parse(location)) == name


def test_a_path_has_one_name_however_it_is_written(tmp_path: Path, monkeypatch) -> None:
    folder = tmp_path / "anna"
    folder.mkdir()
    monkeypatch.chdir(folder)
    spellings = ["config.yaml", "./config.yaml", "../anna/config.yaml", str(folder / "config.yaml")]
    assert {short_name(parse(each)) for each in spellings} == {"anna"}
    assert parse("config.yaml").path == os.path.join(folder, "config.yaml")  # noqa: PTH118
