"""English, as it is read in America, with the forms of Britain understood."""

from ptts_np.reading.language import Language
from ptts_np.reading.languages import tables


def _tidy(words: str) -> str:
    return words.replace(",", "").replace(" and ", " ").replace("-", " ")


def _year(n: int) -> str:
    high, low = divmod(n, 100)
    if n % 1000 < 10:
        return LANGUAGE.cardinal(n)
    if low == 0:
        return f"{LANGUAGE.cardinal(high)} hundred"
    return f"{LANGUAGE.cardinal(high)} {'oh ' if low < 10 else ''}{LANGUAGE.cardinal(low)}"


def _date(day: int, month: int, year: str | None, before: str) -> str:
    name, rank = LANGUAGE.months[month - 1], LANGUAGE.ordinal(day)
    said = f"{rank} of {name}" if before == "the" else f"{name} {rank}"
    return f"{said}, {year}" if year else said


def _clock(hour: int, minute: int, half: str) -> str:
    said = LANGUAGE.cardinal(hour)
    if minute:
        said += f" {'oh ' if minute < 10 else ''}{LANGUAGE.cardinal(minute)}"
    elif not half:
        said = f"{said} o'clock" if 0 < hour <= 12 else f"{said} hundred hours"
    return f"{said} {half} M" if half else said


def _fraction(top: int, below: int) -> str:
    names = {2: ("half", "halves"), 4: ("quarter", "quarters")}
    one, many = names.get(below) or (LANGUAGE.ordinal(below), f"{LANGUAGE.ordinal(below)}s")
    return f"{LANGUAGE.cardinal(top)} {one if top == 1 else many}"


def _power(n: int) -> str:
    return {2: "squared", 3: "cubed"}.get(n) or f"to the {LANGUAGE.ordinal(n)}"


def _rank(n: int) -> str:
    return f"the {LANGUAGE.ordinal(n)}"


