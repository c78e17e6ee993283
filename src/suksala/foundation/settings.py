"""Settings of this installation, read from the environment once."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

from .errors import SuksalaError

_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_PUBLIC = re.compile(
    rf"(?P<site>https?://{_LABEL}(?:\.{_LABEL})*)(?::(?P<port>[1-9][0-9]{{0,4}}))?(?P<path>(?:/[a-z0-9_~-][a-z0-9_.~-]*)*)/?",
    re.IGNORECASE | re.ASCII,
)


class BadPublicUrl(SuksalaError):
    """SUKSALA_PUBLIC_URL is not an address such as https://health.example.go.th."""

    code = "SKL-SET-001"


class BadPort(SuksalaError):
    """SUKSALA_WEBSOCKET_PORT is not the number of a port."""

    code = "SKL-SET-002"


class BadNetwork(SuksalaError):
    """SUKSALA_WEBHOOK_HOSTS names a network that is none."""

    code = "SKL-SET-011"


class BadGateway(SuksalaError):
    """SUKSALA_SMS_GATEWAY is no address where secrets may go, its network is none, or no secret proves us there."""

    code = "SKL-SET-013"


class BadNumber(SuksalaError):
    """A setting that is a number is none, or too small or large."""

    code = "SKL-SET-003"


@dataclass(frozen=True)
class Settings:
    """Where things lie and how this installation behaves.

    data_dir      everything we store outside PostgreSQL: deposits, lake, keys, the embedded cluster
    database_url  a PostgreSQL server; None means the embedded cluster
    web_database_url  the same database for processes that answer requests, under a role that owns nothing
    demo          made-up data: demo sign-in is open and every page says so
    debug         Django's debug pages; never in production
    hosts         host names that this server answers to; that of public_url is one of them
    webhook_hosts hosts (with their port, if it is not the scheme's) that notifications of subscriptions may be sent to,
                  with the network that each must stand in, "" for any public address
    websocket_port port on which notifications are told over WebSockets; 0: nowhere
    public_url    where people and programs reach it, without a slash at the end; None: as each request says
    audit_name    the name of this node's audit log, told to witnesses; "": made from its key
    audit_witnesses  nodes that co-sign this log, each ADDRESS#VERIFIER-KEY
    audit_quorum  of so many of them a co-signature is wanted; 0: of more than half
    budgets       how much clients may ask, as sign-in reads it: rate=10 burst=50; "off": no bound
    audit_logs    verifier keys of the logs that this node co-signs
    backups       where copies for another machine wait; None: beside the data folder
    backup_key    PEM file of the public key that copies are made for; None: no copies are made
    backup_hours  how old the newest copy may be, here and on the other machine
    clamd         the unix socket of ClamAV's clamd, which looks at files inside resources; None: nobody looks
    identity_providers  the file (TOML) of ThaiD, Provider ID and hospitals' own; None: nobody signs in through them
    proxies       how many of our own proxies a request passes: who asks is told by the last of them (X-Forwarded-For)
    epoch_keys    where keys of emergency copies lie; None: beside the data folder. Never inside what a backup takes
    sms_gateway   where text messages are handed over, a web address; None: none are sent
    sms_network   the network that it must stand in, "" for any public address
    sms_token     what proves us there
    sms_per_hour  how many codes are sent in an hour, to all telephones together
    review_percent, review_days  a facility that has left more of its emergency openings unreviewed for so long may make
                  no new ones
    """

    data_dir: Path
    database_url: str | None
    demo: bool
    debug: bool
    hosts: tuple[str, ...]
    public_url: str | None
    webhook_hosts: Mapping[str, str] = field(default_factory=dict)
    websocket_port: int = 0
    audit_name: str = ""
    audit_witnesses: tuple[str, ...] = ()
    audit_quorum: int = 0
    audit_logs: tuple[str, ...] = ()
    budgets: str = ""
    epoch_keys: Path | None = None
    review_percent: int = 5
    review_days: int = 14
    proxies: int = 0
    identity_providers: Path | None = None
    clamd: Path | None = None
    web_database_url: str | None = None
    backups: Path | None = None
    backup_key: Path | None = None
    backup_hours: int = 26
    sms_gateway: str | None = None
    sms_network: str = ""
    sms_token: str = field(default="", repr=False)
    sms_per_hour: int = 600

    @property
    def backups_dir(self) -> Path:
        """The folder where copies wait for another machine."""
        return self.backups or self.data_dir.with_name(f"{self.data_dir.name}-backups")

    @property
    def epoch_keys_dir(self) -> Path:
        """The folder of the keys of emergency copies."""
        return self.epoch_keys or self.data_dir.with_name(f"{self.data_dir.name}-epoch-keys")

    @property
    def secure_cookies(self) -> bool:
        """Whether cookies go over TLS alone: everywhere but on a demo and a developer's machine, which speak http."""
        return not (self.demo or self.debug)

    @property
    def strict_transport(self) -> str:
        """What browsers are told of TLS (RFC 6797): never without it for a year; "" where people come by http."""
        is_https = (self.public_url or "").startswith("https://")
        return "max-age=31536000; includeSubDomains" if is_https else ""

    @property
    def form_origins(self) -> list[str]:
        """Where forms may come from: https pages of our hosts, for TLS ends at a proxy, and the public address."""
        origins = [f"https://{host}" for host in self.hosts if host and host != "*"]
        if self.public_url:
            origins.append("/".join(self.public_url.split("/")[:3]))
        return list(dict.fromkeys(origins))


