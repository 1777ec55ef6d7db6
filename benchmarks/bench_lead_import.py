"""Import of leads: rows a second against a bare `bulk_create` of as many leads in the same run, and who waits meanwhile.

The file is made up: people of 2,000 companies, a tenth without a company's domain, numbers that lost their zero, one row in
a hundred twice, one in two hundred broken. Bare: `Lead` objects with the same values, `bulk_create` in chunks of 1,000.
Memory: ten times the rows must not take more (peak of a process of its own). On SQLite a second process posts forms while
the import runs; no post may wait a second.

    python benchmarks/bench_lead_import.py [--rows 100000] [--database postgres://…] [--json]
"""

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks import stage

#: Part of the bare speed that an import must reach, and the longest wait of a form post in seconds.
BUDGET, WAIT = 0.1, 1.0
#: Bytes that ten times the rows may take more (caches that are not full yet).
SLACK = 24_000_000
HEADINGS = ("氏名", "フリガナ", "会社名", "部署", "役職", "メールアドレス", "電話番号", "郵便番号", "住所", "備考")


def row(n: int) -> tuple:
    who = n - 1 if n % 100 == 99 else n
    host = "gmail.com" if who % 10 == 0 else f"works{who % 2000}.co.jp"
    address = "not an address" if n % 200 == 7 else f"p{who}@{host}"
    phone = f"312{n % 10_000_000:07d}"[:9] if n % 5 == 0 else f"03-12{n // 10_000 % 100:02d}-{n % 10_000:04d}"
    return (
        f"見本 {n}郎", "ﾐﾎﾝ ﾀﾛｳ", f"株式会社見本{n % 2000}", "営業部", "課長", address, phone, "1000001",
        f"東京都千代田区{n % 50}-1", "展示会",
    )  # fmt: skip


