"""The page in a real browser: it speaks while it draws, stops, and takes a voice."""

import base64
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

pytest.importorskip("fastapi")

import ptts_np
from ptts_np.serve import admission
from ptts_np.serve.settings import check_settings
from ptts_np.voice import voice_names
from tests.browsing import launched
from tests.proxying import proxied
from tests.serving import Live, live, recording, settings, speech

# counts what reaches the audio graph, and its loudest sample
LISTEN = """
window.heard = {samples: 0, peak: 0, playing: 0};
const start = AudioBufferSourceNode.prototype.start;
AudioBufferSourceNode.prototype.start = function (...when) {
  const data = this.buffer.getChannelData(0);
  heard.samples += data.length;
  for (const value of data) heard.peak = Math.max(heard.peak, Math.abs(value));
  heard.playing++;
  this.addEventListener("ended", () => heard.playing--);
  return start.apply(this, when);
};
"""
LIT = """
window.lit = [];
new MutationObserver(() => {
  const word = document.querySelector("#words mark");
  if (word) lit.push(word.textContent);
}).observe(document.querySelector("#words"), { childList: true });
"""
STRETCH = """
const fetched = window.fetch;
window.fetch = (path, options = {}) => {
  if (typeof options.body === "string")
    options.body = JSON.stringify({...JSON.parse(options.body), ...window.sampling});
  return fetched(path, options);
};
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Live]:
    with live() as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched() as browser:
        yield browser


@contextmanager
def visit(browser: Any, server: Live, **options: Any) -> Iterator[Any]:
    """The page, which asks nobody else and makes no errors."""
    with browser.new_context(**options) as context:
        page = context.new_page()
        errors: list[str] = []

        def outside(request: Any) -> None:
            if not request.url.startswith((server.url, "data:", "blob:")):
                errors.append(request.url)

        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", outside)
        page.add_init_script(LISTEN + STRETCH)
        page.goto(server.url)
        yield page
        assert errors == []


def wait(page: Any, condition: str, seconds: float = 20) -> None:
    """Until an expression is true; playwright's own way needs eval, which the page forbids."""
    end = time.monotonic() + seconds
    while not page.evaluate(condition):
        assert time.monotonic() < end, condition
        page.wait_for_timeout(20)


def sampling(page: Any, frames: int) -> None:
    """Fix how long the tiny model speaks."""
    page.evaluate(
        "frames => { window.sampling = {eos_threshold: -1000, frames_after_eos: frames} }", frames
    )


