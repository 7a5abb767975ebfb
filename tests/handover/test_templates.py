"""The template package: originals untouched, copies cleaned, fields and links listed."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Mapping

import pytest
from bs4 import BeautifulSoup

from nrpd.handover import bodies
from nrpd.handover.merge_fields import broken_fields, merge_fields, merge_targets
from nrpd.handover.templates import Package, neutral, package
from nrpd.pipedrive.records import MappingRow, Target

HTML = """<!DOCTYPE html><html lang="en"><head><meta charset="iso-8859-1"><title>News</title>
<style>.hp{display:none} .m{display:none} @media (max-width:600px){.m{display:block}} p{color:red}</style></head>
<body onload="x()"><!--[if mso]><p>Outlook</p><![endif]-->
<table width="600"><tr><td><img src="https://img.paminga.example/logo.png" alt="Logo" width="100">
<p>Hello {FIRST NAME|friend}, {MERGE_DATA:CODE|none yet} {{ company }} %%Region%% [City] *|ODD|* {LEAD SCORE}</p>
<div data-persona="Engineers">For engineers</div><div data-persona="Buyers">For buyers</div>
<div data-persona="default">For all</div>
<a href="https://links.net-results.example/c?u=https%3A%2F%2Fwww.acme.example%2Fa">Read</a>
<a class="m" href="https://www.acme.example/m">Mobile</a> <a href="/relative">r</a>
<a class="hp" href="https://links.net-results.example/trap1">x</a>
<a href="https://links.net-results.example/trap2" style="display:none">x</a>
<div style="display:none">Preview text</div>
<a href="https://app.net-results.com/unsubscribe">Unsubscribe</a>
<img src="https://links.net-results.example/o.gif" width="1" height="1"><script>alert(1)</script>
<a href="javascript:x()">js</a></td></tr></table></body></html>
"""
FIELDS = {"first_name": "Person: First name", "Region": "Person: Region", "lead_score": None}
INDEX = [
    {"email_id": "7", "name": "News", "subject": "=cmd {FIRST NAME|you}", "file": "news.html"},
    {"email_id": "8", "name": "News (Executive)", "subject": "", "file": "news_exec.html"},
    {"email_id": "9", "name": "Gone", "subject": "", "file": "gone.html"},
]
FILES = {
    "templates/news.html": HTML.encode("iso-8859-1"),
    "news_exec.html": b"<p>Dear {LAST NAME|}</p>",
    "note.txt": b"hi",
}


@pytest.fixture(scope="module")
def made() -> Package:
    return package(INDEX, FILES, FIELDS, customer="acme")


def contents(made: Package) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(made.zip)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_originals_are_untouched_and_bytes_repeat(made: Package) -> None:
    files = contents(made)
    assert files["original/news.html"] == FILES["templates/news.html"]
    assert made.templates[1].sha256 == hashlib.sha256(FILES["templates/news.html"]).hexdigest()
    assert made.zip == package(INDEX, dict(reversed(FILES.items())), FIELDS, customer="acme").zip


def test_cleaned_copy_has_no_trap_pixel_or_script_but_all_else(made: Package) -> None:
    text = contents(made)["cleaned/news.html"].decode()
    for gone in ("trap1", "trap2", "o.gif", "<script", "onload", "javascript:", "iso-8859-1"):
        assert gone not in text
    for kept in ("Preview text", "Mobile", "[if mso]", "@media", "{FIRST NAME|friend}", "logo.png", "<!DOCTYPE html>"):
        assert kept in text


def test_persona_variants_are_bodies_of_their_own(made: Package) -> None:
    files = contents(made)
    shown = {
        name: [w for w in ("engineers", "buyers", "all") if f"For {w}" in files[f"cleaned/{name}.html"].decode()]
        for name in ("news", "news--Engineers", "news--Buyers")
    }
    assert shown == {"news": ["all"], "news--Engineers": ["engineers"], "news--Buyers": ["buyers"]}
    assert {t.name: t.variant_of for t in made.templates} == {"News": "", "News (Executive)": "News"}


def test_editor_copy_is_a_fragment_without_style_sheet(made: Package) -> None:
    text = contents(made)["editor/news.html"].decode()
    assert "<style" not in text
    assert "<html" not in text
    assert "{FIRST NAME|friend}" in text
    assert 'href="https://www.acme.example/m"' in text


def test_links_to_the_old_platform_are_told_apart(made: Package) -> None:
    news = next(t for t in made.templates if t.name == "News")
    by_url = {x.url: x for x in news.links}
    tracked = by_url["https://links.net-results.example/c?u=https%3A%2F%2Fwww.acme.example%2Fa"]
    assert tracked.leads_to == "https://www.acme.example/a"
    assert by_url["https://links.net-results.example/trap1"].removed
    assert by_url["https://img.paminga.example/logo.png"].old_platform
    assert not by_url["https://www.acme.example/m"].old_platform
    assert len(news.old_links) == 3


def test_reports_are_neutral_and_complete(made: Package) -> None:
    files = contents(made)
    rows = list(csv.DictReader(io.StringIO(files["report.csv"].decode("utf-8-sig"))))
    assert len(rows) == 4
    assert {r["subject"] for r in rows if r["name"] == "News"} == {"'=cmd {FIRST NAME|you}"}
    fields = list(csv.DictReader(io.StringIO(files["merge_fields.csv"].decode("utf-8-sig"))))
    assert {r["written"]: r["pipedrive_field"] for r in fields if r["name"] == "News"} == {
        "{FIRST NAME|you}": "Person: First name", "{FIRST NAME|friend}": "Person: First name",
        "{MERGE_DATA:CODE|none yet}": "none", "{{ company }}": "Organization: Name", "%%Region%%": "Person: Region",
        "[City]": "none", "*|ODD|*": "none", "{LEAD SCORE}": "none",
    }  # fmt: skip
    assert made.missing == ("Gone",)
    assert made.others == ("note.txt",)
    assert made.summary()["templates"] == 2


def test_index_page_reads_offline(made: Package) -> None:
    soup = BeautifulSoup(made.index_html, "html.parser")
    names = set(contents(made))
    assert not soup.find_all(["script", "img", "link"])
    assert all(th["scope"] == "col" for th in soup.find_all("th"))
    local = [str(a["href"]) for a in soup.find_all("a", href=True) if not str(a["href"]).startswith("#")]
    assert local
    assert set(local) <= names
    assert "Gone" in soup.get_text()


def test_risks_are_named(made: Package) -> None:
    news = next(t for t in made.templates if t.name == "News")
    text = " ".join(news.risks)
    for words in (
        "Scripts",
        "unsubscribe link belongs to the old platform",
        "without a host (/relative)",
        "Media queries",
    ):
        assert words in text
    bare = next(t for t in made.templates if t.name == "News (Executive)")
    assert any("No unsubscribe link" in r for r in bare.risks)
    assert any("No doctype" in r for r in bare.risks)


def test_large_bodies_are_cut_by_gmail() -> None:
    big = package([], {"big.html": b"<p>" + b"x " * 60_000 + b"</p>"}, {})
    assert any("Gmail" in r for r in big.templates[0].risks)


def test_equal_and_strange_names_do_not_clash() -> None:
    files = contents(
        package([], {"a/x.html": b"1", "b/X.html": b"2", "../../etc.html": b"3", "c.zip!x.html": b"4"}, {})
    )
    originals = [n for n in files if n.startswith("original/")]
    assert len(originals) == 4
    assert not any(".." in n for n in files)
    assert sorted(files[n] for n in originals) == [b"1", b"2", b"3", b"4"]


def test_nothing_to_package() -> None:
    made = package([], {}, {})
    assert made.report == ()
    assert "holds no templates" in made.index_html


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{FIRST NAME|a} {FIRST NAME|a}", ["FIRST NAME"]),
        ("{ first name }", ["first name"]),
        ("<style>p {color} b{font}</style>{A}", ["A"]),
        ("{{{x}}} {{y|default: 'z'}} ${q}", ["x", "y", "q"]),
        ("[if mso] [endif] [Name] [link](u)", ["Name"]),
        ("%FIRST_NAME% %2F%2F 50% off %EF%BB%BF", ["FIRST_NAME"]),
        ("<%= user.name %> ##Code##", ["user.name", "Code"]),
        ("{} { } {1} price {color: red}", []),
        ("&#123; {FIRST&nbsp;NAME|a}", []),
    ],
)
def test_what_looks_like_a_merge_field(text: str, names: list[str]) -> None:
    assert [f.name for f in merge_fields(text, {})] == names


def test_defaults_stay_in_the_note() -> None:
    field, other, api = merge_fields("{FIRST NAME|Valued &amp; friend} {{y | default: 'z'}} {MERGE_DATA:K|d}", {})
    assert (field.default, other.default, api.default) == ("Valued & friend", "z", "d")
    assert "Default: Valued & friend" in field.note
    assert "API" in api.note
    assert broken_fields("{FIRST <b>NAME|x}") == ["{FIRST <b>NAME|x}"]


def test_targets_come_from_the_mapping_sheet() -> None:
    def line(source: str, column: str, entity: str, field: str, transform: str = "text") -> MappingRow:
        return MappingRow(
            "contacts", source, column, 1.0, "text", Target(entity, field, "varchar", False), transform, 1.0, ""
        )

    found = merge_targets([
        line("First Name", "first_name", "person", "name"), line("Score", "lead_score", "person", "Lead Score"),
        line("Fax", "fax", "none", "", "skip"), line("Company", "company_name", "person", "org_id"),
    ])  # fmt: skip
    assert found["First Name"] == "Person: First name"
    assert found["lead_score"] == "Person: Lead Score"
    assert found["Fax"] is None
    assert found["company_name"] == "Person: Organization"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("=1+1", "'=1+1"),
        ("+49", "'+49"),
        ("-x", "'-x"),
        ("@a", "'@a"),
        (" =x", "' =x"),
        ("plain", "plain"),
        (-5, -5),
        ("", ""),
    ],
)
def test_neutral(cell: object, expected: object) -> None:
    assert neutral(cell) == expected


@pytest.mark.parametrize(
    ("body", "text", "encoding"),
    [
        ("é".encode(), "é", "utf-8"),
        (b"\xef\xbb\xbf<p>x", "<p>x", "utf-8"),
        ('<meta charset="iso-8859-1">é'.encode("latin-1"), '<meta charset="iso-8859-1">é', "iso-8859-1"),
        (b"", "", None),
    ],
)
def test_decode(body: bytes, text: str, encoding: str | None) -> None:
    found, name = bodies.decode(body)
    assert found == text
    assert encoding is None or name in {encoding, "windows-1252"}


@pytest.mark.parametrize(
    ("url", "old"),
    [
        ("https://app.net-results.com/x", True), ("//c.cdnma.com/a.js", True), ("https://paminga.com", True),
        ("https://links.paminga.example", True), ("https://notpaminga.com", False), (
            "https://www.acme.example/?paminga.com", False),
        ("mailto:a@acme.example", False), ("http://[bad", False),
    ],
)  # fmt: skip
def test_old_platform(url: str, old: bool) -> None:
    assert bodies.on_old_platform(url) is old


def test_pictures_are_asked_for_each_cleaned_copy_and_shown(made: Package) -> None:
    asked: dict[str, bytes] = {}

    def camera(pages: Mapping[str, bytes]) -> dict[str, bytes]:
        asked.update(pages)
        return {"cleaned/news.html": b"png 1", "cleaned/news--Buyers.html": b"png 2"}

    pictured = package(INDEX, FILES, FIELDS, customer="acme", camera=camera)
    files = contents(pictured)
    assert asked == {name: body for name, body in files.items() if name.startswith("cleaned/")}
    assert (files["pictures/news.png"], files["pictures/news--Buyers.png"]) == (b"png 1", b"png 2")
    soup = BeautifulSoup(pictured.index_html, "html.parser")
    assert [str(image["src"]) for image in soup.find_all("img")] == ["pictures/news.png", "pictures/news--Buyers.png"]
    assert all(image["alt"] for image in soup.find_all("img"))
    assert "no Chromium was found" in made.index_html
    assert "no Chromium was found" not in pictured.index_html
