"""The command line: `python -m ptts_np`, or `ptts-np`.

    commands.py     all commands, and how one is carried out
    say.py          the command `say`: a text to a file, a pipe or the loudspeaker
    book.py         the command `book`: a document to an audiobook
    corpus.py       the command `corpus`: a manifest of texts to a corpus of speech
    serve.py        the command `serve`: its options to the server's settings
    fire.py         functions as commands, by Fire, without its surprises
    console.py      what a command tells the person at the terminal
    inspection.py   rows for the commands `models`, `doctor` and `bench`

Sound and data go to stdout or to files, words to stderr.
"""
