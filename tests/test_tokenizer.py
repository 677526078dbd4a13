"""Both kinds of tokenizer: recorded ids, refused files, use from many threads."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ptts_np.errors import ConfigError
from ptts_np.text.tokenizer import Tokenizer, load_tokenizer

GOLDEN = Path(__file__).parent / "golden"
MODEL = GOLDEN / "drifting" / "tokenizer.model"
JSON = GOLDEN / "lsd_2026_10" / "tokenizer.json"
TEXT = "The quick brown fox jumps over the lazy dog, and then it sleeps."


def load(path: Path, n_bins: int = 512) -> Tokenizer:
    return load_tokenizer("tokenizers" if path.suffix == ".json" else "sentencepiece", path, n_bins)


@pytest.mark.parametrize("path", [MODEL, JSON], ids=["model", "json"])
def test_encodes_and_decodes(path: Path) -> None:
    tokenizer = load(path)
    ids = tokenizer.encode(TEXT)
    assert tokenizer.n_tokens == 512
    assert len(ids) == 32
    assert all(type(token) is int and 0 <= token < 512 for token in ids)
    assert tokenizer.decode(ids) == TEXT
    assert tokenizer.decode(ids[: len(ids) // 2]) != TEXT
    assert tokenizer.encode("") == []
    assert tokenizer.decode([]) == ""


def test_both_kinds_hold_the_same_vocabulary() -> None:
    assert load(MODEL).encode(TEXT) == load(JSON).encode(TEXT)


def test_a_json_file_is_known_by_its_suffix() -> None:
    assert load_tokenizer("sentencepiece", JSON, 512).encode(TEXT) == load(JSON).encode(TEXT)


@pytest.mark.parametrize("path", [MODEL, JSON], ids=["model", "json"])
@pytest.mark.parametrize("n_bins", [511, 513, 4000])
def test_refuses_a_vocabulary_of_another_size(path: Path, n_bins: int) -> None:
    with pytest.raises(ConfigError, match=rf"512 tokens.*n_bins: {n_bins}") as caught:
        load(path, n_bins)
    assert str(path) in str(caught.value)


def test_refuses_ids_beyond_the_embedding(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    vocab = {"a": 0, "b": 1, "<unk>": 700}
    model = {"type": "WordLevel", "vocab": vocab, "unk_token": "<unk>"}
    path.write_text(json.dumps({"version": "1.0", "added_tokens": [], "model": model}))
    with pytest.raises(ConfigError, match=r"ids up to 700.*n_bins: 3"):
        load(path, 3)


def test_a_file_that_asks_to_truncate_or_pad_does_neither(tmp_path: Path) -> None:
    content = json.loads(JSON.read_text(encoding="utf-8"))
    content["truncation"] = {
        "max_length": 3,
        "strategy": "LongestFirst",
        "stride": 0,
        "direction": "Right",
    }
    content["padding"] = {
        "strategy": {"Fixed": 64},
        "direction": "Right",
        "pad_to_multiple_of": None,
        "pad_id": 0,
        "pad_type_id": 0,
        "pad_token": "<unk>",
    }
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    assert load(path).encode(TEXT) == load(JSON).encode(TEXT)


def test_refuses_damaged_files(tmp_path: Path) -> None:
    for name, content in {
        "empty.model": b"",
        "empty.json": b"",
        "noise.model": bytes(range(256)) * 8,
        "cut.model": MODEL.read_bytes()[:3001],
        "cut.json": JSON.read_bytes()[:3001],
        "other.json": b'{"a": 1}',
        "binary.json": b"\xff\xfe\x00",
        "json_in_a.model": JSON.read_bytes(),
        "model_in_a.json": MODEL.read_bytes(),
    }.items():
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(ConfigError, match=name) as caught:
            load(path)
        assert "\n" not in str(caught.value)


def test_refuses_a_missing_file_a_folder_and_an_unknown_kind(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone\.model: No such file"):
        load(tmp_path / "gone.model")
    with pytest.raises(ConfigError, match="can't read the tokenizer"):
        load(tmp_path)
    with pytest.raises(ConfigError, match="'words'"):
        load_tokenizer("words", MODEL, 512)  # type: ignore[arg-type]


@pytest.mark.parametrize("path", [MODEL, JSON], ids=["model", "json"])
def test_many_threads_share_one_tokenizer(path: Path) -> None:
    tokenizer = load(path)
    texts = [f"{TEXT} {number}" for number in range(64)]
    alone = [tokenizer.encode(text) for text in texts]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(tokenizer.encode, texts * 4))
        decoded = list(pool.map(tokenizer.decode, together))
    assert together == alone * 4
    assert decoded == [tokenizer.decode(ids) for ids in alone] * 4


def test_importing_the_module_loads_neither_library() -> None:
    code = (
        "import sys, ptts_np.text.tokenizer, ptts_np.text.chunks;"
        "print(sorted({'sentencepiece', 'tokenizers', 'numpy'} & set(sys.modules)))"
    )
    env = {name: value for name, value in os.environ.items() if name != "PTTS_TYPECHECK"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env=env,
    )
    assert done.stdout.strip() == "[]"
