"""HEAD is answered wherever GET is, as what watches a server expects."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ptts_np.serve.access import SPEAKING


class Heads:
    """The application, which is asked for the whole answer of which the head is sent.

    What speaks is left out: its head would cost a speech.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = scope["type"] == "http" and scope["method"] == "HEAD"
        if not asked or scope["path"].split("/")[-1] in SPEAKING:
            await self._app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        inner = {**scope, "method": "GET"}
        await self._app(inner, receive, without_body)
        scope["route"] = inner.get("route")  # for the journal