def make_file(path: Path, rows: int) -> None:
    with path.open("w", encoding="cp932", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        writer.writerows(row(n) for n in range(rows))


def bare(rows: int) -> float:
    """Seconds for bulk_create alone; the leads are taken away again."""
    from django.db import transaction
    from django.utils import timezone

    from wagtail_leads.identity.models import Lead
    from wagtail_leads.logic.addresses import email_key

    now = timezone.now()

    def made(n: int) -> Lead:
        name, _kana, company, department, title, _a, phone, postal, address, note = row(n)
        email = f"bare{n}@works{n % 2000}.co.jp"
        return Lead(
            email=email, email_key=email_key(email), name=name, company_name=company, department=department,
            job_title=title, phone=phone, postal_code=postal, address=address, note=note, created_at=now,
        )  # fmt: skip

    began = time.perf_counter()
    for at in range(0, rows, 1000):
        with transaction.atomic():
            Lead.objects.bulk_create([made(n) for n in range(at, min(at + 1000, rows))])
    seconds = time.perf_counter() - began
    Lead.objects.filter(email__startswith="bare").delete()
    return seconds


def bring(path: Path):
    """The file through the engine, as a worker does it. (seconds, the import)"""
    from django.utils import timezone

    from wagtail_leads.capture import import_files, imports

    began = time.perf_counter()
    with path.open("rb") as read:
        file = import_files.store(path.name, iter(lambda: read.read(1 << 20), b""), now=timezone.now())
    with import_files.on_disk(file) as disk:
        import_files.look_into(file, disk)
    file.basis, file.basis_detail = "business_card", "benchmark"
    file.save()
    imports.start(file, now=timezone.now())
    while imports.run_due(now=timezone.now()):
        pass
    file.refresh_from_db()
    return time.perf_counter() - began, file


def prepare() -> None:
    from wagtail.models import Locale, Page, Site

    Locale.objects.create(language_code="en")
    Site.objects.create(hostname="localhost", root_page=Page.add_root(title="Home", slug="home"), is_default_site=True)


def post_until(stop: str) -> dict:
    """In a process of its own: forms one after the other until the file `stop` is there."""
    from django.utils import timezone

    from wagtail_leads.capture.operations import Sent, submit

    times, number = [], 0
    while not Path(stop).exists():
        number += 1
        began = time.perf_counter()
        submit(Sent(key=f"{number:064x}", email=f"poster{number}@mihon.example"), visitor=None, now=timezone.now())
        times.append(time.perf_counter() - began)
        time.sleep(0.05)
    times.sort()
    return {"posts": len(times), "p99": times[int(len(times) * 0.99) - 1], "longest": times[-1]}


def measure(rows: int, folder: Path, database: Path | str, *, with_posts: bool) -> dict:
    path = folder / "leads.csv"
    make_file(path, rows)
    told = {"rows": rows}
    if with_posts:
        stop = folder / "stop"
        poster = subprocess.Popen(
            [sys.executable, "-W", "ignore", __file__, "--post-until", str(stop), "--at", str(database)],
            stdout=subprocess.PIPE,
            text=True,
        )
        time.sleep(4)  # it is up and posts
        seconds, file = bring(path)
        stop.touch()
        out, _err = poster.communicate(timeout=60)
        return told | {"seconds_with_posts": round(seconds, 1), **json.loads(out.splitlines()[-1]), "made": file.made}
    told["bare_seconds"] = round(bare(rows), 2)
    seconds, file = bring(path)
    counts = {name: getattr(file, name) for name in ("made", "updated", "unchanged", "skipped", "bad")}
    told |= {"seconds": round(seconds, 2), "ratio": round(told["bare_seconds"] / seconds, 3), **counts}
    return told | {"rows_per_second": round(rows / seconds), "all_there": sum(counts.values()) == rows == file.done_rows}


def in_a_fresh_database(options, work):
    with tempfile.TemporaryDirectory() as folder, stage.database_of_its_own(options.database):
        database = "" if options.database else Path(folder) / "bench.sqlite3"
        stage.setup(database or Path(folder) / "unused.sqlite3")
        prepare()
        return work(Path(folder), database)


def own_process(options, *args: str) -> dict:
    command = [sys.executable, "-W", "ignore", __file__, "--database", options.database, *args]
    out = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    return json.loads(out.splitlines()[-1])


def peak(options, folder: Path) -> dict:
    make_file(folder / "leads.csv", options.peak)
    bring(folder / "leads.csv")
    return {"peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}


def main(options) -> int:
    if options.post_until:
        os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"
        os.environ["LEADS_BENCH_DB"] = options.at
        import django

        django.setup()
        print(json.dumps(post_until(options.post_until)))
        return 0
    if options.peak:
        print(json.dumps(in_a_fresh_database(options, lambda folder, _database: peak(options, folder))))
        return 0
    if options.with_posts:
        work = lambda folder, database: measure(options.with_posts, folder, database, with_posts=True)  # noqa: E731
        print(json.dumps(in_a_fresh_database(options, work)))
        return 0
    told = in_a_fresh_database(options, lambda folder, database: measure(options.rows, folder, database, with_posts=False))
    few, many = (own_process(options, "--peak", str(rows))["peak"] for rows in (options.rows // 10, options.rows))
    told |= {"peak_mb": round(many / 1e6), "peak_mb_of_a_tenth": round(few / 1e6)}
    told["ok"] = told["all_there"] and told["ratio"] >= BUDGET and many - few < SLACK
    if not options.database:
        posts = own_process(options, "--with-posts", str(min(options.rows, 20_000)))
        told |= {"posts": posts["posts"], "post_p99": round(posts["p99"], 3), "post_longest": round(posts["longest"], 3)}
        told["ok"] = told["ok"] and posts["longest"] < WAIT and posts["posts"] > 20
    if options.json:
        print(json.dumps(told))
        return not told["ok"]
    print(
        f"{told['rows']:,} rows in {told['seconds']} s ({told['rows_per_second']:,} a second): {told['made']:,} new, "
        f"{told['updated'] + told['unchanged']:,} known, {told['bad']:,} bad\n"
        f"  bare bulk_create {told['bare_seconds']} s: ratio {told['ratio']} (budget {BUDGET})\n"
        f"  peak memory {told['peak_mb']} MB, of a tenth of the rows {told['peak_mb_of_a_tenth']} MB"
    )
    if "posts" in told:
        print(f"  {told['posts']} form posts meanwhile: p99 {told['post_p99']} s, longest {told['post_longest']} s")
    return not told["ok"]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--database", default="", help="URL of a PostgreSQL database; a new one is made beside it")
    for name, kind in (("--peak", int), ("--with-posts", int), ("--post-until", str), ("--at", str)):
        parser.add_argument(name, type=kind, default=kind(), help=argparse.SUPPRESS)
    sys.exit(main(parser.parse_args()))
