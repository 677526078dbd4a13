"""Phonemes from plain text, on a small lexicon and on the embedded voice's."""

import gzip
from pathlib import Path

import pytest

import ptts_np
from ptts_np.errors import PttsError
from ptts_np.text.pronounce import HEADER, PUNCTUATION, SYMBOLS, Lexicon, load_lexicon, pronounce

SHIPPED = Path(ptts_np.__file__).parent / "assets" / "mini" / "lexicon.gz"
WORDS = {
    "Polish": "pˈOlɪʃ",
    "apple": "ˈæpᵊl",
    "b": "bˈi",
    "box": "bˈɑks",
    "cat": "kˈæt",
    "dog": "dˈɔɡ",
    "hello": "həlˈO",
    "love": "lˈʌv",
    "plan": "plˈæn",
    "polish": "pˈɑlɪʃ",
    "t": "tˈi",
    "want": "wˈɑnt",
    "we": "wi",
}
RULES = {"|ca": "s", "|a": "æ", "|c": "k", "|r": "ɹ", "|z": "z"}


def pack(words: dict[str, str], rules: dict[str, str]) -> bytes:
    tables = ["\n".join(f"{k}\t{v}" for k, v in sorted(t.items())) for t in (words, rules)]
    return gzip.compress("\n".join([HEADER, tables[0], "", tables[1], ""]).encode())


@pytest.fixture
def lexicon(tmp_path: Path) -> Lexicon:
    path = tmp_path / "lexicon.gz"
    path.write_bytes(pack(WORDS, RULES))
    return load_lexicon(path)


@pytest.mark.parametrize(
    ("text", "phonemes"),
    [
        ("Hello.", "həlˈO."),
        ("hello , cat !", "həlˈO, kˈæt!"),
        ("The cat, the apple, the", "ðə kˈæt, ði ˈæpᵊl, ðə"),
        ("A dog. To a dog, to an apple", "ɐ dˈɔɡ. tʊ ɐ dˈɔɡ, tʊ ɐn ˈæpᵊl"),
        ("I love cats and", "ˌI lˈʌv kˈæts ˈæ"),
        ("boxes", "bˈɑksᵻz"),
        ("dogs' dog's", "dˈɔɡz dˈɔɡz"),
        ("loved wanted planned planning", "lˈʌvd wˈɑntᵻd plˈænd plˈænɪŋ"),
        ("we polish Polish boxes", "wi pˈɑlɪʃ pˈOlɪʃ bˈɑksᵻz"),
        ("LOVE", "lˈʌv"),
        ("we TTB", "wi tˈi tˈi bˈi"),
        ("dog-cat (cat) – cat—cat", "dˈɔɡ kˈæt, kˈæt, kˈæt, kˈæt"),
        ("Hello... cat. Hello… Cat!?", "həlˈO, kˈæt. həlˈO. kˈæt?"),
        ('"Hello!" "Hello?", "cat"', "həlˈO! həlˈO? kˈæt"),
        ("catlove", "kˈætlˌʌv"),
        ("car racza", "sˈæɹ ɹˈækzæ"),
        ("cát", "kˈæt"),
        ("", ""),
        ("...", ""),
        ("(,;)", ""),
        ("日本", ""),
    ],
)
def test_pronounce(text: str, phonemes: str, lexicon: Lexicon) -> None:
    assert pronounce(text, lexicon) == phonemes


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not gzip",
        pack(WORDS, RULES)[:-9],
        gzip.compress(b"other header\na\tA\n\nb\tb\n"),
        gzip.compress(f"{HEADER}\na\tA\n".encode()),
        gzip.compress(f"{HEADER}\nb\tb\na\tA\n\n|a\tA\n".encode()),
        gzip.compress(f"{HEADER}\na A\n\n|a\tA\n".encode()),
        gzip.compress(f"{HEADER}\na\t{'A' * 300}\n\n|a\tA\n".encode()),
        gzip.compress(f"{HEADER}\na\t<b>\n\n|a\tA\n".encode()),
        gzip.compress(HEADER.encode() + b"\n\xff\tA\n\n|a\tA\n"),
        gzip.compress(bytes(40_000_000)),
        bytes(4_000_001),
    ],
    ids=range(12),  # packed data holds the time, and the names of tests must not
)
def test_bad_files_are_refused(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "lexicon.gz"
    path.write_bytes(data)
    with pytest.raises(PttsError, match=r"lexicon\.gz"):
        load_lexicon(path)


@pytest.fixture(scope="module")
def shipped() -> Lexicon:
    if not SHIPPED.exists():
        pytest.skip("no embedded voice here")
    return load_lexicon(SHIPPED)


@pytest.mark.parametrize(
    ("text", "phonemes"),
    [
        ("Hello, my friend.", "həlˈO, mI fɹˈɛnd."),
        ("The end of the apple.", "ði ˈɛnd ʌv ði ˈæpᵊl."),
        ("Where are you?", "wˌɛɹ ɑɹ ju?"),
        ("Don't worry!", "dˈOnt wˈɜɹi!"),
    ],
)
def test_shipped_lexicon(text: str, phonemes: str, shipped: Lexicon) -> None:
    assert pronounce(text, shipped) == phonemes


@pytest.mark.parametrize("word", ["zorblaxian", "Fnorkle", "quizzlewick", "mcdoogle", "x", "Zz"])
def test_every_word_gets_sounds(word: str, shipped: Lexicon) -> None:
    phonemes = pronounce(word, shipped)
    assert phonemes
    assert set(phonemes) <= SYMBOLS


def test_only_known_symbols_and_single_spaces(shipped: Lexicon) -> None:
    text = "Well — “what’s” 3.5% of £20?! naïve\tcafé\r\n\0 ¿qué? Ærøskøbing <b>x</b> 😀 a.b,c;d:e"
    phonemes = pronounce(text * 50, shipped)
    assert set(phonemes) <= SYMBOLS | set(PUNCTUATION)
    assert "  " not in phonemes


def test_long_text_is_quick(shipped: Lexicon) -> None:
    assert len(pronounce("Many words, and one Zorblax. " * 4000, shipped)) > 100_000
