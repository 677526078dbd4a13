"""Manifests to corpora: exactly once, the same bytes however the work was divided."""

import gzip
import io
import json
import random
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
import soundfile

import ptts_np
from ptts_np import many
from ptts_np.audio.loudness import loudness
from ptts_np.cli.commands import run
from ptts_np.corpora import shards as shards_module
from ptts_np.corpora.make import Progress
from ptts_np.corpora.store import sha256
from ptts_np.errors import FetchError, InputError, OutputError, PttsError
from ptts_np.voice import load_voice
from scripts.whole_book import disturbed, kill_moments, undisturbed
from tests.conftest import load_model
from tests.corpora.making import MODEL, VOICE, contents, manifest, speak, texts

pytest.importorskip("fsspec")


def facts(folder: Path) -> list[dict[str, Any]]:
    lines = (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def failures(folder: Path) -> list[tuple[str, int, str]]:
    lines = (folder / "failures.jsonl").read_text(encoding="utf-8").splitlines()
    return [(f["id"], f["line"], f["reason"]) for f in map(json.loads, lines)]


def test_every_row_is_there_once_with_its_facts(tmp_path: Path) -> None:
    source = manifest(tmp_path / "m.jsonl", texts(10))
    made = speak(source, tmp_path / "out")
    assert (made.utterances, made.failures, made.shards, made.kept_shards) == (10, 0, 3, 0)
    found = facts(tmp_path / "out")
    assert [each["id"] for each in found] == [f"r{n}" for n in range(10)]
    assert made.seconds == pytest.approx(sum(each["duration"] for each in found), abs=1e-3)
    spoken: dict[str, bytes] = {}
    for index in range(3):
        with tarfile.open(tmp_path / "out" / "shards" / f"{index:06}.tar") as archive:
            for member in archive:
                assert (member.mtime, member.uid, member.mode) == (0, 0, 0o644)
                spoken[member.name] = archive.extractfile(member).read()  # type: ignore[union-attr]
    assert list(spoken) == [f"r{n}.{end}" for n in range(10) for end in ("flac", "json")]
    for each in found:
        audio = spoken[f"{each['id']}.flac"]
        assert json.loads(spoken[f"{each['id']}.json"]) == each
        assert sha256(audio) == each["sha256"]
        samples, rate = soundfile.read(io.BytesIO(audio), dtype="float32")
        assert (len(samples), rate) == (each["samples"], each["sample_rate"])
        assert loudness(samples, rate) == pytest.approx(each["loudness"], abs=0.2)
        assert each["columns"] == {"topic": int(each["id"][1:]) % 3}
    assert len({each["seed"] for each in found}) == 10
    summary = json.loads((tmp_path / "out" / "corpus.json").read_text(encoding="utf-8"))
    for name, file in summary["files"].items():
        assert sha256((tmp_path / "out" / name).read_bytes()) == file["sha256"]


def test_a_row_is_what_generate_says_with_its_seed(tmp_path: Path) -> None:
    """The facts are enough to make an utterance again."""
    source = manifest(tmp_path / "m.jsonl", [{"id": "a", "text": "Hello.", "temperature": 0.9}])
    speak(source, tmp_path / "out")
    each = facts(tmp_path / "out")[0]
    model = load_model("lsd_2026_10")
    options = {
        name: each[name]
        for name in ("temperature", "decode_steps", "eos_threshold", "frames_after_eos")
    }
    samples = ptts_np.generate("Hello.", model=model, voice=VOICE, seed=each["seed"], **options)
    assert each["temperature"] == 0.9
    assert samples.size == each["samples"]


def test_words_with_their_times(tmp_path: Path) -> None:
    """Those that `generate_with_words` finds, beside the same sound."""
    text = "It is 5 pm. Well!"
    source = manifest(tmp_path / "m.jsonl", [{"id": "a", "text": text}, {"id": "b", "text": "Hi."}])
    ptts_np.corpus(source, tmp_path / "with", model="mini", words=True)
    ptts_np.corpus(source, tmp_path / "without", model="mini")
    with_words, without = facts(tmp_path / "with")[0], facts(tmp_path / "without")[0]
    words = with_words.pop("words")
    assert without.pop("words") == []
    assert with_words == without
    _, found = ptts_np.generate_with_words(text, seed=with_words["seed"])
    assert [word["word"] for word in words] == [word.word for word in found]
    for word, expected in zip(words, found, strict=True):
        assert word["start"] == pytest.approx(expected.start, abs=1e-3)
        assert 0 <= word["start"] <= word["end"] <= with_words["duration"] + 1e-3
    assert text[words[-1]["first"] : words[-1]["last"]] == "Well!"


def test_words_of_a_model_that_has_no_times(tmp_path: Path) -> None:
    source = manifest(tmp_path / "m.jsonl", texts(1))
    with pytest.raises(InputError, match="text_heads"):
        speak(source, tmp_path / "out", words=True)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("layout", ["webdataset", "shar", "parquet"])
@pytest.mark.parametrize("coding", ["flac", "opus"])
def test_the_same_bytes_however_divided(
    tmp_path: Path, layout: str, coding: str, monkeypatch: Any
) -> None:
    if coding == "opus":
        pytest.importorskip("av")
    if layout == "parquet":
        pytest.importorskip("pyarrow")
    source = manifest(tmp_path / "m.jsonl", texts(6))
    work: dict[str, Any] = {"layout": layout, "coding": coding}
    speak(source, tmp_path / "a", **work)
    with monkeypatch.context() as patched:
        patched.setattr(many, "TEXTS_SIDE_BY_SIDE", 1)
        speak(source, tmp_path / "b", **work)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    speak(source, tmp_path / "c", seed=1, **work)
    assert contents(tmp_path / "c").keys() == contents(tmp_path / "a").keys()
    assert contents(tmp_path / "c") != contents(tmp_path / "a")


def test_rows_that_fail_are_listed_and_the_rest_is_spoken(tmp_path: Path) -> None:
    rows = texts(8)
    rows[2] |= {"voice": "nobody"}
    rows[3] |= {"text": "\x02"}
    rows[5] |= {"temperature": 99}
    rows[6] |= {"model": "no-such-model"}
    rows.append({"id": "r1", "text": "again"})
    made = speak(manifest(tmp_path / "m.jsonl", rows), tmp_path / "out")
    assert (made.utterances, made.failures) == (4, 5)
    assert [each["id"] for each in facts(tmp_path / "out")] == ["r0", "r1", "r4", "r7"]
    found = failures(tmp_path / "out")
    assert [(id_, line) for id_, line, _ in found] == [
        ("r1", 9), ("r2", 3), ("r3", 4), ("r5", 6), ("r6", 7),
    ]  # fmt: skip
    words = ["occurred before", "no voice or file 'nobody'", "control", "temperature", "no model"]
    assert all(word in reason for word, (_, _, reason) in zip(words, found, strict=True))


def test_what_failed_can_be_tried_again(tmp_path: Path) -> None:
    """A voice that was not there: its shard alone is spoken again once it is."""
    rows = texts(8)
    rows[6] |= {"voice": str(tmp_path / "late.safetensors")}
    source = manifest(tmp_path / "m.jsonl", rows)
    assert speak(source, tmp_path / "out").failures == 1
    (tmp_path / "late.safetensors").write_bytes(Path(VOICE).read_bytes())
    assert speak(source, tmp_path / "out").failures == 1
    made = speak(source, tmp_path / "out", retry_failed=True)
    assert (made.failures, made.utterances, made.kept_shards) == (0, 8, 1)


def test_a_network_that_is_away_is_tried_again(tmp_path: Path, monkeypatch: Any) -> None:
    tried = []

    def load(model: Any, voice: str) -> Any:
        tried.append(voice)
        if len(tried) % 3:
            raise FetchError("the network is away")
        return original(model, voice)

    from ptts_np.corpora import speech

    original = load_voice
    monkeypatch.setattr(speech, "load_voice", load)
    source = manifest(tmp_path / "m.jsonl", texts(2))
    with pytest.raises(FetchError, match="away"):
        speak(source, tmp_path / "out")
    tried.clear()
    rows = [{**row, "voice": VOICE} for row in texts(2)]
    source = manifest(tmp_path / "n.jsonl", rows)
    assert speak(source, tmp_path / "a", voice=None, tries=3).utterances == 2
    assert len(tried) == 3
    tried.clear()
    made = speak(source, tmp_path / "b", voice=None, tries=2)
    assert [reason for _, _, reason in failures(tmp_path / "b")] == ["the network is away"]
    assert made.utterances == 1


@pytest.mark.skipif(sys.platform == "win32", reason="processes are killed otherwise there")
def test_killed_at_random_moments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTTS_TYPECHECK", "0")
    source = manifest(tmp_path / "m.jsonl", texts(400))
    command = [sys.executable, "-m", "ptts_np", "corpus", str(source)]
    rest = ["--model", MODEL, "--voice", VOICE, "--backend", "numba", "--shard_rows", "10"]
    rest += ["--frames_after_eos", "1", "--eos_threshold", "-1000"]
    seconds = undisturbed([*command, str(tmp_path / "quiet"), *rest]).seconds
    moments = kill_moments(3, seconds, random.Random(2))
    moments += [part * seconds for part in (0.7, 0.8, 0.9)]
    killed, _ = disturbed([*command, str(tmp_path / "shaken"), *rest], moments)
    assert killed > 0
    assert contents(tmp_path / "shaken") == contents(tmp_path / "quiet")


def test_a_lost_or_damaged_shard_is_spoken_again(tmp_path: Path) -> None:
    source = manifest(tmp_path / "m.jsonl", texts(12))
    speak(source, tmp_path / "out")
    whole = contents(tmp_path / "out")
    (tmp_path / "out" / "shards" / "000000.tar").unlink()
    (tmp_path / "out" / "work" / "000001.json").write_text('{"files"', encoding="utf-8")
    made = speak(source, tmp_path / "out")
    assert made.kept_shards == 1
    assert contents(tmp_path / "out") == whole


def test_other_settings_or_rows_are_refused(tmp_path: Path) -> None:
    source = manifest(tmp_path / "m.jsonl", texts(4))
    speak(source, tmp_path / "out")
    before = contents(tmp_path / "out")
    for change in ({"seed": 1}, {"coding": "opus"}, {"shard_rows": 2}, {"temperature": 0.1}):
        with pytest.raises(InputError, match="another manifest or other settings"):
            speak(source, tmp_path / "out", **change)
    manifest(source, texts(5))
    with pytest.raises(InputError, match="another manifest or other settings"):
        speak(source, tmp_path / "out")
    assert contents(tmp_path / "out") == before


def test_two_runs_in_one_folder(tmp_path: Path) -> None:
    source = manifest(tmp_path / "m.jsonl", texts(8))
    refused = []

    def again(_: Progress) -> None:
        with pytest.raises(InputError, match="another run is at work"):
            speak(source, tmp_path / "out")
        refused.append(True)

    assert speak(source, tmp_path / "out", progress=again).utterances == 8
    assert refused


def test_a_store_that_is_no_disk(tmp_path: Path) -> None:
    """The same bytes in fsspec's memory, which stands for an object store."""
    import fsspec

    source = manifest(tmp_path / "m.jsonl", texts(6))
    speak(source, tmp_path / "out")
    speak(source, "memory://corpora/one")
    files = fsspec.filesystem("memory")
    for name, data in contents(tmp_path / "out").items():
        assert files.cat_file(f"/corpora/one/{name}") == data
    assert speak(source, "memory://corpora/one").kept_shards == 2
    files.pipe_file("/m.jsonl", source.read_bytes())
    assert speak("memory://m.jsonl", tmp_path / "out").kept_shards == 2  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"coding": "mp3"}, "coding must be one of"),
        ({"layout": "zip"}, "layout must be one of"),
        ({"on": "slurm"}, "on must be local, ray"),
        ({"shard_rows": 0}, "shard_rows must be"),
        ({"tries": 0}, "tries must be"),
        ({"seed": -1}, "seed must be"),
        ({"cores_each": 0}, "cores_each must be"),
        ({"voice": "nobody"}, "no voice or file"),
        ({"model": "nobody"}, "no model"),
        ({"temperature": 9.0}, "temperature must be"),
    ],
)
def test_refusals_leave_nothing(tmp_path: Path, options: Any, words: str) -> None:
    source = manifest(tmp_path / "m.jsonl", texts(1))
    with pytest.raises(PttsError, match=words):
        speak(source, tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


def test_an_output_that_holds_something_else(tmp_path: Path) -> None:
    """Nothing of another's is overwritten, not even a manifest that has a result's name."""
    source = manifest(tmp_path / "manifest.jsonl", texts(2))
    before = source.read_bytes()
    with pytest.raises(InputError, match=r"holds manifest\.jsonl, which is no corpus"):
        speak(source, tmp_path)
    assert source.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.jsonl"]
    with pytest.raises(OutputError, match=r"can't read .*Not a directory"):
        speak(source, source)
    assert source.read_bytes() == before

    import fsspec

    fsspec.filesystem("memory").pipe_file("/another/corpus.json", b"mine")
    with pytest.raises(InputError, match=r"holds corpus\.json"):
        speak(source, "memory://another")


def test_a_damaged_list_of_work(tmp_path: Path) -> None:
    source = manifest(tmp_path / "m.jsonl", texts(4))
    speak(source, tmp_path / "out")
    whole = contents(tmp_path / "out")
    worklist = tmp_path / "out" / "work" / "worklist.json"
    worklist.write_text('{"places"', encoding="utf-8")
    with pytest.raises(InputError, match=r"worklist\.json is damaged: remove it"):
        speak(source, tmp_path / "out")
    worklist.unlink()
    assert speak(source, tmp_path / "out").kept_shards == 1
    assert contents(tmp_path / "out") == whole


def test_an_unknown_voice_in_row_17(tmp_path: Path) -> None:
    rows = texts(20)
    rows[16] |= {"voice": "nobody"}
    made = speak(manifest(tmp_path / "m.jsonl", rows), tmp_path / "out")
    assert (made.utterances, made.failures) == (19, 1)
    [(id_, line, reason)] = failures(tmp_path / "out")
    assert (id_, line) == ("r16", 17)
    assert "nobody" in reason


def test_a_manifest_without_a_good_row(tmp_path: Path) -> None:
    source = manifest(tmp_path / "m.jsonl", [{"id": "a"}])
    with pytest.raises(InputError, match=r"no row to speak: text: .* \(line 1\)"):
        speak(source, tmp_path / "out")
    source.write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="no row to speak"):
        speak(source, tmp_path / "out")


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on files there")
def test_a_full_disk(tmp_path: Path) -> None:
    import resource

    source = manifest(tmp_path / "m.jsonl", texts(8))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        with pytest.raises(OutputError, match="can't write"):
            speak(source, tmp_path / "out")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not list((tmp_path / "out").glob("shards/*"))
    assert speak(source, tmp_path / "out").utterances == 8


