"""Writes the synthetic customer of the demo: a Net-Results export, its delta, and the sandbox account.

    python tests/demo/generate.py [--seed N] [--out DIR]

Nobody and nothing in it is real; every address and host ends in `.example`. The same seed gives the same bytes.
`parameters/demo/` holds the output for the default seed. A folder that is there already is filled, never emptied.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

if __package__ in (None, ""):  # run as a script: the helpers beside this file are imported from the repository's root
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.demo import account, assets, delta, firms, marketing, people
from tests.demo.formats import Dice, csv_bytes, xlsx_bytes

DEFAULT_SEED = 2026
NOTE = """# A synthetic customer

Everything in this folder is made up by `tests/demo/generate.py` (seed {seed}); no person, firm, address or host in it
is real, and every address and host ends in `.example`. Do not edit by hand: change the generator and run it again.

- `export/` is what a customer would hand over from Net-Results (Paminga): contacts (UTF-8 with byte order mark),
  accounts as a workbook, campaigns with semicolons, the rest as plain CSV, e-mail bodies as HTML, and files.
- `delta/` is the second export, made after the freeze: what changed since, and two new opt-outs.
- `sandbox.json` is what the Pipedrive account holds before the migration.

No public sample of a real export exists. The labels are those of the product's public pages where these name them.
"""


def generate(seed: int = DEFAULT_SEED) -> dict[str, bytes]:
    """Path below the output folder → content, for every file of the demo."""
    dice = Dice(seed)
    accounts = firms.make(dice)
    contacts = people.make(dice, accounts)
    suppressed = marketing.suppressions(dice, contacts)
    found = {
        "README.md": NOTE.format(seed=seed).encode(),
        ".gitattributes": b"* -text\n",
        "sandbox.json": _json(account.make(dice, accounts, contacts)),
        "delta/contacts.csv": csv_bytes(people.HEADERS, delta.contacts(dice, contacts), bom=True),
        "delta/suppressions.csv": csv_bytes(marketing.SUPPRESSION_HEADERS, delta.suppressions(contacts)),
    }
    sends = marketing.sends(dice, contacts, suppressed)
    members = marketing.members(dice, contacts)
    file_rows, files = assets.files(contacts)
    owners = [dict(zip(("Owner ID", "Name", "Email", "Active"), row, strict=True)) for row in firms.OWNERS]
    export = {
        "contacts.csv": csv_bytes(people.HEADERS, contacts.records, bom=True),
        "accounts.xlsx": xlsx_bytes("Accounts", firms.HEADERS, accounts),
        "campaigns.csv": csv_bytes(marketing.CAMPAIGN_HEADERS, marketing.campaigns(), delimiter=";"),
        "campaign_members.csv": csv_bytes(marketing.MEMBER_HEADERS, members),
        "email_sends.csv": csv_bytes(marketing.SEND_HEADERS, sends, newline="\n"),
        "suppressions.csv": csv_bytes(marketing.SUPPRESSION_HEADERS, suppressed),
        "workflows.csv": csv_bytes(assets.WORKFLOW_HEADERS, assets.workflows()),
        "owners.csv": csv_bytes(tuple(owners[0]), owners, delimiter=";"),
        "notes.csv": csv_bytes(assets.NOTE_HEADERS, assets.notes(dice, contacts)),
        "files.csv": csv_bytes(assets.FILE_HEADERS, file_rows),
        "templates/index.csv": csv_bytes(assets.TEMPLATE_HEADERS, assets.template_index()),
    }
    export |= {f"templates/{name}": body for name, body in assets.bodies().items()} | files
    return found | {f"export/{path}": content for path, content in export.items()}


def _json(content: object) -> bytes:
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def write(out: Path, seed: int = DEFAULT_SEED) -> None:
    """Writes all files of `generate` below `out`."""
    for path, content in generate(seed).items():
        target = out / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def main() -> None:
    parser = argparse.ArgumentParser(description="Writes the synthetic customer of the demo.")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parents[2] / "parameters" / "demo")
    arguments = parser.parse_args()
    write(arguments.out, arguments.seed)


if __name__ == "__main__":
    main()
