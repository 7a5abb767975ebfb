"""One small customer, written as exports (API names, screen labels) and held by servers of both APIs."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.netresults.apiservers import GraphQlServer, JsonRpcServer

PEOPLE = 23
CUSTOM = {"25262": "Favorite Product", "25263": "Legacy Code", "25264": "Email"}
"""Id → name of the custom fields; the last one has the name of a column of its own."""
OWNERS = ("rita.valdez@acme.example", "tom.okoro@acme.example")

# Column of the design → (name in the API of JSON-RPC, label on the screen).
CONTACT_NAMES: Mapping[str, tuple[str, str]] = {
    "contact_id": ("contact_id", "Contact ID"), "email": ("contact_email_address", "Email Address"),
    "first_name": ("contact_first_name", "First Name"), "last_name": ("contact_last_name", "Last Name"),
    "title": ("contact_title", "Title"), "company_id": ("company_id", "Account ID"),
    "company_name": ("company_name", "Account Name"), "address_1": ("contact_address_1", "Address 1"),
    "city": ("city_name", "City"), "country": ("country_name", "Country"),
    "postal_code": ("contact_postalcode", "Postal Code"), "work_phone": ("contact_work_phone", "Work Phone"),
    "lead_score": ("contact_lead_score", "Lead Score"), "lead_stage": ("contact_lead_stage", "Lead Stage"),
    "owner_email": ("contact_owner_email", "Contact Owner"), "created_at": ("contact_created_at", "Created Date"),
    "updated_at": ("contact_updated_at", "Last Modified Date"),
    "lists": ("lists", "Marketing Lists"), "unsubscribed": ("unsubscribed_contact", "Unsubscribed Contact"),
}  # fmt: skip
CAMPAIGN_NAMES = {
    "campaign_id": ("campaign_id", "Campaign ID"), "name": ("campaign_name", "Campaign Name"),
    "status": ("campaign_status", "Status"), "type": ("campaign_type", "Type"),
    "start_date": ("campaign_launch_date", "Start Date"), "description": ("campaign_description", "Description"),
}  # fmt: skip
SEND_NAMES = {
    "contact_id": ("contact_id", "Contact ID"), "campaign_id": ("campaign_id", "Campaign ID"),
    "email_id": ("email_id", "Email ID"), "subject": ("email_subject", "Subject"), "event": ("event", "Event"),
    "event_at": ("event_at", "Event Date"),
}  # fmt: skip
OWNER_NAMES = {
    "owner_id": ("user_id", "Owner ID"), "name": ("user_name", "Owner Name"), "email": ("user_email", "Email"),
    "active": ("enabled_status", "Active"),
}  # fmt: skip
TEMPLATE_NAMES = {
    "email_id": ("email_id", "Email ID"), "name": ("email_name", "Email Name"),
    "subject": ("email_subject", "Subject"), "file": ("file", "File"),
}  # fmt: skip
SUPPRESSION_NAMES = {"email": ("email", "Email Address"), "reason": ("reason", "Reason")}
COMPANY_NAMES = {
    "company_id": ("company_id", "Account ID"), "name": ("company_name", "Account Name"),
    "domain": ("domain", "Website"), "city": ("city", "City"),
}  # fmt: skip


def contacts() -> list[dict[str, str]]:
    """All contacts by the names of the design and of the custom fields; blank where there is nothing."""
    return [_contact(number) for number in range(1, PEOPLE + 1)]


def _contact(n: int) -> dict[str, str]:
    firm = n % 4
    return {
        "contact_id": str(100 + n), "email": "" if n == 7 else f"Person{n}@firm{firm}.example",
        "first_name": ("Jürgen", "Ana", "O&#39;Brien")[n % 3], "last_name": ("Null", "Lee", "NA", "Wu")[n % 4],
        "title": "Buyer; Europe" if n % 5 else "", "company_id": str(200 + firm) if firm else "",
        "company_name": f"Firm {firm}" if firm else "-", "address_1": f"{n} Main St" + "\nFloor 2" * (n == 3),
        "city": "Köln" if n % 2 else "", "country": "NA" if n == 5 else "DE", "postal_code": f"0{2000 + n}",
        "work_phone": f"+49 30 55501{n:02}", "lead_score": str(n * 3), "lead_stage": ("New", "Customer")[n % 2],
        "owner_email": OWNERS[n % 2], "created_at": f"2024-01-{n:02} 09:00:00",
        "updated_at": f"2025-02-{n:02}T09:00:00-07:00",
        "lists": ("News", "News; Events", "", "Events")[n % 4], "unsubscribed": ("", "No", "Yes")[n % 3],
        "Favorite Product": ("Pro kit", "")[n % 2], "Legacy Code": f"00{n}", "Email": f"second{n}@old.example",
    }  # fmt: skip


def companies() -> list[dict[str, str]]:
    return [
        {"company_id": str(200 + n), "name": f"Firm {n}", "domain": f"firm{n}.example", "city": "Köln"}
        for n in (1, 2, 3)
    ]


def campaigns() -> list[dict[str, str]]:
    return [
        {"campaign_id": str(500 + n), "name": f"Campaign {n}", "status": "Active", "type": "Drip Series",
         "start_date": f"2025-03-0{n}", "description": "Replies & more"} for n in range(1, 6)
    ]  # fmt: skip


def events() -> list[dict[str, str]]:
    """Two or three events of one send to each contact with an address, opt-outs among them."""
    found = []
    for n in range(1, PEOPLE + 1, 2):
        words = ("Email Sent", "Email Opened", "Email Clicked") if n % 3 else ("Email Sent", "Unsubscribed")
        for hour, word in enumerate(words):
            found.append(
                {"contact_id": str(100 + n), "campaign_id": "501", "email_id": "701", "subject": "Hello & welcome",
                 "event": word, "event_at": f"2025-03-{n:02} {8 + hour:02}:00:00"}
            )  # fmt: skip
    return found


def owners() -> list[dict[str, str]]:
    return [
        {"owner_id": str(901 + n), "name": address.split("@")[0], "email": address, "active": "Yes"}
        for n, address in enumerate(sorted(OWNERS))
    ]


def templates() -> list[dict[str, str]]:
    return [
        {"email_id": str(701 + n), "name": f"Mail {n}", "subject": f"Hello {n}", "file": f"templates/{701 + n}.html"}
        for n in range(3)
    ]


def body_of(template: Mapping[str, str]) -> str:
    return f"<html><body><p>Grüße {{FIRST NAME|you}} {template['email_id']}</p></body></html>"


def suppressions() -> list[dict[str, str]]:
    return [{"email": f"Person{n}@firm{n % 4}.example", "reason": "hard bounce"} for n in (2, 4)]


# Exports


def write_export(folder: Path, labels: bool) -> Path:
    """The customer as CSV files, headed by the API's names or by the screens' labels."""
    (folder / "templates").mkdir(parents=True)
    tables: dict[str, tuple[list[dict[str, str]], Mapping[str, tuple[str, str]]]] = {
        "contacts": (contacts(), CONTACT_NAMES), "accounts": (companies(), COMPANY_NAMES),
        "campaigns": (campaigns(), CAMPAIGN_NAMES), "email_events": (events(), SEND_NAMES),
        "owners": (owners(), OWNER_NAMES), "templates/index": (templates(), TEMPLATE_NAMES),
        "suppressions": (suppressions(), SUPPRESSION_NAMES),
    }  # fmt: skip
    for name, (rows, names) in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out)
            own = names | {"Email": ("Email (custom attribute)",) * 2} if name == "contacts" else names
            writer.writerow([own.get(column, (column, column))[labels] for column in rows[0]])
            writer.writerows(row.values() for row in rows)
    for template in templates():
        (folder / template["file"]).write_text(body_of(template), encoding="utf-8")
    return folder


# Servers


def jsonrpc_server(**more: Any) -> JsonRpcServer:
    """The same customer behind the JSON-RPC API: nested companies and places, numbers of every scalar type."""
    rows = contacts()
    by_contact: dict[str, list[dict[str, Any]]] = {}
    for number, event in enumerate(events()):
        kind = {"Email Sent": 1, "Email Opened": 2, "Email Clicked": 3, "Unsubscribed": 4}[event["event"]]
        by_contact.setdefault(event["contact_id"], []).append(
            {"contact_activity_history_id": 9000 + number, "activity_type_id": kind, "activity_date": event["event_at"],
             "email": {"email_id": int(event["email_id"]), "email_subject": event["subject"]},
             "campaign_id": event["campaign_id"]}
        )  # fmt: skip
    visit = {"contact_activity_history_id": 8999, "activity_type_id": "5", "activity_date": "2025-01-01", "url": "/"}
    by_contact["101"].insert(0, visit)
    words = ("Email Sent", "Email Opened", "Email Clicked", "Unsubscribed", "Page Visit")
    return JsonRpcServer(
        **{
            "contacts": [_jsonrpc_contact(row, number) for number, row in enumerate(rows)],
            "attributes": {
                row["contact_id"]: [{"custom_attribute_id": key, "custom_attribute": name, "value": row[name]}
                                    for key, name in CUSTOM.items() if row[name]] for row in rows
            },
            "attribute_names": [
                {"custom_attribute_id": int(key), "custom_attribute": name} for key, name in CUSTOM.items()
            ],
            "mailing": {row["contact_id"]: {"unsubscribed_contact": row["unsubscribed"]} for row in rows},
            "activity": by_contact,
            "types": [{"activity_type_id": n, "activity_type": word} for n, word in enumerate(words, 1)],
            "lists": [{"email_list_id": 31, "email_list_name": "News"},
                      {"email_list_id": "32", "email_list_name": "Events"}],
            "members": {
                number: [row["contact_id"] for row in rows if name in row["lists"]]
                for number, name in (("31", "News"), ("32", "Events"))
            },
            "segments": [{"contact_segment_id": 41, "contact_segment_name": "All Contacts"},
                         {"contact_segment_id": 42, "contact_segment_name": "Hard bounced"}],
            "segment_members": {"42": [102, {"contact_id": "104"}]},
            "campaigns": [{CAMPAIGN_NAMES[key][0]: text for key, text in row.items()} for row in campaigns()],
            "emails": [
                {"email_id": int(row["email_id"]), "email_name": row["name"], "email_subject": row["subject"],
                 "email_content_html": body_of(row)} for row in templates()
            ],
            "users": {row["email"]: {OWNER_NAMES[key][0]: text for key, text in row.items()} for row in owners()},
            **more,
        }
    )  # fmt: skip


def _jsonrpc_contact(row: Mapping[str, str], number: int) -> dict[str, Any]:
    names = {key: api for key, (api, _) in CONTACT_NAMES.items()}
    plain = set(names) - {"company_id", "company_name", "city", "country", "unsubscribed", "lists"}
    found: dict[str, Any] = {names[key]: row[key] for key in names if key in plain}
    found["contact_id"] = int(row["contact_id"]) if number % 2 else row["contact_id"]
    found["contact_lead_score"] = int(row["lead_score"]) if number % 3 else row["lead_score"]
    if not row["email"]:
        found["contact_email_address"] = None
    if not row["title"]:
        del found["contact_title"]
    found["Company"] = {"company_id": int(row["company_id"]) if row["company_id"] else None,
                        "company_name": row["company_name"]}  # fmt: skip
    found["City"] = {"city_id": 7, "city": row["city"]} if row["city"] else None
    found["Country"] = {"country_id": 3, "country": row["country"]}
    return found


GRAPHQL_FIELDS = {
    "address_1": "address_line", "city": "city", "country": "country", "postal_code": "postal_code",
    "work_phone": "work_phone", "lead_score": "scores.total", "lead_stage": "lead_stage", "owner_email": "owner.email",
    "created_at": "created_at", "updated_at": "updated_at", "unsubscribed": "unsubscribed",
    "lists": "lists.name",
}  # fmt: skip
"""What `source.api.fields` says, besides the defaults."""


def graphql_server(**more: Any) -> GraphQlServer:
    """The same customer behind the GraphQL API."""
    firms = {row["company_id"]: row for row in companies()}
    rows = []
    for number, row in enumerate(contacts()):
        domain = firms.get(row["company_id"], {}).get("domain")
        rows.append(
            {
                "id": row["contact_id"], "email": row["email"] or None, "first_name": row["first_name"],
                "last_name": row["last_name"], "title": row["title"] or None,
                "account": {"id": row["company_id"] or None, "name": row["company_name"], "website": domain},
                "address_line": row["address_1"], "city": row["city"], "country": row["country"],
                "postal_code": row["postal_code"], "work_phone": row["work_phone"],
                "scores": {"total": int(row["lead_score"])}, "lead_stage": row["lead_stage"],
                "owner": {"email": row["owner_email"]}, "created_at": row["created_at"],
                "updated_at": row["updated_at"], "unsubscribed": row["unsubscribed"],
                "lists": [{"name": name} for name in row["lists"].split("; ") if name],
                "custom_fields": [{"id": key, "name": name, "type": "TEXT", "value": row[name] or None}
                                  for key, name in CUSTOM.items()],
                "entity": ("LEAD", "CONTACT")[number % 2],
            }
        )  # fmt: skip
    return GraphQlServer(contacts=rows, **more)


def without_place(rows: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """Rows of a staged table without where they came from, in a fixed order."""
    plain = [{key: text for key, text in row.items() if key not in ("row_file", "row_line")} for row in rows]
    return sorted(plain, key=lambda row: sorted(row.items()))
