"""The web application: one loaded model, many listeners. See docs/serve.md.

app.py        the application and its routes     server.py     the process: sockets, signals
guard.py      who may come in, with how much     admission.py  places, the queue, the way back
speaker.py    text to pieces of sound            response.py   pieces of sound to HTTP
openai_api.py, pocket_api.py, websocket.py       the ways to ask
voices.py, remote.py                             where voices come from
encoders.py, tempo.py                            formats and speed
"""
