"""Places to files, against a server on this computer that plays the hub and misbehaves."""

import errno
import hashlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ptts_np.errors import AccessError, FetchError, InputError, PttsError
from ptts_np.fetch import web
from ptts_np.fetch.cache import cache_folder, cached, fetch

COMMIT = "0123456789abcdef0123456789abcdef01234567"
BODY = bytes(range(256)) * 40
FILE = "hf://owner/name/folder/file.bin"


@dataclass
class Reply:
    status: int = 200
    body: bytes = BODY
    headers: dict[str, str] = field(default_factory=dict)
    sent: int | None = None  # breaks off after so many bytes
    delay: float = 0


class Server:
    """Answers each path with its reply, others with 404, and counts the requests."""

    def __init__(self) -> None:
        self.replies: dict[str, Reply] = {}
        self.asked: list[str] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_HEAD(self) -> None:
                self.answer(with_body=False)

            def do_GET(self) -> None:
                self.answer(with_body=True)

            def answer(self, with_body: bool) -> None:
                server.asked.append(f"{self.command} {self.path}")
                reply = server.replies.get(self.path, Reply(404, b""))
                time.sleep(reply.delay)
                self.send_response(reply.status)
                headers = {"Content-Length": str(len(reply.body)), **reply.headers}
                for name, value in headers.items():
                    if value:
                        self.send_header(name, value)
                self.end_headers()
                if with_body:
                    self.wfile.write(reply.body[: reply.sent])
                    self.close_connection = reply.sent is not None

            def log_message(self, *arguments: Any) -> None:
                pass

        class Quiet(ThreadingHTTPServer):
            def handle_error(self, request: Any, client_address: Any) -> None:
                pass  # clients that hang up are what the tests are about

        self.http = Quiet(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()

    def put(self, path: str, revision: str = "main", **reply: Any) -> None:
        """A file of the hub."""
        body = reply.get("body", BODY)
        headers = {"X-Repo-Commit": COMMIT, "ETag": f'"{hashlib.sha1(body).hexdigest()}"'}
        headers |= reply.pop("headers", {})
        self.replies[f"/owner/name/resolve/{revision}/{path}"] = Reply(headers=headers, **reply)

    def close(self) -> None:
        self.http.shutdown()
        self.http.server_close()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    running = Server()
    yield running
    running.close()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PTTS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def hub_cache(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """huggingface_hub reads the environment when imported: its constants are set instead."""
    from huggingface_hub import close_session, constants

    close_session()
    folder = tmp_path / "hub"
    template = server.url + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "ENDPOINT", server.url)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(folder))
    monkeypatch.setattr(constants, "HF_HUB_ETAG_TIMEOUT", 1)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    harnesses = tmp_path / "agent_harnesses.json"
    monkeypatch.setattr(constants, "AGENT_HARNESSES_PATH", str(harnesses), raising=False)
    yield folder
    close_session()


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def refused(location: str, *needed: str, kind: type[PttsError] = FetchError) -> str:
    with pytest.raises(kind) as caught:
        fetch(location)
    message = str(caught.value)
    assert "\n" not in message
    for word in needed:
        assert word in message
    return message


# -- paths


def test_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.bin").write_bytes(b"a")
    assert fetch(str(tmp_path / "a.bin")) == tmp_path / "a.bin"
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert fetch("~/a.bin").read_bytes() == b"a"
    monkeypatch.chdir(tmp_path)
    assert fetch("a.bin").read_bytes() == b"a"


def test_missing_paths(tmp_path: Path) -> None:
    for location in ("gone.bin", str(tmp_path), "x" * 5_000, "~nobody-of-this-name/a.bin"):
        assert cached(location) is None
        refused(location, "there is no file")


@pytest.mark.parametrize(
    "location",
    [
        "",
        "a\0b",
        "ftp://host/file",
        "file:///etc/hostname",
        "http://example.com/a.bin",
        "http://127.0.0.1.example.com/a.bin",
        "https://",
        "https://[::1/a",
        "https://host/a#sha256=12",
        "hf://owner",
        "hf://owner/name",
        "hf://owner/name/",
        "hf://owner/name/file@",
        "hf://owner/name/file@a@b",
        "hf://owner/name/../file",
        "hf://../name/file",
        "hf://owner/name//file",
        "hf://owner/name/file@../../x",
        "hf://owner/name/fi\\le",
        "hf://ow ner/name/file",
    ],
)
def test_places_that_make_no_sense(location: str) -> None:
    refused(location, kind=InputError)
    with pytest.raises(InputError):
        cached(location)


# -- web addresses


def test_downloads_once(server: Server, cache: Path) -> None:
    server.replies["/a%20b.bin"] = Reply()
    location = f"{server.url}/a b.bin"
    assert cached(location) is None
    path = fetch(location)
    assert path.read_bytes() == BODY
    assert path.suffix == ".bin"
    assert path.parent == cache
    assert cached(location) == fetch(location) == path
    assert server.asked == ["GET /a%20b.bin"]
    assert files_below(cache) == [path]


