"""WrappedClient: a model client around another one, which changes how chats go and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from llmopt_tui.core.ports import ModelClient, ModelInfo, OptionValue


class WrappedClient:
    """What every wrapper passes on to `inner`. See `ModelClient` for the members."""

    def __init__(self, inner: ModelClient) -> None:
        self.inner = inner

    @property
    def endpoint(self) -> str:
        """The endpoint's name."""
        return self.inner.endpoint

    @property
    def parallel(self) -> int:
        """How many calls at once people allow the endpoint; 0 leaves it to what it says."""
        return self.inner.parallel

    def dropped(self, options: Mapping[str, OptionValue]) -> tuple[str, ...]:
        """The names of the options that are not sent."""
        return self.inner.dropped(options)

    async def slots(self) -> int | None:
        """How many calls the server says it takes at once."""
        return await self.inner.slots()

    async def models(self) -> Sequence[ModelInfo]:
        """The models that this endpoint has. Raises `ModelError`."""
        return await self.inner.models()

    async def version(self) -> str:
        """The server's version. Raises `ModelError`."""
        return await self.inner.version()

    async def aclose(self) -> None:
        """Let go of connections."""
        await self.inner.aclose()