def shot(page: Any, name: str) -> None:
    """Keep a picture where PTTS_SHOTS says."""
    if folder := os.environ.get("PTTS_SHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def test_type_speak_download_again(browser: Any, server: Live, tmp_path: Path) -> None:
    with visit(browser, server) as page:
        sampling(page, 10)
        page.fill("#text", "Hello there, world.")
        page.fill("#seed", "3")
        page.keyboard.press("Control+Enter")
        page.wait_for_selector("#download:enabled")
        expected = speech(3, 10)
        assert page.evaluate("heard.samples") == expected.size
        assert page.evaluate("heard.peak") > 0.01
        assert page.inner_text("#first").endswith("ms")
        assert page.inner_text("#length") == f"{expected.size / 24_000:.1f} s"
        assert page.inner_text("#factor").endswith("×")
        assert "seconds of speech" in page.get_attribute("#wave", "aria-label")
        drawn = "document.querySelector('#wave').getContext('2d').getImageData(0, 0, 600, 90).data"
        assert page.evaluate(f"{drawn}.some(value => value > 0)")
        with page.expect_download() as download:
            page.click("#download")
        assert download.value.suggested_filename == "speech.wav"
        download.value.save_as(tmp_path / "speech.wav")
        assert (tmp_path / "speech.wav").stat().st_size == 44 + 2 * expected.size
        page.click("#again")
        assert page.evaluate("heard.samples") == 2 * expected.size


def test_words_light_up_while_they_are_heard(browser: Any, tmp_path: Path) -> None:
    text = "\N{SMILING FACE WITH OPEN MOUTH} Hello there, world."
    running = live(check_settings({"network": {"port": 0}}), ptts_np.load_model("mini"))
    with running as server, visit(browser, server) as page:
        wait(page, "timed")
        page.evaluate(LIT)
        page.fill("#text", text)
        page.fill("#seed", "3")
        page.keyboard.press("Control+Enter")
        page.wait_for_selector("#captions:enabled")
        # once all words are known: a slow machine tells them when they have been heard
        page.click("#again")
        wait(page, "lit.length > 0")
        page.wait_for_selector("#captions:enabled")
        assert set(page.evaluate("lit")) <= set(text.split())
        assert page.text_content("#words") == text
        with page.expect_download() as download:
            page.click("#captions")
        assert download.value.suggested_filename == "speech.vtt"
        download.value.save_as(tmp_path / "speech.vtt")
        lines = (tmp_path / "speech.vtt").read_text(encoding="utf-8").splitlines()
        assert lines[0] == "WEBVTT"
        assert lines[3::3] == page.evaluate("speech.words.map(({word}) => word)")
        assert re.fullmatch(r"\d\d:\d\d:\d\d\.\d{3} --> \d\d:\d\d:\d\d\.\d{3}", lines[2])
        shot(page, "words")


def test_plays_before_the_speech_is_complete_and_stops_at_once(browser: Any, server: Live) -> None:
    with visit(browser, server) as page:
        page.evaluate("window.sampling = {eos_threshold: 1000}")
        page.fill("#text", "word " * 1500)
        page.click("#speak")
        wait(page, "heard.samples > 0")
        assert page.inner_text("#speak-label") == "Stop"
        assert server.speaker.admission.open == 1
        page.click("#speak")
        assert page.inner_text("#status") == "Stopped."
        assert page.inner_text("#speak-label") == "Speak"
        server.idle(2)
        assert page.evaluate("speech.player.context.state") == "closed"


def drop(page: Any, data: bytes, name: str, kind: str = "audio/wav") -> None:
    page.evaluate(
        """([data, name, type]) => {
          const bytes = Uint8Array.from(atob(data), c => c.charCodeAt(0));
          const carried = new DataTransfer();
          carried.items.add(new File([bytes], name, {type}));
          document.body.dispatchEvent(
            new DragEvent("drop", {dataTransfer: carried, bubbles: true, cancelable: true}));
        }""",
        [base64.b64encode(data).decode(), name, kind],
    )


def test_drop_and_record_a_voice(browser: Any, server: Live) -> None:
    with visit(browser, server, permissions=["microphone"]) as page:
        drop(page, recording(), "Aunt Ida.wav")
        wait(page, "document.querySelector('#status').textContent.includes('ready')")
        assert page.input_value("#voice").startswith("upload-")
        page.click("#record")
        page.wait_for_timeout(1500)
        page.click("#record")
        wait(page, "document.querySelector('#voice').options.length > 2")
        sampling(page, 0)
        page.click("#speak")
        page.wait_for_selector("#download:enabled")
        assert page.evaluate("heard.samples") > 0


def test_a_voice_that_is_dropped_before_the_page_knows_its_model(
    browser: Any, server: Live
) -> None:
    with visit(browser, server) as page:
        held: list[Any] = []
        page.route("**/v1/voices", lambda route: held.append(route))
        page.reload()
        while not held:
            page.wait_for_timeout(20)
        drop(page, recording(), "Aunt Ida.wav")
        page.wait_for_timeout(200)
        assert page.inner_text("#status") == ""
        held[0].continue_()
        page.unroute("**/v1/voices")  # the recording goes to the same address
        wait(page, "document.querySelector('#status').textContent.includes('ready')")
        assert page.input_value("#voice").startswith("upload-")


def test_each_voice_of_a_model_that_takes_no_others(browser: Any) -> None:
    model = ptts_np.load_model()
    with (
        live(check_settings({"network": {"port": 0}}), model) as server,
        visit(browser, server) as page,
    ):
        drop(page, recording(), "Aunt Ida.wav")
        wait(page, "document.querySelector('#status').textContent.includes('own voices only')")
        assert not page.is_visible("#cloning")
        names = page.evaluate("[...document.querySelector('#voice').options].map(o => o.value)")
        assert names == voice_names(model.name, model.voices)
        page.fill("#text", "Hi.")
        page.fill("#seed", "1")
        for name in names:
            page.select_option("#voice", name)
            before = page.evaluate("heard.samples")
            page.click("#speak")
            page.wait_for_selector("#download:enabled")
            expected = ptts_np.generate("Hi.", model=model, voice=name, seed=1).size
            assert page.evaluate("heard.samples") - before == expected


def test_who_waits_is_told(browser: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "AHEAD", 1e9)  # nobody lends its place
    chosen = settings(load={"concurrency": 1, "streams": 1})
    with live(chosen) as server, visit(browser, server) as page:
        body = server.ask(input="word " * 2000, eos_threshold=1000.0)
        with httpx.stream("POST", f"{server.url}/v1/audio/speech", json=body) as other:
            pieces = other.iter_raw()
            next(pieces)
            sampling(page, 0)
            page.click("#speak")
            wait(page, "document.querySelector('#status').textContent.includes('Waiting')")
        page.wait_for_selector("#download:enabled")
        assert page.inner_text("#status") == ""


def test_errors_are_told(browser: Any, server: Live) -> None:
    with visit(browser, server) as page:
        page.fill("#text", "  ")
        page.click("#speak")
        assert "first" in page.inner_text("#status")
        page.fill("#text", "Hi.")
        page.fill("#seed", "many")
        page.click("#speak")
        assert "whole number" in page.inner_text("#status")
        page.fill("#seed", "")
        page.route("**/v1/audio/speech", lambda route: route.abort())
        page.click("#speak")
        wait(page, "document.querySelector('#status').textContent.includes('reached')")
        assert page.inner_text("#speak-label") == "Speak"


def refuse(page: Any) -> None:
    answer = {"error": {"message": "the server is busy"}}
    page.route("**/v1/audio/speech", lambda route: route.fulfill(status=429, json=answer))


def test_what_was_heard_stays_after_a_refusal(browser: Any, server: Live, tmp_path: Path) -> None:
    with visit(browser, server) as page:
        sampling(page, 10)
        page.fill("#text", "Hello there, world.")
        page.fill("#seed", "3")
        page.click("#speak")
        page.wait_for_selector("#download:enabled")
        length = page.inner_text("#length")
        refuse(page)
        page.fill("#seed", "4")
        page.click("#speak")
        wait(page, "document.querySelector('#status').textContent.includes('busy')")
        assert page.is_enabled("#again")
        assert (page.inner_text("#used-seed"), page.inner_text("#length")) == ("3", length)
        with page.expect_download() as download:
            page.click("#download")
        download.value.save_as(tmp_path / "speech.wav")
        assert (tmp_path / "speech.wav").stat().st_size == 44 + 2 * speech(3, 10).size


def test_speed(browser: Any, server: Live) -> None:
    with visit(browser, server) as page:
        sampling(page, 30)
        page.fill("#text", "Hello there, world.")
        page.fill("#speed", "2")
        assert page.inner_text("#speed-value") == "2.00×"
        page.fill("#seed", "3")
        page.click("#speak")
        page.wait_for_selector("#download:enabled")
        assert page.evaluate("heard.samples") == pytest.approx(speech(3, 30).size / 2, rel=0.1)


def test_text_and_settings_are_kept_on_reload(browser: Any, server: Live) -> None:
    with visit(browser, server) as page:
        drop(page, recording(), "Aunt Ida.wav")
        wait(page, "document.querySelector('#status').textContent.includes('ready')")
        voice = page.input_value("#voice")
        page.fill("#text", "A text of mine.")
        page.fill("#speed", "1.5")
        page.fill("#temperature", "0")
        page.reload()
        wait(page, f"document.querySelector('#voice').value === '{voice}'")
        assert page.input_value("#text") == "A text of mine."
        assert page.input_value("#speed") == "1.5"
        assert page.input_value("#temperature") == "0"
        sampling(page, 0)
        page.click("#speak")
        page.wait_for_selector("#download:enabled")


def test_who_writes_before_the_voices_are_known_keeps_the_voice(browser: Any, server: Live) -> None:
    with visit(browser, server) as page:
        drop(page, recording(), "Aunt Ida.wav")
        wait(page, "document.querySelector('#status').textContent.includes('ready')")
        voice = page.input_value("#voice")
        page.route("**/v1/voices", lambda route: route.abort())
        page.reload()
        page.fill("#text", "Early.")
        page.unroute("**/v1/voices")
        page.reload()
        wait(page, f"document.querySelector('#voice').value === '{voice}'")
        assert page.input_value("#text") == "Early."


def test_what_was_said_can_be_said_again(browser: Any, server: Live) -> None:
    with visit(browser, server) as page:
        sampling(page, 0)
        assert not page.is_visible("#history")
        for text in ("First.", "<b>Second</b>.", "First."):
            page.fill("#text", text)
            page.click("#speak")
            page.wait_for_selector("#download:enabled")
            wait(page, "document.querySelector('#said').textContent.length > 0")
        page.reload()
        page.click("#history summary")
        assert page.locator("#said span").all_inner_texts() == ["First.", "<b>Second</b>."]
        page.click("#said li:nth-child(2) button")
        assert page.input_value("#text") == "<b>Second</b>."
        assert page.input_value("#seed") != ""
        page.click("#forget")
        page.reload()
        assert not page.is_visible("#history")


def test_a_link_carries_text_and_settings(browser: Any, server: Live) -> None:
    allowed = ["clipboard-read", "clipboard-write"]
    with visit(browser, server, permissions=allowed) as page:
        page.fill("#text", "Three & four = #7?\nNext line.")
        page.fill("#speed", "0.8")
        page.click("#share")
        wait(page, "document.querySelector('#status').textContent.includes('copied')")
        link = page.evaluate("navigator.clipboard.readText()")
    with visit(browser, server) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(link)
        wait(page, "document.querySelector('#voice').options.length > 0")
        assert page.input_value("#text") == "Three & four = #7?\nNext line."
        assert page.input_value("#speed") == "0.8"
        assert not any("Three" in address.partition("#")[0] for address in asked)
        page.fill("#text", "Mine.")
        assert page.evaluate("location.hash") == ""


def test_pauses_and_lines_of_voices(browser: Any) -> None:
    model = ptts_np.load_model()
    with live(check_settings({"network": {"port": 0}}), model) as server:
        with visit(browser, server) as page:
            wait(page, "document.querySelector('#voice').options.length > 0")
            page.fill("#text", "Hi.")
            page.click("#pause")
            assert page.input_value("#text") == "Hi. [pause 1s] "
            names = voice_names(model.name, model.voices)
            assert page.is_visible("#line") == (len(names) > 1)
        with visit(browser, server) as page:
            voices = {"data": [], "default": "bea", "cloning": False, "upload_bytes": 1}
            voices |= {"data": [{"id": n, "source": "model"} for n in ("ann", "bea")]}
            voices |= {"temperature": 0.5}
            page.route("**/v1/voices", lambda route: route.fulfill(json=voices))
            page.reload()
            page.wait_for_selector("#line:visible")
            page.fill("#text", "Hi.")
            page.click("#line")
            assert page.input_value("#text") == "Hi.\n[bea] "


def test_works_under_a_path_of_a_proxy(browser: Any) -> None:
    chosen = settings(network={"root_path": "/tts", "forwarded_allow_ips": "127.0.0.1"})
    with (
        live(chosen) as server,
        proxied(server.url, "/tts") as url,
        browser.new_context() as context,
    ):
        page = context.new_page()
        refused: list[str] = []
        page.on("response", lambda one: refused.append(one.url) if one.status >= 400 else None)
        page.add_init_script(LISTEN + STRETCH)
        page.goto(f"{url}/")
        wait(page, "document.querySelector('#voice').options.length > 0")
        sampling(page, 0)
        page.click("#speak")
        page.wait_for_selector("#download:enabled")
        assert page.evaluate("heard.samples") > 0
        page.click("text=the API")
        wait(page, "document.querySelectorAll('.operation').length > 5")
        assert refused == []


def test_a_sample_of_the_voice(browser: Any, server: Live) -> None:
    with visit(browser, server) as page:
        sampling(page, 0)
        bodies: list[Any] = []
        page.on("request", lambda one: bodies.append(one.post_data_json) if one.post_data else None)
        page.fill("#text", "A first sentence. And a second.")
        page.click("#hear")
        page.wait_for_selector("#download:enabled")
        assert page.evaluate("heard.samples") > 0
        assert [body["input"] for body in bodies] == ["A first sentence."]
        assert not page.is_visible("#history")


def test_a_chapter_is_dropped_in(browser: Any, server: Live) -> None:
    with visit(browser, server) as page:
        drop(page, "Es war einmal – ein König.".encode(), "chapter.txt", "text/plain")
        wait(page, "document.querySelector('#text').value === 'Es war einmal – ein König.'")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/docs"])
def test_axe_finds_nothing(browser: Any, server: Live, path: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python")
    rules = (Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    with visit(browser, server, color_scheme=scheme) as page:
        if path == "/":
            page.evaluate("remember({...chosen(), text: 'Said before.'}); ui.history.open = true")
            drop(page, b"no sound", "noise.wav")
            wait(page, "document.querySelector('#status').classList.contains('wrong')")
        else:
            page.goto(server.url + path)
            wait(page, "document.querySelectorAll('.operation').length > 5")
            shot(page, f"docs-{scheme}")
        page.evaluate(rules)
        found = page.evaluate("axe.run()")
        assert [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]] == []
        assert len(found["passes"]) > 10


def test_key(browser: Any) -> None:
    chosen = settings(network={"api_key": "a long secret"})
    with live(chosen) as server, visit(browser, server) as page:
        page.wait_for_selector("#key-form:visible")
        page.fill("#key", "wrong")
        page.keyboard.press("Enter")
        wait(page, "document.querySelector('#status').textContent.includes('API key')")
        page.fill("#key", "a long secret")
        page.keyboard.press("Enter")
        wait(page, "document.querySelector('#voice').options.length > 0")
        wait(page, "document.querySelector('#key-form').hidden")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1100, 390, 320])
