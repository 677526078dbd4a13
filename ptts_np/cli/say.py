"""The command `say`: a text to a file, a pipe or the loudspeaker."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import numpy as np
from typing_extensions import Unpack

from ptts_np.audio.playback import player
from ptts_np.audio.samples import SAMPLE_RATE
from ptts_np.audio.write import AudioWriter, write_wav_stream
from ptts_np.cli.console import Notes
from ptts_np.cli.fire import sampled
from ptts_np.errors import InputError
from ptts_np.sampling import Options
from ptts_np.times.captions import check_suffix
from ptts_np.times.captions import write as write_captions
from ptts_np.times.words import SpokenWord, sound_alone

MAX_TEXT_BYTES = 16 << 20


@sampled
def say(
    text: str | None = None,
    *,
    file: str | None = None,
    output: str | None = None,
    voice: str | None = None,
    model: str | None = None,
    play: bool = False,
    seed: int | None = None,
    backend: str | None = None,
    quantize: str | None = None,
    threads: int = 1,
    quiet: bool = False,
    speed: float = 1.0,
    reading: str = "auto",
    markup: str | None = None,
    lexicon: str | None = None,
    loudness: float | None = None,
    captions: str | None = None,
    **options: Unpack[Options],
) -> None:
    """Speak a text into a file, a pipe or the loudspeaker.

    Examples:
        ptts-np say "Hello."
        ptts-np say "Good morning." --output morning.flac --seed 1
        ptts-np say --file story.txt --output story.wav --captions story.srt
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
        backend: numpy, numba or rust.
        quantize: bf16 or int8, for speed on the large models.
        threads: How many threads one product of matrices may use.
        quiet: No progress and no closing line.
        speed: 0.5 to 2 times as fast, at the same pitch.
        reading: Language numbers and dates are read in (en fr de it pt es nl); auto, or raw for the
            text as it is.
        markup: plain, markdown, html, ssml or auto; default by the suffix of --file.
        lexicon: File of your own pronunciations, lines like `Nginx: engine ex`.
        loudness: Target in LUFS, -50 to -5; the sound is written when all of it is there.
        captions: File for the words and when they are heard (.srt .vtt .json).
    """
    words = _text(text, file)
    if output is None and not play:
        output = "speech.wav"
    if captions is not None:
        check_suffix(Path(captions))
    with ExitStack() as sinks:
        # opened first: a folder that can't be written is told before the work, not after
        writer = None
        if output not in (None, "-"):
            writer = sinks.enter_context(AudioWriter(Path(output), SAMPLE_RATE))
        play_piece = sinks.enter_context(player(SAMPLE_RATE)) if play else None

        from ptts_np.loading import load_model
        from ptts_np.synthesis import stream, stream_events
        from ptts_np.voice import default_voice, load_voice

        notes = Notes(quiet)
        loaded = load_model(model, backend=backend, quantize=quantize, threads=threads)
        voice = default_voice(loaded) if voice is None else voice
        notes.first_compile(loaded.backend)
        start = time.perf_counter()
        heard: list[SpokenWord] = []
        speech = (stream if captions is None else stream_events)(
            words,
            model=loaded,
            voice=load_voice(loaded, voice),
            seed=seed,
            speed=speed,
            reading=reading,
            markup=markup or _markup(file),
            lexicon=lexicon,
            **options,
        )
        sound = sound_alone(sinks.enter_context(closing(speech)), heard.append)
        pieces = notes.counted(sound)
        if loudness is not None:
            pieces = _at_loudness(pieces, loudness)
        if play_piece:
            pieces = _tapped(pieces, play_piece)
        if output == "-":
            write_wav_stream(sys.stdout.buffer, SAMPLE_RATE, pieces)
        for piece in pieces:
            if writer:
                writer.write(piece)
    if captions is not None:
        write_captions(Path(captions), words, heard)
    taken = time.perf_counter() - start
    place = f" -> {output}" if writer else ""
    notes.line(
        f"{notes.seconds:.1f} s of speech in {taken:.1f} s, {notes.seconds / taken:.1f} times real "
        f"time (model {loaded.name}, voice {voice}){place}"
    )


def _tapped(
    pieces: Iterator[np.ndarray], tap: Callable[[np.ndarray], object]
) -> Iterator[np.ndarray]:
    for piece in pieces:
        tap(piece)
        yield piece


def _at_loudness(pieces: Iterator[np.ndarray], target: float) -> Iterator[np.ndarray]:
    from ptts_np.audio.loudness import at_loudness, check_target

    check_target(target)
    yield at_loudness(np.concatenate([np.zeros(0, np.float32), *pieces]), target, SAMPLE_RATE)


def _markup(file: str | None) -> str:
    from ptts_np.reading.markup import SUFFIXES

    return SUFFIXES.get(Path(file).suffix.lower(), "auto") if file else "auto"


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
