"""Pulling through the endpoints: from which server, with what it says when it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmopt_tui.app.endpoints import Endpoints
from llmopt_tui.app.wrong_request import WrongRequest
from llmopt_tui.config.settings import Endpoint, Settings
from llmopt_tui.llm import errors
from tests.fakes.ollama import FakeOllama
from tests.fakes.quirks import Quirks
from tests.fakes.simulated import SimulatedModel, candidate

PLAIN = SimulatedModel("plain:latest", candidate())
NOBODY = "http://127.0.0.1:1"


def endpoints(tmp_path: Path, *endpoints: Endpoint) -> Endpoints:
    return Endpoints(Settings(endpoints=endpoints))


async def pulled(from_: Endpoints, model: str = "plain") -> list[str]:
    """Pull, and give the stages without repetition."""
    stages = [pull.stage async for pull in from_.pull(model)]
    return list(dict.fromkeys(stages))


async def test_a_model_is_there_once_it_is_pulled(tmp_path: Path) -> None:
    async with FakeOllama(pullable=[PLAIN], quirks=Quirks(pull_goes_back=True)) as server:
        mine = endpoints(tmp_path, Endpoint("a", server.url))
        with pytest.raises(WrongRequest) as caught:
            await mine.check(["plain"])
        assert "no endpoint has the model 'plain'; pull it: llmopt-tui pull plain" in str(
            caught.value
        )
        *_, words = await pulled(mine)
        assert words == "installed"
        assert await mine.endpoints_of("plain") == ("a",)
        await mine.aclose()


async def test_what_was_missing_is_asked_for_again(tmp_path: Path) -> None:
    async with FakeOllama() as server:
        mine = endpoints(tmp_path, Endpoint("a", server.url))
        assert await mine.endpoints_of("plain") == ()
        server.models.append(PLAIN)  # pulled by somebody else
        assert await mine.endpoints_of("plain") == ("a",)
        await mine.aclose()


async def test_the_first_ollama_server_that_answers_pulls(tmp_path: Path) -> None:
    async with FakeOllama() as other, FakeOllama(pullable=[PLAIN]) as server:
        mine = endpoints(
            tmp_path,
            Endpoint("hosted", other.url, kind="openai"),
            Endpoint("away", NOBODY),
            Endpoint("here", server.url),
        )
        surveys = await mine.survey()
        assert [survey.can_pull for survey in surveys] == [False, False, True]
        assert (await pulled(mine))[-1] == "installed"
        assert not [r for r in other.requests if r.path == "/api/pull"]
        await mine.aclose()


async def test_a_server_of_another_kind_is_said_to_pull_nothing(tmp_path: Path) -> None:
    async with FakeOllama() as other:
        mine = endpoints(tmp_path, Endpoint("hosted", other.url, kind="openai"))
        with pytest.raises(WrongRequest, match=r"only an Ollama server .* hosted is none"):
            await pulled(mine)
        with pytest.raises(WrongRequest) as caught:
            await mine.check(["plain"])
        assert "llmopt-tui pull" not in str(caught.value)
        await mine.aclose()


async def test_who_does_not_answer_is_asked_again_the_next_time(tmp_path: Path) -> None:
    async with FakeOllama(pullable=[PLAIN]) as server:
        url = server.url
        mine = endpoints(tmp_path, Endpoint("a", NOBODY))
        with pytest.raises(errors.ServerUnreachable):
            await pulled(mine)
        await mine.aclose()
        mine = endpoints(tmp_path, Endpoint("a", url))
        with pytest.raises(errors.ModelMissing, match="finds no such model"):
            await pulled(mine, "nobody")
        assert (await pulled(mine))[-1] == "installed"
        await mine.aclose()


async def test_a_near_name_comes_before_a_download(tmp_path: Path) -> None:
    async with FakeOllama([PLAIN], pullable=[PLAIN]) as server:
        mine = endpoints(tmp_path, Endpoint("a", server.url))
        with pytest.raises(WrongRequest, match=r"did you mean plain:latest\?$"):
            await mine.check(["plian"])
        with pytest.raises(WrongRequest) as caught:
            await mine.check(["of; my own"])
        assert str(caught.value).endswith(
            "there is: plain:latest; or pull it: llmopt-tui pull 'of; my own'"
        )
        await mine.aclose()
