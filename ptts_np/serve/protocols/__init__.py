"""What other programs speak, beside OpenAI's speech API. See docs/serve.md.

audio_get.py             GET /v1/audio/speech, for players
finished.py, ranges.py   finished sounds in memory, and parts of them
audio_lists.py           /v1/audio/voices and /v1/audio/models
captions.py              the times of words, for clients of Kokoro-FastAPI
alignment.py             those of characters, for ElevenLabs'
dictation.py             a text in pieces to one stream of bytes
elevenlabs_*.py          ElevenLabs' REST and WebSockets
wyoming_*.py             Home Assistant's Wyoming over TCP
"""
