"""Sound: arrays of samples, files, voice prompts and the loudspeaker.

    samples.py    what is done to an array of samples: check, fade, round to 16 bits
    rates.py      another sample rate
    read.py       a recording to samples
    prompt.py     a recording to a voice prompt that ends on a pause
    loudness.py   how loud speech is, and speech at a target
    tempo.py      faster or slower at the same pitch
    write.py      samples to a file or a pipe, whole or as they come
    playback.py   samples to the loudspeaker

Samples are mono float32 in [-1, 1].
"""
