"""Signs the uninstaller, which NSIS makes while it makes the setup.exe and hands out once.

    python signer.py IDENTITY.json FILE

The identity is what `signing.py` found, paths and names only: no secret is written down.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import signing


def command(identity: signing.Identity, folder: Path) -> str:
    """Return the command that signs whatever file is named behind it, as this identity."""
    kept = folder / "identity.json"
    kept.write_text(json.dumps(dataclasses.asdict(identity), default=str), encoding="utf-8")
    return f'"{sys.executable}" "{Path(__file__).resolve()}" "{kept}"'


def main(arguments: list[str]) -> int:
    """Sign one file and return the exit status."""
    kept, file = map(Path, arguments)
    found = json.loads(kept.read_text(encoding="utf-8"))
    for field in dataclasses.fields(signing.Identity):
        if "Path" in str(field.type) and found[field.name] is not None:
            found[field.name] = Path(found[field.name])
    try:
        signing.sign(file, signing.Identity(**found))
    except signing.Refused as refused:
        print(refused, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
