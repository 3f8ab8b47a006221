"""Python compiled ahead: under Program Files no clerk may write, so it could never be kept there.

The compiler is that of the shipped Python, of its very version, so that every machine that builds
one commit makes the same bytes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import system
from system import Missing

from windows.runtime import MINOR, Runtime

#: Run by that Python.
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


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python of the shipped minor version.

    Attributes:
        command: what runs it.
        environment: what it is started with.
        name: how it calls a path of this machine.
    """

    command: tuple[str, ...]
    environment: Mapping[str, str]
    name: Callable[[Path], str] = str


def find_interpreter(python: Runtime, scratch: Path) -> Interpreter:
    """Return what compiles ahead: a Python of this machine, or the very one that is shipped.

    On Windows that is the shipped one; elsewhere a native one of the very same version is quicker,
    and where there is none the shipped one runs under Wine. Another patch release will not do: its
    compiler makes other bytes, and two machines would build two stages.

    Raises:
        Missing: there is none, and Wine is not there either and cannot be installed.
    """
    for candidate in _natives() if sys.platform != "win32" else ():
        probe = "import platform, sys; sys.exit(platform.python_version() != sys.argv[1])"
        command = [candidate, "-I", "-c", probe, python.pin.version]
        if subprocess.run(command, check=False, capture_output=True).returncode == 0:
            return Interpreter((candidate,), os.environ)
    folder = scratch / "python"
    shutil.rmtree(folder, ignore_errors=True)
    python.lay_down(folder, (), whole=True)
    if sys.platform == "win32":
        return Interpreter((str(folder / "python.exe"),), os.environ)
    return _under_wine(folder / "python.exe", scratch / "wine")


def _natives() -> list[str]:
    """Return where a native Python of the shipped minor version may be."""
    name = f"python{MINOR}"
    found = [sys.executable, shutil.which(name)]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found += [str(path / "bin" / name) for path in sorted(pyenv.glob(f"{MINOR}.*"))]
    return [path for path in found if path and Path(path).exists()]


def _under_wine(program: Path, folder: Path) -> Interpreter:
    """Return a Windows Python that runs in a prefix of its own."""
    from windows.wine import Prefix, find_wine

    system.ensure(("wine", "wine64"))
    print("There is no such Python here: the shipped one compiles, under Wine.", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    prefix = Prefix(folder, os.environ.get("DISPLAY", ""))
    prefix.begin()
    return Interpreter((find_wine(), str(program)), prefix.environment({}), Prefix.name)


def compile_ahead(stage: Path, interpreter: Interpreter) -> None:
    """Compile `lib` and `app` of the stage; of `lib` only the bytecode stays.

    Raises:
        Missing: a file does not compile, or the interpreter is another one than it said.
    """
    command = [*interpreter.command, "-I", "-S", "-X", "utf8", "-c", COMPILE]
    command += [interpreter.name(stage), MAGIC.hex(), TAG]
    done = subprocess.run(
        command,
        env={**interpreter.environment, "PYTHONHASHSEED": "0"},
        stdin=subprocess.DEVNULL,  # (under Wine neither it nor the output may be a terminal)
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode != 0:
        said = done.stdout.decode("utf-8", "replace")
        raise Missing(f"The stage could not be compiled: {said[-2000:]}")
