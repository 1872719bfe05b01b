"""What is said where no server can be used, and with which exit code."""

from types import SimpleNamespace
from typing import Any

import pytest

from llmopt_tui.cli.common import ExitCode
from llmopt_tui.cli.servers import failing, no_server
from llmopt_tui.llm import errors


def survey(error: errors.LlmError | None) -> Any:
    return SimpleNamespace(name="lab", url="https://gpu:8000", error=error)


@pytest.mark.parametrize(
    "error", [errors.Unauthorized(), errors.TlsFailed(), errors.NetworkSettings()]
)
def test_a_wrong_key_or_certificate_is_said_without_talk_of_starting_a_server(error):
    refusal = no_server([survey(error)])
    assert refusal.code == ExitCode.WRONG_REQUEST
    assert str(error) in str(refusal)
    assert "Start" not in str(refusal)


def test_a_server_that_is_away_can_be_started():
    refusal = no_server([survey(errors.ServerUnreachable()), survey(errors.ServerBusy())])
    assert refusal.code == ExitCode.NO_SERVER
    assert "Start the server" in str(refusal)


def test_a_wrong_key_comes_before_a_server_that_is_away():
    refusal = no_server([survey(errors.ServerUnreachable()), survey(errors.Unauthorized())])
    assert refusal.code == ExitCode.WRONG_REQUEST
    assert [errors.Unauthorized.summary in line for line in refusal.lines] == [True, False]
    assert "--host" not in str(refusal)


def test_endpoints_that_answer_are_not_among_the_failing():
    assert failing([survey(None)]) == []
    [line] = failing([survey(None), survey(errors.TlsFailed())])
    assert line.startswith("lab (https://gpu:8000): No trusted connection")
