"""The verbs of `suksala`: names, options and help; what they do lies beside this file and is imported when called."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperGroup

from .account_verbs import account
from .options import Data, Json

HELP = """Suksala (สุขศาลา): an open health information exchange for Thailand.
ระบบแลกเปลี่ยนข้อมูลสุขภาพแบบเปิด จากแฟ้มมาตรฐาน 43 แฟ้มสู่เวชระเบียนหนึ่งเดียวของแต่ละคน"""

app = typer.Typer(help=HELP, no_args_is_help=True, add_completion=False, rich_markup_mode=None)

Port = Annotated[int, typer.Option("--port", min=1, max=65535, help="Port to serve on. พอร์ต")]
Host = Annotated[str, typer.Option("--host", help="Address to listen on. ที่อยู่ที่เปิดรับ")]


@app.command()
def demo(
    people: Annotated[
        int | None,
        typer.Option("--people", help="Made-up people, 100 to 3,000,000. จำนวนคนสมมติ [default: 30000]"),
    ] = None,
    port: Port = 8000,
    data: Data = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Seed of the made-up world. เลขตั้งต้น [default: 1]")] = None,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve at the end. เปิดให้บริการเมื่อเสร็จ")] = True,
) -> None:
    """Everything on made-up districts: simulate, ingest, link, compute, serve.

    ทดลองทั้งระบบด้วยอำเภอและคนสมมติ แล้วเปิดหน้าเว็บ
    """
    from .demo import demo as run

    run(data=data, people=people, seed=seed, port=port, serve=serve)


@app.command()
def up(
    port: Port = 8000,
    data: Data = None,
    host: Host = "127.0.0.1",
    web_workers: Annotated[int, typer.Option("--web-workers", min=0, help="Web processes; 0 = one a core.")] = 0,
    job_workers: Annotated[int, typer.Option("--job-workers", min=1, help="Background workers. ตัวทำงานเบื้องหลัง")] = 1,
) -> None:
    """Serve: embedded PostgreSQL unless DATABASE_URL is set, web server, workers.

    เปิดให้บริการ
    """
    from .serving import serve

    serve(data=data, host=host, port=port, web_workers=web_workers, job_workers=job_workers)


@app.command()
def worker(
    data: Data = None,
    until_empty: Annotated[bool, typer.Option("--until-empty", help="Stop when no job waits. หยุดเมื่อหมดงาน")] = False,
) -> None:
    """Run background jobs in this process (`up` starts its own; use this for more).

    ทำงานเบื้องหลัง
    """
    from .serving import work

    work(data=data, until_empty=until_empty)


@app.command()
def simulate(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where to write. โฟลเดอร์ผลลัพธ์")],
    people: Annotated[int, typer.Option("--people", help="Made-up people. จำนวนคน")] = 30_000,
    districts: Annotated[int, typer.Option("--districts", help="Districts, 1 to 12. จำนวนอำเภอ/เขต")] = 3,
    seed: Annotated[int, typer.Option("--seed", help="The same seed makes the same world. เลขตั้งต้น")] = 1,
    as_json: Json = False,
) -> None:
    """Make up districts: 43-file zips a facility, and the truth behind them.

    สร้างอำเภอและคนสมมติ พร้อมแฟ้มเฉลย
    """
    from .simulating import simulate as run

    run(people=people, districts=districts, seed=seed, out=out, as_json=as_json)


class _FilesUnlessNamed(TyperGroup):
    """`ingest PATH...` means `ingest files PATH...`; only a known verb in first place is a verb."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        if args and args[0] not in {*self.commands, "--help"}:
            args = ["files", *args]
        return super().parse_args(ctx, args)


ingest = typer.Typer(
    cls=_FilesUnlessNamed,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Receive and apply 43-file zips (`ingest PATH...`), or void one (`ingest void`). นำเข้าแฟ้ม 43 แฟ้ม",
)
app.add_typer(ingest, name="ingest")


