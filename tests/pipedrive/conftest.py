from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from nrpd.pipedrive.client import Client
from nrpd.pipedrive.limits import Limits
from tests.pipedrive.server import Server

TOKEN = "0123456789abcdef-made-up-token"


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def connect(server: Server) -> Iterator[Callable[..., Client]]:
    clients: list[Client] = []

    def make(**kwargs: Any) -> Client:
        limits = kwargs.pop("limits", None) or Limits()
        client = Client(server.url, TOKEN, limits=limits, retry_wait=0.01, **kwargs)
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()
