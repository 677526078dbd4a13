"""Text, before the model sees it.

pronounce.py   words to phonemes, for models that read phonemes
chunks.py      a text of any length to chunks of one breath, written as the model wants them
tokenizer.py   a chunk to token ids
"""