def test_lhotse_lines(tmp_path: Path) -> None:
    """What Lhotse needs, without Lhotse: the same order in both files, and equal lengths."""
    speak(manifest(tmp_path / "m.jsonl", texts(3)), tmp_path / "out", layout="shar")
    cuts = gzip.decompress((tmp_path / "out" / "shar" / "cuts.000000.jsonl.gz").read_bytes())
    listed = [json.loads(line) for line in cuts.splitlines()]
    with tarfile.open(tmp_path / "out" / "shar" / "recording.000000.tar") as archive:
        names = archive.getnames()
    assert [cut["id"] for cut in listed] == ["r0", "r1", "r2"]
    assert names == [f"r{n}.{end}" for n in range(3) for end in ("flac", "json")]
    assert listed[1]["supervisions"][0]["text"] == "Text 1."


def test_a_record_names_only_what_is_written(tmp_path: Path, monkeypatch: Any) -> None:
    """The record comes last: what stops between the shard and its record is spoken again."""
    source = manifest(tmp_path / "m.jsonl", texts(4))

    def record_name(_: int) -> str:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(shards_module, "record_name", record_name)
        patched.setattr(shards_module, "read_record", lambda *_: None)
        with pytest.raises(KeyboardInterrupt):
            speak(source, tmp_path / "out")
    assert (tmp_path / "out" / "shards" / "000000.tar").exists()
    assert speak(source, tmp_path / "out").kept_shards == 0


def test_the_command(tmp_path: Path, capsys: Any) -> None:
    source = manifest(tmp_path / "m.jsonl", [*texts(3), {"id": "bad"}])
    command = ["corpus", str(source), str(tmp_path / "out"), "--model", MODEL, "--voice", VOICE]
    assert run([*command, "--eos_threshold=-1000"]) == 0
    err = capsys.readouterr().err
    assert "3 utterances" in err
    assert "1 row given up: see" in err
    assert run([*command, "--eos_threshold=-1000", "--on", "mars"]) == 2
