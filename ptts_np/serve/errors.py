"""Why a request is refused, as OpenAI's clients and pocket-tts's read it."""

import logging
from typing import Any

from fastapi import FastAPI, HTTPException, Request, params
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException as AnyHTTPException

from ptts_np.errors import AudioError, FetchError, InputError, PttsError, VoiceError
from ptts_np.serve.admission import Busy

log = logging.getLogger("ptts_np.serve")


class ErrorDetail(BaseModel):
    message: str
    type: str
    param: str | None = None
    code: str | None = None


class ErrorBody(BaseModel):
    """An error in OpenAI's form; `detail` says the same to clients of pocket-tts."""

    error: ErrorDetail
    detail: str


class ApiError(HTTPException):
    """A request that is not carried out."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(status, message, headers)
        self.param = param
        self.code = code

    def body(self) -> dict[str, Any]:
        """What is sent; the same in HTTP, events and WebSocket messages."""
        kind = "server_error" if self.status_code >= 500 else "invalid_request_error"
        error = ErrorDetail(message=self.detail, type=kind, param=self.param, code=self.code)
        return ErrorBody(error=error, detail=self.detail).model_dump()

    def response(self) -> JSONResponse:
        return JSONResponse(self.body(), self.status_code, self.headers)


def api_error(error: PttsError | Busy) -> ApiError:
    """How a failure of ours is told to a client."""
    if isinstance(error, Busy):
        headers = {"Retry-After": str(error.retry_after)}
        return ApiError(429, str(error), code="busy", headers=headers)
    if isinstance(error, VoiceError):
        return ApiError(400, str(error), param="voice", code="voice_not_usable")
    if isinstance(error, FetchError):
        # names this computer's folders
        log.error("a voice could not be fetched: %s", error)
        return ApiError(503, "the voice can't be had now: try another", code="voice_not_fetched")
    if isinstance(error, AudioError):
        return ApiError(400, str(error), param="voice", code="audio_not_usable")
    if isinstance(error, InputError):
        return ApiError(400, str(error), code="invalid_value")
    log.error("a request failed: %s", error)
    return ApiError(500, "the server could not speak; its log tells why", code="synthesis_failed")


async def _on_http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, AnyHTTPException)
    if not isinstance(error, ApiError):
        headers = dict(error.headers) if error.headers else None
        error = ApiError(error.status_code, str(error.detail), headers=headers)
    return error.response()


async def _on_invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    if hint := _wrong_body(request, first):
        return ApiError(400, hint, code="invalid_value").response()
    field = ".".join(str(part) for part in first["loc"][1:])
    message = first["msg"].removeprefix("Value error, ")
    text = f"{field}: {message}" if field else message
    return ApiError(400, text, param=field or None, code="invalid_value").response()


def _wrong_body(request: Request, error: dict[str, Any]) -> str | None:
    """What to send instead, where not a field but the whole body can't be used."""
    kind = request.headers.get("content-type", "").lower()
    sent = f"as {kind.partition(';')[0][:100]}" if kind else "without saying what it is"
    if error["type"] == "json_invalid":
        return f"the body is not JSON, from character {error['loc'][-1]} on"
    if error["loc"] == ("body",) and "json" not in kind:
        return f"the body was sent {sent}: send JSON, with `Content-Type: application/json`"
    if error["type"] == "missing" and "form" not in kind and _takes_form(request):
        return f"the body was sent {sent}: send a form, as `curl -F name=value` does"
    return None


def _takes_form(request: Request) -> bool:
    fields = request.scope["route"].dependant.body_params
    return any(isinstance(field.field_info, params.Form) for field in fields)


async def _on_failure(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, (PttsError, Busy))
    return api_error(error).response()


async def _on_fault(request: Request, error: Exception) -> JSONResponse:
    return ApiError(500, "the server failed; its log tells why", code="fault").response()


def install(app: FastAPI) -> None:
    """Let `app` answer errors in this form; by coroutines, as a function would take a thread."""
    app.add_exception_handler(AnyHTTPException, _on_http_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(PttsError, _on_failure)
    app.add_exception_handler(Busy, _on_failure)
    app.add_exception_handler(Exception, _on_fault)
