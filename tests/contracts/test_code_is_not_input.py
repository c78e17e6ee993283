"""Nothing that somebody sent becomes code: no eval, no shell, no pickle, no expression or format of input.

ASVS 5 V1.2.5, V1.2.9, V1.3.2, V1.3.10; known implementations and modes of ciphers only: V11.2.1, V11.3.1.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import pytest
from jinja2 import nodes

SOURCE = Path(__file__).parents[2] / "src"
NEVER = {
    "eval",
    "exec",
    "compile",
    "__import__",
    "os.system",
    "os.popen",
    "pickle.loads",
    "pickle.load",
    "marshal.loads",
}
NEVER_IMPORTED = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "jsonpickle", "commands", "pty"}
EXPRESSIONS = {"compile", "match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"}
STARTS = {"run", "Popen", "call", "check_call", "check_output"}
CRYPTO = {"cryptography", "joserfc", "hashlib", "hmac", "secrets", "ssl"}
OTHER_CRYPTO = {
    "Crypto",
    "Cryptodome",
    "nacl",
    "jwt",
    "jose",
    "rsa",
    "ecdsa",
    "OpenSSL",
    "M2Crypto",
    "bcrypt",
    "random",
}
WEAK = {"ECB", "CBC", "CTR", "CFB", "OFB", "ARC4", "TripleDES", "Blowfish", "MD5", "SHA1", "PKCS1v15"}
MADE_UP = "simulation/"  # made-up people need numbers that a seed repeats


@cache
def modules() -> tuple[tuple[str, ast.Module], ...]:
    files = sorted(path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)
    return tuple(
        (str(path.relative_to(SOURCE / "suksala")), ast.parse(path.read_text(encoding="utf-8"))) for path in files
    )


def calls(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            yield ast.unparse(node.func), node


def dynamic_code(tree: ast.Module) -> list[int]:
    """Lines that run text as code, or as commands of a shell."""
    found = [node.lineno for name, node in calls(tree) if name in NEVER]
    for name, node in calls(tree):
        shell = any(k.arg == "shell" and ast.unparse(k.value) != "False" for k in node.keywords)
        whole = name.startswith("subprocess.") and name.split(".")[-1] in STARTS and not is_list(node.args[:1])
        found += [node.lineno] if shell or whole else []
    for node in ast.walk(tree):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
        found += [node.lineno] if NEVER_IMPORTED & {name.split(".")[0] for name in names} else []
    return found


def is_list(arguments: list[ast.expr]) -> bool:
    """A command as a list of words, or what holds one: never one text, which only a shell could take apart."""
    return bool(arguments) and not isinstance(arguments[0], ast.Constant | ast.JoinedStr | ast.BinOp)


def constants(tree: ast.Module) -> set[str]:
    """Names that this module gives once, at its top."""
    assigned = [t for node in tree.body if isinstance(node, ast.Assign) for t in node.targets]
    assigned += [node.target for node in tree.body if isinstance(node, ast.AnnAssign)]
    return {name.id for t in assigned for name in ast.walk(t) if isinstance(name, ast.Name)}


def is_ours(node: ast.expr, known: set[str]) -> bool:
    """Whether a text is written in the code: a literal, a constant, or made of such and of what is escaped."""
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.Name):
        return node.id in known or node.id.isupper() or (node.id.startswith("_") and node.id[1:].isupper())
    if isinstance(node, ast.BinOp):
        return is_ours(node.left, known) and is_ours(node.right, known)
    if isinstance(node, ast.JoinedStr):
        return all(is_ours(v.value, known) for v in node.values if isinstance(v, ast.FormattedValue))
    if isinstance(node, ast.Call):
        return ast.unparse(node.func) == "re.escape"
    return False


def foreign_expressions(tree: ast.Module) -> list[int]:
    """Lines where a regular expression is not written in the code."""
    known = constants(tree)
    asked = [(node, name) for name, node in calls(tree) if name.startswith("re.") and name[3:] in EXPRESSIONS]
    return [node.lineno for node, _ in asked if not is_ours(node.args[0], known)]


def foreign_formats(tree: ast.Module) -> list[str]:
    """Formats with places (`{name}`) that are not written in the code, as `text.format`; psycopg's own quote names."""
    known = constants(tree)
    asked = [node.func for _, node in calls(tree) if isinstance(node.func, ast.Attribute)]
    asked = [f for f in asked if f.attr in {"format", "format_map"}]
    texts = [text for f in asked if not is_ours(text := _told_to_psycopg(f.value), known)]
    return [ast.unparse(text) for text in texts]


def _told_to_psycopg(node: ast.expr) -> ast.expr:
    """The text of `sql.SQL(text)`, else the same."""
    is_sql = isinstance(node, ast.Call) and ast.unparse(node.func) == "sql.SQL" and len(node.args) == 1
    return node.args[0] if is_sql and isinstance(node, ast.Call) else node


