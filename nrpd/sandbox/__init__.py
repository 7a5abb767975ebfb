"""A local Pipedrive over real HTTP with a SQLite store. Imports nothing from the rest of nrpd."""