@ingest.command("files")
def ingest_files(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Zips, or folders of zips. แฟ้ม zip หรือโฟลเดอร์")
    ],
    sender: Annotated[str | None, typer.Option("--sender", metavar="HCODE", help="Who sends. รหัสหน่วยบริการผู้ส่ง")] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Receive and apply; a receipt per zip. The word `files` may be left out.

    Exit 1 if any zip was refused whole. รับและประมวลผล ได้ใบรับต่อแฟ้ม
    """
    from .ingesting import ingest as run

    raise typer.Exit(run(paths, sender=sender, data=data, as_json=as_json))


@ingest.command("void")
def ingest_void(
    deposit: Annotated[int, typer.Argument(metavar="DEPOSIT", help="Number on the receipt. เลขที่ใบรับ")],
    reason: Annotated[str, typer.Option("--reason", help="Why; kept in the audit log. เหตุผล")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Undo a deposit as if it had never been sent; it may be sent again.

    ยกเลิกชุดข้อมูลที่ส่ง
    """
    from .ingesting import void as run

    run(deposit, reason=reason, data=data, as_json=as_json)


@app.command()
def measure(
    code: Annotated[str | None, typer.Argument(metavar="CODE", help="Code of the indicator. รหัสตัวชี้วัด")] = None,
    period: Annotated[
        str | None, typer.Option("--period", help="Fiscal quarter such as 2568Q4. ไตรมาสปีงบประมาณ")
    ] = None,
    area: Annotated[str | None, typer.Option("--area", help="Province, district or facility code. รหัสพื้นที่")] = None,
    data: Data = None,
    as_json: Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV. พิมพ์ผลเป็น CSV")] = False,
    listing: Annotated[bool, typer.Option("--list", help="List the codes. แสดงรหัสทั้งหมด")] = False,
) -> None:
    """Compute one indicator: A, B, score, target, and what it rests on.

    คำนวณตัวชี้วัด
    """
    from .measuring import list_measures
    from .measuring import measure as run

    if listing:
        list_measures(as_json=as_json)
        return
    if code is None or period is None:
        raise typer.BadParameter("CODE and --period are needed (ต้องระบุรหัสและ --period)")
    run(code, period=period, area=area, data=data, as_json=as_json, as_csv=as_csv)


registry = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Facilities that may send. ทะเบียนหน่วยบริการ")
app.add_typer(registry, name="registry")


@registry.command("import")
def registry_import(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="facilities.csv. แฟ้มรายชื่อหน่วยบริการ")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Take over a list of facilities (CSV).

    นำเข้ารายชื่อหน่วยบริการ
    """
    from .registering import import_file as run

    run(file, data=data, as_json=as_json)


@registry.command("practitioners")
def registry_practitioners(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="practitioners.csv. แฟ้มรายชื่อบุคลากร")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Take in a list of practitioners: licences, English names, roles (docs/how-to/keep-practitioners.md).

    นำเข้ารายชื่อผู้ประกอบวิชาชีพ ใบอนุญาต และที่ทำงาน
    """
    from .registering import import_practitioners as run

    run(file, data=data, as_json=as_json)


