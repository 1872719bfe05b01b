# ruff: noqa: E501 - one line is one row of a table
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt_tui.core.ports import ModelError
from llmopt_tui.llm import errors
from llmopt_tui.llm.errors import error_for, error_for_text, error_text
from llmopt_tui.llm.errors.advice import advise
from llmopt_tui.llm.errors.overflow import Sizes

RUNNER_STOPPED = (
    "model runner has unexpectedly stopped, this may be due to resource limitations or an internal "
    "error, check ollama server logs for details"
)
NESTED_OVERFLOW = json.dumps(
    {
        "error": {
            "code": 400,
            "message": "the request exceeds the available context size, try increasing it",
            "type": "exceed_context_size_error",
            "n_prompt_tokens": 7900,
            "n_ctx": 4096,
        }
    }
)

# Status, the server's text, the error, whose fault, whether trying again may help.
TABLE = [
    (400, "missing request body", errors.BadRequest, "request", False),
    (400, "invalid character 'x' looking for beginning of value", errors.BadRequest, "request", 0),
    (400, "json: cannot unmarshal string into Go struct", errors.BadRequest, "request", False),
    (400, 'time: missing unit in duration "-1"', errors.BadRequest, "request", False),
    (400, "model is required", errors.BadRequest, "request", False),
    (404, "model '' not found", errors.ModelMissing, "request", False),
    (400, "invalid model name", errors.BadRequest, "request", False),
    (404, "model 'x:latest' not found", errors.ModelMissing, "request", False),
    (404, 'model "x" not found, try pulling it first', errors.ModelMissing, "request", False),
    (400, '"nomic-embed-text" does not support chat', errors.ModelIncompatible, "request", False),
    (400, "registry.ollama.ai/library/gemma:2b does not support tools", errors.ModelIncompatible, "request", False),
    (400, '"llama3.2" does not support thinking', errors.ThinkingUnsupported, "request", False),
    (400, "registry.ollama.ai/library/x:latest does not support thinking", errors.ThinkingUnsupported, "request", False),
    (400, 'think value "low" is not supported for this model', errors.ThinkingUnsupported, "request", False),
    (500, 'option "temperature" must be of type float32', errors.BadRequest, "request", False),
    (500, 'invalid format: "xml"; expected "json" or a JSON schema', errors.BadRequest, "request", False),
    (400, NESTED_OVERFLOW, errors.ContextOverflow, "request", False),
    (400, "the input length exceeds the context length", errors.ContextOverflow, "request", False),
    (400, "the prompt is longer than the context length currently available to the model; use a shorter one", errors.ContextOverflow, "request", False),
    (400, "input length (7900 tokens) exceeds the model's maximum context length (4096 tokens)", errors.ContextOverflow, "request", False),
    (503, "server busy, please try again.  maximum pending requests exceeded", errors.ServerBusy, "server", True),
    (500, "llama-server process has terminated: exit status 1", errors.LoadFailed, "request", False),
    (500, "llama runner process has terminated: signal: killed", errors.LoadFailed, "request", False),
    (500, "llama-server process has terminated: cudaMalloc failed: out of memory", errors.OutOfMemoryLoading, "request", False),
    (500, "llama-server reported out-of-memory during startup: x", errors.OutOfMemoryLoading, "request", False),
    (500, "unable to load full model on GPU", errors.OutOfMemoryLoading, "request", False),
    (500, "model requires more system memory (9.0 GiB) than is available (3.1 GiB)", errors.OutOfMemoryLoading, "request", False),
    (500, "CUDA error: out of memory", errors.OutOfMemory, "server", True),
    (500, "unable to load model: x; this model may be incompatible with your version of Ollama", errors.ModelIncompatible, "request", False),
    (500, "timed out waiting for llama-server to start - progress 0.30 - ", errors.LoadStalled, "server", True),
    (500, "timed out waiting for llama runner to start: context canceled", errors.LoadStalled, "server", True),
    (500, RUNNER_STOPPED, errors.RunnerCrashed, "server", True),
    (200, "an error was encountered while running the model: unexpected EOF", errors.RunnerCrashed, "server", True),
    (500, "no slots available after 10 retries", errors.ServerBusy, "server", True),
    (500, "failed to parse tool call: unexpected token", errors.ServerFailed, "server", True),
    (200, "failed to parse tool call: unexpected token", errors.ServerFailed, "server", True),
    (200, "prediction aborted, token repeat limit reached", errors.RunawayRepetition, "model", False),
    (401, "unauthorized", errors.Unauthorized, "request", False),
    (403, "ollama cloud is disabled: remote inference is unavailable", errors.Forbidden, "request", False),
    (403, "", errors.HostRefused, "request", False),
    (429, "you have reached your hourly usage limit", errors.RateLimited, "server", True),
    (502, "upstream unreachable", errors.GatewayFailed, "server", True),
    (504, "", errors.GatewayFailed, "server", True),
    (500, "", errors.ServerFailed, "server", True),
    (400, "failed to parse grammar", errors.FormatRefused, "request", False),
    (400, "The provided JSON schema contains features not supported by xgrammar.", errors.FormatRefused, "request", False),
    (400, "/chat/completions: Invalid model name passed in model=x. Call `/v1/models` to view available models for your key.", errors.ModelMissing, "request", False),
    (418, "short and stout", errors.BadRequest, "request", False),
    (200, "pull model manifest: file does not exist", errors.ModelMissing, "request", False),
    (200, "Unexpected endpoint or method. (POST /api/chat)", errors.EndpointMissing, "request", False),
]  # fmt: skip


