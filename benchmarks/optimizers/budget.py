"""A budget of model calls that is never exceeded, shared by the clients that draw on it."""

from __future__ import annotations

from llmopt_tui.core.ports import ChatRequest, ModelClient, ModelError, Reply, Tell
from llmopt_tui.core.wrapped_client import WrappedClient


class BudgetSpent(ModelError):
    """A call that was refused because the budget is used up."""

    blame = "request"


class Budget:
    """How many calls are allowed, and how many were made. A refused call is not counted.

    A `limit` of None counts and refuses nothing.
    """

    def __init__(self, limit: int | None) -> None:
        self.limit = limit
        self.used = 0
        self.refused = 0

    def take(self) -> None:
        """Count one call. Raises `BudgetSpent` where none is left."""
        if self.limit is not None and self.used >= self.limit:
            self.refused += 1
            raise BudgetSpent(f"all {self.limit} calls are used")
        self.used += 1


class BudgetedClient(WrappedClient):
    """A client whose chats are counted, and refused where the budget is used up."""

    def __init__(self, inner: ModelClient, budget: Budget) -> None:
        super().__init__(inner)
        self.budget = budget

    async def chat(self, request: ChatRequest, tell: Tell) -> Reply:
        """Answer one chat. Raises `BudgetSpent`, and what the client raises."""
        self.budget.take()
        return await self.inner.chat(request, tell)