def test_looks(browser: Any, server: Live, scheme: str, width: int) -> None:
    """Nothing is wider than the screen, all controls have names, and text can be read."""
    size = {"width": width, "height": 860}
    with visit(browser, server, color_scheme=scheme, viewport=size) as page:
        sampling(page, 20)
        page.click("#speak")
        page.wait_for_selector("#download:enabled")
        shot(page, f"{scheme}-{width}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for control in page.query_selector_all("button:visible, input:visible, select, textarea"):
            name = control.evaluate(
                "e => (e.labels?.[0]?.innerText || e.innerText || e.ariaLabel || '').trim()"
            )
            assert name
            card = control.evaluate_handle("e => e.closest('.card')").bounding_box()
            box = control.bounding_box()
            assert card["x"] + 12 <= box["x"]
            assert box["x"] + box["width"] <= card["x"] + card["width"] - 12
        assert page.evaluate(CONTRAST) == []


# texts whose contrast with the ground is below 4.5 to 1
CONTRAST = """
() => {
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const colour = (text) => text.match(/[\\d.]+/g).map(Number);
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const c = colour(getComputedStyle(e).backgroundColor);
      if (c[3] !== 0) return c;
    }
    return [255, 255, 255];
  };
  const weak = [];
  for (const e of document.querySelectorAll("h1, h2, p, dt, dd, label, button, select, textarea")) {
    if (!e.offsetParent || e.disabled || e.closest("#drop")) continue;
    const [a, b] = [light(colour(getComputedStyle(e).color)), light(ground(e))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) weak.push(`${e.tagName} ${e.innerText} ${ratio}`);
  }
  return weak;
}
"""