LANGUAGE: Language = Language(
    code="en",
    decimal=".",
    point="point",
    minus="minus",
    number_to="to",
    ratio="to",
    symbols={
        "&": "and", "%": "percent", "+": "plus", "=": "equals", "@": "at", "#": "number",
        "×": "times", "÷": "divided by", "±": "plus or minus", "<": "less than",
        ">": "greater than", "≤": "less than or equal to", "≥": "greater than or equal to",
        "≠": "is not equal to", "≈": "is about", "√": "the square root of", "∞": "infinity",
        "π": "pi", "°": "degrees", "©": "copyright", "®": "registered", "™": "trademark",
        "§": "section", "¶": "paragraph", "‰": "per mille", "→": "to", "^": "to the power of",
        "_": "underscore", "dash": "dash", "?": "question mark", ":": "colon", "times": "times",
        "by": "by", "per": "per",
        "Δ": "delta", "µ": "micro", "¬": "not", "†": "", "‡": "", "•": "", "·": "",
    },
    money={
        "US$": ("US dollar", "US dollars", "cent", "cents"),
        "C$": ("Canadian dollar", "Canadian dollars", "cent", "cents"),
        "A$": ("Australian dollar", "Australian dollars", "cent", "cents"),
        "$": ("dollar", "dollars", "cent", "cents"),
        "£": ("pound", "pounds", "penny", "pence"),
        "€": ("euro", "euros", "cent", "cents"),
        "¥": ("yen", "yen", "sen", "sen"),
        "₹": ("rupee", "rupees", "paisa", "paise"),
        "₩": ("won", "won", "jeon", "jeon"),
        "₽": ("ruble", "rubles", "kopeck", "kopecks"),
        "₿": ("bitcoin", "bitcoins", "cent", "cents"),
    },
    titles={
        "Mr": "Mister", "Mrs": "Missus", "Ms": "Miz", "Dr": "Doctor", "Prof": "Professor",
        "St": "Saint", "Mt": "Mount", "Ft": "Fort", "Gen": "General", "Gov": "Governor",
        "Sen": "Senator", "Rep": "Representative", "Capt": "Captain", "Lt": "Lieutenant",
        "Col": "Colonel", "Sgt": "Sergeant", "Cpl": "Corporal", "Maj": "Major",
        "Cmdr": "Commander",
        "Rev": "Reverend", "Hon": "Honorable", "Messrs": "Messers", "Pres": "President",
        "Sr": "Senior", "Fr": "Father", "Supt": "Superintendent",
    },
    short={
        "St": "Street", "Ave": "Avenue", "Blvd": "Boulevard", "Rd": "Road", "Ln": "Lane",
        "Hwy": "Highway", "Sq": "Square", "Pl": "Place", "Pkwy": "Parkway",
        "Jr": "Junior", "Sr": "Senior", "Ltd": "Limited", "Inc": "Incorporated",
        "Corp": "Corporation", "Co": "Company", "Bros": "Brothers", "Dept": "Department",
        "dept": "department", "Apt": "Apartment", "apt": "apartment", "Univ": "University",
        "Assn": "Association", "Govt": "Government", "govt": "government",
        "Intl": "International",
        "approx": "approximately", "etc": "et cetera", "e.g": "for example", "i.e": "that is",
        "vs": "versus", "v": "versus", "cf": "compare", "al": "al", "ca": "circa", "c": "circa",
        "vol": "volume", "Vol": "Volume", "fig": "figure", "Fig": "Figure", "figs": "figures",
        "no": "number", "No": "number", "Nos": "numbers", "nos": "numbers", "p": "page",
        "pp": "pages", "ch": "chapter", "Ch": "Chapter", "sec": "section", "Sec": "Section",
        "ed": "edition", "eds": "editors", "est": "established", "Est": "established",
        "min": "minutes", "max": "maximum", "avg": "average", "tel": "telephone",
        "Tel": "telephone", "ext": "extension", "Ext": "extension", "misc": "miscellaneous",
        "temp": "temperature", "hr": "hour", "hrs": "hours", "mins": "minutes", "secs": "seconds",
        "yr": "year", "yrs": "years", "mo": "month", "mos": "months", "wk": "week",
        "wks": "weeks",
        "qty": "quantity", "pt": "part", "pts": "points", "Esq": "Esquire", "PhD": "P H D",
        "Mon": "Monday", "Tue": "Tuesday", "Tues": "Tuesday", "Wed": "Wednesday",
        "Thu": "Thursday", "Thurs": "Thursday", "Fri": "Friday", "Sat": "Saturday",
        "Sun": "Sunday", "w/o": "without", "w/": "with", "b/c": "because", "c/o": "care of",
        "n/a": "not applicable", "N/A": "not applicable", "a.k.a": "also known as",
        "Mr": "Mister", "Mrs": "Missus", "Ms": "Miz", "Dr": "Doctor", "Prof": "Professor",
        "Lt": "Lieutenant", "Capt": "Captain", "Sgt": "Sergeant", "Gov": "Governor",
        "Sen": "Senator",
        "Rep": "Representative", "Ph.D": "P H D", "N.B": "note well", "P.S": "P S", "op": "opus",
        "Op": "Opus",
        "incl": "including", "excl": "excluding", "esp": "especially",
        "orig": "originally", "Gen": "General", "Adm": "Admiral", "ref": "reference",
        "ft": "feet", "aka": "also known as",
    },
    bare=tables.words(
        "Ave Blvd Dept Dr Hwy Inc Jr Ltd Mr Mrs PhD Pkwy Rd aka approx dept etc ft govt "
        "hrs mins qty secs vs yrs "
    ),
    labels=tables.words(
        "vitamin plan grade group type section appendix class hepatitis part point "
        "exhibit option "
        "team model line bus figure table schedule ward unit block gate hall room level phase "
        "category letter form box variant step answer question building terminal platform item "
        "case version series zone stage wing row column site sample product company person player"
    ),
    year=_year,
    date=_date,
    clock=_clock,
    fraction=_fraction,
    power=_power,
    ordinal_ending="st|nd|rd|th|ST|ND|RD|TH",
    ordinal_of=lambda n, *_: LANGUAGE.ordinal(n),
    conjunctions=tables.words(
        "and but because that which who when while if so or although where until before after "
        "unless since though"
    ),
    month_first=True,
    big={
        "k": "thousand", "K": "thousand", "m": "million", "M": "million", "B": "billion",
        "bn": "billion", "tn": "trillion", "T": "trillion", "mn": "million",
        "thousand": "thousand",
        "million": "million", "billion": "billion", "trillion": "trillion", "hundred": "hundred",
    },
    extra_units={
        "mi": ("mile", "miles"), "KB": ("kilobyte", "kilobytes"), "lbs": ("pound", "pounds"),
        "hr": ("hour", "hours"), "hrs": ("hours", "hours"), "hrs.": ("hours", "hours"),
        "sec": ("second", "seconds"), "secs": ("seconds", "seconds"),
        "mins": ("minutes", "minutes"),
        "Mbps": ("megabit per second", "megabits per second"),
        "Gbps": ("gigabit per second", "gigabits per second"),
        "kbps": ("kilobit per second", "kilobits per second"),
        "fps": ("frame per second", "frames per second"), "rpm": ("R P M", "R P M"),
        "dpi": ("D P I", "D P I"), "px": ("pixel", "pixels"), "MP": ("megapixel", "megapixels"),
        "dB": ("decibel", "decibels"), "mAh": ("milliamp hour", "milliamp hours"),
        "L": ("liter", "liters"), "mL": ("milliliter", "milliliters"),
        "kph": ("kilometer per hour", "kilometers per hour"),
        "µm": ("micrometer", "micrometers"), "μm": ("micrometer", "micrometers"),
        "µg": ("microgram", "micrograms"), "mcg": ("microgram", "micrograms"),
        "mm²": ("square millimeter", "square millimeters"),
        "cm²": ("square centimeter", "square centimeters"),
        "cm³": ("cubic centimeter", "cubic centimeters"),
        "cc": ("C C", "C Cs"), "sq ft": ("square foot", "square feet"),
        "sq. ft.": ("square foot", "square feet"),
        "sq mi": ("square mile", "square miles"), "Ω": ("ohm", "ohms"),
        "kΩ": ("kilohm", "kilohms"), "J": ("joule", "joules"), "N": ("newton", "newtons"),
        "Pa": ("pascal", "pascals"),
        "kPa": ("kilopascal", "kilopascals"), "psi": ("P S I", "P S I"), "bar": ("bar", "bars"),
        "yrs": ("years", "years"), "pts": ("points", "points"),
        "tbsp": ("tablespoon", "tablespoons"),
        "tsp": ("teaspoon", "teaspoons"), "cal": ("calorie", "calories"),
        "mol": ("mole", "moles"),
        "h": ("hour", "hours"), "GW": ("gigawatt", "gigawatts"),
        "MWh": ("megawatt hour", "megawatt hours"),
        "mV": ("millivolt", "millivolts"), "kV": ("kilovolt", "kilovolts"),
        "mA": ("milliampere", "milliamperes"),
        "lb.": ("pound", "pounds"), "lbs.": ("pounds", "pounds"), "oz.": ("ounce", "ounces"),
        "ft.": ("foot", "feet"),
        "in.": ("inch", "inches"), "yd.": ("yard", "yards"), "″": ("inch", "inches"),
        "′": ("foot", "feet"),
        "m/s²": ("meter per second squared", "meters per second squared"),
        "PB": ("petabyte", "petabytes"),
        "°": ("degree", "degrees"), "bpm": ("beat per minute", "beats per minute"),
        "min.": ("minute", "minutes"),
        "sec.": ("second", "seconds"), "hr.": ("hour", "hours"),
        "GiB": ("gibibyte", "gibibytes"), "MiB": ("mebibyte", "mebibytes"),
        "ppm": ("part per million", "parts per million"),
        "mg/dL": ("milligram per deciliter", "milligrams per deciliter"),
        "mi/h": ("mile per hour", "miles per hour"), "V/m": ("volt per meter", "volts per meter"),
    },
    by_ranks=tables.words(
        "Henry Edward George William Richard Charles James Louis Napoleon Elizabeth Catherine "
        "Philip Francis John Paul Pius Leo Gregory Benedict Clement Innocent Alexander Nicholas "
        "Peter Frederick Ferdinand Constantine Otto Ivan Ramesses Ptolemy Mary Harald Haakon "
        "Christian Gustav Albert Leopold Baldwin Robert Malcolm David Alfonso Carlos Juan Felipe "
        "Wilhelm Rudolf Maximilian Joseph Franz Boniface Urban Sixtus Julius Darius Xerxes "
        "Amenhotep Thutmose Ramses Cyrus Theodosius Justinian Margaret Isabella Stephen "
        "Victor Umberto"
    ),
    by_numbers=tables.words(
        "War Chapter chapter Part part Act Scene Volume volume Book book Section section Title "
        "Article article Phase phase Type type Class class Level Stage stage Apollo Bowl "
        "Appendix "
        "Figure Table Episode Season Rocky Division Unit Lesson Canto Mark Vol Group grade Grade "
        "Schedule Amendment Psalm Olympiad Form Fantasy Quest Civilization Factor World Saturn"
    ),
    rank_of_name=_rank,
    tidy=_tidy,
)  # fmt: skip
