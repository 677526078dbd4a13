"""The models of a server: one from its start, others when they are asked for.

A client names one that the operator offers, never a path or an address. Each is loaded once however
many ask at the same time, in a thread, while others speak. Beyond a bound of memory the one that
was asked for the longest ago is forgotten; whoever still speaks with it finishes.
"""

import asyncio
import functools
import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Literal

from ptts_np import catalog
from ptts_np.errors import InputError, PttsError
from ptts_np.loading import EMBEDDED, Model, find_config
from ptts_np.serve.errors import ApiError
from ptts_np.serve.remote import in_background
from ptts_np.serve.speaker import Speaker
from ptts_np.weights.leaves import leaves

log = logging.getLogger("ptts_np.serve")

ALL = "*"
"""Means every model of the catalog."""
RETRY_SECONDS = 5

State = Literal["loaded", "loading", "offered"]


class Models:
    """Speakers by the names of their models."""

    def __init__(self, first: Speaker, load: Callable[[str], Model]) -> None:
        """Raises InputError, FetchError or ConfigError for an offered model that there isn't."""
        self.first = first
        self._load = load
        self._offered = offered_models(first.settings.models)
        self._offered.pop(first.model.name, None)
        self._max_bytes = first.settings.limits.model_bytes
        self._loaded: OrderedDict[str, Speaker] = OrderedDict()
        self._loading: dict[str, asyncio.Task[Speaker]] = {}

    def names(self) -> list[str]:
        """What a client may ask for, the first model first."""
        return [self.first.model.name, *self._offered]

    def spelled(self, name: str | None) -> str:
        """The model that a client means by `name`. Raises ApiError for one that isn't offered."""
        if not name:
            return self.first.model.name
        known = {known.casefold(): known for known in self.names()}
        aliases = ("default", *self.first.settings.model_aliases)
        meant = dict.fromkeys(map(str.casefold, aliases), self.first.model.name) | known
        if (found := meant.get(name.casefold())) is not None:
            return found
        message = f"the model {name[:100]!r} is not offered here; there are: "
        raise ApiError(
            404, message + ", ".join(self.names()[:40]), param="model", code="model_not_found"
        )

    def state(self, name: str) -> State:
        """Of a model of `names`."""
        if self.loaded(name) is not None:
            return "loaded"
        return "loading" if name in self._loading else "offered"

    def loaded(self, name: str) -> Speaker | None:
        """The speaker of a model that is in memory."""
        return self.first if name == self.first.model.name else self._loaded.get(name)

    def all_loaded(self) -> list[Speaker]:
        return [self.first, *self._loaded.values()]

    def rescan(self) -> None:
        """Take in what came, went or changed in the operator's folder of voices."""
        for speaker in self.all_loaded():
            speaker.voices.rescan()

    async def speaker(self, name: str | None) -> Speaker:
        """The speaker of a model, loaded now if need be. Raises ApiError or Busy."""
        name = self.spelled(name)
        if (known := self.loaded(name)) is not None:
            if name in self._loaded:
                self._loaded.move_to_end(name)
            return known
        if name not in self._loading:
            task = asyncio.ensure_future(self._fetch(name))
            self._loading[name] = task
            task.add_done_callback(functools.partial(self._over, name))
        # nobody's leaving ends it: others may wait, or come soon
        done, _ = await asyncio.wait(
            {self._loading[name]}, timeout=self.first.settings.load.queue_seconds
        )
        if not done:
            headers = {"Retry-After": str(RETRY_SECONDS)}
            message = f"the model {name} is being loaded: try again soon"
            raise ApiError(503, message, code="model_loading", headers=headers)
        return done.pop().result()

    def close(self) -> None:
        """Wait for nothing any more."""
        for task in list(self._loading.values()):
            task.cancel()

    def _over(self, name: str, task: asyncio.Task[Speaker]) -> None:
        del self._loading[name]
        if not task.cancelled():
            task.exception()  # nobody may be left to hear of it

    async def _fetch(self, name: str) -> Speaker:
        location = self._offered[name]
        try:
            speaker = await in_background(lambda: self.first.sibling(self._load(location)))
        except PttsError as error:
            # names this computer's folders
            log.error("the model %s can't be loaded: %s", name, error)
            message = f"the model {name} can't be loaded now; the server's log says why"
            raise ApiError(503, message, code="model_not_loaded", param="model") from None
        self._loaded[name] = speaker
        while len(self._loaded) > 1 and self._bytes() > self._max_bytes:
            forgotten, _ = self._loaded.popitem(last=False)
            log.warning("the model %s is forgotten, to make room for %s", forgotten, name)
        return speaker

    def _bytes(self) -> int:
        return sum(model_bytes(speaker.model) for speaker in self.all_loaded())


def offered_models(names: Iterable[str]) -> dict[str, str]:
    """Models by their short names, each with what `load_model` takes. Raises what it does."""
    offered: dict[str, str] = {}
    for given in names:
        for name in [EMBEDDED, *catalog.model_names()] if given == ALL else [given]:
            short = find_config(name)[0]
            if offered.setdefault(short, name) != name:
                raise InputError(f"two models are called {short}: {offered[short]} and {name}")
    return offered


def model_bytes(model: Model) -> int:
    """Of its weights; those mapped from a file count, too."""
    return sum(array.nbytes for _, array in leaves(model.params))
