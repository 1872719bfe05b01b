import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt_tui.core.text.hosts import HostError, base_url
from llmopt_tui.llm.network import is_loopback


@pytest.mark.parametrize(
    ("value", "url"),
    [
        (None, "http://127.0.0.1:11434"),
        ("", "http://127.0.0.1:11434"),
        ("  ", "http://127.0.0.1:11434"),
        ("h", "http://h:11434"),
        ("h:8080", "http://h:8080"),
        (":8080", "http://127.0.0.1:8080"),
        ("http://h", "http://h"),
        ("https://h", "https://h"),
        ("HTTPS://h:8443", "https://h:8443"),
        ("http://h:80", "http://h"),
        ("ollama.com", "https://ollama.com"),
        ("http://ollama.com", "http://ollama.com"),
        ("[::1]", "http://[::1]:11434"),
        ("::1", "http://[::1]:11434"),
        ("[::1]:8080", "http://[::1]:8080"),
        ("http://[fe80::1]:80/", "http://[fe80::1]"),
        ("h/path/", "http://h:11434/path"),
        ("https://h/a/b", "https://h/a/b"),
        ("h/api", "http://h:11434"),
        ("h/api/", "http://h:11434"),
        ("https://h/llm/v1", "https://h/llm"),
        ('"h:1"', "http://h:1"),
        (" 'http://h' ", "http://h"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:8080", "http://127.0.0.1:8080"),
        ("http://0.0.0.0:11434", "http://127.0.0.1:11434"),
        ("::", "http://[::1]:11434"),
        ("[::]:8080", "http://[::1]:8080"),
        ("My-Box.LAN", "http://my-box.lan:11434"),
    ],
)
def test_a_host_is_read_as_people_mean_it(value, url):
    assert base_url(value) == url


@pytest.mark.parametrize(
    "value",
    [
        "h:99999",
        "h:0",
        "h:x",
        "ftp://h",
        "http://h?x=1",
        "a b",
        "[::1",
        "[h]",
        "h#x",
        "http://h:1:2",
    ],
)
def test_a_host_that_cannot_be_meant_is_refused(value):
    with pytest.raises(HostError):
        base_url(value)


def test_credentials_are_refused_without_being_repeated():
    with pytest.raises(HostError) as caught:
        base_url("http://user:hunter2@h")
    assert "hunter2" not in str(caught.value)


def test_other_servers_have_other_default_ports():
    assert base_url("h", default_port=8000) == "http://h:8000"
    assert base_url("", default_port=8000) == "http://127.0.0.1:8000"


@given(st.text())
def test_any_text_is_a_url_or_refused(value):
    try:
        url = base_url(value)
    except HostError:
        return
    assert url.startswith(("http://", "https://"))
    assert not url.endswith("/")
    try:
        assert base_url(url) == url
    except HostError:
        pytest.fail(f"{url} was made, then refused")


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://localhost:11434", True),
        ("http://LOCALHOST.", True),
        ("http://box.localhost", True),
        ("http://127.1.2.3", True),
        ("http://[::1]:8080", True),
        ("http://192.168.0.2", False),
        ("http://localhost.example.org", False),
        ("https://ollama.com", False),
    ],
)
def test_this_machine_is_told_from_others(url, loopback):
    assert is_loopback(url) is loopback
    assert httpx.URL(url).host
