"""The embedded engine is reachable from this machine alone, and with its key alone."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from llmopt_tui.llm import embedded_server


def test_the_engine_listens_on_the_loopback_with_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    fake = ModuleType("xllamacpp")
    fake.CommonParams = lambda: SimpleNamespace(  # type: ignore[attr-defined]
        model=SimpleNamespace(),
        cpuparams=SimpleNamespace(),
        cpuparams_batch=SimpleNamespace(),
        hostnames=["0.0.0.0"],
    )
    fake.Server = made.append  # type: ignore[attr-defined]
    fake.__version__ = "0"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "xllamacpp", fake)
    request = {"model_file": "m", "alias": "m", "api_key": "k", "context": 1, "threads": 1}
    embedded_server._serve(request)
    [params] = made
    assert params.hostnames == ["127.0.0.1"]
    assert params.api_keys == ["k"]
    assert (params.offline, params.ui, params.endpoint_slots) == (True, False, False)
