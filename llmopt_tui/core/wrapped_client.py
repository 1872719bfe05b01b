"""WrappedClient: a model client around another one, which changes its chats and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from llmopt_tui.core.ports import ModelClient, ModelInfo, OptionValue


class WrappedClient:
    """The members that every wrapper passes on to `inner`. See `ModelClient` for what they mean."""

    def __init__(self, inner: ModelClient) -> None:
        self.inner = inner

    @property
    def endpoint(self) -> str:
        """The endpoint's name in the configuration."""
        return self.inner.endpoint

    @property
    def parallel(self) -> int:
        """How many calls at once people allow the endpoint; 0 means as many as its server says."""
        return self.inner.parallel

    def dropped(self, options: Mapping[str, OptionValue]) -> tuple[str, ...]:
        """The names of those options that this kind of server does not know."""
        return self.inner.dropped(options)

    async def slots(self) -> int | None:
        """How many calls the server says it takes at once; None where it does not say."""
        return await self.inner.slots()

    async def models(self) -> Sequence[ModelInfo]:
        """The models that this endpoint has. Raises `ModelError`."""
        return await self.inner.models()

    async def version(self) -> str:
        """The server's version. Raises `ModelError`."""
        return await self.inner.version()

    async def aclose(self) -> None:
        """Close the connections."""
        await self.inner.aclose()
