"""Italian."""

import re

from ptts_np.reading.language import Language
from ptts_np.reading.languages import tables


def _tidy(words: str) -> str:
    return re.sub(r"\b(milion[ei]|miliard[oi]) e ", r"\1 ", words)


def _date(day: int, month: int, year: str | None, _: str) -> str:
    first = "primo" if day == 1 else LANGUAGE.cardinal(day)
    return f"{first} {LANGUAGE.months[month - 1]}" + (f" {year}" if year else "")


def _clock(hour: int, minute: int, _: str) -> str:
    said = "una" if hour == 1 else LANGUAGE.cardinal(hour)
    return f"{said} e {LANGUAGE.cardinal(minute)}" if minute else said


def _fraction(top: int, below: int) -> str:
    rank = LANGUAGE.ordinal(below)
    one, many = ("mezzo", "mezzi") if below == 2 else (rank, f"{rank[:-1]}i")
    return f"{'un' if top == 1 else LANGUAGE.cardinal(top)} {one if top == 1 else many}"


def _rank(n: int, ending: str, _: str) -> str:
    words = LANGUAGE.ordinal(n)
    return f"{words[:-1]}a" if ending.endswith("ª") else words


def _one(noun: str) -> str:
    return f"una {noun}" if noun.split()[0] in _FEMININE else f"un {noun}"


_FEMININE = tables.words("sterlina libbra tonnellata oncia iarda rupia settimana")

LANGUAGE: Language = Language(
    code="it",
    decimal=",",
    point="virgola",
    minus="meno",
    number_to="a",
    ratio="a",
    symbols={
        "per": "al",
        "&": "e", "%": "per cento", "+": "più", "=": "uguale", "@": "chiocciola", "#": "numero",
        "×": "per", "÷": "diviso", "±": "più o meno", "<": "minore di", ">": "maggiore di",
        "≤": "minore o uguale a", "≥": "maggiore o uguale a", "≠": "diverso da", "≈": "circa",
        "√": "radice quadrata di", "∞": "infinito", "π": "pi greco", "°": "gradi",
        "©": "copyright", "§": "paragrafo", "‰": "per mille", "→": "a", "^": "alla",
        "_": "trattino basso", "dash": "trattino", "?": "punto interrogativo",
        ":": "due punti", "times": "volte", "by": "per", "•": "", "·": "",
    },
    money={
        "€": ("euro", "euro", "centesimo", "centesimi"),
        "$": ("dollaro", "dollari", "centesimo", "centesimi"),
        "£": ("sterlina", "sterline", "penny", "pence"),
        "¥": ("yen", "yen", "sen", "sen"),
    },
    cents_named=False,
    money_and=" e ",
    of_millions=" di ",
    titles={
        "Sig": "signor", "sig": "signor", "Sig.ra": "signora", "sig.ra": "signora",
        "Sig.na": "signorina", "Sigg": "signori", "Dott": "dottor", "dott": "dottor",
        "Dott.ssa": "dottoressa", "dott.ssa": "dottoressa", "Dr": "dottor", "Prof": "professor",
        "prof": "professor", "Prof.ssa": "professoressa", "prof.ssa": "professoressa",
        "Avv": "avvocato", "avv": "avvocato", "Ing": "ingegner", "ing": "ingegner",
        "On": "onorevole", "S": "san", "Rag": "ragionier",
    },
    short={
        "ecc": "eccetera", "etc": "eccetera", "es": "esempio", "p. es": "per esempio",
        "p.es": "per esempio", "pag": "pagina", "pagg": "pagine", "p": "pagina", "pp": "pagine",
        "vol": "volume", "cap": "capitolo", "art": "articolo", "fig": "figura",
        "n": "numero", "nr": "numero", "n°": "numero", "N°": "numero", "tel": "telefono",
        "Tel": "telefono", "ca": "circa", "max": "massimo", "min": "minimo",
        "a.C": "avanti Cristo", "d.C": "dopo Cristo", "a. C": "avanti Cristo",
        "d. C": "dopo Cristo", "v.le": "viale", "p.za": "piazza", "P.za": "piazza",
        "c.so": "corso", "S.p.A": "S P A", "sec": "secolo", "cfr": "confronta", "vs": "versus",
        "c.a": "corrente anno", "gen": "gennaio", "febbr": "febbraio", "sett": "settembre",
        "ott": "ottobre", "nov": "novembre", "dic": "dicembre",
    },
    bare=tables.words("n° N° ecc vs"),
    year=lambda n: LANGUAGE.cardinal(n),
    date=_date,
    clock=_clock,
    clock_mark=".",
    fraction=_fraction,
    power=lambda n: {2: "al quadrato", 3: "al cubo"}.get(n) or f"alla {LANGUAGE.ordinal(n)[:-1]}a",
    ordinal_ending=r"\.?º|\.?ª|°(?=\s[a-z])",
    ordinal_of=_rank,
    one=_one,
    half=lambda noun: "mezza" if noun.endswith("a") else "mezzo",
    conjunctions=tables.words("e ma o perché che chi quando mentre se anche dove poiché come"),
    big={
        "mila": "mila", "milione": "milione", "milioni": "milioni", "miliardo": "miliardo",
        "miliardi": "miliardi", "mln": "milioni", "mld": "miliardi", "M": "milioni", "k": "mila",
    },
    extra_units={
        "kg": ("chilo", "chili"), "L": ("litro", "litri"), "°": ("grado", "gradi"),
        "h": ("ora", "ore"), "t": ("tonnellata", "tonnellate"), "dB": ("decibel", "decibel"),
        "mq": ("metro quadro", "metri quadri"),
        "hg": ("etto", "etti"),
    },
    labels=tables.words(
        "vitamina piano gruppo tipo allegato classe livello punto opzione edificio"
    ),
    by_ranks=tables.words(
        "Enrico Carlo Luigi Filippo Giovanni Paolo Pio Leone Elisabetta Caterina Napoleone Giorgio "
        "Umberto Emanuele Federico Guglielmo Pietro Edoardo Benedetto Nicola Alessandro Ferdinando"
    ),
    by_numbers=tables.words(
        "capitolo Capitolo tomo volume Volume atto Atto scena parte Parte libro Libro fase Fase "
        "tipo Tipo articolo Apollo Titolo"
    ),
    rank_of_name=lambda n: LANGUAGE.ordinal(n),
    tidy=_tidy,
    dot="punto",
    version="versione",
    slash="barra",
    at="chiocciola",
)  # fmt: skip
