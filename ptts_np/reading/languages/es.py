"""Spanish."""

from ptts_np.reading.language import Language
from ptts_np.reading.languages import tables


def _date(day: int, month: int, year: str | None, _: str) -> str:
    first = "primero" if day == 1 else LANGUAGE.cardinal(day)
    return f"{first} de {LANGUAGE.months[month - 1]}" + (f" de {year}" if year else "")


def _clock(hour: int, minute: int, half: str) -> str:
    said = "una" if hour == 1 else LANGUAGE.cardinal(hour)
    if minute:
        said += f" y {LANGUAGE.cardinal(minute)}"
    else:
        said += " en punto" if not half else ""
    return said + (f" {half.lower()} eme" if half else "")


def _fraction(top: int, below: int) -> str:
    named = {2: ("medio", "medios"), 3: ("tercio", "tercios")}
    rank = LANGUAGE.ordinal(below) if below <= 10 else f"{LANGUAGE.cardinal(below)}avo"
    one, many = named.get(below) or (rank, f"{rank}s")
    return f"{'un' if top == 1 else LANGUAGE.cardinal(top)} {one if top == 1 else many}"


def _rank(n: int, ending: str, _: str) -> str:
    words = LANGUAGE.ordinal(n)
    if ending.startswith(("ª", "a", ".ª")):
        return " ".join(f"{word[:-1]}a" for word in words.split())
    if ending in ("er", ".er"):
        return words[:-1] if words.endswith(("primero", "tercero")) else words
    return words


def _counted(words: str, noun: str) -> str:
    """A number before a noun: veintiún, not veintiuno."""
    if words.endswith("uno") and noun.split()[0].rstrip("s") in _FEMININE:
        return f"{words[:-1]}a"
    if words.endswith("veintiuno"):
        return f"{words[:-9]}veintiún"
    return words[:-1] if words.endswith(" uno") or words == "uno" else words


def _beside(words: str, word: str) -> str:
    """A number before any word: agrees with what looks like a noun of one gender."""
    masculine = word.rstrip("s") in _MASCULINE
    if (word.endswith("as") and not masculine) or word.endswith(_FEMININE_ENDINGS):
        hundreds = words.replace("cientos", "cientas").replace("quinientos", "quinientas")
        return f"{hundreds[:-3]}una" if words.endswith("uno") else hundreds
    return _counted(words, word) if word.endswith(("os", "es")) or masculine else words


def _king(n: int) -> str:
    return LANGUAGE.ordinal(n) if n <= 10 else LANGUAGE.cardinal(n)


def _one(noun: str) -> str:
    return f"una {noun}" if noun.split()[0] in _FEMININE else f"un {noun}"


_MASCULINE = tables.words(
    "día mapa problema programa idioma tema sistema clima planeta poema drama diploma"
)
_FEMININE_ENDINGS = ("noches", "veces", "tardes", "mujeres", "calles", "clases", "partes", "llaves",
                     "ciones", "siones", "dades")  # fmt: skip
_FEMININE = tables.words("hora libra tonelada onza milla yarda rupia pulgada semana hectárea")