@pytest.mark.parametrize(("status", "text", "kind", "blame", "retryable"), TABLE)
def test_a_servers_words_stand_for_one_error(status, text, kind, blame, retryable):
    body = json.dumps({"error": text}).encode() if text else b""
    error = error_for_text(text) if status == 200 else error_for(status, body)
    assert type(error) is kind
    assert (error.blame, error.retryable) == (blame, bool(retryable))
    assert isinstance(error, ModelError)
    assert not error.message.endswith(".")
    assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("status", "body", "content_type", "kind"),
    [
        (404, b"404 page not found", "text/plain", errors.EndpointMissing),
        (405, b"405 method not allowed", "text/plain", errors.EndpointMissing),
        (404, b'{"detail":"Not Found"}', "application/json", errors.EndpointMissing),
        (404, b'{"error":{"message":"File Not Found","code":404}}', "", errors.EndpointMissing),
        (404, b"<html>not here</html>", "text/html", errors.NotOllama),
        (502, b"<html><h1>502</h1></html>", "text/html", errors.GatewayFailed),
        (500, b"", "", errors.ServerFailed),
        (400, b'{"StatusCode":400,"Status":"400","error":"invalid model name"}', "", errors.BadRequest),
        (401, b'{"error":"unauthorized","signin_url":"https://x"}', "", errors.Unauthorized),
        (301, b"", "", errors.Redirected),
    ],
)  # fmt: skip
def test_replies_that_are_not_ollamas_are_understood(status, body, content_type, kind):
    assert type(error_for(status, body, content_type)) is kind


@pytest.mark.parametrize(
    ("body", "media"),
    [
        (b"<html><h1>400</h1>The plain HTTP request was sent to HTTPS port</html>", "text/html"),
        (b"Client sent an HTTP request to an HTTPS server.\n", "text/plain"),
    ],
)
def test_plain_words_to_a_server_that_wants_tls_are_told_so(body, media):
    error = error_for(400, body, media)
    assert isinstance(error, errors.TlsFailed)
    assert "https://" in error.hint


def test_an_overflow_says_how_much_too_much():
    error = error_for(400, json.dumps({"error": NESTED_OVERFLOW}).encode())
    assert isinstance(error, errors.ContextOverflow)
    assert error.sizes == Sizes(prompt=7900, window=4096)
    mlx = "input length (5000 tokens) exceeds the model's maximum context length (4096 tokens)"
    error = error_for_text(mlx)
    assert isinstance(error, errors.ContextOverflow)
    assert error.sizes == Sizes(prompt=5000, window=4096)
    assert "5000" in error.message


# The words of servers and gateways, with numbers of our own: prompt, answer and window.
OVERFLOWS = {
    "vLLM, prompt alone": (
        "This model's maximum context length is 2048 tokens. However, your request has 3100 input "
        "tokens. Please reduce the length of the input messages.",
        Sizes(3100, None, 2048),
    ),
    "vLLM, with the answer": (
        "This model's maximum context length is 2048 tokens. However, you requested 512 output "
        "tokens and your prompt contains at least 1537 input tokens, for a total of at least 2049 "
        "tokens.",
        Sizes(1537, 512, 2048, at_least=True),
    ),
    "vLLM, counted": (
        "You passed 1900 input tokens and requested 256 output tokens. However, the model's context "
        "length is only 2048 tokens, resulting in a maximum input length of 1792 tokens.",
        Sizes(1900, 256, 2048),
    ),
    "vLLM, older": (
        "This model's maximum context length is 2048 tokens. However, you requested 2300 tokens "
        "(1800 in the messages, 500 in the completion).",
        Sizes(1800, 500, 2048),
    ),
    "vLLM, answer too long": (
        "'max_tokens' or 'max_completion_tokens' is too large: 700. This model's maximum context "
        "length is 800 tokens and your request has 203 input tokens (700 > 800 - 203).",
        Sizes(203, 700, 800),
    ),
    "vLLM, decoder": (
        "The decoder prompt (length 2057) is longer than the maximum model length of 2048.",
        Sizes(2057, None, 2048),
    ),
    "SGLang": (
        "The input (9001 tokens) is longer than the model's context length (8192 tokens).",
        Sizes(9001, None, 8192),
    ),
    "SGLang, with the answer": (
        "Requested token count exceeds the model's maximum context length of 8192 tokens. You "
        "requested a total of 9000 tokens: 8000 tokens from the input messages and 1000 tokens for "
        "the completion.",
        Sizes(8000, 1000, 8192),
    ),
    "LM Studio": (
        "Trying to keep the first 5000 tokens when context the overflows. However, the model is "
        "loaded with context length of only 4096 tokens",
        Sizes(5000, None, 4096),
    ),
    "LiteLLM": (
        "litellm.ContextWindowExceededError: litellm.BadRequestError: Hosted_vllmException - "
        '{"error":{"message":"This model\'s maximum context length is 2048 tokens. However, your '
        'request has 3100 input tokens.","type":"BadRequestError"}}. Received Model Group=m',
        Sizes(3100, None, 2048),
    ),
    "LiteLLM before llama.cpp": (
        "litellm.BadRequestError: OpenAIException - request (12031 tokens) exceeds the available "
        "context size (4096 tokens), try increasing it",
        Sizes(12031, None, 4096),
    ),
    "without numbers": ("context_length_exceeded", Sizes()),
}


