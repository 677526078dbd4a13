"""Files from wherever they are: a path, `hf://owner/name/file@revision` or `https://...`.

locations.py   what a location means; touches no disk and no network
cache.py       a location to a file on this computer: here already, or downloaded
hub.py         downloads from the Hugging Face hub
web.py         downloads from other addresses
failures.py    what is said when a download fails
atomic.py      files written whole or not at all
"""
