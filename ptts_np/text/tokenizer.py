"""Text to token ids and back: one small interface over the two kinds of tokenizer files.

The libraries are imported when a file of their kind is loaded, not before.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from ptts_np.errors import ConfigError

if TYPE_CHECKING:
    import sentencepiece
    import tokenizers

TokenizerKind = Literal["sentencepiece", "tokenizers"]


@runtime_checkable
class Tokenizer(Protocol):
    """Turns text into ids in [0, n_tokens) and back. Read-only: many threads may share one."""

    @property
    def n_tokens(self) -> int:
        """Number of entries in the vocabulary."""

    def encode(self, text: str) -> list[int]:
        """Ids of `text`; no start or end token is added."""

    def decode(self, ids: Sequence[int]) -> str:
        """Text of `ids`. What the vocabulary lacks comes back as the file's mark for unknown."""

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Characters `[start, end)` of `text` that each of its ids stands for."""


class SentencePieceTokenizer:
    """A sentencepiece `.model`."""

    def __init__(self, processor: sentencepiece.SentencePieceProcessor) -> None:
        self._processor = processor
        self.n_tokens = int(processor.vocab_size())

    def encode(self, text: str) -> list[int]:
        """Ids of `text`."""
        return list(self._processor.encode(text, out_type=int))

    def decode(self, ids: Sequence[int]) -> str:
        """Text of `ids`."""
        return str(self._processor.decode(list(ids)))

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Characters `[start, end)` of each id."""
        encode: Any = self._processor.encode
        if hasattr(self._processor, "encode_as_offset_mapping"):
            return list(encode(text, out_type="offset_mapping")["offsets"])
        # up to 0.2.1
        pieces = encode(text, out_type="immutable_proto").pieces
        return [(piece.begin, piece.end) for piece in pieces]


class JsonTokenizer:
    """A Hugging Face `tokenizer.json`."""

    def __init__(self, tokenizer: tokenizers.Tokenizer) -> None:
        # A file may ask for both; one would drop the end of a text, the other add to it.
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._tokenizer = tokenizer
        self.n_tokens = int(tokenizer.get_vocab_size())

    def encode(self, text: str) -> list[int]:
        """Ids of `text`."""
        return list(self._tokenizer.encode(text).ids)

    def decode(self, ids: Sequence[int]) -> str:
        """Text of `ids`."""
        return str(self._tokenizer.decode(list(ids)))

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Characters `[start, end)` of each id."""
        return list(self._tokenizer.encode(text).offsets)


def load_tokenizer(kind: TokenizerKind, path: Path, n_bins: int) -> Tokenizer:
    """The tokenizer in the file `path`, checked against a text embedding for `n_bins` tokens.

    A file named `.json` is a Hugging Face file whatever `kind` says: older configurations don't
    name the kind. Raises ConfigError when the file is missing or damaged, or when its vocabulary
    is not of exactly `n_bins` entries with ids below `n_bins`.
    """
    if kind not in ("sentencepiece", "tokenizers"):
        raise ConfigError(
            f"unknown tokenizer kind {kind!r}: use 'sentencepiece' (.model) or 'tokenizers' (.json)"
        )
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"can't read the tokenizer {path}: {error.strerror or error}") from error
    if not data:
        raise ConfigError(f"the tokenizer {path} is empty: fetch it again")
    if kind == "tokenizers" or path.suffix.lower() == ".json":
        return _load_json(data, path, n_bins)
    return _load_sentencepiece(data, path, n_bins)


def _load_sentencepiece(data: bytes, path: Path, n_bins: int) -> Tokenizer:
    import sentencepiece

    try:
        processor = sentencepiece.SentencePieceProcessor(model_proto=data)
    except (RuntimeError, OSError, ValueError) as error:
        raise ConfigError(
            f"{path} is not a sentencepiece model, or is damaged: fetch it again, or set "
            "`tokenizer: tokenizers` if it is a tokenizer.json"
        ) from error
    tokenizer = SentencePieceTokenizer(processor)
    _check_size(tokenizer.n_tokens, tokenizer.n_tokens - 1, n_bins, path)
    return tokenizer


def _load_json(data: bytes, path: Path, n_bins: int) -> Tokenizer:
    import tokenizers

    try:
        inner = tokenizers.Tokenizer.from_str(data.decode("utf-8"))
    except Exception as error:  # the library raises bare Exception for whatever it can't parse
        reason = " ".join(str(error).split())[:200]
        raise ConfigError(
            f"{path} is not a tokenizer.json, or is damaged ({reason}): fetch it again, or set "
            "`tokenizer: sentencepiece` if it is a .model"
        ) from error
    tokenizer = JsonTokenizer(inner)
    # Ids need not be dense in this format: the largest may lie beyond the number of entries.
    largest = max(inner.get_vocab().values(), default=-1)
    _check_size(tokenizer.n_tokens, largest, n_bins, path)
    return tokenizer


def _check_size(n_tokens: int, largest_id: int, n_bins: int, path: Path) -> None:
    """The embedding has n_bins + 1 rows; the last is padding, so ids must stay below n_bins."""
    if n_tokens != n_bins:
        raise ConfigError(
            f"the tokenizer {path} has {n_tokens} tokens but the configuration says "
            f"n_bins: {n_bins}; it belongs to another model"
        )
    if largest_id >= n_bins:
        raise ConfigError(
            f"the tokenizer {path} gives ids up to {largest_id} but the configuration says "
            f"n_bins: {n_bins}; its ids must be numbered from 0 without gaps"
        )
