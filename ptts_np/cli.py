"""The commands. Fire turns these functions into a command line; `commands.py` guards its traps.

Sound and data go to stdout or to files, words to stderr.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from ptts_np import audio
from ptts_np.commands import Group
from ptts_np.errors import InputError, PttsError
from ptts_np.notes import Notes
from ptts_np.playback import player

MAX_TEXT_BYTES = 16 << 20
_SERVE_MODULES = ("fastapi", "prometheus_client", "python_multipart", "uvicorn", "websockets")

COMMANDS = Group(
    "ptts-np",
    "Text to speech that runs anywhere Python runs.",
    example='ptts-np say "Hello."',
)


@COMMANDS.add
def say(
    text: str | None = None,
    *,
    file: str | None = None,
    output: str | None = None,
    voice: str | None = None,
    model: str | None = None,
    play: bool = False,
    seed: int | None = None,
    temperature: float | None = None,
    decode_steps: int | None = None,
    noise_clamp: float | None = None,
    eos_threshold: float | None = None,
    frames_after_eos: int | None = None,
    max_tokens: int | None = None,
    backend: str | None = None,
    quantize: str | None = None,
    threads: int = 1,
    quiet: bool = False,
) -> None:
    """Speak a text into a file, a pipe or the loudspeaker.

    Examples:
        ptts-np say "Hello."
        ptts-np say "Good morning." --output morning.flac --seed 1
        ptts-np say --file story.txt --output story.wav
        echo "Hello." | ptts-np say - --output - | aplay

    Args:
        text: What to say; - reads it from standard input.
        file: Read the text from this file instead.
        output: Sound file to write, by suffix (.wav .flac .ogg .mp3); - is WAV on standard
            output. Default speech.wav, or nothing with --play.
        voice: Name of a voice, or a voice or audio file; see the command voices.
        model: Name or configuration of a model; see the command models.
        play: Play the sound while it is made.
        seed: Whole number that fixes the result.
        temperature: How lively, 0 to 4; 0 is the calmest.
        decode_steps: Sampling steps per frame.
        noise_clamp: Bound on the noise's absolute value.
        eos_threshold: Logit above which the speech ends.
        frames_after_eos: Frames of 80 ms to go on after that.
        max_tokens: Tokens a long text is cut into at a time.
        backend: numpy, numba or rust.
        quantize: bf16 or int8, for speed on the large models.
        threads: How many threads one product of matrices may use.
        quiet: No progress and no closing line.
    """
    words = _text(text, file)
    if output is None and not play:
        output = "speech.wav"
    with ExitStack() as sinks:
        # opened first: a folder that can't be written is told before the work, not after
        writer = None
        if output not in (None, "-"):
            writer = sinks.enter_context(audio.AudioWriter(Path(output), audio.SAMPLE_RATE))
        play_piece = sinks.enter_context(player(audio.SAMPLE_RATE)) if play else None

        from ptts_np.loading import load_model
        from ptts_np.synthesis import stream
        from ptts_np.voice import default_voice, load_voice

        notes = Notes(quiet)
        loaded = load_model(model, backend=backend, quantize=quantize, threads=threads)
        voice = default_voice(loaded) if voice is None else voice
        notes.first_compile(loaded.ops.NAME)
        start = time.perf_counter()
        speech = stream(
            words,
            model=loaded,
            voice=load_voice(loaded, voice),
            seed=seed,
            temperature=temperature,
            decode_steps=decode_steps,
            noise_clamp=noise_clamp,
            eos_threshold=eos_threshold,
            frames_after_eos=frames_after_eos,
            max_tokens=max_tokens,
        )
        pieces = notes.counted(sinks.enter_context(closing(speech)))
        if play_piece:
            pieces = _tapped(pieces, play_piece)
        if output == "-":
            audio.write_wav_stream(sys.stdout.buffer, audio.SAMPLE_RATE, pieces)
        for piece in pieces:
            if writer:
                writer.write(piece)
    taken = time.perf_counter() - start
    place = f" -> {output}" if writer else ""
    notes.line(
        f"{notes.seconds:.1f} s of speech in {taken:.1f} s, {notes.seconds / taken:.1f} times real "
        f"time (model {loaded.name}, voice {voice}){place}"
    )


@COMMANDS.add
def serve(
    *,
    host: str = "127.0.0.1",
    port: int = 8080,
    model: str | None = None,
    backend: str | None = None,
    quantize: str | None = None,
    voice: str | None = None,
    voice_folder: str | None = None,
    concurrency: int | None = None,
    streams: int | None = None,
    queue: int | None = None,
    grace_seconds: float | None = None,
    text_characters: int | None = None,
    upload_mb: float | None = None,
    voice_mb: float | None = None,
    allow_hosts: str | None = None,
    cors_origins: str | None = None,
    api_key: str | None = None,
) -> None:
    """Serve a page, OpenAI's speech API, pocket-tts's form and a WebSocket.

    Examples:
        ptts-np serve
        ptts-np serve --port 8000 --model english --voice_folder voices
        PTTS_API_KEY=long-secret ptts-np serve --host 0.0.0.0

    Args:
        host: Address to listen on; 127.0.0.1 is this computer only.
        port: Port to listen on; 0 is any that is free.
        model: Name or configuration of a model; see the command models.
        backend: numpy, numba or rust.
        quantize: bf16 or int8, for speed on the large models.
        voice: Voice of those who ask for none: a name, a voice file or an audio file.
        voice_folder: Folder of voice and audio files; their names are voices.
        concurrency: Streams computed at the same moment; default the number of cores.
        streams: Streams that have begun and take turns; each needs some memory. Default 32.
        queue: Requests waiting to begin; more are told to come again. Default 64.
        grace_seconds: Seconds running streams have when the server is told to end. Default 10.
        text_characters: Longest text of one request; default 20000.
        upload_mb: Largest recording a client may upload; default 10.
        voice_mb: Memory for voices; default 256.
        allow_hosts: Hosts, by commas, from which clients may name voices; default none.
        cors_origins: Pages, by commas, that may ask from elsewhere; default none.
        api_key: What clients must give; better from the variable PTTS_API_KEY, which other
            users of this computer can't see.
    """
    missing = [name for name in _SERVE_MODULES if find_spec(name) is None]
    if missing:
        raise InputError(
            f'serve needs {", ".join(missing)}: pip install "ptts-np[serve]" installs all of it'
        )
    from ptts_np.serve.server import check_port, run_server
    from ptts_np.serve.settings import check_settings

    def given(**values: object) -> dict[str, object]:
        return {name: value for name, value in values.items() if value is not None}

    settings = check_settings(
        given(
            voice=voice,
            voice_folder=voice_folder,
            network=given(
                host=host,
                port=port,
                api_key=api_key or os.environ.get("PTTS_API_KEY"),
                allow_hosts=_listed(allow_hosts),
                cors_origins=_listed(cors_origins),
            ),
            load=given(
                concurrency=concurrency,
                streams=streams,
                queue=queue,
                grace_seconds=grace_seconds,
            ),
            limits=given(text_characters=text_characters, upload_mb=upload_mb, voice_mb=voice_mb),
        )
    )
    check_port(host, port)

    from ptts_np.loading import load_model
    from ptts_np.serve.app import create_app

    loaded = load_model(model, backend=backend, quantize=quantize)
    Notes(quiet=False).first_compile(loaded.ops.NAME)
    run_server(create_app(loaded, settings), settings)


@COMMANDS.add
def voices(model: str | None = None) -> None:
    """List the voices of a model.

    Examples:
        ptts-np voices
        ptts-np voices --model english

    Args:
        model: Name or configuration of a model.
    """
    from ptts_np.loading import find_config, voice_folder
    from ptts_np.voice import voice_names

    name, _, place = find_config(model)
    for voice in voice_names(name, voice_folder(place)):
        print(voice)


@COMMANDS.add
def models() -> None:
    """List the models, their sizes and where they are.

    Examples:
        ptts-np models
    """
    from ptts_np.inspection import model_table

    for row in model_table():
        print(row)


@COMMANDS.add
def export_voice(source: str, target: str, *, model: str | None = None) -> None:
    """Turn a recording of a voice into a voice file, which loads faster.

    Examples:
        ptts-np export_voice me.wav me.safetensors --model english

    Args:
        source: An audio file of some seconds of speech, or any voice `say` takes.
        target: The voice file to write, *.safetensors; pocket-tts reads it, too.
        model: The model the voice is for.
    """
    from ptts_np.loading import load_model
    from ptts_np.voice import load_voice, save_voice

    if Path(target).suffix != ".safetensors":
        raise InputError(f"a voice file is named *.safetensors, not {target!r}")
    loaded = load_model(model)
    voice = load_voice(loaded, source)
    save_voice(voice, target)
    print(f"{voice['length']} frames of voice -> {target}", file=sys.stderr)


@COMMANDS.add
def doctor() -> None:
    """Tell what is installed, what this machine can do, and what is missing.

    Examples:
        ptts-np doctor
    """
    from ptts_np.inspection import report

    for row in report():
        print(row, flush=True)


@COMMANDS.add
def bench(
    *,
    model: str | None = None,
    backend: str | None = None,
    quantize: str | None = None,
    threads: int = 1,
    runs: int = 5,
) -> None:
    """Measure how fast a model speaks on this machine.

    Examples:
        ptts-np bench
        ptts-np bench --model english --backend numba

    Args:
        model: Name or configuration of a model.
        backend: numpy, numba or rust.
        quantize: bf16 or int8.
        threads: How many threads one product of matrices may use.
        runs: How often; the median is told.
    """
    from ptts_np.inspection import measure
    from ptts_np.loading import load_model

    if not 1 <= runs <= 1000:
        raise InputError(f"runs must be from 1 to 1000, not {runs}")
    loaded = load_model(model, backend=backend, quantize=quantize, threads=threads)
    speed, first = measure(loaded, runs)
    print(
        f"{loaded.name} on {loaded.ops.NAME}: {speed:.1f} times real time, first sound after "
        f"{first * 1e3:.0f} ms (median of {runs})"
    )


def _tapped(
    pieces: Iterator[np.ndarray], tap: Callable[[np.ndarray], object]
) -> Iterator[np.ndarray]:
    for piece in pieces:
        tap(piece)
        yield piece


def _listed(text: str | None) -> list[str] | None:
    return None if text is None else [part.strip() for part in text.split(",") if part.strip()]


def _text(text: str | None, file: str | None) -> str:
    if (text is None) == (file is None):
        raise InputError('give a text, - for standard input, or --file; for example: say "Hello."')
    if text is not None and text != "-":
        return text
    name = "standard input" if file is None else file
    try:
        data = sys.stdin.buffer.read(MAX_TEXT_BYTES + 1) if file is None else _read(Path(file))
    except OSError as error:
        raise InputError(f"cannot read {name}: {error.strerror or error}") from error
    if len(data) > MAX_TEXT_BYTES:
        raise InputError(f"{name} is longer than {MAX_TEXT_BYTES >> 20} MB: speak it in parts")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{name} is not UTF-8 text (byte {error.start}): convert it first"
        ) from error


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_TEXT_BYTES + 1)


def run(arguments: list[str]) -> int:
    """Carry out one command; its exit code."""
    try:
        COMMANDS.run(arguments)
        sys.stdout.flush()
    except PttsError as error:
        print(f"ptts-np: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        # whoever read our output has gone; python would complain once more at exit
        sys.stdout = None
        return 1
    except OSError as error:
        print(f"ptts-np: {error.strerror or error}", file=sys.stderr)
        sys.stdout = None
        return 1
    except MemoryError:
        print("ptts-np: out of memory: use a smaller model or a shorter text", file=sys.stderr)
        return 1
    return 0
