"""Adapters to model servers: each fulfils `core.ports.ModelClient` for one wire protocol."""
