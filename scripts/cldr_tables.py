"""Write the names of months, currencies and units that reading needs, from Unicode's CLDR.

    uv run --with babel scripts/cldr_tables.py

The tables in ptts_np/reading/cldr are small and load in a millisecond; CLDR itself is 30 MB.
"""

import json
from pathlib import Path

from babel import Locale, __version__
from babel.numbers import get_currency_name
from babel.units import format_unit

FOLDER = Path(__file__).resolve().parents[1] / "ptts_np" / "reading" / "cldr"
LANGUAGES = ("en", "fr", "de", "it", "pt", "es", "nl")
CURRENCIES = ("USD", "GBP", "EUR", "JPY", "INR", "CHF", "CAD", "AUD", "CNY", "BRL", "MXN", "KRW")
UNITS = {
    "km": "length-kilometer",
    "m": "length-meter",
    "cm": "length-centimeter",
    "mm": "length-millimeter",
    "nm": "length-nanometer",
    "mi": "length-mile",
    "yd": "length-yard",
    "ft": "length-foot",
    "in": "length-inch",
    "kg": "mass-kilogram",
    "g": "mass-gram",
    "mg": "mass-milligram",
    "lb": "mass-pound",
    "oz": "mass-ounce",
    "t": "mass-tonne",
    "l": "volume-liter",
    "ml": "volume-milliliter",
    "cl": "volume-centiliter",
    "gal": "volume-gallon",
    "km/h": "speed-kilometer-per-hour",
    "mph": "speed-mile-per-hour",
    "m/s": "speed-meter-per-second",
    "h": "duration-hour",
    "min": "duration-minute",
    "s": "duration-second",
    "ms": "duration-millisecond",
    "d": "duration-day",
    "wk": "duration-week",
    "yr": "duration-year",
    "Hz": "frequency-hertz",
    "kHz": "frequency-kilohertz",
    "MHz": "frequency-megahertz",
    "GHz": "frequency-gigahertz",
    "W": "power-watt",
    "kW": "power-kilowatt",
    "MW": "power-megawatt",
    "kWh": "energy-kilowatt-hour",
    "V": "electric-volt",
    "A": "electric-ampere",
    "kB": "digital-kilobyte",
    "MB": "digital-megabyte",
    "GB": "digital-gigabyte",
    "TB": "digital-terabyte",
    "Gbit": "digital-gigabit",
    "Mbit": "digital-megabit",
    "°C": "temperature-celsius",
    "°F": "temperature-fahrenheit",
    "°": "angle-degree",
    "m²": "area-square-meter",
    "km²": "area-square-kilometer",
    "m³": "volume-cubic-meter",
    "ha": "area-hectare",
    "hPa": "pressure-hectopascal",
    "kcal": "energy-kilocalorie",
    "kJ": "energy-kilojoule",
}


def _bare(text: str) -> str:
    """The unit's name without the number in front of it."""
    return text.lstrip("0123456789 \u00a0\u202f").strip()


def table(language: str) -> dict[str, object]:
    """Return the names of one language."""
    locale = Locale.parse(language)
    return {
        "months": [locale.months["format"]["wide"][i] for i in range(1, 13)],
        "currencies": {
            code: [get_currency_name(code, count, locale) for count in (1, 2)]
            for code in CURRENCIES
        },
        "units": {
            sign: [_bare(format_unit(count, unit, "long", locale=locale)) for count in (1, 2)]
            for sign, unit in UNITS.items()
        },
    }


def main() -> None:
    """Write a table for each language."""
    FOLDER.mkdir(exist_ok=True)
    for language in LANGUAGES:
        text = json.dumps(table(language), ensure_ascii=False, indent=1, sort_keys=True)
        (FOLDER / f"{language}.json").write_text(text + "\n", encoding="utf-8")
    print(f"{len(LANGUAGES)} tables written by Babel {__version__}")


if __name__ == "__main__":
    main()
