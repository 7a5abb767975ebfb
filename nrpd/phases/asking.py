"""The assistant of the parameters file: one more voice for the mapping proposal, over an OpenAI-compatible endpoint.

Whatever goes wrong with it is a note; the proposal stands without it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import httpx

from nrpd.errors import BadInput
from nrpd.mapping import opinions
from nrpd.mapping.opinions import Opinion
from nrpd.netresults.records import SourceField
from nrpd.parameters import Assistant
from nrpd.pipedrive.records import AccountFacts

AT_ONCE = 60
"""Fields in one question."""
_TIMEOUT = httpx.Timeout(60.0, connect=10.0)


def ask(
    assistant: Assistant, fields: Sequence[SourceField], account: AccountFacts
) -> tuple[dict[tuple[str, str], Opinion], list[str]]:
    """(object, column) → the assistant's opinion, checked; and notes on what was ignored or went wrong."""
    wanted = opinions.asked(fields)
    voices: dict[tuple[str, str], Opinion] = {}
    notes: list[str] = []
    try:
        key = assistant.key()
    except BadInput as problem:
        return {}, [f"the assistant was not asked: {problem}"] if wanted else []
    # No redirects: a key is for the host that the parameters name. No proxies or keys of the environment either.
    with httpx.Client(timeout=_TIMEOUT, follow_redirects=False, trust_env=False) as client:
        for start in range(0, len(wanted), AT_ONCE):
            some = wanted[start : start + AT_ONCE]
            try:
                text = _answer(client, assistant, key, opinions.question(some, account))
            except (httpx.HTTPError, ValueError, KeyError, IndexError, TypeError) as problem:
                why = f"{type(problem).__name__}{_status(problem)}"
                return voices, [*notes, f"the assistant did not answer ({why}); the proposal stands without it"]
            found, ignored = opinions.answered(text, some, account)
            voices |= found
            notes += [f"ignored of the assistant: {note}" for note in ignored]
    return voices, notes


def _answer(client: httpx.Client, assistant: Assistant, key: str, question: dict[str, Any]) -> str:
    response = client.post(
        f"{assistant.base_url.rstrip('/')}/chat/completions",
        headers={"Authorization": f"Bearer {key}"},
        json={
            "model": assistant.model,
            "temperature": 0,
            "messages": [
                {"role": "system", "content": opinions.INSTRUCTIONS},
                {"role": "user", "content": json.dumps(question, ensure_ascii=False)},
            ],
        },
    )
    response.raise_for_status()
    if response.status_code != 200:
        raise ValueError("no answer")
    return str(response.json()["choices"][0]["message"]["content"])


def _status(problem: Exception) -> str:
    return f" {problem.response.status_code}" if isinstance(problem, httpx.HTTPStatusError) else ""
