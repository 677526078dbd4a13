"""The server's parts by themselves."""

import asyncio
import random
import socket
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("fastapi")

from ptts_np.audio.tempo import Tempo
from ptts_np.cli import commands as cli
from ptts_np.errors import InputError, VoiceError
from ptts_np.serve import remote
from ptts_np.serve.admission import Admission, Busy, Slot
from ptts_np.serve.settings import check_settings
from ptts_np.serve.speed import Speed, expected_wait
from ptts_np.serve.voices import StateCache


@dataclass
class Clock:
    """A time that stands still."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


class TestAdmission:
    def test_bounds(self) -> None:
        async def work() -> None:
            admission = Admission(slots=1, streams=2, queue=1, queue_seconds=5)
            first = await admission.enter()
            waiting = [asyncio.ensure_future(admission.enter()) for _ in range(2)]
            await asyncio.sleep(0)
            with pytest.raises(Busy) as busy:
                await admission.enter()
            assert busy.value.retry_after >= 1
            first.leave()
            second = await waiting[0]
            assert not waiting[1].done()
            second.park()
            third = await waiting[1]
            for slot in (second, third):
                slot.leave()
                slot.leave()  # once more does nothing
            assert (admission.active, admission.open) == (0, 0)

        run(work())

    def test_new_ones_go_before_those_ahead_and_after_those_behind(self) -> None:
        async def work() -> None:
            admission = Admission(slots=1, streams=8, queue=8, queue_seconds=5)
            order: list[str] = []

            async def stream(name: str, sizes: list[float]) -> None:
                slot = await admission.enter()
                for size in sizes:
                    order.append(name)
                    await asyncio.sleep(0)
                    await slot.turn(size)
                slot.leave()

            await asyncio.gather(stream("a", [5.0, 5.0]), stream("b", [1.0, 1.0, 9.0, 1.0]))
            assert order == ["a", "b", "b", "b", "a", "b"]

        run(work())

    def test_equal_shares(self) -> None:
        async def work() -> None:
            admission = Admission(slots=2, streams=8, queue=8, queue_seconds=5)
            done = dict.fromkeys(range(6), 0)

            async def stream(name: int) -> None:
                slot = await admission.enter()
                for _ in range(50):
                    done[name] += 1
                    await asyncio.sleep(0)
                    await slot.turn(0.3)
                    if max(done.values()) < 50:
                        assert max(done.values()) - min(done.values()) <= 3
                slot.leave()

            await asyncio.gather(*(stream(name) for name in range(6)))

        run(work())

    def test_too_long_a_wait(self) -> None:
        async def work() -> None:
            admission = Admission(slots=1, streams=1, queue=4, queue_seconds=0.02)
            slot = await admission.enter()
            with pytest.raises(Busy):
                await admission.enter()
            assert admission.waiting == 0
            slot.leave()
            assert admission.open == 0

        run(work())

    @settings(deadline=None, max_examples=50)
    @given(st.integers(0, 1 << 32))
    def test_nothing_is_lost_whatever_happens(self, seed: int) -> None:
        """Streams that enter, take turns, park, and are cancelled anywhere."""
        chance = random.Random(seed)

        async def work() -> None:
            admission = Admission(slots=2, streams=3, queue=20, queue_seconds=0.01)

            async def stream() -> None:
                slot: Slot | None = None
                try:
                    slot = await admission.enter()
                    for _ in range(chance.randrange(4)):
                        await asyncio.sleep(0)
                        assert admission.active <= 2
                        assert admission.begun <= 3 + admission.streams
                        if chance.random() < 0.3:
                            chance.choice([slot.park, slot.lend])()
                            await asyncio.sleep(0)
                        await slot.turn(chance.random())
                except Busy:
                    pass
                finally:
                    if slot is not None:
                        slot.leave()

            streams = [asyncio.ensure_future(stream()) for _ in range(10)]
            for one in streams:
                if chance.random() < 0.5:
                    for _ in range(chance.randrange(5)):
                        await asyncio.sleep(0)
                    one.cancel()
            await asyncio.gather(*streams, return_exceptions=True)
            assert (admission.active, admission.begun, admission.open) == (0, 0, 0)
            assert admission.lent == 0
            (await admission.enter()).leave()

        run(work())

    def test_who_is_far_ahead_lends_its_place(self) -> None:
        async def work() -> None:
            clock = Clock()
            admission = Admission(4, 2, 8, 5, clock=clock)
            ahead = [await admission.enter() for _ in range(2)]
            short = asyncio.ensure_future(admission.enter())
            await asyncio.sleep(0)
            assert not short.done()
            going_on = asyncio.ensure_future(ahead[0].turn(60.0))
            await asyncio.sleep(0)
            slot = await short
            assert (admission.begun, admission.lent) == (2, 1)
            assert not going_on.done(), "its listener has a minute to hear"
            slot.leave()
            await going_on
            assert (admission.begun, admission.lent) == (2, 0)
            for one in ahead:
                one.leave()

        run(work())

    def test_who_lent_its_place_has_it_again_before_its_listener_waits(self) -> None:
        async def work() -> None:
            clock = Clock()
            admission = Admission(4, 1, 8, 5, clock=clock)
            first = await admission.enter()
            second = asyncio.ensure_future(admission.enter())
            await asyncio.sleep(0)
            going_on = asyncio.ensure_future(first.turn(60.0))
            slot = await second
            clock.now += 56.0
            admission.admit()  # as its timer does
            await going_on
            assert admission.begun == 2
            for one in (first, slot):
                one.leave()

        run(work())

    @pytest.mark.parametrize("rate", [1.4, 6.5, 9.0])
    def test_nobody_stutters_however_many_come(self, rate: float) -> None:
        """Sixteen listeners of a model that speaks `rate` times real time for all together."""

        async def work() -> None:
            clock = Clock()
            speed = Speed(clock)
            admission = Admission(32, 32, 64, 1e3, speed, clock)
            gaps: dict[int, float] = {}

            async def listen(name: int) -> None:
                slot = await admission.enter(12.0)
                heard = None
                for _ in range(30):
                    clock.now += 0.4 / rate
                    if heard is not None:
                        gaps[name] = max(gaps.get(name, 0.0), clock.now - heard)
                    heard = max(heard or 0.0, clock.now) + 0.4
                    await asyncio.sleep(0)
                    await slot.turn(0.4)
                slot.leave()

            # one came before: the speed is known
            await listen(-1)
            assert speed.rate == pytest.approx(rate, rel=0.01)
            await asyncio.gather(*(listen(name) for name in range(16)))
            assert max(gaps.values()) < 0.3
            assert admission.open == 0

        run(work())

    def test_who_is_refused_learns_how_long_it_will_take(self) -> None:
        async def work() -> None:
            clock = Clock()
            speed = Speed(clock)
            admission = Admission(8, 2, 1, 5, speed, clock)
            speed.computes(True)
            clock.now += 1.0
            speed.made(2.5)  # two at a time
            slots = [await admission.enter(50.0) for _ in range(2)]
            waiting = asyncio.ensure_future(admission.enter(10.0))
            await asyncio.sleep(0)
            with pytest.raises(Busy) as busy:
                await admission.enter()
            assert busy.value.retry_after == 40  # 100 seconds of sound at 2.5 times real time
            waiting.cancel()
            for slot in slots:
                slot.leave()

        run(work())


@given(st.lists(st.floats(0.1, 50), max_size=12), st.integers(1, 5), st.floats(0.5, 20))
def test_the_expected_wait(ahead: list[float], places: int, rate: float) -> None:
    wait = expected_wait(ahead, places, rate)
    assert 0 <= wait <= sum(ahead) / rate + 1e-6
    assert (wait == 0) == (len(ahead) < places)
    assert expected_wait([*ahead, 1.0], places, rate) >= wait - 1e-9
    assert expected_wait(ahead, places, 2 * rate) == pytest.approx(wait / 2)


class TestTempo:
    @pytest.mark.parametrize("speed", [0.25, 0.7, 1.0, 1.3, 2.0, 4.0])
    def test_length_and_pitch(self, speed: float) -> None:
        tone = (0.5 * np.sin(2 * np.pi * 220 * np.arange(48_000) / 24_000)).astype(np.float32)
        tempo = Tempo(speed)
        out = np.concatenate([tempo.feed(tone), tempo.end()])
        assert out.size == round(tone.size / speed)
        middle = out[out.size // 2 :][:4096] * np.hanning(4096)
        peak = np.argmax(np.abs(np.fft.rfft(middle, 1 << 16))) * 24_000 / (1 << 16)
        assert abs(peak - 220) < 2
        assert np.abs(out).max() < 0.52
        assert np.abs(np.diff(out)).max() < 1.1 * np.abs(np.diff(tone)).max()

    @settings(deadline=None, max_examples=30)
    @given(st.lists(st.integers(0, 5000), max_size=8), st.sampled_from([0.25, 0.8, 1.5, 4.0]))
    def test_cuts_make_no_difference(self, cuts: list[int], speed: float) -> None:
        noise = np.random.default_rng(0).standard_normal(12_000).astype(np.float32)
        whole, pieces = Tempo(speed), Tempo(speed)
        expected = np.concatenate([whole.feed(noise), whole.end()])
        fed = [pieces.feed(part) for part in np.split(noise, np.cumsum(cuts).clip(0, noise.size))]
        assert np.array_equal(np.concatenate([*fed, pieces.end()]), expected)


class TestStates:
    @staticmethod
    def state(size: int) -> dict[str, Any]:
        return {"cache": np.zeros(size, np.uint8)}

    def test_least_recently_used_goes(self) -> None:
        async def work() -> None:
            cache, loads = StateCache(100), []

            async def ask(key: str) -> None:
                async def load() -> dict[str, Any]:
                    loads.append(key)
                    await asyncio.sleep(0)
                    return self.state(40)

                await cache.get(key, load)

            await asyncio.gather(*(ask("a") for _ in range(5)))
            for key in "bab":
                await ask(key)
            await ask("c")
            assert loads == ["a", "b", "c"]
            assert (len(cache), cache.bytes) == (2, 80)
            await ask("b")
            await ask("a")
            assert loads == ["a", "b", "c", "a"]
            assert cache.forget("a")
            assert not cache.forget("a")
            assert cache.bytes == 40

        run(work())

    def test_failed_loads_leave_nothing(self) -> None:
        async def work() -> None:
            cache = StateCache(100)

            async def fail() -> dict[str, Any]:
                raise VoiceError("no")

            for _ in range(2):
                with pytest.raises(VoiceError):
                    await cache.get("x", fail)
            assert (len(cache), cache.bytes, len(cache._loading)) == (0, 0, 0)

        run(work())


class TestAddresses:
    ALLOWED = ("voices.example", "huggingface.co", "internal.example:8443")

    @pytest.mark.parametrize(
        ("address", "url"),
        [
            ("https://voices.example/a b.wav", "https://voices.example/a%20b.wav"),
            ("https://VOICES.example:443/a.wav", "https://VOICES.example:443/a.wav"),
            ("https://internal.example:8443/a.wav", "https://internal.example:8443/a.wav"),
            ("hf://a/b/c/d.wav", "https://huggingface.co/a/b/resolve/main/c/d.wav"),
            ("hf://a/b/c.wav@12ab", "https://huggingface.co/a/b/resolve/12ab/c.wav"),
        ],
    )
    def test_allowed(self, address: str, url: str) -> None:
        assert remote.check_address(address, self.ALLOWED) == url

    @pytest.mark.parametrize(
        "address",
        [
            "http://voices.example/a.wav",
            "https://voices.example:8443/a.wav",
            "https://voices.example.evil.example/a.wav",
            "https://evil.example/?voices.example",
            "https://voices.example@evil.example/",
            "https://internal.example/a.wav",
            "hf://a/../../b.wav",
            "hf://a/b",
            "https://",
            "https://127.1/",
            "https://0x7f000001/",
            "https://[::ffff:127.0.0.1]/",
        ],
    )
    def test_refused(self, address: str) -> None:
        with pytest.raises(VoiceError):
            remote.check_address(address, self.ALLOWED)

    def test_redirects_stay_within(self) -> None:
        import urllib.request

        redirects = remote._AllowedRedirects(self.ALLOWED)
        asked = urllib.request.Request("https://voices.example/a.wav")

        class Body:
            def close(self) -> None:
                pass

        def follow(to: str) -> Any:
            return redirects.redirect_request(asked, Body(), 302, "", {}, to)

        assert follow("https://cdn.hf.co/x").full_url == "https://cdn.hf.co/x"
        elsewhere = ("https://127.0.0.1/", "http://cdn.hf.co/", "https://cdn.hf.co:22/")
        for to in (*elsewhere, "file:///etc/passwd"):
            with pytest.raises(VoiceError):
                follow(to)

    @pytest.mark.parametrize(
        ("address", "public"),
        [
            ("93.184.215.14", True),
            ("2606:2800:220:1::1", True),
            ("127.0.0.1", False),
            ("10.1.2.3", False),
            ("169.254.169.254", False),
            ("100.64.0.1", False),
            ("0.0.0.0", False),
            ("224.0.0.1", False),
            ("::1", False),
            ("::ffff:127.0.0.1", False),
            ("fe80::1%eth0", False),
            ("fd00::1", False),
            ("64:ff9b::7f00:1", False),
            ("64:ff9b::5db8:d70e", True),
            ("2002:7f00:1::", False),
            ("2002:5db8:d70e::", True),
            ("::127.0.0.1", False),
            ("2001:0:7f00:1::", False),
        ],
    )
    def test_public(self, address: str, public: bool) -> None:
        assert remote.is_public(address) == public

    @pytest.mark.parametrize(
        "name",
        [
            "localhost",
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f.1",
            "0177.0.0.1",
            "[::ffff:7f00:1]",
        ],
    )
    def test_names_of_this_computer(self, name: str) -> None:
        """An allowed name that leads here is dropped before anything is connected to."""
        with socket.create_server(("127.0.0.1", 0)) as private:
            host = f"{name}:{private.getsockname()[1]}"
            with pytest.raises(VoiceError, match="not on the public internet"):
                remote.fetch(f"https://{host}/a.wav", (host,), 1000)
            private.settimeout(0.05)
            with pytest.raises(TimeoutError):
                private.accept()

    def test_what_listens_there_is_not_told(self) -> None:
        """Whether a port is open or closed makes no difference to the answer."""
        with socket.create_server(("127.0.0.1", 0)) as private:
            opened = f"localhost:{private.getsockname()[1]}"
            with pytest.raises(VoiceError) as one:
                remote.fetch(f"https://{opened}/", (opened,), 1000)
        with pytest.raises(VoiceError) as other:
            remote.fetch(f"https://{opened}/", (opened,), 1000)
        assert str(one.value) == str(other.value)

    def test_one_private_address_of_several(self, monkeypatch: pytest.MonkeyPatch) -> None:
        found = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 443)) for ip in ("9.9.9.9", "10.0.0.1")
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        monkeypatch.setattr(socket, "create_connection", lambda *_: pytest.fail("it connected"))
        with pytest.raises(VoiceError, match="not on the public internet"):
            remote.fetch("https://voices.example/", ("voices.example",), 1000)

    def test_connects_to_what_was_looked_at(self, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[Any] = []

        def connect(address: Any, *_: Any) -> socket.socket:
            asked.append(address)
            raise ConnectionRefusedError

        found = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 443)) for ip in ("9.9.9.9", "1.1.1.1")
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        monkeypatch.setattr(socket, "create_connection", connect)
        with pytest.raises(VoiceError, match="can't fetch"):
            remote.fetch("https://voices.example/", ("voices.example",), 1000)
        assert asked == [("9.9.9.9", 443), ("1.1.1.1", 443)]


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"network": {"port": 70_000}}, "port"),
        ({"network": {"api_key": "short"}}, "api_key"),
        ({"network": {"allow_hosts": ["https://a.b/c"]}}, "allow_hosts"),
        ({"voice_folder": "/nowhere/at/all"}, "voice_folder"),
        ({"load": {"concurrency": 0}}, "concurrency"),
        ({"load": {"grace_seconds": float("inf")}}, "grace_seconds"),
        ({"limits": {"upload_mb": float("nan")}}, "upload_mb"),
        ({"load": {"unheard_of": 1}}, "unheard_of"),
    ],
)
def test_settings_say_which_is_wrong(values: dict[str, Any], name: str) -> None:
    with pytest.raises(InputError, match=f"--{name}"):
        check_settings(values)


def test_key_is_not_shown() -> None:
    chosen = check_settings({"network": {"api_key": "very secret"}})
    assert "very secret" not in repr(chosen)


def test_missing_extra_is_told(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setattr("ptts_np.cli.serve.find_spec", lambda name: None)
    assert cli.run(["serve"]) == 2
    assert 'pip install "ptts-np[serve]"' in capsys.readouterr().err


def test_port_in_use_is_told(capsys, tmp_path: Path) -> None:
    from tests.serving import FOLDER, VOICE

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        arguments = ["--model", str(FOLDER / "config.yaml"), "--voice", str(VOICE)]
        assert cli.run(["serve", "--port", str(port), *arguments]) == 1
    assert f"port {port}" in capsys.readouterr().err
