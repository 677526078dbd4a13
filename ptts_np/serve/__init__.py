"""The web application: many listeners. See docs/serve.md.

app.py, server.py       the application and its routes; the process: sockets, signals
middleware.py           who may come in, with how much
proxies.py              what a proxy in front of it tells
openai_api.py, pocket_api.py, websocket.py   the ways to ask; others are in protocols/
models.py               the first model, and others by request
admission.py            slots, the queue, the way back
speaker.py, response.py text to pieces of sound, and those to HTTP
voices.py, remote.py    where voices come from
encoders.py             formats
pages.py, site/         the pages for people
heads.py                the heads of all that can be had
errors.py               what a client is told
"""
