"""Who may ask, decided from a request's headers alone."""

from __future__ import annotations

import re

import pytest

from llmopt_tui.web.guard import ANSWER_HEADERS, is_token, refusal


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "localhost", "127.0.0.1:1"])
def test_this_machine_s_own_names_are_answered_on_any_port(host: str) -> None:
    assert refusal({"Host": host}) == ""
    assert refusal({"Host": host, "Origin": f"http://{host}"}) == ""


@pytest.mark.parametrize(
    "host",
    [
        "", "attacker.example:8000", "127.0.0.1.attacker.example:8000",
        "localhost.attacker.example", "attacker.example@127.0.0.1:8000",
        "127.0.0.1:8000@attacker.example",
        "0.0.0.0:8000", "127.0.0.1:8000\nlocalhost", "localhost:", "LOCALHOST.:8000", "[::1]:8000",
    ],
)  # fmt: skip
def test_no_other_name_is(host: str) -> None:
    assert "only as 127.0.0.1 or localhost" in refusal({"Host": host})


@pytest.mark.parametrize(
    "origin",
    [
        "null", "", "http://attacker.example", "http://127.0.0.1:9000", "https://127.0.0.1:8000",
        "http://localhost:8000", "http://127.0.0.1:8000.attacker.example", "http://127.0.0.1",
    ],
)  # fmt: skip
def test_no_page_but_the_app_s_own_may_ask(origin: str) -> None:
    assert "Another page" in refusal({"Host": "127.0.0.1:8000", "Origin": origin})


def test_a_token_is_right_as_a_whole_only() -> None:
    assert is_token("abc", "abc")
    assert not any(is_token(wrong, "abc") for wrong in ("", "ab", "abcd", "ABC", "äbc", "\udc80"))


def test_the_policy_lets_the_page_reach_its_own_server_alone() -> None:
    policy = ANSWER_HEADERS["Content-Security-Policy"]
    assert set(re.findall(r"[^\s;]*[:/*.][^\s;]*", policy)) == set()
    assert "default-src 'none'" in policy