def test_a_file_without_a_length_is_taken_as_it_comes(server: Server, cache: Path) -> None:
    server.replies["/a"] = Reply(headers={"Content-Length": "", "Connection": "close"}, sent=700)
    assert fetch(f"{server.url}/a").read_bytes() == BODY[:700]


def test_checks_the_sum(server: Server, cache: Path) -> None:
    server.replies["/a.bin"] = Reply()
    right = hashlib.sha256(BODY).hexdigest()
    refused(f"{server.url}/a.bin#sha256={'0' * 64}", right, "changed or damaged")
    assert files_below(cache) == []
    path = fetch(f"{server.url}/a.bin#sha256={right.upper()}")
    assert path.read_bytes() == BODY
    # A file fetched without a sum does not pass for one that was checked.
    fetch(f"{server.url}/a.bin")
    refused(f"{server.url}/a.bin#sha256={'0' * 64}", "changed or damaged")


def test_bad_answers_leave_nothing(
    server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "TIMEOUT", 0.3)
    monkeypatch.setattr(web, "MAX_BYTES", 20_000)
    server.replies = {
        "/cut": Reply(sent=300),
        "/none": Reply(sent=0),
        "/private": Reply(403),
        "/busy": Reply(503),
        "/slow": Reply(delay=1),
        "/large": Reply(body=bytes(20_001)),
        "/endless": Reply(
            body=bytes(30_000), sent=30_000, headers={"Content-Length": "", "Connection": "close"}
        ),
        "/away": Reply(302, headers={"Location": "http://example.com/a"}),
        "/file": Reply(302, headers={"Location": "file:///etc/hostname"}),
        "/round": Reply(302, headers={"Location": "/round"}),
    }
    refused(f"{server.url}/cut", "broke off at 300 of 10240 bytes")
    refused(f"{server.url}/none", "broke off at 0 of 10240")
    refused(f"{server.url}/private", "HTTP 403", "give its path", kind=AccessError)
    refused(f"{server.url}/gone", "does not exist", "HTTP 404")
    refused(f"{server.url}/busy", "HTTP 503", "try again later")
    refused(f"{server.url}/slow", "can't download", "timed out")
    refused(f"{server.url}/large", "larger than 20000 bytes")
    refused(f"{server.url}/endless", "larger than 20000 bytes")
    refused(f"{server.url}/away", "not encrypted")
    refused(f"{server.url}/file", "leads nowhere")
    refused(f"{server.url}/round", "leads nowhere (HTTP 302)")
    assert files_below(cache) == []


def test_follows_redirects(server: Server) -> None:
    server.replies = {"/a": Reply(302, headers={"Location": "/b"}), "/b": Reply(body=b"there")}
    assert fetch(f"{server.url}/a").read_bytes() == b"there"


def test_unreachable_hosts_fail_at_once(server: Server) -> None:
    server.close()
    start = time.monotonic()
    refused(f"{server.url}/a", "can't download", "127.0.0.1", "local path")
    assert time.monotonic() - start < 3


