"""When each word is heard, from where FlowLM's attention is while it writes.

    heads.py      the heads that look at the text's position, and where they look
    path.py       that as a path through the text that never goes back
    places.py     the tokens of a chunk that belong to each word
    follow.py     one chunk: frames and sound to words with their times
    captions.py   words to SubRip, WebVTT and JSON

All are pure functions; the engine carries them out where words are asked for.
"""