def cookie_name(name: str, *, secure: bool) -> str:
    """The name a cookie bears: with __Host-, which browsers take over TLS alone, no other host of the domain and no
    http page can set or read it.
    """
    return f"__Host-{name}" if secure else name


def default_data_dir() -> Path:
    """`/var/lib/suksala` for root, whose home is closed to the database's user; else the user's data home."""
    if os.name == "posix" and os.geteuid() == 0:
        return Path("/var/lib/suksala")
    home = os.environ.get("XDG_DATA_HOME")
    return (Path(home) if home else Path.home() / ".local" / "share") / "suksala"


def _webhook_hosts(text: str) -> dict[str, str]:
    """`his.example.go.th lab.local:8443=10.0.0.0/8`: a receiver of our own network names that network."""
    listed = (part.partition("=") for part in text.lower().replace(",", " ").split())
    found = {host: network for host, _, network in listed}
    for network in filter(None, found.values()):
        try:
            ip_network(network)
        except ValueError as error:
            raise BadNetwork(
                f"SUKSALA_WEBHOOK_HOSTS: {network} ไม่ใช่เครือข่าย เช่น 10.0.0.0/8",
                f"SUKSALA_WEBHOOK_HOSTS: {network} is not a network such as 10.0.0.0/8",
            ) from error
    return found


def _gateway(text: str, token: str) -> tuple[str | None, str]:
    """`https://sms.example.go.th/send`, and behind a blank the network of one that is our own. Raises BadGateway.

    No message repeats what was written.
    """
    address, _, network = text.strip().partition(" ")
    if not address:
        return None, ""
    from .transport import is_safe  # loads psycopg

    if not is_safe(address):
        raise BadGateway(
            "SUKSALA_SMS_GATEWAY ต้องเป็นที่อยู่ https เช่น https://sms.example.go.th/send",
            "SUKSALA_SMS_GATEWAY is an https address such as https://sms.example.go.th/send",
        )
    try:
        ip_network(network.strip() or "::/0")
    except ValueError as error:
        raise BadGateway(
            "SUKSALA_SMS_GATEWAY: หลังช่องว่างต้องเป็นเครือข่าย เช่น 10.0.0.0/8",
            "SUKSALA_SMS_GATEWAY: behind the blank stands a network such as 10.0.0.0/8",
        ) from error
    if not token:
        raise BadGateway(
            "SUKSALA_SMS_GATEWAY ต้องมีความลับที่ผู้ให้บริการ SMS ออกให้ ในแฟ้มของ SUKSALA_SMS_TOKEN_FILE",
            "SUKSALA_SMS_GATEWAY needs the secret that the SMS service gave you, in the file of SUKSALA_SMS_TOKEN_FILE",
        )
    return address, network.strip()


