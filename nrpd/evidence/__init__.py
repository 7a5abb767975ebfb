"""What is handed over as proof of a migration: scraps, HTML copies, reports, and a manifest that anyone can check.

==============  =================================================================
scraps.py       figures recorded in a notebook, and read back from it
pages.py        HTML copies of notebooks that need neither scripts nor a network
index.py        `html/index.html`, the summary of the whole chain of runs
reports.py      CSV and XLSX reports in which no cell is a formula
manifest.py     `manifest.json`: its form, hashes and digest
sealing.py      writes the index and the manifest of a run
checking.py     checks a run folder, and the chain of runs, against the manifests
masking.py      shortens names, addresses and phone numbers in text and files
masked_copy.py  the evidence of a run without them, for third parties
==============  =================================================================
"""

from __future__ import annotations

from nrpd.evidence.checking import Verified, verify
from nrpd.evidence.index import ChainLine, GateLine, IndexSummary, PhaseLine
from nrpd.evidence.manifest import MANIFEST, chain, newest
from nrpd.evidence.masked_copy import masked_copy
from nrpd.evidence.masking import Masker
from nrpd.evidence.pages import to_html
from nrpd.evidence.reports import read_report, write_report
from nrpd.evidence.scraps import glue, plain, read_scraps
from nrpd.evidence.sealing import seal

__all__ = [
    "MANIFEST",
    "ChainLine",
    "GateLine",
    "IndexSummary",
    "Masker",
    "PhaseLine",
    "Verified",
    "chain",
    "glue",
    "masked_copy",
    "newest",
    "plain",
    "read_report",
    "read_scraps",
    "seal",
    "to_html",
    "verify",
    "write_report",
]
