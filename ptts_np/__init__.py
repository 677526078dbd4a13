"""ptts_np: the Pocket TTS text-to-speech model in NumPy, without torch.

    import ptts_np
    audio = ptts_np.generate("Hello.")      # float32 [samples] at 24 kHz

Importing this package loads nothing heavy; each name below is loaded when first used.
"""

import importlib
import os

__version__ = "0.1.0"

TYPE_CHECKING = False  # as typing's, whose import would take longer than all else here
if TYPE_CHECKING:
    from ptts_np import errors
    from ptts_np.books.make import book
    from ptts_np.corpora.make import corpus
    from ptts_np.loading import Model, load_model
    from ptts_np.many import generate_many
    from ptts_np.synthesis import generate, generate_with_words, stream, stream_events
    from ptts_np.times.words import SpokenWord
    from ptts_np.voice import load_voice, save_voice

_HOMES = {
    "Model": "ptts_np.loading",
    "SpokenWord": "ptts_np.times.words",
    "book": "ptts_np.books.make",
    "corpus": "ptts_np.corpora.make",
    "errors": "ptts_np.errors",
    "generate": "ptts_np.synthesis",
    "generate_many": "ptts_np.many",
    "generate_with_words": "ptts_np.synthesis",
    "load_model": "ptts_np.loading",
    "load_voice": "ptts_np.voice",
    "save_voice": "ptts_np.voice",
    "stream": "ptts_np.synthesis",
    "stream_events": "ptts_np.synthesis",
}

__all__ = [
    "Model",
    "SpokenWord",
    "book",
    "corpus",
    "errors",
    "generate",
    "generate_many",
    "generate_with_words",
    "load_model",
    "load_voice",
    "save_voice",
    "stream",
    "stream_events",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'ptts_np' has no attribute {name!r}")
    home = importlib.import_module(_HOMES[name])
    return home if name == "errors" else getattr(home, name)


def __dir__() -> list[str]:
    return sorted(__all__)


if os.environ.get("PTTS_TYPECHECK") == "1":
    from ptts_np import checking

    checking.install()
