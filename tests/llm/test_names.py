import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmopt_tui.core.text.names import (
    find_name,
    folder_slug,
    is_cloud,
    near_names,
    normalise_name,
    same_model,
)


@pytest.mark.parametrize(
    ("name", "normalised"),
    [
        ("llama3.2", "llama3.2:latest"),
        ("qwen3:8b", "qwen3:8b"),
        (" qwen3:8b ", "qwen3:8b"),
        ("host:5000/ns/model", "host:5000/ns/model:latest"),
        ("hf.co/Org/Repo:Q4_K_M", "hf.co/Org/Repo:Q4_K_M"),
        ("registry.ollama.ai/library/llama3.2", "llama3.2:latest"),
        ("library/llama3.2:1b", "llama3.2:1b"),
        ("", ""),
    ],
)
def test_a_name_is_normalised_to_the_form_of_a_listing(name, normalised):
    assert normalise_name(name) == normalised


def test_the_same_model_is_recognised_whatever_its_case_and_tag():
    assert same_model("Llama3.2", "llama3.2:LATEST")
    assert not same_model("llama3.2:1b", "llama3.2")
    assert not same_model("host:5000/model", "model")


@pytest.mark.parametrize(
    ("name", "cloud"),
    [
        ("gpt-oss:120b-cloud", True),
        ("glm-4.6:cloud", True),
        ("GLM-4.6:Cloud", True),
        ("glm-4.6:local", False),
        ("cloud", False),
        ("my-cloud:7b", False),
        ("cloudy:7b-clouds", False),
    ],
)
def test_names_that_send_prompts_away_are_told_by_their_tag(name, cloud):
    assert is_cloud(name) is cloud


def test_an_identical_name_is_found_before_one_that_means_the_same():
    known = ["QWEN3:latest", "qwen3"]
    assert find_name("qwen3", known) == "qwen3"
    assert find_name("qwen3:latest", ["x", "Qwen3:Latest"]) == "Qwen3:Latest"
    assert find_name("qwen3:8b", known) is None


def test_near_names_find_a_slip_of_the_finger_and_a_missing_tag():
    known = ["llama3.2:latest", "qwen3:8b", "gemma3n:latest", "deepseek-r1:8b"]
    assert near_names("lama3.2", known)[0] == "llama3.2:latest"
    assert near_names("qwen3", known)[0] == "qwen3:8b"
    assert near_names("DeepSeek-R1", known)[0] == "deepseek-r1:8b"
    assert near_names("zzzzzz", known) == []


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("deepseek-r1:8b", "deepseek-r1_8b"),
        ("hf.co/org/repo:Q4_K_M", "hf.co_org_repo_Q4_K_M"),
        ("", "_"),
        (".", "_"),
        ("..", "._"),
        ("../../etc/passwd", ".._.._etc_passwd"),
        ("con", "_con"),
        ("NUL.txt", "_NUL.txt"),
        ("modèle", "mod_le"),
        ("m" * 79 + "..", "m" * 79 + "_"),
        ("x\n\x1b[2J", "x___2J"),
    ],
)
def test_a_folder_slug_is_as_promised(name, slug):
    assert folder_slug(name) == slug


@given(st.text())
def test_every_slug_is_a_safe_part_of_a_folder_name(name):
    slug = folder_slug(name)
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,80}", slug)
    assert slug.strip(".")
    assert not slug.endswith(".")
    assert slug.partition(".")[0].casefold() not in {"con", "prn", "aux", "nul", "com1", "lpt9"}


@given(st.text(st.characters(codec="ascii")))
def test_a_slug_of_a_slug_is_itself(name):
    assert folder_slug(folder_slug(name)) == folder_slug(name)


@given(st.text())
def test_normalising_twice_changes_nothing_and_keeps_the_meaning(name):
    once = normalise_name(name)
    assert normalise_name(once) == once
    assert same_model(name, once)


INSTALLED = [
    "qwen3:latest",
    "qwen2.5-coder:7b",
    "gemma3n:latest",
    "llama3.2:latest",
    "llama3.2:1b",
    "phi4-mini-reasoning:latest",
    "gpt-oss:20b",
    "mistral-nemo:12b",
    "hf.co/unsloth/Qwen3-4B-GGUF:Q4_K_M",
]


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("gpt-4", []),
        ("gpt-4o:latest", []),
        ("claude", []),
        ("phi3", []),
        ("gemma2", []),
        ("mini", []),
        ("x", []),
        ("", []),
        ("qwen3:8b", ["qwen3:latest", "hf.co/unsloth/Qwen3-4B-GGUF:Q4_K_M"]),
        ("qwen2.5-codr", ["qwen2.5-coder:7b"]),
        ("Qwen3-4B-GGUF", ["hf.co/unsloth/Qwen3-4B-GGUF:Q4_K_M"]),
        ("gemma3", ["gemma3n:latest"]),
        ("llama3", ["llama3.2:latest", "llama3.2:1b"]),
        ("llama3.1", ["llama3.2:latest", "llama3.2:1b"]),
        ("phi4-mini", ["phi4-mini-reasoning:latest"]),
        ("gptoss", ["gpt-oss:20b"]),
        ("mistral", ["mistral-nemo:12b"]),
    ],
)
def test_only_names_that_are_really_near_are_offered(typed: str, near: list[str]) -> None:
    assert near_names(typed, INSTALLED) == near
