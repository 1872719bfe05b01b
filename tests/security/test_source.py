"""What the package never does, told from its source."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

import llmopt_tui

ROOT = Path(llmopt_tui.__file__).parent
FORBIDDEN_CALLS = {
    "eval", "exec", "compile", "__import__", "os.system", "os.popen", "os.startfile",
    "os.execv", "os.execvp", "os.spawnv", "os.spawnvp", "subprocess.getoutput",
    "subprocess.getstatusoutput", "asyncio.create_subprocess_shell", "yaml.load",
    "tempfile.mktemp",
}  # fmt: skip
FORBIDDEN_MODULES = {
    "pickle",
    "marshal",
    "shelve",
    "dill",
    "cloudpickle",
    "yaml",
    "pty",
    "commands",
}
# One module reads YAML, with the safe loader alone; anything that could make objects is named here.
ALLOWED_MODULES = {"app/importing/yaml_text.py": {"yaml"}}
UNSAFE_LOADERS = {
    f"yaml.{name}{loader}"
    for name in ("", "C")
    for loader in ("Loader", "BaseLoader", "FullLoader", "UnsafeLoader")
}
FORBIDDEN_FLAGS = {"shell": True, "verify": False, "allow_pickle": True}


def name_of(node: ast.expr) -> str:
    """`a.b.c` of a name or an attribute; empty for anything else."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=name):
            return f"{name_of(value)}.{name}"
        case _:
            return ""


def wrong(tree: ast.AST, allowed_modules: Iterable[str] = ()) -> Iterator[str]:
    forbidden = FORBIDDEN_MODULES - set(allowed_modules)
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (a.name for a in names if a.name.split(".")[0] in forbidden)
            case ast.ImportFrom(module=str(module), names=names):
                if module.split(".")[0] in forbidden:
                    yield module
                yield from (
                    f"{module}.{a.name}" for a in names if f"{module}.{a.name}" in FORBIDDEN_CALLS
                )
            case ast.Attribute() if name_of(node) in UNSAFE_LOADERS:
                yield name_of(node)
            case ast.Call(func=func, keywords=keywords):
                if name_of(func) in FORBIDDEN_CALLS:
                    yield name_of(func)
                for keyword in keywords:
                    value = keyword.value
                    if keyword.arg not in FORBIDDEN_FLAGS:
                        continue
                    # A value that is worked out could be anything.
                    allowed = keyword.arg == "verify" and not isinstance(value, ast.Constant)
                    if not allowed and not (
                        isinstance(value, ast.Constant)
                        and value.value is not FORBIDDEN_FLAGS[keyword.arg]
                    ):
                        yield f"{keyword.arg}={ast.unparse(value)}"


@pytest.mark.parametrize("file", sorted(ROOT.rglob("*.py")), ids=lambda f: f.stem)
def test_no_shell_no_evaluation_no_pickles(file: Path) -> None:
    allowed = ALLOWED_MODULES.get(file.relative_to(ROOT).as_posix(), ())
    assert list(wrong(ast.parse(file.read_text("utf-8")), allowed)) == []


@pytest.mark.parametrize(
    "source",
    [
        "import subprocess\nsubprocess.run('x', shell=True)",
        "import subprocess\nsubprocess.run('x', shell=maybe)",
        "import os\nos.system('x')",
        "from os import system",
        "eval('1')",
        "import pickle",
        "from yaml import load",
        "yaml.UnsafeLoader(text)",
        "import httpx\nhttpx.get('x', verify=False)",
    ],
)
def test_the_look_at_the_source_sees(source: str) -> None:
    assert list(wrong(ast.parse(source))) != []
