"""What holds for all tests: properties are about truth, not about how busy the machine is."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "llmopt", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("llmopt")


@pytest.fixture(autouse=True)
def _own_settings_only(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A developer's environment, and how their app looks, take no part in a test."""
    for name in list(os.environ):
        if name in {"OLLAMA_HOST", "OLLAMA_API_KEY"} or (
            name.startswith("LLMOPT_") and name not in {"LLMOPT_TEST_GGUF", "LLMOPT_CACHE_DIR"}
        ):
            monkeypatch.delenv(name)
    # What surrounds a round is tested with one idea in it; tests of more ideas ask for them.
    monkeypatch.setenv("LLMOPT_PROPOSALS", "1")
    monkeypatch.setenv("LLMOPT_DEMONSTRATIONS", "0")
    # Tests count the calls that a server gets; those of the cache ask for it.
    monkeypatch.setenv("LLMOPT_CACHE", "false")
    monkeypatch.setenv("LLMOPT_STATE_DIR", str(tmp_path_factory.getbasetemp() / "state"))
