"""The lock files: every package with its version and hashes, for Linux and Windows, 3.11 to 3.13.

`run.lock` is what the terminal needs, `build.lock` that and what makes installers of it, `dev.lock`
all of that and the tools of the tests. They are written by uv from pyproject.toml, are good for all
platforms at once and name no registry: who installs chooses that.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

KINDS: dict[str, list[str]] = {
    "run": [],
    "build": ["--group", "build"],
    "dev": ["--group", "dev"],
}
"""What uv is asked for, by lock; each lock keeps to the versions of those before it."""


def fingerprint(root: Path) -> str:
    """Return the hash of what pyproject.toml asks for, as the locks carry it in their head."""
    import tomllib  # not at the top: an older Python must reach the sentence that says so

    project: dict[str, Any] = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    groups = {
        name: sorted(json.dumps(line, sort_keys=True) for line in lines)
        for name, lines in project["dependency-groups"].items()
    }
    asked = {
        "python": project["project"]["requires-python"],
        "run": sorted(project["project"]["dependencies"]),
        **groups,
    }
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def write(root: Path) -> int:
    """Write the lock files and return the exit status of uv; 1 where uv is not at hand."""
    beside = Path(sys.executable).with_name("uv")
    local = root / ".venv" / "bin" / "uv"
    uv = next((str(path) for path in (beside, local) if path.exists()), shutil.which("uv"))
    if uv is None:
        print("uv is missing: run `packaging/dev.py lint` once, it makes .venv", file=sys.stderr)
        return 1
    folder = root / "packaging" / "requirements"
    folder.mkdir(exist_ok=True)
    earlier: list[str] = []
    for kind, group in KINDS.items():
        target = folder / f"{kind}.lock"
        command = [uv, "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"]
        command += ["--generate-hashes", "--no-header", "--no-annotate", *group]
        command += earlier
        status = subprocess.run(
            [*command, "--output-file", str(target), "pyproject.toml"], cwd=root, check=False
        ).returncode
        if status != 0:
            return status
        head = (
            "# Written by `python3 packaging/dev.py lock`; do not edit.\n"
            f"# pyproject.toml: {fingerprint(root)}\n"
        )
        target.write_text(head + target.read_text(encoding="utf-8"), encoding="utf-8")
        earlier += ["--constraint", str(target)]
        print(f"written: {target.relative_to(root)}")
    return 0
