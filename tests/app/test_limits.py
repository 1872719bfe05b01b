"""How many calls an endpoint gets at once: what people allow, never more than it says it takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmopt_tui.app.endpoints import Endpoints
from llmopt_tui.config.settings import Endpoint, Settings
from tests.fakes.wire import WireServer, reply


@pytest.mark.parametrize(
    ("allowed", "said", "given"), [(0, None, 1), (0, 4, 4), (3, None, 3), (3, 1, 1), (2, 8, 2)]
)
async def test_a_server_with_one_slot_gets_one_request(
    allowed: int, said: int | None, given: int, tmp_path: Path
) -> None:
    async with WireServer() as server:
        server.script("/props", reply(200, {"total_slots": said} if said else {}))
        endpoint = Endpoint("lab", server.url, kind="openai", parallel=allowed)
        endpoints = Endpoints(Settings(endpoints=(endpoint,)))
        assert await endpoints.limits() == {"lab": given}
        await endpoints.aclose()


async def test_a_server_that_is_not_there_gets_what_people_allow(tmp_path: Path) -> None:
    endpoint = Endpoint("lab", "http://127.0.0.1:1", kind="openai", parallel=2)
    endpoints = Endpoints(Settings(endpoints=(endpoint,)))
    assert await endpoints.limits() == {"lab": 2}
    await endpoints.aclose()
