"""The lines of a book with their times, as WebVTT."""

from collections.abc import Iterable

from ptts_np.audio.samples import SAMPLE_RATE


def webvtt(lines: Iterable[tuple[int, int, str]]) -> str:
    """Captions of lines, each with its first sample and end at 24 kHz."""
    rows = ["WEBVTT", ""]
    for start, end, text in lines:
        if end > start:
            # an arrow would end the caption's time line; & and < begin something in WebVTT
            safe = text.replace("&", "&amp;").replace("<", "&lt;").replace("-->", "--&gt;")
            rows += [f"{_clock(start)} --> {_clock(end)}", safe, ""]
    return "\n".join(rows)


def _clock(sample: int) -> str:
    milliseconds = round(1000 * sample / SAMPLE_RATE)
    seconds, milliseconds = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}.{milliseconds:03}"
