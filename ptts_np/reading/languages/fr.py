"""French."""

from ptts_np.reading.language import Language
from ptts_np.reading.languages import tables


def _year(n: int) -> str:
    return LANGUAGE.cardinal(n)


def _date(day: int, month: int, year: str | None, _: str) -> str:
    first = "premier" if day == 1 else LANGUAGE.cardinal(day)
    return f"{first} {LANGUAGE.months[month - 1]}" + (f" {year}" if year else "")


def _feminine(n: int) -> str:
    words = LANGUAGE.cardinal(n)
    return f"{words}e" if words == "un" or words.endswith((" un", "-un")) else words


def _clock(hour: int, minute: int, _: str) -> str:
    said = f"{_feminine(hour)} heure{'s' if hour > 1 else ''}"
    return f"{said} {_feminine(minute)}" if minute else said


def _fraction(top: int, below: int) -> str:
    named = {2: ("demi", "demis"), 3: ("tiers", "tiers"), 4: ("quart", "quarts")}
    rank = LANGUAGE.ordinal(below)
    one, many = named.get(below) or (rank, f"{rank}s")
    return f"{LANGUAGE.cardinal(top)} {one if top == 1 else many}"


def _rank(n: int, ending: str, _: str) -> str:
    if n == 1:
        return "première" if "r" in ending and ending[-1] == "e" else "premier"
    return LANGUAGE.ordinal(n)


def _king(n: int) -> str:
    return "premier" if n == 1 else LANGUAGE.cardinal(n)


def _one(noun: str) -> str:
    return f"une {noun}" if noun.split()[0] in _FEMININE else f"un {noun}"


def _counted(words: str, noun: str) -> str:
    """A number before a noun: vingt et une heures."""
    feminine = noun.split()[0].rstrip("s") in _FEMININE
    return f"{words}e" if feminine and words.endswith((" un", "-un")) else words


_MASCULINE = tables.words("litre mètre kilomètre siècle verre gramme centimètre")
_FEMININE = tables.words("livre heure minute seconde once tonne roupie semaine milliseconde")

LANGUAGE: Language = Language(
    code="fr",
    decimal=",",
    point="virgule",
    minus="moins",
    number_to="à",
    ratio="à",
    symbols={
        "per": "par",
        "&": "et", "%": "pour cent", "+": "plus", "=": "égale", "@": "arobase", "#": "numéro",
        "×": "fois", "÷": "divisé par", "±": "plus ou moins", "<": "inférieur à",
        ">": "supérieur à", "≤": "inférieur ou égal à", "≥": "supérieur ou égal à",
        "≠": "différent de", "≈": "environ", "√": "racine carrée de", "∞": "infini", "π": "pi",
        "°": "degrés", "©": "copyright", "§": "paragraphe", "‰": "pour mille", "→": "vers",
        "^": "puissance", "_": "tiret bas", "dash": "tiret", "?": "point d'interrogation",
        ":": "deux points", "times": "fois", "by": "sur", "•": "", "·": "",
    },
    money={
        "€": ("euro", "euros", "centime", "centimes"),
        "$": ("dollar", "dollars", "cent", "cents"),
        "£": ("livre", "livres", "penny", "pence"),
        "¥": ("yen", "yens", "sen", "sen"),
        "₹": ("roupie", "roupies", "paisa", "paisas"),
    },
    cents_named=False,
    money_and=" ",
    of_millions=" de ",
    titles={
        "M": "monsieur", "MM": "messieurs", "Mme": "madame", "Mmes": "mesdames",
        "Mlle": "mademoiselle", "Dr": "docteur", "Pr": "professeur", "Me": "maître",
        "St": "saint", "Ste": "sainte", "Mgr": "monseigneur",
    },
    short={
        "etc": "et cetera", "av": "avenue", "bd": "boulevard", "Bd": "boulevard", "p": "page",
        "pp": "pages", "vol": "volume", "chap": "chapitre", "art": "article", "Art": "article",
        "fig": "figure", "env": "environ", "tél": "téléphone", "Tél": "téléphone",
        "n°": "numéro", "N°": "numéro", "no": "numéro", "cf": "confer", "ex": "exemple",
        "c.-à-d": "c'est-à-dire", "p. ex": "par exemple", "av. J.-C": "avant Jésus-Christ",
        "apr. J.-C": "après Jésus-Christ", "M": "monsieur", "Dr": "docteur", "hab": "habitants",
        "dép": "département", "éd": "édition", "janv": "janvier", "févr": "février",
        "juil": "juillet", "sept": "septembre", "oct": "octobre", "nov": "novembre",
        "déc": "décembre", "max": "maximum", "min": "minimum", "w/": "avec",
    },
    bare=tables.words("n° N° etc"),
    year=_year,
    date=_date,
    clock=_clock,
    clock_mark="h",
    fraction=_fraction,
    power=lambda n: {2: "au carré", 3: "au cube"}.get(n) or f"puissance {LANGUAGE.cardinal(n)}",
    ordinal_ending="ers?|res?|ères?|es?|èmes?|nds?|ndes?|ième",
    ordinal_of=_rank,
    one=_one,
    counted=_counted,
    half=lambda noun: "une demi" if noun.endswith("e") and noun not in _MASCULINE else "un demi",
    roman_ending="e|er|ème",
    conjunctions=tables.words("et mais ou car que qui quand lorsque parce si donc comme où dont"),
    big={
        "mille": "mille", "million": "million", "millions": "millions", "milliard": "milliard",
        "milliards": "milliards", "k": "mille", "M": "millions", "Md": "milliards",
        "Mds": "milliards",
    },
    extra_units={
        "kg": ("kilo", "kilos"), "L": ("litre", "litres"), "Mo": ("mégaoctet", "mégaoctets"),
        "Go": ("gigaoctet", "gigaoctets"), "To": ("téraoctet", "téraoctets"),
        "Ko": ("kilooctet", "kilooctets"), "km/h": ("kilomètre heure", "kilomètres heure"),
        "°": ("degré", "degrés"), "dB": ("décibel", "décibels"),
    },
    labels=tables.words("vitamine plan groupe type annexe classe niveau point option bâtiment"),
    by_ranks=tables.words(
        "Louis Henri Charles François Philippe Napoléon Jean Paul Pie Léon Élisabeth Catherine "
        "Guillaume Nicolas Pierre Frédéric Édouard Richard Jacques Georges Alexandre Benoît"
    ),
    by_numbers=tables.words(
        "chapitre Chapitre tome Tome volume Volume acte Acte scène partie Partie livre Livre "
        "guerre phase Phase type Type niveau Apollo article annexe"
    ),
    rank_of_name=_king,
    dot="point",
    slash="barre oblique",
    at="arobase",
    hashtag="mot-dièse",
)  # fmt: skip
