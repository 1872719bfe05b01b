"""A SOCKS5 proxy that lets every connection through, to one server whatever host is asked for."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Self

_CONNECT, _NAME, _GRANTED = 1, 3, b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00"


class SocksProxy:
    """Listens on a free loopback port while entered. `asked` holds every host by name and port."""

    def __init__(self, target_port: int) -> None:
        self.asked: list[tuple[str, int]] = []
        self.url = ""
        self._target_port = target_port
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.url = f"socks5://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *exception: object) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, methods = await reader.readexactly(2)
        await reader.readexactly(methods)
        writer.write(b"\x05\x00")
        _, command, _, kind = await reader.readexactly(4)
        assert command == _CONNECT
        if kind == _NAME:
            host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
        else:
            host = ".".join(str(byte) for byte in await reader.readexactly(4))
        self.asked.append((host, int.from_bytes(await reader.readexactly(2), "big")))
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
        writer.write(_GRANTED)
        await asyncio.gather(_pass(reader, inner_writer), _pass(inner_reader, writer))


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
    writer.close()