@pytest.mark.parametrize(("text", "sizes"), OVERFLOWS.values(), ids=OVERFLOWS)
def test_an_overflow_is_read_in_each_servers_words(text, sizes):
    error = error_for(400, json.dumps({"error": {"message": text, "code": 400}}).encode())
    assert isinstance(error, errors.ContextOverflow)
    assert error.sizes == sizes
    assert error.of_one_request


def test_the_sizes_of_an_overflow_are_said():
    counted = errors.ContextOverflow(Sizes(1900, 256, 2048))
    assert counted.message.endswith(": 1900 tokens and 256 for the answer, 2048 fit")
    assert counted.sizes.needed == 2156
    assert errors.ContextOverflow().message == errors.ContextOverflow.summary


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (400, "No connected db."),
        (401, "Authentication Error, No connected db."),
        (500, "Authentication Error, No api key passed in."),
        (401, "Invalid API Key"),
        (401, "Authentication Error, Invalid proxy server token passed."),
    ],
)
def test_a_wrong_or_missing_key_is_named_as_that(status, text):
    assert type(error_for(status, json.dumps({"error": {"message": text}}).encode())) is (
        errors.Unauthorized
    )


def test_advice_fits_the_kind_of_server():
    for kind in (errors.ContextOverflow, errors.Unauthorized, errors.RunnerCrashed):
        error = kind()
        advise(error, "openai")
        assert "num_ctx" not in error.hint
        assert "ollama" not in error.hint
        untouched = kind()
        advise(untouched, "ollama")
        assert untouched.hint == kind.advice
    exact = errors.Unauthorized("No", hint="Ask Ann")
    advise(exact, "openai")
    assert exact.hint == "Ask Ann"


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        (
            "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate "
            "(_ssl.c:1016)",
            "SSL_CERT_FILE",
        ),
        (
            "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: Hostname mismatch, "
            "certificate is not valid for 'gpu'. (_ssl.c:1016)",
            "host name",
        ),
        ("[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1016)", "http://"),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] certificate has expired (_ssl.c:1)", "Renew"),
        ("[SSL] something new", "certificate"),
    ],
)
def test_tls_problems_get_tls_hints(text, advice):
    error = errors.TlsFailed.quoting(text)
    assert advice in error.hint
    assert "_ssl" not in error.message


def test_a_redirect_names_its_target():
    error = error_for(307, b"", location="https://elsewhere.example/api")
    assert "https://elsewhere.example/api" in error.message


def test_a_servers_wish_to_be_left_alone_is_kept():
    assert error_for(429, b"", retry_after=7.0).retry_after == 7.0
    assert error_for(503, b"", retry_after=7.0).retry_after == 7.0


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        ({"error": "x"}, "x"),
        ({"error": {"message": "x", "type": "y"}}, "x"),
        ({"error": '{"error":{"message":"x"}}'}, "x"),
        ({"detail": "x"}, "x"),
        ({"detail": {"msg": "x"}}, "x"),
        ({"detail": [{"msg": "x", "loc": ["body"]}, {"msg": "y"}]}, "x; y"),
        ({"error": "{ no JSON"}, "{ no JSON"),
        ({"error": {"code": 5}}, "unspecified"),
        ({"error": None}, ""),
        ({"error": ""}, ""),
        ({"message": {"content": "error"}}, ""),
        ("error", ""),
        (None, ""),
    ],
)
def test_a_complaint_is_found_wherever_it_stands(reply, text):
    assert error_text(reply) == text


NASTY = "[bold red]x[/] \x1b[2J\n\x00" + "y" * 5000


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 502, 503])
def test_server_text_in_a_message_is_short_and_shows_its_controls(status):
    message = error_for(status, json.dumps({"error": NASTY}).encode()).message
    assert len(message) < 300
    assert not any(char in message for char in "\x1b\n\x00")


@given(st.integers(200, 599), st.binary(), st.sampled_from(["", "text/html", "application/json"]))
def test_any_reply_stands_for_some_error(status, body, content_type):
    assert error_for(status, body, content_type).message


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error", "detail", "message", "msg", "x"]), inner, max_size=3
        )
    ),
)


@given(JSON)
def test_any_json_has_a_complaint_or_none(value):
    assert isinstance(error_text(value), str)
