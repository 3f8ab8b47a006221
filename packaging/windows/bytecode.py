"""Python compiled ahead: under Program Files no clerk may write, so it could never be kept there.

The bytecode must be that of the shipped minor version; any 3.13 makes the same, on any system. One
file is compiled by one fresh interpreter state at a time only where it would matter; see `COMPILE`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from system import Missing

from windows.runtime import MINOR

#: Run by the 3.13 that is found, with the stage as its only argument.
#:
#: `unchecked-hash`: the program never compares with a source, so no clock and no copy matters.
#: Of `lib` the sources go: a third of the size, and nobody edits them there. Of `app` they stay, so
#: that whoever looks for a fault in a shop finds the line.
#: The marshalled form depends on how often a constant is referred to at that moment; loading and
#: dumping it once more takes that out, so that the same source always gives the same bytes.
COMPILE = """
import importlib._bootstrap_external as external, importlib.util as util, marshal, pathlib, sys
top = pathlib.Path(sys.argv[1])
assert util.MAGIC_NUMBER == bytes.fromhex(sys.argv[2]), "another minor version"
for part in ("lib", "app"):
    for source in sorted((top / part).rglob("*.py")):
        name = source.relative_to(top).as_posix()
        content = source.read_bytes()
        code = compile(content, name, "exec", dont_inherit=True, optimize=0)
        code = marshal.loads(marshal.dumps(code))
        data = external._code_to_hash_pyc(code, util.source_hash(content), False)
        if part == "lib":
            source.with_suffix(".pyc").write_bytes(data)
            source.unlink()
        else:
            target = source.parent / "__pycache__" / (source.stem + "." + sys.argv[3] + ".pyc")
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(data)
"""
#: Of CPython 3.13 (Lib/importlib/_bootstrap_external.py): 3571, then CR LF.
MAGIC = (3571).to_bytes(2, "little") + b"\r\n"
TAG = f"cpython-{MINOR.replace('.', '')}"


def find_interpreter() -> list[str]:
    """Return the command that runs a Python of the shipped minor version.

    Raises:
        Missing: there is none, neither on the path nor kept by pyenv.
    """
    name = f"python{MINOR}"
    candidates = [sys.executable, shutil.which(name)]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates += [str(path / "bin" / name) for path in sorted(pyenv.glob(f"{MINOR}.*"))]
    if sys.platform == "win32" and shutil.which("py"):
        candidates.append(_from_launcher())
    probe = "import sys; sys.exit(sys.implementation.cache_tag != sys.argv[1])"
    for candidate in candidates:
        if candidate and Path(candidate).exists():
            command = [candidate, "-I", "-c", probe, TAG]
            if subprocess.run(command, check=False, capture_output=True).returncode == 0:
                return [candidate]
    raise Missing(f"Python {MINOR} is needed to compile ahead; put {name} on the path.")


def _from_launcher() -> str:
    """Return the 3.13 that Windows' own launcher knows."""
    command = ["py", f"-{MINOR}", "-c", "import sys; print(sys.executable)"]
    return subprocess.run(command, check=False, capture_output=True, text=True).stdout.strip()


def compile_ahead(stage: Path, interpreter: list[str]) -> None:
    """Compile `lib` and `app` of the stage; of `lib` only the bytecode stays.

    Raises:
        Missing: a file does not compile, or the interpreter is another one than it said.
    """
    command = [*interpreter, "-I", "-S", "-X", "utf8", "-c", COMPILE, str(stage), MAGIC.hex(), TAG]
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    if subprocess.run(command, check=False, env=environment).returncode != 0:
        raise Missing("The stage could not be compiled; see above.")
