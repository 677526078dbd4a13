"""Hostile JSON: its shape, each field's values, and the voices it names."""

import json
from collections.abc import Iterator

from hostile_kinds import Kind, raw, refused, request, speech

BAD = refused(400)


def kinds() -> list[Kind]:
    """All of this file's."""
    return [*shapes(), *fields(), *voices(), *texts()]


def shapes() -> Iterator[Kind]:
    bodies = {
        "nothing": b"",
        "half of it": b'{"input": "Hi.',
        "a list": b"[]",
        "null": b"null",
        "a text": b'"Hi."',
        "two of them": b'{"input": "a"}{"input": "b"}',
        "deep lists": b"[" * 100_000,
        "deep objects": b'{"a":' * 50_000,
        "deep lists in a field": b'{"input": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        "no UTF-8": b'{"input": "\xff\xfe"}',
        "UTF-7": b'{"input": "+AGkAIQ-"}\0',
        "a zero": b'{"input": "Hi."}\0',
        "comments": b'{"input": "Hi." /* yes */}',
        "single quotes": b"{'input': 'Hi.'}",
        "a comma too many": b'{"input": "Hi.",}',
        "XML": b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
        "YAML": b"input: !!python/object/apply:os.system ['true']",
        "a pickle": b"\x80\x04\x95\x19\x00\x00\x00\x00\x00\x00\x00\x8c\x08builtins\x8c\x04exec",
        "a seed of 5000 digits": b'{"input": "a", "seed": ' + b"9" * 5000 + b"}",
        "a number of 200,000 digits": b'{"input": "a", "speed": ' + b"1" * 200_000 + b"}",
        "an exponent": b'{"input": "a", "speed": 1e999999999}',
        "NaN": b'{"input": "a", "speed": NaN}',
        "Infinity": b'{"input": "a", "temperature": Infinity}',
        "a key of 200 KB": b'{"input": "a", "' + b"k" * 200_000 + b'": 1, "speed": "x"}',
        "20,000 keys": b'{"input": 3, '
        + b", ".join(b'"k%d": 1' % number for number in range(20_000))
        + b"}",
    }
    for name, body in bodies.items():
        yield speech(f"JSON: {name}", body, only=BAD)
    # what Python's reader takes, too
    yield speech("JSON: UTF-16", '{"input": "Hi."}'.encode("utf-16"))
    twice = b'{"input": 3, "input": "Hi.", "response_format": "wav", "response_format": "pcm"}'
    yield speech("JSON: names that come twice", twice)
    for kind in ("text/html", "application/xml", "multipart/form-data", "", "a/b; charset=\xff"):
        yield speech(
            f"JSON as {kind!r}", b'{"input": ', {"Content-Type": kind}, only=refused(400, 415)
        )


def fields() -> Iterator[Kind]:
    """Each field with what it can't be."""
    values: dict[str, object] = {
        "a list": [],
        "an object": {},
        "a deep list": [[[[]]]],
        "a long text": "x" * 5000,
        "a negative number": -1,
        "a huge number": 10**400,
        "true": True,
    }
    names = (
        "input",
        "voice",
        "model",
        "response_format",
        "speed",
        "stream_format",
        "seed",
        "temperature",
        "decode_steps",
        "noise_clamp",
        "eos_threshold",
        "frames_after_eos",
        "max_tokens",
    )
    for field in names:
        for what, value in values.items():
            body = {"input": "Hi.", "response_format": "pcm", field: value}
            yield speech(f"{field}: {what}", json.dumps(body).encode())


