"""Which addresses a key may go to."""

import pytest

from llmopt_tui.llm.keys import may_send_key


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("https://models.example", True),
        ("https://192.168.1.20:8000", True),
        ("http://127.0.0.1:8000", True),
        ("http://localhost:8000", True),
        ("http://[::1]:8000", True),
        ("http://192.168.1.20:8000", False),
        ("http://10.0.0.7", False),
        ("http://workstation:8000", False),
        ("http://[fe80::1]:8000", False),
        ("http://localhost.example", False),
        ("http://127.0.0.1.example", False),
    ],
)
def test_over_http_a_key_stays_on_this_machine(url, sent):
    assert may_send_key(url, over_http=False) is sent
    assert may_send_key(url, over_http=True)
