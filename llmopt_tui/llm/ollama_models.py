"""What an Ollama server tells of its models: installed, in memory, and one by one. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from llmopt_tui.core.ports import ModelInfo
from llmopt_tui.core.text.names import is_cloud, same_model
from llmopt_tui.llm.ollama_wire import count_of, object_of, objects, text_of


@dataclass(frozen=True, slots=True)
class RunningModel:
    """A model in memory. Sizes in bytes; `context_length` is the window it really has."""

    name: str
    digest: str = ""
    size: int | None = None
    size_vram: int | None = None
    context_length: int | None = None


@dataclass(frozen=True, slots=True)
class ModelDetails:
    """What a server tells of one model; None where it does not say."""

    capabilities: tuple[str, ...] | None = None
    context_length: int | None = None


def model_info(entry: Mapping[str, Any], endpoint: str) -> ModelInfo:
    """A model of /api/tags; without a name where the entry has none."""
    name = text_of(entry, "name") or text_of(entry, "model")
    details = object_of(entry, "details")
    remote = bool(text_of(entry, "remote_host") or text_of(entry, "remote_model"))
    return ModelInfo(
        name=name,
        endpoint=endpoint,
        digest=text_of(entry, "digest"),
        size=count_of(entry, "size"),
        family=text_of(details, "family"),
        parameter_size=text_of(details, "parameter_size"),
        quantization=text_of(details, "quantization_level"),
        capabilities=_capabilities(entry),
        context_length=count_of(details, "context_length"),
        remote=remote or is_cloud(name),
    )


def running_models(reply: Mapping[str, Any]) -> tuple[RunningModel, ...]:
    """The models of /api/ps."""
    return tuple(
        RunningModel(
            name=text_of(entry, "name") or text_of(entry, "model"),
            digest=text_of(entry, "digest"),
            size=count_of(entry, "size"),
            size_vram=count_of(entry, "size_vram"),
            context_length=count_of(entry, "context_length"),
        )
        for entry in objects(reply, "models")
    )


def model_details(reply: Mapping[str, Any]) -> ModelDetails:
    """The answer of /api/show."""
    info = object_of(reply, "model_info")
    window = count_of(info, f"{text_of(info, 'general.architecture')}.context_length")
    return ModelDetails(_capabilities(reply), window)


def runs(model: ModelInfo, running: RunningModel) -> bool:
    """Whether this is the model in memory.

    Names that share their weights share one runner, listed under the name that loaded it.
    """
    same_digest = bool(model.digest) and model.digest == running.digest
    return same_digest or same_model(model.name, running.name)


def _capabilities(entry: Mapping[str, Any]) -> tuple[str, ...] | None:
    found = entry.get("capabilities")
    if not isinstance(found, list):
        return None
    return tuple(item for item in found if isinstance(item, str))