def test_offline_uses_what_is_here(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.replies["/a.bin"] = Reply()
    path = fetch(f"{server.url}/a.bin")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    asked = len(server.asked)
    assert fetch(f"{server.url}/a.bin") == path
    refused(f"{server.url}/b.bin", "HF_HUB_OFFLINE is set")
    assert len(server.asked) == asked


def test_a_cache_that_can_not_be_written(
    server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.replies["/a"] = Reply()
    cache.write_text("a file")
    refused(f"{server.url}/a", "can't store", "PTTS_CACHE", str(cache))
    cache.unlink()

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    refused(f"{server.url}/a", "the disk is full")
    assert files_below(cache) == []


def test_many_may_fetch_the_same_file_at_once(server: Server, cache: Path) -> None:
    server.replies["/a.bin"] = Reply(delay=0.05)
    with ThreadPoolExecutor(8) as pool:
        paths = set(pool.map(fetch, [f"{server.url}/a.bin"] * 8))
    assert [path.read_bytes() for path in paths] == [BODY]
    assert files_below(cache) == list(paths)


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_ctrl_c_leaves_nothing(server: Server, cache: Path) -> None:
    server.replies["/a.bin"] = Reply(body=bytes(600_000))
    code = (
        "import os, signal, sys\n"
        "from ptts_np.fetch import cache, web\n"
        "web.os.fsync = lambda fd: os.kill(os.getpid(), signal.SIGINT)\n"
        "try:\n    cache.fetch(sys.argv[1])\n"
        "except KeyboardInterrupt:\n    print('interrupted')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, f"{server.url}/a.bin"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout == "interrupted\n", done.stderr
    assert done.stderr == ""
    assert files_below(cache) == []


def test_progress_shows_on_a_terminal_only(
    server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    server.replies |= {"/a.bin": Reply(), "/b.bin": Reply()}
    fetch(f"{server.url}/a.bin")
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    fetch(f"{server.url}/b.bin#sha256={hashlib.sha256(BODY).hexdigest()}")
    assert capsys.readouterr().err == "\rb.bin: 0.0 of 0.0 MB\n"


@pytest.mark.parametrize(
    ("platform", "variable", "parts"),
    [
        ("linux", "XDG_CACHE_HOME", ("ptts_np",)),
        ("win32", "LOCALAPPDATA", ("ptts_np",)),
        ("linux", "HOME", (".cache", "ptts_np")),
        ("darwin", "HOME", ("Library", "Caches", "ptts_np")),
    ],
)
def test_the_cache_is_where_the_system_wants_it(
    platform: str, variable: str, parts: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PTTS_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv(variable, "/chosen")
    assert cache_folder() == Path("/chosen", *parts)


# -- the hub


@pytest.mark.parametrize("revision", [None, "main", "v1.0", COMMIT])
def test_downloads_from_the_hub_once(server: Server, hub_cache: Path, revision: str | None) -> None:
    server.put("folder/file.bin", revision or "main")
    location = FILE if revision is None else f"{FILE}@{revision}"
    assert cached(location) is None
    path = fetch(location)
    assert path.read_bytes() == BODY
    assert path.is_relative_to(hub_cache)
    assert cached(location) == path
    asked = len(server.asked)
    assert fetch(location) == path
    assert (len(server.asked) == asked) == (revision == COMMIT)
    assert sum(request.startswith("GET /owner/") for request in server.asked) == 1


def test_hub_refusals_say_what_to_do(server: Server, hub_cache: Path) -> None:
    def answer(status: int, code: str = "") -> None:
        server.put("folder/file.bin", status=status, body=b"", headers={"X-Error-Code": code})

    answer(401, "GatedRepo")
    refused(FILE, "accept the terms", f"{server.url}/owner/name", "hf auth login", kind=AccessError)
    answer(403, "GatedRepo")
    refused(FILE, "accept the terms", kind=AccessError)
    answer(403)
    refused(FILE, "accept the terms", kind=AccessError)
    answer(401, "RepoNotFound")
    refused(FILE, "owner/name does not exist or is private", "hf auth login", kind=AccessError)
    answer(404, "RepoNotFound")
    refused(FILE, "owner/name does not exist")
    answer(404, "EntryNotFound")
    refused(FILE, "owner/name has no file folder/file.bin")
    refused(f"{FILE}@v9", "owner/name")
    server.put("folder/file.bin", "v9", status=404, headers={"X-Error-Code": "RevisionNotFound"})
    refused(f"{FILE}@v9", "has no revision v9")
    answer(503)
    refused(FILE, "HTTP 503", "try again later")
    assert not list(hub_cache.rglob("blobs/*"))


def test_an_unreachable_hub_fails_at_once_unless_a_copy_is_here(
    server: Server, hub_cache: Path
) -> None:
    server.put("folder/file.bin")
    path = fetch(FILE)
    server.replies["/owner/name/resolve/main/folder/file.bin"].delay = 2
    start = time.monotonic()
    assert fetch(FILE) == path
    server.close()
    from huggingface_hub import close_session

    close_session()
    assert fetch(FILE) == path
    refused("hf://owner/name/other.bin", "can't download", "127.0.0.1", "local path")
    assert time.monotonic() - start < 5


def test_a_truncated_file_of_the_hub_is_not_kept(server: Server, hub_cache: Path) -> None:
    server.put("folder/file.bin", headers={"X-Linked-Size": str(len(BODY) + 5)})
    refused(FILE, "can't download", "10245")
    assert cached(FILE) is None
    assert not list(hub_cache.rglob("blobs/*"))


def test_an_unwritable_hub_cache(server: Server, hub_cache: Path) -> None:
    server.put("folder/file.bin")
    hub_cache.write_text("a file")
    refused(FILE, "can't store", "HF_HOME")


def test_the_environment_counts(server: Server, tmp_path: Path) -> None:
    server.put("file.bin", COMMIT)
    env = os.environ | {
        "HF_ENDPOINT": server.url,
        "HF_HOME": str(tmp_path / "home"),
        "HF_HUB_DISABLE_XET": "1",
        "PTTS_TYPECHECK": "",
    }
    env.pop("HF_HUB_CACHE", None)
    env.pop("HUGGINGFACE_HUB_CACHE", None)
    code = (
        "import sys; from ptts_np.fetch import cache; from ptts_np import errors\n"
        "assert 'huggingface_hub' not in sys.modules and 'urllib.request' not in sys.modules\n"
        "try:\n    print(cache.fetch(sys.argv[1]))\n"
        "except errors.FetchError as error:\n    print(error)\n"
        "assert len(sys.argv) > 2 or 'huggingface_hub.file_download' not in sys.modules\n"
    )

    def run(*arguments: str, **more: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            env=env | more,
        )
        assert done.stderr == ""
        return done.stdout.strip()

    location = f"hf://owner/name/file.bin@{COMMIT}"
    assert "HF_HUB_OFFLINE is set" in run(location, HF_HUB_OFFLINE="1")
    path = Path(run(location, "may load the library"))
    assert path.read_bytes() == BODY
    assert path.is_relative_to(tmp_path / "home")
    assert Path(run(location, HF_HUB_OFFLINE="1")) == path
