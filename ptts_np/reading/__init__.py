"""Reading: a text as people write it to the words as they are said, each with where it came from.

clean.py       characters nobody would say
markup.py      Markdown, HTML and plain text to blocks
controls.py    pauses, SSML and script lines
sentences.py   where sentences end, and where a long one may be cut
engine.py      the rules, tried in turn at each place of a sentence
numbers.py, dates.py, money.py, addresses.py, words.py   the rules of all languages
language.py, languages/, cldr/   what each language says
lexicon.py     pronunciations of the user's own
read.py        all of it, one after the other
"""