# Texts with places that a function is handed, or takes from a table of its module; each was read.
HANDED_ON = {
    "exchange/at.py": ["_JOINS[link]"],
    "ingest/answers.py": ["said.found_th", "said.found_en"],  # sayings.csv, packed with the code
    "ingest/errors.py": ["th", "en"],
    "lake/merging.py": ["c"],
    "lake/withdrawals.py": ["forms.get(kinds[column], '{{t}}.\"{c}\"::VARCHAR')"],
    "portals/texts.py": ["text"],  # what `t` is given: looked at where it is called
    "standards/fhir/validation/references.py": ["_TARGETS['th']", "_TARGETS['en']"],
}
EXPRESSIONS_HANDED_ON = {"governance/processing.py": 1}  # patterns of the register of processing, packed with the code


def weak_ciphers(tree: ast.Module) -> list[str]:
    """Digests and modes that are broken or leak, by name."""
    names = [
        n.attr if isinstance(n, ast.Attribute) else n.id
        for n in ast.walk(tree)
        if isinstance(n, ast.Attribute | ast.Name)
    ]
    imported = [a.name for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) for a in n.names]
    return sorted({name for name in [*names, *imported] if name in WEAK or name in {"md5", "sha1"}})


def other_ciphers(tree: ast.Module) -> list[str]:
    """Libraries of cryptography, and of numbers by chance, that we do not use."""
    names = [a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names]
    names += [n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module and not n.level]
    return sorted({name.split(".")[0] for name in names} & OTHER_CRYPTO)


def test_no_text_is_run() -> None:
    assert {name: lines for name, tree in modules() if (lines := dynamic_code(tree))} == {}


def test_no_expression_is_made_of_input() -> None:
    found = {name: len(lines) for name, tree in modules() if (lines := foreign_expressions(tree))}
    assert found == EXPRESSIONS_HANDED_ON


def test_no_format_is_made_of_input() -> None:
    found = {}
    for name, tree in modules():
        texts = [text for text in foreign_formats(tree) if not text.startswith("Markup('")]
        if texts:
            found[name] = texts
    assert found == HANDED_ON


def test_words_of_pages_are_written_where_they_are_used() -> None:
    """`t(th, en, place=...)`: its two texts are literals wherever places are filled, in code and in templates."""
    asked: list[tuple[str, Any]] = [
        (name, node) for name, tree in modules() for called, node in calls(tree) if called == "t" and node.keywords
    ]
    assert [(n, c.lineno) for n, c in asked if not all(isinstance(a, ast.Constant) for a in c.args[:2])] == []
    faults = []
    for path in sorted((SOURCE / "suksala" / "portals" / "templates").rglob("*.jinja")):
        page = jinja2.Environment(autoescape=True, extensions=["jinja2.ext.do"]).parse(path.read_text(encoding="utf-8"))
        for call in page.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "t" and call.kwargs:
                asked.append((path.name, call))
                faults += [] if all(isinstance(a, nodes.Const) for a in call.args[:2]) else [(path.name, call.lineno)]
    assert faults == []
    assert len(asked) > 50


def test_ciphers_are_those_of_known_libraries() -> None:
    assert {name: found for name, tree in modules() if (found := weak_ciphers(tree))} == {}
    others = {name: found for name, tree in modules() if (found := other_ciphers(tree))}
    assert {name for name in others if not name.startswith(MADE_UP)} == set()


BAD = {
    "eval(text)": dynamic_code,
    "__import__(name)": dynamic_code,
    "os.system('ls ' + name)": dynamic_code,
    "subprocess.run(['ls'], shell=True)": dynamic_code,
    "subprocess.run(f'ls {name}')": dynamic_code,
    "import pickle": dynamic_code,
    "from marshal import loads": dynamic_code,
    "re.compile(text)": foreign_expressions,
    "re.search(f'^{text}', line)": foreign_expressions,
    "text.format(name=name)": foreign_formats,
    "hashlib.md5(text)": weak_ciphers,
    "from cryptography.hazmat.primitives.ciphers.modes import CBC": weak_ciphers,
    "import random": other_ciphers,
}


@pytest.mark.parametrize("code", BAD)
def test_the_check_bites(code: str) -> None:
    """Each fault is noticed."""
    assert BAD[code](ast.parse(code))


def test_what_is_right_passes() -> None:
    good = "WORD = 'a'\nre.search(WORD + re.escape(text), line)\n'{a}'.format(a=text)\nsubprocess.run(['ls', name])"
    tree = ast.parse(good)
    assert not dynamic_code(tree) + foreign_expressions(tree) + foreign_formats(tree)
