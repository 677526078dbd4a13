"""The web application: many listeners. See docs/serve.md.

settings.py, sources.py what can be set; where it comes from
start.py                from settings to a server that runs
app.py, server.py       the application and its routes; the process: sockets, signals
workers.py, worker.py   several processes, and one of them
commons.py              what they share: quotas.py, recordings.py, board.py, in shared.py's memory
journal.py, logs.py     ids and lines of requests; the log
metrics.py, pace.py, tracing.py   what is measured
middleware.py           who may come in, with how much
access.py, keys.py, caller.py   whose key came, what it opens; who asks, wherever that is needed
health.py               whether the server here is ready, for containers
watch.py, tls.py        files that are read anew when they change; certificates
proxies.py              what a proxy in front of it tells
openai_api.py, pocket_api.py, websocket.py   the ways to ask; others are in protocols/
models.py               the first model, and others by request
admission.py, speed.py  slots, places, the queue; how many the machine carries
speaker.py, response.py text to pieces of sound, and those to HTTP
voices.py, remote.py    where voices come from
encoders.py             formats
pages.py, site/         the pages for people
heads.py                the heads of all that can be had
errors.py               what a client is told
"""