LANGUAGE: Language = Language(
    code="es",
    decimal=",",
    point="coma",
    minus="menos",
    number_to="a",
    ratio="a",
    symbols={
        "per": "por",
        "&": "y", "%": "por ciento", "+": "más", "=": "igual a", "@": "arroba", "#": "número",
        "×": "por", "÷": "dividido por", "±": "más menos", "<": "menor que", ">": "mayor que",
        "≤": "menor o igual que", "≥": "mayor o igual que", "≠": "distinto de",
        "≈": "aproximadamente", "√": "raíz cuadrada de", "∞": "infinito", "π": "pi",
        "°": "grados", "©": "copyright", "§": "sección", "‰": "por mil", "→": "a",
        "^": "elevado a", "_": "guion bajo", "dash": "guion", "?": "signo de interrogación",
        ":": "dos puntos", "times": "veces", "by": "por", "•": "", "·": "",
    },
    money={
        "€": ("euro", "euros", "céntimo", "céntimos"),
        "US$": ("dólar estadounidense", "dólares estadounidenses", "centavo", "centavos"),
        "$": ("dólar", "dólares", "centavo", "centavos"),
        "£": ("libra", "libras", "penique", "peniques"),
        "¥": ("yen", "yenes", "sen", "sen"),
    },
    money_and=" con ",
    of_millions=" de ",
    titles={
        "Sr": "señor", "Sra": "señora", "Srta": "señorita", "Sres": "señores", "Dr": "doctor",
        "Dra": "doctora", "D": "don", "Dña": "doña", "Prof": "profesor", "Ing": "ingeniero",
        "Lic": "licenciado", "Gral": "general", "Sto": "santo", "Sta": "santa",
        "Ud": "usted", "Uds": "ustedes",
    },
    short={
        "etc": "etcétera", "p. ej": "por ejemplo", "p.ej": "por ejemplo", "av": "avenida",
        "Av": "avenida", "Avda": "avenida", "c/": "calle", "C/": "calle", "núm": "número",
        "Núm": "número", "nº": "número", "Nº": "número", "n.º": "número", "pág": "página",
        "págs": "páginas", "p": "página", "pp": "páginas", "vol": "volumen", "cap": "capítulo",
        "art": "artículo", "fig": "figura", "tel": "teléfono", "Tel": "teléfono",
        "aprox": "aproximadamente", "máx": "máximo", "mín": "mínimo", "a. C": "antes de Cristo",
        "d. C": "después de Cristo", "a.C": "antes de Cristo", "d.C": "después de Cristo",
        "Ud": "usted", "Uds": "ustedes", "Cía": "compañía", "S.A": "S A", "dpto": "departamento",
        "EE. UU": "Estados Unidos", "EE.UU": "Estados Unidos", "vs": "versus", "s": "siglo",
    },
    bare=tables.words("nº Nº vs"),
    year=lambda n: LANGUAGE.cardinal(n),
    date=_date,
    clock=_clock,
    fraction=_fraction,
    power=lambda n: {2: "al cuadrado", 3: "al cubo"}.get(n) or f"a la {_feminine_rank(n)}",
    ordinal_ending=r"\.?º|\.?ª|\.?er\b|\.?°(?=\s[a-z])",
    ordinal_of=_rank,
    one=_one,
    counted=_counted,
    beside=_beside,
    half=lambda noun: "media" if noun.endswith("a") else "medio",
    conjunctions=tables.words(
        "y pero o porque que quien "
        "cuando mientras si aunque donde pues como"
    ),
    big={
        "mil": "mil", "millón": "millón", "millones": "millones", "billón": "billón",
        "billones": "billones", "M": "millones", "k": "mil",
    },
    extra_units={
        "kg": ("kilo", "kilos"), "L": ("litro", "litros"), "°": ("grado", "grados"),
        "h": ("hora", "horas"), "dB": ("decibelio", "decibelios"),
    },
    labels=tables.words("vitamina plan grupo tipo anexo clase nivel punto opción edificio"),
    by_ranks=tables.words(
        "Felipe Carlos Fernando Alfonso Isabel Enrique Luis Juan Pablo Pío León Catalina Napoleón "
        "Jorge Pedro Sancho Ramiro Guillermo Federico Eduardo Benedicto Nicolás Alejandro Jaime"
    ),
    by_numbers=tables.words(
        "Mundial mundial siglo Siglo capítulo Capítulo tomo Tomo volumen acto Acto escena parte "
        "Parte libro Libro fase Fase tipo Tipo artículo Apolo Título"
    ),
    rank_of_name=_king,
    dot="punto",
    version="versión",
    slash="barra",
    at="arroba",
)  # fmt: skip


def _feminine_rank(n: int) -> str:
    return _rank(n, "ª", "")
