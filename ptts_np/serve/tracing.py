"""OpenTelemetry's spans, with the extra `otel` and `--traces`; without them, nothing.

Where they go, and how many of them, is set by OpenTelemetry's own variables (OTEL_...).
"""

import importlib.util
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from starlette.datastructures import Headers
from starlette.types import Scope

from ptts_np.errors import InputError

Tell = Callable[[Mapping[str, Any]], None]
"""Adds attributes to a span."""


class Tracing:
    """No spans at all."""

    @contextmanager
    def request(self, scope: Scope, headers: Headers) -> Iterator[Tell]:
        """The span of a whole request, which continues its client's trace."""
        yield lambda attributes: None

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """A span within a request, around code that yields nothing."""
        yield

    def begin(self, name: str) -> "Step":
        """A span within a request, which may end elsewhere."""
        return Step()

    def close(self) -> None:
        """Send what has not been sent."""


class Step:
    """A span that does nothing."""

    def event(self, name: str) -> None:
        """Something happened now."""

    def end(self, attributes: Mapping[str, Any]) -> None:
        """It is over."""


class _Spans(Tracing):
    """Spans of a provider of OpenTelemetry's."""

    def __init__(self, provider: Any) -> None:
        from opentelemetry import propagate, trace

        self._provider = provider
        self._tracer = provider.get_tracer("ptts_np")
        self._extract = propagate.extract
        self._server = trace.SpanKind.SERVER

    @contextmanager
    def request(self, scope: Scope, headers: Headers) -> Iterator[Tell]:
        method = scope.get("method", "WEBSOCKET")
        with self._tracer.start_as_current_span(
            method, context=self._extract(dict(headers)), kind=self._server
        ) as span:

            def tell(told: Mapping[str, Any]) -> None:
                named = {
                    "http.request.method": told["method"],
                    "http.route": told["route"],
                    "http.response.status_code": told["status"],
                    "ptts.client": told["client"],
                }
                figures = {f"ptts.{name}": told[name] for name in told.keys() - _HTTP}
                for name, value in {**named, **figures}.items():
                    if value is not None:
                        span.set_attribute(name, value)
                if told["route"]:
                    span.update_name(f"{method} {told['route']}")

            yield tell

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        with self._tracer.start_as_current_span(name):
            yield

    def begin(self, name: str) -> Step:
        return _SpanStep(self._tracer.start_span(name))

    def close(self) -> None:
        self._provider.shutdown()


class _SpanStep(Step):
    def __init__(self, span: Any) -> None:
        self._span = span

    def event(self, name: str) -> None:
        self._span.add_event(name)

    def end(self, attributes: Mapping[str, Any]) -> None:
        for name, value in attributes.items():
            self._span.set_attribute(name, value)
        self._span.end()


_HTTP = frozenset({"method", "route", "status", "client", "ms"})


def make_tracing(*, on: bool, provider: Any = None) -> Tracing:
    """Spans sent by OTLP, or to a given provider. Raises InputError without the extra."""
    if not on:
        return Tracing()
    if importlib.util.find_spec("opentelemetry") is None:
        raise InputError('--traces needs OpenTelemetry: pip install "ptts-np[otel]" installs it')
    if provider is None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        provider = TracerProvider(resource=Resource.create({"service.name": "ptts-np"}))
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return _Spans(provider)
