"""What a parameters file may name but never hold: addresses without secrets, and variables of the environment."""

from __future__ import annotations

import ipaddress
import os
import re
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

from nrpd.errors import BadInput

# A token is 32 or more hexadecimal digits, which may look like a name.
_NAME = re.compile(r"(?![0-9A-Fa-f]{32,}$)[A-Za-z_][A-Za-z0-9_]*")
PLAIN_URL = re.compile(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:\d{1,5})?/?", re.ASCII | re.IGNORECASE)
"""Scheme, host, port and nothing else: programs differ in how they read user names, escapes and backslashes."""


class Strict(BaseModel):
    """A section of the parameters file: unknown keys are refused, nothing can be changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


def is_loopback(url: str) -> bool:
    """Whether the URL's host is this machine."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_name(key: str, name: str) -> None:
    """Raise ValueError where `name` cannot be the name of a variable; it is not repeated, it may be the secret."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{key}: expected the name of an environment variable, never the secret itself")


def from_environment(key: str, name: str, what: str) -> str:
    """The value of a variable that the parameters name under `key`. Raises BadInput where it is not set."""
    value = os.environ.get(name, "").strip()
    if not value:
        raise BadInput(f"{key}: the variable {name} is not set; export it with {what}")
    return value