@registry.command("agree")
def registry_agree(
    file: Annotated[Path, typer.Argument(metavar="FILE.toml", help="The agreement. แฟ้มข้อตกลง")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Keep a signed agreement (docs/how-to/join-the-network.md); the same number again replaces it.

    บันทึกข้อตกลงที่ลงนามแล้ว ไม่มีข้อตกลงที่มีผล ข้อมูลส่งไม่ได้
    """
    from .networking import agree

    agree(file, data=data, as_json=as_json)


@registry.command("end-agreement")
def registry_end_agreement(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="Its number. เลขที่ข้อตกลง")],
    last: Annotated[str, typer.Option("--last-day", metavar="DAY", help="Such as 2026-12-31. วันสุดท้าย")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Let an agreement end sooner than it says.

    ให้ข้อตกลงสิ้นสุดก่อนกำหนด
    """
    from .networking import end

    end(number, last, data=data, as_json=as_json)


@registry.command("member")
def registry_member(
    party: Annotated[str, typer.Argument(metavar="CODE", help="Agency or HCODE. หน่วยงาน")],
    state: Annotated[str, typer.Argument(metavar="STATE", help="invited, agreed, connected, suspended, left. สถานะ")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Bring a party of the network to a state; a suspended one can neither send nor ask.

    เปลี่ยนสถานะสมาชิกเครือข่าย
    """
    from .networking import move

    move(party, state, data=data, as_json=as_json)


@registry.command("network")
def registry_network(data: Data = None, as_json: Json = False) -> None:
    """Show who is connected and who exchanges, and the agreements.

    แสดงสมาชิก ผู้ที่เชื่อมต่อแล้ว ผู้ที่แลกเปลี่ยนจริง และข้อตกลง
    """
    from .networking import show

    show(data=data, as_json=as_json)


@registry.command("processing")
def registry_processing(data: Data = None, as_json: Json = False) -> None:
    """Print the records of processing: each purpose, its legal basis, what is kept and for how long (PDPA s.39).

    พิมพ์บันทึกรายการกิจกรรมประมวลผลข้อมูลส่วนบุคคล
    """
    from .processing import show

    show(data=data, as_json=as_json)


identity = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Who is one human. การเชื่อมการลงทะเบียน")
app.add_typer(identity, name="identity")


@identity.command("explain")
def identity_explain(
    a: Annotated[str, typer.Argument(metavar="A", help="HOSPCODE/PID. การลงทะเบียนหนึ่ง")],
    b: Annotated[str, typer.Argument(metavar="B", help="HOSPCODE/PID. อีกการลงทะเบียนหนึ่ง")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Why two registrations are, or are not, one human; and the events that can be undone.

    อธิบายว่าเหตุใดจึงเป็นหรือไม่เป็นคนเดียวกัน
    """
    from .identifying import explain

    explain(a, b, data=data, as_json=as_json)


@identity.command("undo")
def identity_undo(
    event: Annotated[int, typer.Argument(metavar="EVENT", help="Number shown by explain. เลขที่เหตุการณ์")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Take a link or a parting back, exactly and for good.

    ย้อนการเชื่อมหรือการแยก
    """
    from .identifying import undo

    undo(event, data=data, as_json=as_json)


@identity.command("relink")
def identity_relink(data: Data = None, as_json: Json = False) -> None:
    """Evaluate everybody anew; on sound data nothing changes.

    ประเมินการเชื่อมใหม่ทั้งหมด
    """
    from .identifying import relink

    relink(data=data, as_json=as_json)


app.add_typer(account, name="account")

client = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Programs that may ask over FHIR. ระบบที่เชื่อมต่อผ่าน FHIR"
)
app.add_typer(client, name="client")
Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the client, such as his-99011. ชื่อระบบ")]


@client.command("add")
def client_add(  # noqa: PLR0913, PLR0917 - one option each
    name: Name,
    scope: Annotated[
        list[str],
        typer.Option("--scope", help="SMART system scope such as system/*.rs; may be repeated. ขอบเขตสิทธิ ใส่ซ้ำได้"),
    ],
    sender: Annotated[
        str | None,
        typer.Option("--sender", metavar="HCODE", help="Facility whose data it sees; without it: all. รหัสหน่วยบริการ"),
    ] = None,
    days: Annotated[int, typer.Option("--days", help="Days until the token ends, 1 to 366. อายุโทเค็น (วัน)")] = 90,
    lenient: Annotated[
        bool, typer.Option("--lenient", help="Faults of what it writes are told, not refused. เตือนแทนการไม่รับ")
    ] = False,
    purpose: Annotated[
        list[str] | None,
        typer.Option("--purpose", help="For what it may ask: TREAT, HOPERAT, PUBHLTH, HSYSADMIN. เหตุผลที่ใช้ข้อมูล"),
    ] = None,
    jwks: Annotated[
        Path | None,
        typer.Option("--jwks", help="Its public keys; it then makes its own tokens. กุญแจสาธารณะแทนการออกโทเค็น"),
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Make a client, or one more token for it; the token is printed once and kept nowhere.

    With --jwks its public keys are registered instead. Other rights than before end its older tokens.
    เพิ่มระบบ ออกโทเค็นใหม่ หรือลงทะเบียนกุญแจ
    """
    from .clients import Wanted, add, add_keys

    wanted = Wanted(sender, tuple(scope), tuple(purpose or ()), lenient)
    if jwks is not None:
        add_keys(name, wanted, jwks, data=data, as_json=as_json)
    else:
        add(name, wanted, days=days, data=data, as_json=as_json)


@client.command("app")
def client_app(  # noqa: PLR0913, PLR0917 - one option each
    name: Name,
    title_th: Annotated[str, typer.Option("--title-th", help="What people read, Thai. ชื่อที่ประชาชนเห็น")],
    title_en: Annotated[str, typer.Option("--title-en", help="The same in English. ชื่อภาษาอังกฤษ")],
    redirect: Annotated[
        list[str], typer.Option("--redirect", help="Where it takes its code, letter for letter. ที่อยู่รับรหัส ใส่ซ้ำได้")
    ],
    scope: Annotated[
        list[str], typer.Option("--scope", help="SMART scope such as patient/*.rs, openid. ขอบเขตสิทธิ ใส่ซ้ำได้")
    ],
    origin: Annotated[
        list[str] | None, typer.Option("--origin", help="Web origin from which its pages ask. ที่มาของหน้าเว็บ")
    ] = None,
    launch: Annotated[str, typer.Option("--launch", help="Where a launch from a patient's page begins. จุดเริ่ม")] = "",
    jwks: Annotated[
        Path | None, typer.Option("--jwks", help="Its public keys, if it can keep a secret. กุญแจสาธารณะ ถ้าเก็บความลับได้")
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Register an app that people may allow to read in their name (SMART App Launch).

    What they allowed ends when it may ask for other things than before. ลงทะเบียนแอปของประชาชนหรือผู้ให้การรักษา
    """
    from .clients import AppWanted, add_app

    wanted = AppWanted(title_th, title_en, tuple(scope), tuple(redirect), tuple(origin or ()), launch)
    add_app(name, wanted, jwks, data=data, as_json=as_json)


@client.command("list")
def client_list(data: Data = None, as_json: Json = False) -> None:
    """List the clients: facility, scopes, tokens that count and until when.

    แสดงรายชื่อระบบ
    """
    from .clients import show

    show(data=data, as_json=as_json)


@client.command("end")
def client_end(name: Name, data: Data = None, as_json: Json = False) -> None:
    """End every token of a client, and what its keys could do; a running server follows within a second.

    ยกเลิกโทเค็นทั้งหมดของระบบ
    """
    from .clients import end

    end(name, data=data, as_json=as_json)


@client.command("limit")
def client_limit(
    name: Name,
    rate: Annotated[
        int | None, typer.Option("--rate", min=0, help="Requests a second; 0: no bound. คำขอต่อวินาที")
    ] = None,
    burst: Annotated[int | None, typer.Option("--burst", min=1, help="Requests at once. คำขอพร้อมกัน")] = None,
    patients: Annotated[
        int | None,
        typer.Option("--patients", min=0, help="Different people within an hour; 0: no bound. จำนวนคนต่อชั่วโมง"),
    ] = None,
    exports: Annotated[
        int | None, typer.Option("--exports", min=0, help="Bulk exports within a day; 0: no bound. ส่งออกต่อวัน")
    ] = None,
    lift: Annotated[bool, typer.Option("--lift", help="End its quarantine. ยกเลิกการกักกัน")] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Give a client its own limits, or lift the quarantine of one that went over them.

    กำหนดงบการใช้งานของระบบ หรือยกเลิกการกักกัน
    """
    from .clients import limit

    wanted = {"rate": rate, "burst": burst, "patients": patients, "exports": exports}
    limit(name, wanted, lift=lift, data=data, as_json=as_json)


@client.command("usage")
def client_usage(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Name of the client; without it: all. ชื่อระบบ ไม่ใส่คือทุกระบบ")
    ] = None,
    days: Annotated[int, typer.Option("--days", min=1, max=366, help="How many days up to today. จำนวนวัน")] = 30,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Show what a client asked by day, interaction and type, what was refused, and how soon it was answered.

    สถิติการใช้งานของระบบที่เชื่อมต่อ
    """
    from .client_usage import show

    show(name, days=days, data=data, as_json=as_json)


audit = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The log of who looked. บันทึกการเข้าถึง")
app.add_typer(audit, name="audit")


@audit.command("verify")
def audit_verify(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="A downloaded proof; without it: the whole log. แฟ้มหลักฐาน")
    ] = None,
    key: Annotated[
        list[str] | None, typer.Option("--key", metavar="VKEY", help="A key that you trust. กุญแจที่เชื่อถือ ใส่ซ้ำได้")
    ] = None,
    seen: Annotated[
        list[Path] | None,
        typer.Option("--seen", metavar="NOTE", help="A checkpoint kept elsewhere. จุดตรวจสอบที่เก็บไว้ที่อื่น ใส่ซ้ำได้"),
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Prove that nobody rewrote the log; a FILE is checked without any server. Exit 1 if it is not whole.

    พิสูจน์ว่าบันทึกการเข้าถึงไม่ถูกแก้ไข
    """
    from .auditing import verify

    raise typer.Exit(verify(file, keys=key or (), seen=seen or (), data=data, as_json=as_json))


@audit.command("key")
def audit_key(data: Data = None, as_json: Json = False) -> None:
    """Print the keys by which others check this node's log and its co-signatures.

    แสดงกุญแจตรวจลายเซ็น
    """
    from .auditing import show_keys

    show_keys(data=data, as_json=as_json)


@audit.command("checkpoint")
def audit_checkpoint(data: Data = None) -> None:
    """Print the newest signed checkpoint, to be kept elsewhere.

    แสดงจุดตรวจสอบล่าสุด เพื่อเก็บไว้ที่อื่น
    """
    from .auditing import show_checkpoint

    show_checkpoint(data=data)


@audit.command("retire")
def audit_retire(
    month: Annotated[str, typer.Argument(metavar="MONTH", help="Such as 2015-01. เดือน")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """End the keeping of a month of facts that was kept for 11 years; the proof of the others stays.

    สิ้นอายุการเก็บบันทึกของเดือนที่เก็บครบ 11 ปี
    """
    from .auditing import retire

    retire(month, data=data, as_json=as_json)


@audit.command("snooping")
def audit_snooping(
    day: Annotated[str | None, typer.Option("--day", metavar="DAY", help="Such as 2026-11-20. วันที่ต้องการตรวจ")] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Look for openings that look like curiosity, on a day or on those that are over; the nightly job does the same.

    ตรวจหาการเปิดดูที่ผิดปกติ
    """
    from .auditing import snooping

    snooping(day, data=data, as_json=as_json)


grants = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Emergency openings. การเปิดข้อมูลฉุกเฉิน")
app.add_typer(grants, name="grants")


@grants.command("list")
def grants_list(data: Data = None, as_json: Json = False) -> None:
    """List the emergency openings that run or wait for review: by reference, without patient and reason.

    แสดงการเปิดข้อมูลฉุกเฉินที่ยังเปิดอยู่หรือรอทบทวน
    """
    from .granting import show

    show(data=data, as_json=as_json)


@grants.command("end")
def grants_end(
    number: Annotated[str, typer.Argument(help="Id of the opening, as the list prints it.")],
    reason: Annotated[str, typer.Option(help="Why, in 15 characters or more; kept in the log as a fact.")],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """End one emergency opening now; its key and its copy are destroyed.

    ปิดการเปิดฉุกเฉินหนึ่งรายการและทำลายสำเนาทันที
    """
    from .granting import end

    end(number, reason, data=data, as_json=as_json)


@grants.command("shred-now")
def grants_shred_now(data: Data = None, as_json: Json = False) -> None:
    """End every emergency opening now and destroy every key, where a machine must be given away or is attacked.

    ปิดการเปิดฉุกเฉินทั้งหมดและทำลายกุญแจทุกดอก
    """
    from .granting import shred_now

    shred_now(data=data, as_json=as_json)


fhir = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Load and export resources as NDJSON. นำเข้าและส่งออก FHIR"
)
app.add_typer(fhir, name="fhir")
AsClient = Annotated[
    str | None, typer.Option("--client", metavar="NAME", help="In the name of a client. ในนามระบบที่ลงทะเบียน")
]
AsSender = Annotated[
    str | None, typer.Option("--sender", metavar="HCODE", help="In the name of a facility. ในนามหน่วยบริการ")
]


@fhir.command("import")
def fhir_import(
    file: Annotated[Path, typer.Argument(metavar="FILE.ndjson", help="One resource a line. แฟ้ม NDJSON")],
    client: AsClient = None,
    sender: AsSender = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Load an NDJSON file; the same file again goes on where a killed load stopped.

    Exit 1 if a line was set aside; FILE.ndjson.verdicts.ndjson says why. นำเข้าแฟ้ม FHIR
    """
    from .exchanging import load as run

    raise typer.Exit(run(file, client=client, sender=sender, data=data, as_json=as_json))


@fhir.command("export")
def fhir_export(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Empty folder to write to. โฟลเดอร์ผลลัพธ์")],
    types: Annotated[str, typer.Option("--type", metavar="T,..", help="Types; default all. ชนิดทรัพยากร")] = "",
    since: Annotated[str, typer.Option("--since", help="Only what changed since. ตั้งแต่เวลา")] = "",
    client: AsClient = None,
    sender: AsSender = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Export resources as NDJSON files, one type a file, with a manifest.json.

    ส่งออกระเบียนเป็นแฟ้ม NDJSON
    """
    from .exchanging import export as run

    run(out, types=types, since=since, client=client, sender=sender, data=data, as_json=as_json)


search_parameter = typer.Typer(
    help="Search parameters of your own, beside those of FHIR R4. พารามิเตอร์ค้นเพิ่มเติม", no_args_is_help=True
)
fhir.add_typer(search_parameter, name="search-parameter")


@search_parameter.command("add")
def search_parameter_add(
    file: Annotated[Path, typer.Argument(help="SearchParameter of status active, JSON. แฟ้มนิยาม", show_default=False)],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Put a search parameter to work, or replace the one with its url; what is stored is indexed in the background.

    เพิ่มพารามิเตอร์ค้น หรือแทนที่อันที่ url เดียวกัน ข้อมูลเดิมถูกทำดัชนีเบื้องหลัง
    """
    from .search_parameters import add

    add(file, data=data, as_json=as_json)


@search_parameter.command("list")
def search_parameter_list(data: Data = None, as_json: Json = False) -> None:
    """Show every search parameter that was added, and whether everything stored is found by it.

    รายการพารามิเตอร์ค้นที่เพิ่มไว้ และสถานะดัชนี
    """
    from .search_parameters import show

    show(data=data, as_json=as_json)


@search_parameter.command("retire")
def search_parameter_retire(
    name: Annotated[str, typer.Argument(help="Its id or url, as `list` shows. รหัสหรือ url", show_default=False)],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Answer a search parameter no more; its resource stays, retired.

    เลิกใช้พารามิเตอร์ค้น ตัวนิยามยังอยู่
    """
    from .search_parameters import retire

    retire(name, data=data, as_json=as_json)


@app.command()
def doctor(data: Data = None, port: Port = 8000, as_json: Json = False) -> None:
    """Check the installation and say what to do.

    ตรวจการติดตั้งและบอกวิธีแก้
    """
    from .examining import examine

    raise typer.Exit(examine(data=data, port=port, as_json=as_json))
