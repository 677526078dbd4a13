"""The pages for people: each is one document that needs nothing else."""

import base64
import hashlib
from importlib.resources import files

from fastapi import FastAPI
from fastapi.responses import Response

SPEAK = (
    *("ask.js", "player.js", "speak.js", "words.js", "wave.js"),
    *("voice.js", "keep.js", "begin.js"),
)
DOCS = ("ask.js", "docs.js")
FILES = {
    "/manifest.webmanifest": ("manifest.json", "application/manifest+json"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}
"""What a browser asks for by itself, to install the page as a program."""


def add_pages(app: FastAPI) -> None:
    """The page to speak from, the API's description, and what belongs to them."""
    for path, name, scripts in (("/", "page.html", SPEAK), ("/docs", "docs.html", DOCS)):
        document, policy = build(name, scripts)
        headers = {"Content-Security-Policy": policy, "Cache-Control": "no-cache"}
        _add(app, path, document, "text/html", headers)
    for path, (name, media_type) in FILES.items():
        _add(app, path, _read(name), media_type, {})


def build(name: str, scripts: tuple[str, ...]) -> tuple[str, str]:
    """A document, and a Content-Security-Policy that lets only its own parts run."""
    style, script = _read("page.css"), "".join(map(_read, scripts))
    document = _read(name).replace("/* style */", style).replace("/* script */", script)
    document = document.replace("<!-- key -->\n", _read("key.html"))
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "connect-src 'self'; manifest-src 'self'; media-src blob:; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return document, policy


def _add(app: FastAPI, path: str, body: str, media_type: str, headers: dict[str, str]) -> None:
    async def page() -> Response:
        return Response(body, headers=headers, media_type=media_type)

    app.add_api_route(path, page, response_class=Response, include_in_schema=False)


def _read(name: str) -> str:
    return (files("ptts_np.serve") / "site" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
