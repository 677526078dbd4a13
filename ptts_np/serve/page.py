"""The page for people, as one document that needs nothing else."""

import base64
import hashlib
from importlib.resources import files


def build() -> tuple[str, str]:
    """The document, and a Content-Security-Policy that lets only its own parts run."""
    folder = files("ptts_np.serve")
    style = (folder / "page.css").read_text(encoding="utf-8")
    script = (folder / "page.js").read_text(encoding="utf-8")
    document = (folder / "page.html").read_text(encoding="utf-8")
    document = document.replace("/* page.css */", style).replace("/* page.js */", script)
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "connect-src 'self'; media-src blob:; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return document, policy


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
