"""Listen for Wyoming, and tell the local network, for Home Assistant to find it (mDNS)."""

import logging
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from ptts_np.serve.protocols.wyoming_server import WyomingServer
from ptts_np.serve.speaker import Speaker

log = logging.getLogger("ptts_np.serve")

SERVICE = "_wyoming._tcp.local."
_ANYWHERE = ("0.0.0.0", "::")
_GROUP = ("224.0.0.251", 5353)  # of mDNS


@asynccontextmanager
async def listening(speaker: Speaker) -> AsyncIterator[tuple[str, int]]:
    """Where the settings say, with the name they say, until the block ends; yields host and port.

    Raises OSError where nobody can listen.
    """
    network = speaker.settings.network
    assert network.wyoming is not None
    server = WyomingServer(speaker)
    host, port = await server.start(*network.wyoming)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(server.close)
        if network.wyoming_name is not None:
            try:
                await stack.enter_async_context(announced(network.wyoming_name, host, port))
            except OSError as error:
                log.error("the local network can't be told of the Wyoming server: %s", error)
        yield host, port


@asynccontextmanager
async def announced(name: str, host: str, port: int) -> AsyncIterator[None]:
    """Be found as `name` until the block ends; another of this name makes it `name-2`.

    Raises OSError where there is no network.
    """
    address = _outward() if host in _ANYWHERE else host
    info = AsyncServiceInfo(SERVICE, f"{name}.{SERVICE}", port, parsed_addresses=[address])
    async with AsyncZeroconf() as zeroconf:
        await (await zeroconf.async_register_service(info, allow_name_change=True))
        try:
            yield
        finally:
            await (await zeroconf.async_unregister_service(info))


def _outward() -> str:
    """The address by which the network knows this computer; nothing is sent for it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(_GROUP)
        address: str = probe.getsockname()[0]
        return address
