"""A local Pipedrive over real HTTP with a SQLite store. Imports nothing from the rest of nrpd."""

from .box import Sandbox, export_file, serve_forever

__all__ = ["Sandbox", "export_file", "serve_forever"]
