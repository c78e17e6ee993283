"""The verbs of `suksala` that belong to no group: names, options and help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import Data, Json

top = typer.Typer(rich_markup_mode=None)
Port = Annotated[int, typer.Option("--port", min=1, max=65535, help="Port to serve on. พอร์ต")]
Host = Annotated[str, typer.Option("--host", help="Address to listen on. ที่อยู่ที่เปิดรับ")]


@top.command()
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


@top.command()
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


@top.command()
def worker(
    data: Data = None,
    until_empty: Annotated[bool, typer.Option("--until-empty", help="Stop when no job waits. หยุดเมื่อหมดงาน")] = False,
) -> None:
    """Run background jobs in this process (`up` starts its own; use this for more).

    ทำงานเบื้องหลัง
    """
    from .serving import work

    work(data=data, until_empty=until_empty)


@top.command()
def simulate(
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Where to write districts. โฟลเดอร์ผลลัพธ์", show_default=False),
    ] = None,
    labelled: Annotated[
        Path | None,
        typer.Option(
            "--labelled",
            metavar="DIR",
            help="Where to write labelled rows instead. โฟลเดอร์ข้อมูลพร้อมเฉลย",
            show_default=False,
        ),
    ] = None,
    people: Annotated[int, typer.Option("--people", help="Made-up people. จำนวนคน")] = 30_000,
    districts: Annotated[int, typer.Option("--districts", help="Districts, 1 to 12; with --out. จำนวนอำเภอ/เขต")] = 3,
    seed: Annotated[int, typer.Option("--seed", help="The same seed makes the same world. เลขตั้งต้น")] = 1,
    as_json: Json = False,
) -> None:
    """Make up people: districts with their 43-file zips, or rows to measure linkage on; the truth beside them.

    สร้างอำเภอและคนสมมติ หรือข้อมูลสำหรับวัดการเชื่อมโยงบุคคล พร้อมแฟ้มเฉลย
    """
    from . import simulating

    if out is not None and labelled is None:
        simulating.simulate(people=people, districts=districts, seed=seed, out=out, as_json=as_json)
    elif labelled is not None and out is None:
        simulating.label(people=people, seed=seed, out=labelled, as_json=as_json)
    else:
        raise typer.BadParameter("one of --out and --labelled is needed (ต้องระบุ --out หรือ --labelled อย่างใดอย่างหนึ่ง)")


@top.command()
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
    public: Annotated[
        bool,
        typer.Option(
            "--public", help="Only what anybody may see, with the areas below. เฉพาะตัวเลขที่เปิดเผยได้ พร้อมพื้นที่ย่อย"
        ),
    ] = False,
) -> None:
    """Compute one indicator: A, B, score, target, and what it rests on. With --public, figures to hand on: rounded, and
    without those of few people.

    คำนวณตัวชี้วัด และด้วย --public พิมพ์ตัวเลขที่ส่งต่อได้ ปัดเลขและไม่แสดงกลุ่มที่มีคนน้อย
    """
    from .measuring import list_measures, release
    from .measuring import measure as run

    if listing:
        list_measures(as_json=as_json)
        return
    if code is None or period is None:
        raise typer.BadParameter("CODE and --period are needed (ต้องระบุรหัสและ --period)")
    (release if public else run)(code, period=period, area=area, data=data, as_json=as_json, as_csv=as_csv)


@top.command()
def proxy(
    certificate: Annotated[
        Path, typer.Option("--certificate", metavar="FILE", help="PEM: the certificate and its chain. ใบรับรอง")
    ],
    key: Annotated[Path, typer.Option("--key", metavar="FILE", help="PEM: its private key. กุญแจของใบรับรอง")],
    client_ca: Annotated[
        Path | None,
        typer.Option(
            "--client-ca", metavar="FILE", help="PEM: let in who shows a certificate of these. ผู้ออกใบรับรองผู้เรียก"
        ),
    ] = None,
    port: Port = 8000,
    listen: Annotated[str, typer.Option("--listen", help="Address to listen on; default all. ที่อยู่ที่เปิดรับ")] = "",
    http_port: Annotated[
        int, typer.Option("--http-port", min=1, max=65535, help="Port of those who come without TLS. พอร์ต http")
    ] = 80,
) -> None:
    """Print the configuration of nginx in front of SUKSALA_PUBLIC_URL: TLS 1.2 and 1.3, sound ciphers, HSTS.

    พิมพ์ค่าตั้งของ nginx ที่อยู่หน้าระบบ
    """
    from .serving import print_proxy

    print_proxy(certificate, key, client_ca=client_ca, port=port, listen=listen, http_port=http_port)


@top.command()
def doctor(data: Data = None, port: Port = 8000, as_json: Json = False) -> None:
    """Check the installation and say what to do.

    ตรวจการติดตั้งและบอกวิธีแก้
    """
    from .examining import examine

    raise typer.Exit(examine(data=data, port=port, as_json=as_json))
