"""A browser's <audio> element plays the address of a speech, and moves within a finished one."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

pytest.importorskip("fastapi")

from tests.browsing import launched, playwright
from tests.serving import TEXT, Live, live, options, speech

PLAY = """
async (address) => {
  const audio = document.body.appendChild(document.createElement("audio"));
  audio.src = address;
  const happens = (name) => new Promise((resolve, reject) => {
    audio.addEventListener(name, resolve, {once: true});
    audio.addEventListener("error", () => reject(audio.error.message), {once: true});
  });
  const ended = happens("ended");
  audio.playbackRate = 4;
  await audio.play();
  await ended;
  const played = audio.currentTime;
  // while it is made, nobody knows how long it is; from now on it has parts
  const loaded = happens("loadedmetadata");
  audio.src = address;
  await loaded;
  const sought = happens("seeked");
  audio.currentTime = 0.5;
  await sought;
  return [played, audio.currentTime, audio.duration];
}
"""


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    with launched() as browser:
        yield browser.new_page()


@pytest.fixture(scope="module")
def server() -> Iterator[Live]:
    with live() as running:
        yield running


@pytest.mark.parametrize("form", ["mp3", "wav", "opus", "flac"])
def test_plays_and_moves(page: Any, server: Live, form: str) -> None:
    query = httpx.QueryParams({"input": TEXT, "response_format": form, **options(3, 60)})
    page.goto(f"{server.url}/health")
    played, moved, duration = page.evaluate(PLAY, f"/v1/audio/speech?{query}")
    seconds = speech(3, 60).size / 24_000
    assert played == pytest.approx(seconds, abs=0.2)
    assert duration == pytest.approx(seconds, abs=0.2)
    assert moved == pytest.approx(0.5, abs=0.1)


def test_another_site_cannot_play_it(page: Any, server: Live) -> None:
    query = httpx.QueryParams({"input": "Not for you.", **options(3)})
    with live() as other:
        page.goto(other.url.replace("127.0.0.1", "localhost") + "/health")
        with pytest.raises(playwright.Error):
            page.evaluate(PLAY, f"{server.url}/v1/audio/speech?{query}")
