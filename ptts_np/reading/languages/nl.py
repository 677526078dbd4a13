"""Dutch."""

from ptts_np.reading.language import Language
from ptts_np.reading.languages import tables


def _tidy(words: str) -> str:
    return words.replace("éé", "ee").replace(" honderd", "honderd").replace("honderd ", "honderd")


def _year(n: int) -> str:
    high, low = divmod(n, 100)
    if n < 1100 or n >= 2000:
        return LANGUAGE.cardinal(n)
    return f"{LANGUAGE.cardinal(high)}honderd{LANGUAGE.cardinal(low) if low else ''}"


def _date(day: int, month: int, year: str | None, _: str) -> str:
    said = f"{LANGUAGE.cardinal(day)} {LANGUAGE.months[month - 1]}"
    return f"{said} {year}" if year else said


def _clock(hour: int, minute: int, _: str) -> str:
    said = f"{LANGUAGE.cardinal(hour)} uur"
    return f"{said} {LANGUAGE.cardinal(minute)}" if minute else said


def _fraction(top: int, below: int) -> str:
    named = {2: "half", 4: "kwart"}.get(below) or LANGUAGE.ordinal(below)
    if (top, below) == (1, 2):
        return "een half"
    return f"{LANGUAGE.cardinal(top)} {named}"


LANGUAGE: Language = Language(
    code="nl",
    decimal=",",
    point="komma",
    minus="min",
    number_to="tot",
    ratio="op",
    symbols={
        "per": "per",
        "&": "en", "%": "procent", "+": "plus", "=": "is", "@": "at", "#": "nummer",
        "×": "keer", "÷": "gedeeld door", "±": "plus of min", "<": "kleiner dan",
        ">": "groter dan", "≤": "kleiner dan of gelijk aan", "≥": "groter dan of gelijk aan",
        "≠": "niet gelijk aan", "≈": "ongeveer", "√": "wortel", "∞": "oneindig", "π": "pi",
        "°": "graden", "©": "copyright", "§": "paragraaf", "‰": "promille", "→": "naar",
        "^": "tot de macht", "_": "underscore", "dash": "streepje", "?": "vraagteken",
        ":": "dubbele punt", "times": "keer", "by": "bij", "•": "", "·": "",
    },
    money={
        "€": ("euro", "euro", "cent", "cent"),
        "$": ("dollar", "dollar", "cent", "cent"),
        "£": ("pond", "pond", "penny", "pence"),
        "¥": ("yen", "yen", "sen", "sen"),
    },
    cents_named=False,
    money_and=" ",
    titles={
        "dhr": "de heer", "Dhr": "De heer", "mevr": "mevrouw", "Mevr": "Mevrouw", "dr": "dokter",
        "Dr": "Dokter", "prof": "professor", "Prof": "Professor", "mr": "meester",
        "ir": "ingenieur", "ds": "dominee", "St": "Sint", "drs": "doctorandus",
    },
    short={
        "bijv": "bijvoorbeeld", "bv": "bijvoorbeeld", "d.w.z": "dat wil zeggen",
        "enz": "enzovoort", "etc": "et cetera", "o.a": "onder andere",
        "m.a.w": "met andere woorden",
        "ca": "circa", "nr": "nummer", "Nr": "Nummer", "nrs": "nummers", "blz": "bladzijde",
        "p": "pagina", "hfst": "hoofdstuk", "art": "artikel", "tel": "telefoon",
        "Tel": "telefoon", "incl": "inclusief", "excl": "exclusief", "max": "maximaal",
        "min": "minimaal", "str": "straat", "jl": "jongstleden", "t.e.m": "tot en met",
        "t/m": "tot en met", "i.p.v": "in plaats van", "v.Chr": "voor Christus",
        "n.Chr": "na Christus", "v. Chr": "voor Christus", "n. Chr": "na Christus",
        "mln": "miljoen", "mld": "miljard", "m.b.v": "met behulp van",
        "z.s.m": "zo snel mogelijk",
        "i.v.m": "in verband met", "t.o.v": "ten opzichte van", "a.u.b": "alstublieft",
        "vs": "versus", "jan": "januari", "feb": "februari", "apr": "april", "aug": "augustus",
        "sept": "september", "okt": "oktober", "nov": "november", "dec": "december",
    },
    bare=tables.words("bijv enz nr blz mln mld incl excl vs"),
    year=_year,
    date=_date,
    clock=_clock,
    clock_mark=".",
    fraction=_fraction,
    power=lambda n: {2: "kwadraat"}.get(n) or f"tot de {LANGUAGE.ordinal(n)}",
    ordinal_ending="e|de|ste",
    ordinal_of=lambda n, *_: LANGUAGE.ordinal(n),
    one=lambda noun: f"één {noun}",
    conjunctions=tables.words("en maar of want dat omdat als toen die wie terwijl hoewel zodat"),
    big={
        "duizend": "duizend", "miljoen": "miljoen", "miljard": "miljard", "mln": "miljoen",
        "mln.": "miljoen", "mld": "miljard", "mld.": "miljard", "k": "duizend", "M": "miljoen",
    },
    extra_units={
        "kg": ("kilo", "kilo"), "L": ("liter", "liter"), "u": ("uur", "uur"), "t": ("ton", "ton"),
        "°": ("graad", "graden"), "m²": ("vierkante meter", "vierkante meter"),
        "dB": ("decibel", "decibel"), "min.": ("minuut", "minuten"),
    },
    labels=tables.words("vitamine plan groep type bijlage klas deel punt optie gebouw"),
    by_ranks=tables.words(
        "Willem Hendrik Karel Filips Lodewijk Johannes Paulus Pius Leo Elizabeth Catharina Albert "
        "Leopold Boudewijn Frederik Napoleon Eduard George Peter Nicolaas Benedictus Richard"
    ),
    by_numbers=tables.words(
        "Wereldoorlog wereldoorlog Hoofdstuk hoofdstuk Deel deel Akte Scène Boek boek Fase fase "
        "Type type Artikel Apollo Band"
    ),
    rank_of_name=lambda n: f"de {LANGUAGE.ordinal(n)}",
    tidy=_tidy,
    dot="punt",
    version="versie",
    slash="slash",
    at="at",
)  # fmt: skip
