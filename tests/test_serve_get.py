"""Speech by GET, finished sounds and their parts, the lists other programs ask for."""

import io
import shutil
import subprocess
from collections.abc import Iterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("fastapi")
openai = pytest.importorskip("openai")

from starlette.datastructures import Headers  # noqa: E402

from ptts_np.serve.errors import ApiError  # noqa: E402
from ptts_np.serve.protocols import ranges  # noqa: E402
from ptts_np.serve.protocols.finished import FinishedSounds  # noqa: E402
from tests.serving import (  # noqa: E402
    TEXT,
    TLS,
    Live,
    get,
    live,
    options,
    pcm,
    recording,
    settings,
    speech,
    tiny_model,
)


@pytest.fixture(scope="module")
def server() -> Iterator[Live]:
    with live() as running:
        yield running


def listen(server: Live, headers: dict[str, str] | None = None, **asked: object) -> httpx.Response:
    query = {"input": TEXT, "response_format": "pcm", **options(3, 5), **asked}
    query = {name: value for name, value in query.items() if value is not None}
    return get(f"{server.url}/v1/audio/speech", params=query, headers=headers)


class TestGet:
    def test_is_what_the_library_makes(self, server: Live) -> None:
        first = listen(server)
        assert first.content == pcm(speech(3, 5))
        assert "content-length" not in first.headers
        second = listen(server)
        assert second.content == first.content
        assert second.headers["content-length"] == str(len(first.content))
        assert second.headers["accept-ranges"] == "bytes"
        assert second.headers["etag"] == first.headers["etag"]

    def test_an_address_is_one_sound_also_after_it_was_forgotten(self) -> None:
        with live(settings(limits={"sound_mb": 0})) as server:
            first, second = (listen(server, seed=None).content for _ in range(2))
            assert first == second != listen(server, seed=None, voice="alloy").content
            # nothing is kept: parts can't be had, the whole can
            answer = listen(server, {"Range": "bytes=0-1"}, seed=None)
            assert (answer.status_code, answer.content) == (200, first)

    @pytest.mark.parametrize(
        ("asked", "start", "stop"),
        [("0-1", 0, 2), ("100-", 100, None), ("-7", -7, None), ("5-99999999", 5, None)],
    )
    @pytest.mark.parametrize("seed", [11, 12])
    def test_parts(self, server: Live, seed: int, asked: str, start: int, stop: int | None) -> None:
        answer = listen(server, {"Range": f"bytes={asked}"}, seed=seed)
        whole = pcm(speech(seed, 5))
        assert answer.status_code == 206
        assert answer.content == whole[start:stop]
        first = start % len(whole)
        field = f"bytes {first}-{first + len(answer.content) - 1}/{len(whole)}"
        assert answer.headers["content-range"] == field

    def test_a_part_of_nothing(self, server: Live) -> None:
        answer = listen(server, {"Range": "bytes=99999999-"})
        assert answer.status_code == 416
        assert answer.headers["content-range"].startswith("bytes */")

    def test_unchanged_and_changed(self, server: Live) -> None:
        whole = listen(server)
        etag = whole.headers["etag"]
        listen(server)
        assert listen(server, {"If-None-Match": etag}).status_code == 304
        part = {"Range": "bytes=4-5"}
        assert listen(server, {**part, "If-Range": etag}).status_code == 206
        assert listen(server, {**part, "If-Range": '"other"'}).content == whole.content

    def test_a_player_that_begins_at_the_start_hears_it_being_made(self, server: Live) -> None:
        answer = listen(server, {"Range": "bytes=0-"}, seed=21)
        assert answer.status_code == 200
        assert "content-length" not in answer.headers

    def test_heads(self, server: Live) -> None:
        query = {"input": TEXT, **options(31)}
        url = f"{server.url}/v1/audio/speech"
        head = httpx.head(url, params=query, verify=TLS)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-type"] == "audio/mpeg"
        assert "content-length" not in head.headers
        size = len(get(url, params=query).content)
        assert httpx.head(url, params=query, verify=TLS).headers["content-length"] == str(size)
        refused = httpx.head(url, params={**query, "voice": "nobody"}, verify=TLS)
        assert refused.status_code == 400

    @pytest.mark.parametrize(
        ("asked", "param"),
        [
            ({"input": None}, "input"),
            ({"input": "?!"}, None),
            ({"input": "a" * 20_001}, "input"),
            ({"voice": "file:///etc/passwd"}, "voice"),
            ({"response_format": "exe"}, "response_format"),
            ({"speed": "inf"}, "speed"),
            ({"seed": -1}, "seed"),
            ({"temperature": "nan"}, "temperature"),
        ],
    )
    def test_refusals_say_what(self, server: Live, asked: dict, param: str | None) -> None:
        answer = listen(server, **asked)
        assert answer.status_code == 400
        assert answer.json()["error"]["param"] == param

    def test_a_server_that_ends_begins_nothing(self) -> None:
        with live() as server:
            server.speaker.draining = True
            assert listen(server).status_code == 503

    def test_pages_of_other_sites(self) -> None:
        network = {"cors_origins": ["https://friend.example"]}
        with live(settings(network=network)) as server:
            other = {"Sec-Fetch-Site": "cross-site"}
            assert listen(server, other).status_code == 403
            assert listen(server, {**other, "Referer": "https://evil.example/"}).status_code == 403
            friend = {**other, "Referer": "https://friend.example/page"}
            assert listen(server, friend).status_code == 200
            assert listen(server, {"Sec-Fetch-Site": "same-origin"}).status_code == 200

    def test_ffmpeg_and_curl_read_the_address(self, server: Live) -> None:
        query = httpx.QueryParams({"input": TEXT, "response_format": "wav", **options(3, 5)})
        url = f"{server.url}/v1/audio/speech?{query}"
        expected = pcm(speech(3, 5))
        import av

        # FFmpeg's own way to open an address, with its parts and all
        with av.open(url) as media:
            sound = b"".join(frame.to_ndarray().tobytes() for frame in media.decode(audio=0))
        assert sound == expected
        curl = shutil.which("curl") or pytest.skip("there is no curl")
        done = subprocess.run([curl, "-fsS", url], capture_output=True, check=True, timeout=30)
        assert done.stdout.endswith(expected)