@lru_cache(maxsize=1)
def current() -> Settings:
    """The settings of this process; `forget()` reads them again after the environment changed."""
    env = os.environ
    demo = env.get("SUKSALA_DEMO") == "1"
    public = _public_url(env.get("SUKSALA_PUBLIC_URL", ""))
    gateway, network = _gateway(env.get("SUKSALA_SMS_GATEWAY", ""), env.get("SUKSALA_SMS_TOKEN", ""))
    return Settings(
        data_dir=Path(env.get("SUKSALA_DATA") or default_data_dir()),
        database_url=env.get("DATABASE_URL") or None,
        demo=demo,
        debug=env.get("SUKSALA_DEBUG") == "1",
        hosts=_hosts(env.get("SUKSALA_HOSTS", "localhost,127.0.0.1,[::1]"), public),
        public_url=public,
        webhook_hosts=_webhook_hosts(env.get("SUKSALA_WEBHOOK_HOSTS", "")),
        websocket_port=_port(env.get("SUKSALA_WEBSOCKET_PORT", "")),
        audit_name=env.get("SUKSALA_AUDIT_NAME", "").strip(),
        audit_witnesses=tuple(env.get("SUKSALA_AUDIT_WITNESSES", "").replace(",", " ").split()),
        audit_quorum=_whole("SUKSALA_AUDIT_QUORUM", 0, 0, 100),
        budgets=env.get("SUKSALA_BUDGETS", "rate=1000 burst=5000 patients=100000 exports=1000" if demo else "").strip(),
        audit_logs=tuple(env.get("SUKSALA_AUDIT_LOGS", "").replace(",", " ").split()),
        epoch_keys=Path(env["SUKSALA_EPOCH_KEYS"]) if env.get("SUKSALA_EPOCH_KEYS") else None,
        review_percent=_whole("SUKSALA_REVIEW_PERCENT", 5, 0, 100),
        review_days=_whole("SUKSALA_REVIEW_DAYS", 14, 7, 90),
        identity_providers=Path(env["SUKSALA_PROVIDERS"]) if env.get("SUKSALA_PROVIDERS") else None,
        web_database_url=env.get("SUKSALA_WEB_DATABASE_URL") or None,
        backups=Path(env["SUKSALA_BACKUPS"]) if env.get("SUKSALA_BACKUPS") else None,
        backup_key=Path(env["SUKSALA_BACKUP_KEY"]) if env.get("SUKSALA_BACKUP_KEY") else None,
        backup_hours=_whole("SUKSALA_BACKUP_HOURS", 26, 1, 24 * 31),
        clamd=Path(env["SUKSALA_CLAMD"]) if env.get("SUKSALA_CLAMD") else None,
        proxies=_whole("SUKSALA_PROXIES", 0, 0, 3),
        sms_gateway=gateway,
        sms_network=network,
        sms_token=env.get("SUKSALA_SMS_TOKEN", ""),
        sms_per_hour=_whole("SUKSALA_SMS_PER_HOUR", 600, 1, 100_000),
    )


def _whole(name: str, usual: int, least: int, most: int) -> int:
    """A setting that is a whole number. Raises BadNumber."""
    text = os.environ.get(name, "")
    if not text:
        return usual
    if not (text.isascii() and text.isdigit() and least <= int(text[:9]) <= most):
        raise BadNumber(f"{name} ต้องเป็นเลข {least} ถึง {most}", f"{name} is a number, {least} to {most}")
    return int(text)


def _port(text: str) -> int:
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise BadPort("SUKSALA_WEBSOCKET_PORT ต้องเป็นเลขพอร์ต 1 ถึง 65535", "SUKSALA_WEBSOCKET_PORT is a port, 1 to 65535")
    return int(text)


def _hosts(text: str, public: str | None) -> tuple[str, ...]:
    """The host names of a list with commas, and the one of the public address."""
    own = urlsplit(public).hostname if public else None
    return tuple(dict.fromkeys([*text.split(","), *([own] if own else [])]))


def _public_url(text: str) -> str | None:
    """The public address: host in small letters, no slash at the end. Raises BadPublicUrl, without what was written."""
    if not text:
        return None
    found = _PUBLIC.fullmatch(text)
    if found is None or int(found["port"] or 0) > 65535:
        raise BadPublicUrl(
            "SUKSALA_PUBLIC_URL ไม่ใช่ที่อยู่เว็บ: เขียน http หรือ https ชื่อเครื่อง และถ้ามี พอร์ตกับโฟลเดอร์ เท่านั้น "
            "เช่น https://health.example.go.th",
            "SUKSALA_PUBLIC_URL is not an address: write http or https, the host, a port and a path if there are any, "
            "and nothing else, such as https://health.example.go.th",
        )
    port = f":{found['port']}" if found["port"] else ""
    return found["site"].lower() + port + found["path"]


def forget() -> None:
    """Drop the settings read so far (the command line sets the environment before anything else starts)."""
    current.cache_clear()
