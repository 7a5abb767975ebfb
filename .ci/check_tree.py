"""Fails where a tracked file holds what must not be published: a package registry's host as this machine is set up to
use it, a path of a machine, or something that looks like a token. Zipped files (xlsx, zip, docx) are looked into.

Needs only Python and git; what the hosts and paths are is asked of the machine, so that none stands here.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SHAPES = {
    "a path of a machine": rb"(?<![\w.*-])/(?:work|root|home|Users|opt|mnt|private)/[\w.-]",
    "a package index": rb"--?(?:extra-)?index-url|//[^\s/]+/simple/|_authToken",
    "a private key": rb"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "a token (40 hex digits)": rb"(?<![0-9A-Za-z])[0-9a-f]{40}(?![0-9A-Za-z])",
    "a token": rb"(?<![0-9A-Za-z])(?:AKIA[0-9A-Z]{16}|gh[pousr]_\w{20,}|xox[abp]-[\w-]{10,}|eyJ[\w-]{20,}\.[\w-]{20,})",
    "a token in a header": rb"Bearer [\w.~+/-]{16,}|x-api-token: *[\w-]{16,}",
    "a token or password in a URL": rb"api_token=[\w-]{8,}|https?://[^\s/:@\"'{}]+:[^\s/@\"'{}]{8,}@",
}


def answer(*command: str) -> str:
    """What a command prints; nothing where it is not there or fails."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60).stdout
    except OSError:
        return ""


def hosts() -> set[str]:
    """Hosts of the package registries that this machine is set up to use."""
    told = [answer(sys.executable, "-m", "pip", "config", "list"), answer("npm", "config", "get", "registry")]
    told += [value for name, value in os.environ.items() if re.search("index|registry|proxy|links", name, re.I)]
    for file in (Path("/etc/apt/sources.list"), *Path("/etc/apt").glob("sources.list.d/*")):
        if file.is_file():
            told.append(file.read_text(encoding="utf-8", errors="replace"))
    found = {host.lower() for host in re.findall(r"https?://(?:[^\s/@]*@)?([\w.-]+)", "\n".join(told))}
    return {host for host in found if not re.fullmatch(r"localhost|127\..*", host)}


def contents(path: Path) -> Iterator[bytes]:
    """The bytes of a file, and of the files packed into it."""
    data = path.read_bytes()
    yield data
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            yield from (packed.read(name) for name in packed.namelist())


def shapes() -> dict[str, re.Pattern[bytes]]:
    """What is looked for: name → pattern over bytes."""
    words = {
        "a path of this machine": {str(ROOT.parent) + "/", str(Path.home()) + "/"} - {"/", "//"},
        "the host of a package registry": hosts(),
    }
    found = dict(SHAPES)
    found |= {what: b"|".join(re.escape(w.encode()) for w in sorted(some)) for what, some in words.items() if some}
    return {what: re.compile(shape) for what, shape in found.items()}


def main() -> int:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    looked_for = shapes()
    problems = []
    files = [ROOT / os.fsdecode(name) for name in listed.split(b"\0") if name]
    for path in (file for file in files if file.is_file() and file != Path(__file__).resolve()):
        for data in contents(path):
            for what, shape in looked_for.items():
                if found := shape.search(data):
                    line = data.count(b"\n", 0, found.start()) + 1
                    problems.append(f"{path.relative_to(ROOT)}:{line}: {what}")
    print("\n".join(problems) or f"{len(files)} files looked through, nothing found")  # noqa: T201
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