class TestRanges:
    @given(st.integers(1, 50), st.integers(0, 60), st.none() | st.integers(0, 60))
    def test_every_part(self, size: int, first: int, last: int | None) -> None:
        asked = f"bytes={first}-{'' if last is None else last}"
        data = bytes(range(size))
        if last is not None and last < first:
            assert ranges.part(size, asked) is None
        elif first >= size:
            with pytest.raises(ApiError):
                ranges.part(size, asked)
        else:
            start, stop = ranges.part(size, asked) or (0, 0)
            assert data[start:stop] == data[first : None if last is None else last + 1]

    @pytest.mark.parametrize(
        "asked", ["", "bytes=", "bytes=-", "bytes=1-2,4-5", "lines=1-2", "bytes=a-b", "bytes=٣-"]
    )
    def test_what_cannot_be_read_is_the_whole(self, asked: str) -> None:
        assert ranges.part(10, asked) is None

    def test_from_the_start(self) -> None:
        assert ranges.from_start(Headers({}))
        assert ranges.from_start(Headers({"range": "bytes=0-"}))
        assert not ranges.from_start(Headers({"range": "bytes=0-1"}))


class TestFinished:
    @given(
        st.lists(
            st.tuples(st.sampled_from("abcdef"), st.lists(st.integers(0, 6), max_size=4)),
            max_size=12,
        ),
        st.randoms(use_true_random=False),
    )
    def test_never_more_than_the_bound(self, sounds: list[tuple[str, list[int]]], random) -> None:
        """Sounds recorded side by side, in any order, some of them left."""
        kept = FinishedSounds(10)
        open_ = [(key, list(sizes), kept.record(key)) for key, sizes in sounds]
        whole = {key: {bytes(sum(sizes)) for k, sizes in sounds if k == key} for key in "abcdef"}
        while open_:
            key, sizes, record = open_[random.randrange(len(open_))]
            if sizes:
                record.add(bytes(sizes.pop()))
            elif random.random() < 0.8:
                record.complete()
            if not sizes:
                record.close()
                open_.remove((key, sizes, record))
            found = {name: kept.get(name) for name in "abcdef"}
            assert kept.finished == sum(len(data or b"") for data in found.values())
            assert kept.finished + kept.recording <= 10
            assert all(data is None or data in whole[name] for name, data in found.items())
        assert kept.recording == 0

    def test_the_oldest_goes_first(self) -> None:
        kept = FinishedSounds(10)
        kept.put("a", bytes(4))
        kept.put("b", bytes(4))
        kept.get("a")
        kept.put("c", bytes(4))
        assert kept.get("b") is None
        assert kept.get("a") is not None

    def test_recording(self) -> None:
        kept = FinishedSounds(10)
        record = kept.record("a")
        record.add(b"1234")
        record.add(b"5")
        assert kept.get("a") is None
        record.complete()
        assert kept.get("a") == b"12345"
        large = kept.record("b")
        large.add(bytes(11))
        large.complete()
        assert large.full
        assert kept.get("b") is None

    def test_who_leaves_keeps_nothing(self, server: Live) -> None:
        kept = server.app.state.sounds
        before = kept.finished
        query = {"input": "word " * 300, "response_format": "wav", **options(3, 100)}
        with httpx.stream("GET", f"{server.url}/v1/audio/speech", params=query) as answer:
            next(answer.iter_raw())
            assert kept.recording > 0
        server.until(lambda _: kept.recording == 0)
        assert kept.finished == before


class TestLists:
    def test_menus(self, server: Live) -> None:
        models = get(f"{server.url}/v1/audio/models").json()["models"]
        assert [model["id"] for model in models] == [tiny_model().name]

    def test_voices_of_the_folder(self, tmp_path) -> None:
        (tmp_path / "anna.wav").write_bytes(recording())
        with live(settings(voice_folder=str(tmp_path))) as server:
            voices = get(f"{server.url}/v1/audio/voices").json()["voices"]
        assert {"id": "anna", "name": "anna"}.items() <= voices[0].items()

    def test_a_voice_of_ones_own(self, server: Live) -> None:
        with openai.OpenAI(base_url=f"{server.url}/v1", api_key="x", max_retries=0) as client:
            made = client.audio.voices.create(
                name="me", consent="cons_1", audio_sample=("me.wav", io.BytesIO(recording()))
            )
            assert (made.name, made.object, made.type) == ("me", "audio.voice", "audio_sample")
            answer = client.audio.speech.create(
                model="gpt-4o-mini-tts-2025-12-15",
                voice={"id": made.id},
                input=TEXT,
                instructions="Whisper.",
                response_format="pcm",
                extra_body=options(3, 5),
            )
            assert len(answer.content) == len(pcm(speech(3, 5)))
            assert answer.content != pcm(speech(3, 5))
            assert client.audio.voices.delete(made.id).deleted
            with pytest.raises(openai.NotFoundError):
                client.audio.voices.delete(made.id)
