"""A manifest of texts to a corpus of speech, on one machine or many.

    manifest.py     JSONL, CSV or Parquet to checked rows, and a list of those that can't be used
    worklist.py     the rows in a file that any worker can read a shard of, by its place
    speech.py       rows to utterances: speech, and the facts about it
    layouts.py      the utterances of a shard to the bytes of its files
    shards.py       shards spoken, written whole, with a record that says they are done
    store.py        where all of it is kept: a folder, or an object store by fsspec
    ahead.py        many small requests to it at once
    on_ray.py       shards on a Ray cluster
    make.py         all of it, top to bottom: `ptts_np.corpus`

A shard is decided by the manifest alone, its seeds by the rows' ids, and it is written by name: so
it does not matter who speaks it, nor how often.
"""
