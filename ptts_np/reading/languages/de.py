"""German."""

from ptts_np.reading.language import Language
from ptts_np.reading.languages import tables

_WEAK_N = tables.words(
    "am dem den vom zum im beim zur des bis ab seit jedem seinem ihrem meinem unserem einem "
    "seinen ihren ihrer seiner einer"
)
_WEAK = tables.words("der die das diese dieser jede sein")
_STRONG = tables.words("ein kein mein ihr unser heute ist")


def _rank(n: int, ending: str, before: str) -> str | None:
    if before in _WEAK_N:
        return f"{LANGUAGE.ordinal(n)}n"
    if before in _WEAK:
        return LANGUAGE.ordinal(n)
    return f"{LANGUAGE.ordinal(n)}r" if before in _STRONG else None


def _date(day: int, month: int, year: str | None, before: str) -> str:
    rank = _rank(day, ".", before) or f"{LANGUAGE.ordinal(day)}r"
    return f"{rank} {LANGUAGE.months[month - 1]}" + (f" {year}" if year else "")


def _year(n: int) -> str:
    high, low = divmod(n, 100)
    if n < 1100 or n >= 2000:
        return LANGUAGE.cardinal(n)
    return f"{LANGUAGE.cardinal(high)}hundert{LANGUAGE.cardinal(low) if low else ''}"


def _clock(hour: int, minute: int, _: str) -> str:
    said = "ein Uhr" if hour == 1 else f"{LANGUAGE.cardinal(hour)} Uhr"
    return f"{said} {LANGUAGE.cardinal(minute)}" if minute else said


def _fraction(top: int, below: int) -> str:
    if below == 2:
        return "einhalb" if top == 1 else f"{LANGUAGE.cardinal(top)} Halbe"
    part = f"{LANGUAGE.ordinal(below).removesuffix('te')}tel"
    return f"{'ein' if top == 1 else LANGUAGE.cardinal(top)} {part.capitalize()}"


def _one(noun: str) -> str:
    feminine = noun.split()[0] in _FEMININE or noun.split()[0].endswith(("stunde", "Million"))
    return f"eine {noun}" if feminine else f"ein {noun}"


_FEMININE = tables.words(
    "Stunde Minute Sekunde Tonne Woche Million Milliarde Unze Meile Rupie Kilowattstunde Krone"
)

