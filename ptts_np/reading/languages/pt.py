"""Portuguese."""

from ptts_np.reading.language import Language
from ptts_np.reading.languages import tables


def _date(day: int, month: int, year: str | None, _: str) -> str:
    first = "primeiro" if day == 1 else LANGUAGE.cardinal(day)
    return f"{first} de {LANGUAGE.months[month - 1]}" + (f" de {year}" if year else "")


def _hours(n: int) -> str:
    words = LANGUAGE.cardinal(n)
    if words.endswith("um"):
        return f"{words[:-2]}uma"
    return f"{words[:-4]}duas" if words.endswith("dois") else words


def _clock(hour: int, minute: int, _: str) -> str:
    said = f"{_hours(hour)} hora{'s' if hour > 1 else ''}"
    return f"{said} e {LANGUAGE.cardinal(minute)}" if minute else said


def _fraction(top: int, below: int) -> str:
    named = {2: ("meio", "meios"), 3: ("terço", "terços")}
    rank = LANGUAGE.ordinal(below) if below <= 10 else f"{LANGUAGE.cardinal(below)} avos"
    one, many = named.get(below) or (rank, rank if below > 10 else f"{rank}s")
    return f"{LANGUAGE.cardinal(top)} {one if top == 1 else many}"


def _rank(n: int, ending: str, _: str) -> str:
    words = LANGUAGE.ordinal(n)
    if ending.endswith("ª"):
        return " ".join(f"{word[:-1]}a" for word in words.split())
    return words


def _king(n: int) -> str:
    return LANGUAGE.ordinal(n) if n <= 10 else LANGUAGE.cardinal(n)


def _one(noun: str) -> str:
    return f"uma {noun}" if noun.split()[0] in _FEMININE else f"um {noun}"


def _counted(words: str, noun: str) -> str:
    """A number before a noun: duas horas."""
    feminine = noun.split()[0].rstrip("s") in _FEMININE
    if feminine and words.endswith("um"):
        return f"{words}a"
    return f"{words[:-4]}duas" if feminine and words.endswith("dois") else words


def _beside(words: str, word: str) -> str:
    """A number before any word: agrees with what looks like a noun of one gender."""
    looks_feminine = word.endswith("as") and word.rstrip("s") not in _MASCULINE
    feminine = looks_feminine or word.endswith(_FEMININE_ENDINGS)
    return _counted(words, "hora") if feminine else words


_MASCULINE = tables.words(
    "dia mapa problema programa idioma tema sistema clima planeta poema drama diploma"
)
_FEMININE_ENDINGS = ("noites", "vezes", "tardes", "mulheres", "classes", "partes", "chaves",
                     "ções", "sões", "dades")  # fmt: skip
_FEMININE = tables.words("hora libra tonelada onça milha jarda rupia polegada semana")

LANGUAGE: Language = Language(
    code="pt",
    numbers="pt_BR",
    decimal=",",
    point="vírgula",
    minus="menos",
    number_to="a",
    ratio="para",
    symbols={
        "per": "por",
        "&": "e", "%": "por cento", "+": "mais", "=": "igual a", "@": "arroba", "#": "número",
        "×": "vezes", "÷": "dividido por", "±": "mais ou menos", "<": "menor que",
        ">": "maior que", "≤": "menor ou igual a", "≥": "maior ou igual a",
        "≠": "diferente de", "≈": "aproximadamente", "√": "raiz quadrada de", "∞": "infinito",
        "π": "pi", "°": "graus", "©": "copyright", "§": "parágrafo", "‰": "por mil", "→": "para",
        "^": "elevado a", "_": "sublinhado", "dash": "hífen", "?": "ponto de interrogação",
        ":": "dois pontos", "times": "vezes", "by": "por", "•": "", "·": "",
    },
    money={
        "€": ("euro", "euros", "cêntimo", "cêntimos"),
        "R$": ("real", "reais", "centavo", "centavos"),
        "US$": ("dólar americano", "dólares americanos", "centavo", "centavos"),
        "$": ("dólar", "dólares", "centavo", "centavos"),
        "£": ("libra", "libras", "penny", "pence"),
        "¥": ("iene", "ienes", "sen", "sen"),
    },
    money_and=" e ",
    of_millions=" de ",
    titles={
        "Sr": "senhor", "Sra": "senhora", "Srta": "senhorita", "Dr": "doutor", "Dra": "doutora",
        "D": "dom", "Prof": "professor", "Profa": "professora", "Eng": "engenheiro",
        "Sto": "santo", "Sta": "santa", "Exmo": "excelentíssimo",
    },
    short={
        "etc": "etcétera", "p. ex": "por exemplo", "p.ex": "por exemplo", "av": "avenida",
        "Av": "avenida", "R": "rua", "nº": "número", "Nº": "número", "n.º": "número",
        "pág": "página", "págs": "páginas", "p": "página", "pp": "páginas", "vol": "volume",
        "cap": "capítulo", "art": "artigo", "fig": "figura", "tel": "telefone", "Tel": "telefone",
        "aprox": "aproximadamente", "máx": "máximo", "mín": "mínimo", "a.C": "antes de Cristo",
        "d.C": "depois de Cristo", "a. C": "antes de Cristo", "d. C": "depois de Cristo",
        "Cia": "companhia", "Ltda": "limitada", "S.A": "S A", "apto": "apartamento",
        "EUA": "Estados Unidos", "vs": "versus", "séc": "século", "obs": "observação",
    },
    bare=tables.words("nº Nº vs EUA Cia Ltda"),
    year=lambda n: LANGUAGE.cardinal(n),
    date=_date,
    clock=_clock,
    clock_mark="h",
    fraction=_fraction,
    power=lambda n: {2: "ao quadrado", 3: "ao cubo"}.get(n) or f"elevado a {LANGUAGE.cardinal(n)}",
    ordinal_ending=r"\.?º|\.?ª|°(?=\s[a-z])",
    ordinal_of=_rank,
    one=_one,
    counted=_counted,
    beside=_beside,
    half=lambda noun: "meia" if noun.endswith("a") else "meio",
    conjunctions=tables.words("e mas ou porque que quem quando enquanto se embora onde pois como"),
    big={
        "mil": "mil", "milhão": "milhão", "milhões": "milhões", "bilhão": "bilhão",
        "bilhões": "bilhões", "mi": "milhões", "bi": "bilhões", "M": "milhões", "k": "mil",
    },
    extra_units={
        "kg": ("quilo", "quilos"), "L": ("litro", "litros"), "°": ("grau", "graus"),
        "h": ("hora", "horas"), "t": ("tonelada", "toneladas"), "dB": ("decibel", "decibéis"),
    },
    labels=tables.words("vitamina plano grupo tipo anexo classe nível ponto opção edifício"),
    by_ranks=tables.words(
        "Pedro João Manuel Carlos Filipe Isabel Henrique Luís Afonso Paulo Pio Leão Catarina "
        "Napoleão Jorge Sancho Guilherme Frederico Eduardo Bento Nicolau Alexandre Fernando Maria"
    ),
    by_numbers=tables.words(
        "Mundial mundial século Século capítulo Capítulo tomo Tomo volume ato Ato cena parte Parte "
        "livro Livro fase Fase tipo Tipo artigo Apolo Título"
    ),
    rank_of_name=_king,
    dot="ponto",
    version="versão",
    slash="barra",
    at="arroba",
)  # fmt: skip