def voices() -> Iterator[Kind]:
    """Names that are paths, and addresses that lead to this computer, however they are spelled."""
    named = (
        "/etc/passwd",
        "../../etc/passwd",
        "..\\..\\windows\\win.ini",
        "file:///etc/passwd",
        "file://localhost/etc/passwd",
        "/proc/self/environ",
        "/dev/zero",
        "/dev/stdin",
        "~/.ssh/id_rsa",
        "clara.safetensors/../../x",
        ".",
        "..",
        "\0",
        "a\0b",
        "con",
        "voice.safetensors",
        "%2e%2e%2fx",
        "upload-",
        "upload-" + "0" * 32,
        "upload-../../etc",
        "a\r\nEvil: 1",
        "x" * 2001,
        "hf://../../x",
        "hf://a/b",
        "data:audio/wav;base64,AAAA",
        "ftp://127.0.0.1/",
        "gopher://127.0.0.1:25/",
        "http://127.0.0.1/",
        "https://127.0.0.1/a.wav",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://127.0.0.1.nip.io/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/",
        "https://[fe80::1%25eth0]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://10.0.0.1/",
        "https://192.168.0.1/",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://0/",
        "https://localhost/a.wav",
        "https://localhost:22/",
        "https://LOCALHOST/",
        "https://localhost./",
        "https://localhost.localdomain/",
        "https://a@localhost/",
        "https://localhost#@evil.example/",
        "https://localhost\\@evil.example/",
        "https://evil.example/",
        "https://localhost%2eevil.example/",
        "https://\uff4c\uff4f\uff43\uff41lhost/",
        "https://\u2460\u2461\u2466.0.0.1/",
        "https://[",
        "https://",
        "https:///etc/passwd",
        "https:localhost",
        "https://localhost:99999/",
        "https://localhost:-1/",
        "HTTPS://127.0.0.1/",
        "https://127.0.0.1/%0d%0aEvil:1",
    )
    only = refused(400, 404, 429)
    for voice in named:
        shown = voice[:40].encode("unicode_escape").decode()
        yield speech(f"voice {shown}", {"input": "Hi.", "voice": voice}, only=only)
    from urllib.parse import quote_plus

    for voice in named[::4]:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        data = f"text=Hi.&voice_url={quote_plus(voice)}".encode()
        shown = voice[:40].encode("unicode_escape").decode()
        yield raw(f"voice_url {shown}", request("POST", "/tts", form, data), only)


def texts() -> Iterator[Kind]:
    """What is to be spoken, and can't be, or takes long to read."""
    said = {
        "nothing": "",
        "blanks": " \n\t" * 1000,
        "a zero": "a\0b",
        "only signs": "!?*#" * 2000,
        "20,001 characters": "a" * 20_001,
        "one long word": "a" * 19_000,
        "digits": "9" * 19_000,
        "brackets": "[" * 19_000,
        "quotes": '"' * 19_000,
        "stars": "*" * 19_000,
        "a": "\u0301" * 19_000,
        "right to left": "\u202e" * 5000,
        "no width": "\u200b" * 19_000,
        "emoji": "\U0001f600" * 5000,
        "deep SSML": "<speak>" + "<p>" * 3000 + "a",
        "an entity bomb": '<!DOCTYPE a [<!ENTITY b "bbbb">]><speak>&b;</speak>',
        "a long pause": '<speak><break time="99999s"/>a</speak>',
        "many pauses": "<speak>" + '<break time="10s"/>' * 900 + "a</speak>",
        "a file in SSML": '<speak><audio src="file:///etc/passwd"/></speak>',
        "a fraction": "1/" * 9000,
        "times": "1:" * 9000,
        "money": "$1" * 9000,
        "addresses": "a@b." * 4500,
        "links": "https://a.b/" * 1500,
        "Roman numbers": "MMMM" * 4500,
        "dots": "." * 19_000,
        "dashes": "-" * 19_000,
    }
    for name, text in said.items():
        # short in sound, however long in letters
        body = {
            "input": text,
            "response_format": "pcm",
            "eos_threshold": -1000.0,
            "frames_after_eos": 0,
        }
        yield speech(f"text: {name}", json.dumps(body).encode())
    escaped = {
        "a lone surrogate": b"\\ud800",
        "half an escape": b"\\u00",
        "the end of a line": b"\n",
    }
    for name, data in escaped.items():
        yield speech(f"text: {name}", b'{"input": "a' + data + b'b"}', only=refused(400))
