"""Secrets from files that a store of secrets writes: systemd credentials, Vault's agent, a container's secrets.

A secret never stands among the arguments of a command (every user of the machine can read those), and a file that all
can read is refused. Source: ASVS 5 V13.3.1; decision 0161.
"""

from __future__ import annotations

import stat
from collections.abc import Mapping, MutableMapping
from pathlib import Path

from .errors import SuksalaError

NAMES = ("DATABASE_URL", "SUKSALA_WEB_DATABASE_URL", "SUKSALA_MASTER_KEY", "SUKSALA_SMS_TOKEN")
LONGEST = 64 * 1024


class BadSecretFile(SuksalaError):
    """A file named by a variable such as SUKSALA_MASTER_KEY_FILE is missing, empty, readable by others or too much."""

    code = "SKL-SET-012"


def read_into(env: MutableMapping[str, str]) -> None:
    """Take each secret whose file is named (its variable's name and _FILE) into the environment of this process, for
    those that it starts. Raises BadSecretFile, without what the file holds; then nothing was taken.
    """
    found = {name: _read(name, env) for name in NAMES if env.get(f"{name}_FILE")}
    env.update(found)


def _read(name: str, env: Mapping[str, str]) -> str:
    path = Path(env[f"{name}_FILE"])
    try:
        mode = path.stat().st_mode
        content = path.read_bytes()[: LONGEST + 1]
    except OSError as error:
        raise _bad(name, "อ่านไม่ได้", "cannot be read") from error
    if stat.S_IMODE(mode) & 0o007:
        raise _bad(name, "ผู้ใช้อื่นของเครื่องอ่านได้: chmod 600", "can be read by every user of this machine: chmod 600")
    try:
        text = content.decode().strip()
    except UnicodeDecodeError:
        text = ""
    if not text or len(content) > LONGEST:
        raise _bad(name, "ไม่ใช่ข้อความหนึ่งบรรทัด", "holds no line of text")
    if env.get(name, text) != text:
        raise _bad(name, f"ขัดกับ {name}: ตั้งเพียงอย่างเดียว", f"says otherwise than {name}: set only one of them")
    return text


def _bad(name: str, th: str, en: str) -> BadSecretFile:
    return BadSecretFile(f"แฟ้มของ {name}_FILE {th}", f"the file of {name}_FILE {en}")
