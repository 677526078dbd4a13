"""Behind a proxy: other names, other addresses, another path."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("fastapi")

from websockets.sync.client import connect

from ptts_np.errors import InputError
from ptts_np.serve.proxies import ASKED, network, told
from ptts_np.serve.settings import check_settings
from tests.proxying import proxied
from tests.serving import Live, get, live, pcm, post, settings, speech

PUBLIC = "speech.example.com"


@pytest.fixture(scope="module")
def server() -> Iterator[Live]:
    chosen = {"forwarded_allow_ips": "127.0.0.1", "root_path": "/tts/", "hosts": PUBLIC}
    with live(settings(network=chosen)) as running:
        yield running


@pytest.mark.parametrize("cuts", [True, False])
def test_everything_works_under_a_path(server: Live, cuts: bool) -> None:
    with proxied(server.url, "/tts", cuts=cuts) as url:
        assert get(f"{url}/health").json()["status"] == "healthy"
        if not cuts:  # where a proxy cuts, it is the proxy that leads there
            assert get(url).headers["location"] == "/tts/"
        assert "<title>Speak" in get(f"{url}/").text
        assert get(f"{url}/docs").status_code == 200
        assert get(f"{url}/openapi.json").json()["servers"] == [{"url": "/tts"}]
        answer = post(f"{url}/v1/audio/speech", json=server.ask(3))
        assert answer.content == pcm(speech(3))
        with connect(url.replace("http", "ws") + "/v1/stream") as socket:
            assert json.loads(socket.recv(timeout=10))["type"] == "ready"
            socket.send(json.dumps({"type": "end"}))


def test_a_page_of_the_name_it_was_asked_by_may_ask(server: Live) -> None:
    asked = {"Host": PUBLIC, "Origin": f"https://{PUBLIC}"}
    with proxied(server.url) as url:
        body = server.ask(3)
        assert post(f"{url}/v1/audio/speech", json=body, headers=asked).status_code == 200
        asked["Origin"] = "https://evil.example"
        assert post(f"{url}/v1/audio/speech", json=body, headers=asked).status_code == 403
        # a name that nobody allowed, through the proxy or beside it
        assert get(f"{url}/health", headers={"Host": "evil.example"}).status_code == 403
    forged = {"Host": "evil.example", "X-Forwarded-Host": "localhost"}
    assert get(f"{server.url}/health", headers=forged).status_code == 403


def test_nobody_is_trusted_by_default() -> None:
    with live() as server, proxied(server.url) as url:
        asked = {"Host": PUBLIC, "Origin": f"https://{PUBLIC}"}
        answer = post(f"{url}/v1/audio/speech", json=server.ask(), headers=asked)
        assert answer.status_code == 403


def test_each_client_of_a_proxy_has_its_own_quota() -> None:
    network = {"forwarded_allow_ips": "127.0.0.0/8"}
    chosen = settings(network=network, limits={"client_requests": 1})
    with live(chosen) as server:
        for address, status in (("1.1.1.1", 200), ("1.1.1.1", 429), ("1.1.1.2", 200)):
            # what comes before is the client's own word
            line = f"X-Forwarded-For: 9.9.9.9, {address}\r\n"
            with proxied(server.url, headers=line) as url:
                assert post(f"{url}/v1/audio/speech", json=server.ask()).status_code == status


def scope(client: str, **headers: str) -> dict:
    lines = [(f"x-forwarded-{k}".encode(), v.encode()) for k, v in headers.items()]
    return {"type": "http", "scheme": "http", "client": (client, 5), "headers": lines}


TRUSTED = tuple(map(network, ("10.0.0.0/8", "::1")))


@pytest.mark.parametrize(
    ("client", "addresses", "expected"),
    [
        ("10.0.0.1", "1.2.3.4", "1.2.3.4"),
        ("10.0.0.1", "6.6.6.6, 1.2.3.4, 10.0.0.7", "1.2.3.4"),
        ("10.0.0.1", "10.0.0.8, 10.0.0.7", "10.0.0.8"),
        ("::1", "[2001:db8::1]:443", "2001:db8::1"),
        ("::ffff:10.0.0.1", "1.2.3.4:99", "1.2.3.4"),
        ("10.0.0.1", " , ", "10.0.0.1"),
        ("11.0.0.1", "1.2.3.4", "11.0.0.1"),
        ("/run/socket", "1.2.3.4", "/run/socket"),
    ],
)
def test_the_client_is_the_last_that_is_no_proxy(
    client: str, addresses: str, expected: str
) -> None:
    assert told(scope(client, **{"for": addresses}), TRUSTED)["client"][0] == expected


def test_scheme_and_name() -> None:
    found = told(scope("10.0.0.1", proto="https", host="a.example, b.example"), TRUSTED)
    assert (found["scheme"], found[ASKED]) == ("https", "b.example")
    assert told({**scope("10.0.0.1", proto="https"), "scheme": "ws"}, TRUSTED)["scheme"] == "wss"


@given(st.ip_addresses(), st.text(), st.text(), st.text())
def test_whoever_is_not_trusted_changes_nothing(address, host, proto, addresses) -> None:
    asked = scope(str(address), host=host, proto=proto, **{"for": addresses})
    if any(address in one for one in TRUSTED if one is not None):
        assert told(asked, TRUSTED).keys() >= asked.keys()
    else:
        assert told(asked, TRUSTED) == asked
    assert told(asked, ()) == asked


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("forwarded_allow_ips", "proxy.example"),
        ("forwarded_allow_ips", "10.0.0.0/99"),
        ("root_path", "tts"),
        ("root_path", "//evil.example"),
        ("root_path", "/a b"),
    ],
)
def test_settings_that_can_not_be(name: str, value: str) -> None:
    with pytest.raises(InputError, match=name):
        check_settings({"network": {name: value}})