LANGUAGE: Language = Language(
    code="de",
    decimal=",",
    point="Komma",
    minus="minus",
    number_to="bis",
    ratio="zu",
    symbols={
        "per": "pro",
        "&": "und", "%": "Prozent", "+": "plus", "=": "gleich", "@": "at", "#": "Nummer",
        "×": "mal", "÷": "geteilt durch", "±": "plus minus", "<": "kleiner als",
        ">": "größer als", "≤": "kleiner oder gleich", "≥": "größer oder gleich",
        "≠": "ungleich", "≈": "ungefähr", "√": "Wurzel aus", "∞": "unendlich", "π": "Pi",
        "°": "Grad", "©": "Copyright", "§": "Paragraf", "§§": "Paragrafen", "‰": "Promille",
        "→": "nach", "^": "hoch", "_": "Unterstrich", "dash": "Bindestrich",
        "?": "Fragezeichen", ":": "Doppelpunkt", "times": "mal", "by": "mal", "•": "", "·": "",
    },
    money={
        "€": ("Euro", "Euro", "Cent", "Cent"),
        "$": ("Dollar", "Dollar", "Cent", "Cent"),
        "£": ("Pfund", "Pfund", "Penny", "Pence"),
        "¥": ("Yen", "Yen", "Sen", "Sen"),
        "Fr.": ("Franken", "Franken", "Rappen", "Rappen"),
    },
    cents_named=False,
    money_and=" ",
    titles={
        "Dr": "Doktor", "Prof": "Professor", "Hr": "Herr", "Hrn": "Herrn", "Fr": "Frau",
        "St": "Sankt", "Dipl": "Diplom", "Ing": "Ingenieur",
    },
    short={
        "z. B": "zum Beispiel", "z.B": "zum Beispiel", "d. h": "das heißt", "d.h": "das heißt",
        "u. a": "unter anderem", "u.a": "unter anderem", "usw": "und so weiter",
        "etc": "et cetera", "bzw": "beziehungsweise", "ca": "circa", "evtl": "eventuell",
        "ggf": "gegebenenfalls", "inkl": "inklusive", "exkl": "exklusive", "Nr": "Nummer",
        "Nrn": "Nummern", "S": "Seite", "Str": "Straße", "str": "straße", "Tel": "Telefon",
        "Abs": "Absatz", "Art": "Artikel", "Bd": "Band", "Kap": "Kapitel", "Abb": "Abbildung",
        "vgl": "vergleiche", "Mio": "Millionen", "Mrd": "Milliarden", "Jh": "Jahrhundert",
        "v. Chr": "vor Christus", "n. Chr": "nach Christus", "v.Chr": "vor Christus",
        "n.Chr": "nach Christus", "sog": "sogenannte", "geb": "geboren", "gest": "gestorben",
        "Std": "Stunden", "Min": "Minuten", "Sek": "Sekunden", "max": "maximal",
        "min": "minimal", "mind": "mindestens", "o. ä": "oder ähnlich", "i. d. R": "in der Regel",
        "Hbf": "Hauptbahnhof", "Mo": "Montag", "Di": "Dienstag", "Mi": "Mittwoch",
        "Do": "Donnerstag", "Sa": "Samstag", "So": "Sonntag", "Dr": "Doktor", "Prof": "Professor",
        "vs": "versus", "Jan": "Januar", "Feb": "Februar", "Aug": "August", "Sept": "September",
        "Okt": "Oktober", "Nov": "November", "Dez": "Dezember",
    },
    bare=tables.words("usw bzw ca Nr Mio Mrd Hbf Std vgl inkl vs"),
    year=_year,
    date=_date,
    clock=_clock,
    clock_mark=".",
    fraction=_fraction,
    power=lambda n: f"hoch {LANGUAGE.cardinal(n)}",
    ordinal_ending=r"\.(?=\s+[^\W\d_])",
    ordinal_of=_rank,
    one=_one,
    conjunctions=tables.words(
        "und aber oder denn dass weil wenn "
        "als ob obwohl damit während der die"
    ),
    big={
        "Tausend": "tausend", "tausend": "tausend", "Mio": "Millionen", "Mio.": "Millionen",
        "Mrd": "Milliarden", "Mrd.": "Milliarden", "Million": "Million",
        "Millionen": "Millionen", "Milliarde": "Milliarde", "Milliarden": "Milliarden",
    },
    extra_units={
        "l": ("Liter", "Liter"), "L": ("Liter", "Liter"), "°": ("Grad", "Grad"),
        "Std": ("Stunde", "Stunden"), "Std.": ("Stunde", "Stunden"),
        "Min.": ("Minute", "Minuten"), "Sek.": ("Sekunde", "Sekunden"),
        "km/h": ("Kilometer pro Stunde", "Kilometer pro Stunde"),
        "dB": ("Dezibel", "Dezibel"), "qm": ("Quadratmeter", "Quadratmeter"),
        "PS": ("P S", "P S"), "Pfd.": ("Pfund", "Pfund"),
    },
    labels=tables.words("vitamin plan gruppe typ anhang klasse teil punkt option gebäude"),
    by_ranks=tables.words(
        "Heinrich Friedrich Wilhelm Ludwig Karl Otto Johannes Paul Pius Leo Elisabeth Katharina "
        "Franz Joseph Josef Georg Eduard Richard Philipp Maximilian Rudolf Benedikt Nikolaus Peter"
    ),
    by_numbers=tables.words(
        "Weltkrieg Kapitel Band Teil Akt Szene Artikel Phase Typ Klasse Stufe Apollo Buch Hartz"
    ),
    rank_of_name=lambda n: f"der {LANGUAGE.ordinal(n)}",
    dot="Punkt",
    version="Version",
    slash="Schrägstrich",
    at="at",
)  # fmt: skip
