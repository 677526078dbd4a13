"""What training tools make of a corpus, as it is. Each test runs where its tool is installed."""

import io
from pathlib import Path
from typing import Any

import pytest
import soundfile

import ptts_np
from tests.corpora.making import manifest, speak, texts

pytestmark = pytest.mark.filterwarnings("ignore")  # those of the tools


@pytest.fixture
def spoken(tmp_path: Path, request: Any) -> Path:
    speak(manifest(tmp_path / "m.jsonl", texts(6)), tmp_path / "out", layout=request.param)
    return tmp_path / "out"


@pytest.mark.parametrize("spoken", ["webdataset"], indirect=True)
def test_hugging_face_reads_the_tar_archives(spoken: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets")
    files = sorted(str(path) for path in (spoken / "shards").glob("*.tar"))
    found = datasets.load_dataset("webdataset", data_files=files, split="train", streaming=True)
    rows = list(found.decode(False))
    assert [row["json"]["text"] for row in rows] == [f"Text {n}." for n in range(6)]
    for row in rows:
        samples, _ = soundfile.read(io.BytesIO(row["flac"]["bytes"]))
        assert len(samples) == row["json"]["samples"]


@pytest.mark.parametrize("spoken", ["parquet"], indirect=True)
def test_hugging_face_reads_parquet(spoken: Path, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets")
    files = sorted(str(path) for path in (spoken / "shards").glob("*.parquet"))
    found = datasets.load_dataset(
        "parquet", data_files=files, split="train", cache_dir=str(tmp_path / "cache")
    )
    assert isinstance(found.features["audio"], datasets.Audio)
    assert found["text"][:] == [f"Text {n}." for n in range(6)]
    for row in found.cast_column("audio", datasets.Audio(decode=False)):
        samples, rate = soundfile.read(io.BytesIO(row["audio"]["bytes"]))
        assert (len(samples), rate) == (row["samples"], row["sample_rate"])


@pytest.mark.parametrize("spoken", ["shar"], indirect=True)
def test_lhotse_reads_shar(spoken: Path) -> None:
    lhotse = pytest.importorskip("lhotse")
    cuts = list(lhotse.CutSet.from_shar(in_dir=spoken / "shar"))
    assert [cut.supervisions[0].text for cut in cuts] == [f"Text {n}." for n in range(6)]
    for cut in cuts:
        assert cut.load_audio().shape == (1, cut.custom["samples"])
        assert cut.custom["seed"] >= 0


def test_lhotse_reads_words(tmp_path: Path) -> None:
    """With `mini`, a model that has word times."""
    lhotse = pytest.importorskip("lhotse")
    source = manifest(tmp_path / "m.jsonl", [{"id": "a", "text": "Well, hello."}])
    ptts_np.corpus(source, tmp_path / "out", model="mini", layout="shar", words=True)
    cut = next(iter(lhotse.CutSet.from_shar(in_dir=tmp_path / "out" / "shar")))
    words = cut.supervisions[0].alignment["word"]
    assert [word.symbol for word in words] == ["Well", "hello"]
    assert 0 <= words[0].start < words[1].start < words[1].end <= cut.duration
