"""Many voices at once: the weights are read once for all of them.

    plan.py        a chunk of text, ready to be spoken
    writing.py     FlowLM: plans to latents, a frame of many chunks in one step
    decoding.py    Mimi: latents to samples, a group of frames at a time
    words.py       the words that are over, where they are asked for
    speech.py      one listener's chunks, in order, and how far each has come
    schedule.py    which piece of work is the next
    engine.py      the threads that do it

The first four are pure functions. Threads, locks and queues are in `engine.py` alone.
"""
