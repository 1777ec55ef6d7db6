"""MMDB files: right answers, broken files, and files that change while they are read."""

import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from wagtail_leads.companies.resolvers import mmdb
from wagtail_leads.companies.resolvers.mmdb import MmdbFiles
from wagtail_leads.logic.company_guess import guess

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data" / "mmdb"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"the MMDB samples are not at {DATA}")
HERE = IPv4Address("203.0.113.5")
logging.getLogger(mmdb.__name__).setLevel(logging.CRITICAL)


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def write(path: Path, records: dict, *, ip_version: int = 4, database_type: str = "Test-ISP") -> Path:
    """Put the file in place as a package manager does: whole, by rename."""
    writer = MMDBWriter(
        ip_version=ip_version,
        database_type=database_type,
        languages=["ja"],
        description="made by a test",
        ipv4_compatible=ip_version == 6,
    )
    for network, record in records.items():
        writer.insert_network(IPSet([network]), record)
    new = path.with_suffix(".new")
    writer.to_db_file(str(new))
    os.replace(new, path)
    return path


def acme(name="Acme Works"):
    return {"203.0.113.0/28": {"isp": "OCN", "organization": name, "connection_type": "Corporate"}}


def names(files: MmdbFiles) -> list[str]:
    return [facts.organisation for facts in files.facts(HERE)]


def test_an_address_is_found_with_its_network(tmp_path):
    files = MmdbFiles([str(write(tmp_path / "a.mmdb", acme()))])
    (facts,) = files.lookup(HERE)
    assert (facts.organisation, facts.network) == ("Acme Works", "203.0.113.0/28")
    assert guess([facts]).confidence == 75
    assert files.facts(IPv4Address("198.51.100.1")) == []


def test_both_versions_in_one_file(tmp_path):
    records = {**acme(), "2001:db8:5::/48": {"isp": "OCN", "organization": "六番株式会社"}}
    files = MmdbFiles([str(write(tmp_path / "a.mmdb", records, ip_version=6))])
    assert files.facts(HERE)[0].network == "203.0.113.0/28"
    assert files.facts(IPv6Address("2001:db8:5::1"))[0].organisation == "六番株式会社"
    assert files.facts(IPv6Address("2001:db8:5::1"))[0].network == "2001:db8:5::/48"


def test_an_ipv6_address_in_an_ipv4_file_is_unknown(tmp_path):
    files = MmdbFiles([str(write(tmp_path / "a.mmdb", acme()))])
    assert files.facts(IPv6Address("2001:db8::1")) == []
    assert files.health()[0].ok


def test_a_record_of_another_shape_is_no_error(tmp_path):
    files = MmdbFiles([str(write(tmp_path / "a.mmdb", {"203.0.113.0/28": "just a text"}))])
    assert names(files) == [""]


def test_a_new_file_is_seen_after_five_seconds(tmp_path):
    clock, path = Clock(), tmp_path / "a.mmdb"
    files = MmdbFiles([str(write(path, acme()))], clock=clock)
    assert names(files) == ["Acme Works"]
    write(path, acme("New Works"))
    assert names(files) == ["Acme Works"]
    clock.now += mmdb.CHECK_SECONDS
    assert names(files) == ["New Works"]


def make_empty(path):
    path.write_bytes(b"")


def make_html(path):
    path.write_text("<html>Sign in to download</html>")


def make_gz(path):
    path.write_bytes(b"\x1f\x8b\x08" + os.urandom(500))


def make_half(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def make_headless(path):
    path.write_bytes(path.read_bytes()[200:])


def make_missing(path):
    path.unlink()


def make_directory(path):
    path.unlink()
    path.mkdir()


BREAKS = [make_empty, make_html, make_gz, make_half, make_headless, make_missing, make_directory]


@pytest.mark.parametrize("break_it", BREAKS)
def test_a_broken_file_does_not_replace_the_good_one(tmp_path, break_it):
    clock, path = Clock(), tmp_path / "a.mmdb"
    files = MmdbFiles([str(write(path, acme()))], clock=clock)
    assert names(files) == ["Acme Works"]
    break_it(path)
    clock.now += mmdb.CHECK_SECONDS
    assert names(files) == ["Acme Works"]
    (health,) = files.health()
    assert not health.ok
    assert health.message


@pytest.mark.parametrize("break_it", BREAKS)
def test_a_file_that_is_broken_from_the_start_is_mended_later(tmp_path, break_it):
    clock, path = Clock(), write(tmp_path / "a.mmdb", acme())
    break_it(path)
    files = MmdbFiles([str(path)], clock=clock)
    assert files.facts(HERE) == []
    if path.is_dir():
        path.rmdir()
    write(path, acme())
    clock.now += mmdb.CHECK_SECONDS
    assert names(files) == ["Acme Works"]
    assert files.health()[0].ok


def test_a_bad_file_is_read_only_once(tmp_path, monkeypatch):
    clock, path, loads = Clock(), tmp_path / "a.mmdb", []
    make_html(path)
    real = mmdb._load
    monkeypatch.setattr(mmdb, "_load", lambda path: loads.append(path) or real(path))
    files = MmdbFiles([str(path)], clock=clock)
    for _ in range(5):
        files.facts(HERE)
        clock.now += mmdb.CHECK_SECONDS
    assert len(loads) == 1


def test_one_broken_file_does_not_silence_the_others(tmp_path):
    make_html(tmp_path / "bad.mmdb")
    files = MmdbFiles([str(tmp_path / "bad.mmdb"), str(write(tmp_path / "a.mmdb", acme())), ""])
    assert names(files) == ["Acme Works"]
    assert [health.ok for health in files.health()] == [False, True]


def test_a_single_path_may_be_given_bare(tmp_path):
    assert names(MmdbFiles(str(write(tmp_path / "a.mmdb", acme())))) == ["Acme Works"]


def test_the_health_of_a_good_file(tmp_path):
    (health,) = MmdbFiles([str(write(tmp_path / "a.mmdb", acme()))]).health()
    assert (health.ok, health.message, health.database_type, health.records_checked) == (True, "", "Test-ISP", 1)
    assert health.build_date is not None


def test_threads_read_while_files_are_exchanged(tmp_path):
    clock, path = Clock(), tmp_path / "a.mmdb"
    files = MmdbFiles([str(write(path, acme()))], clock=clock)
    errors, done = [], threading.Event()

    def read():
        while not done.is_set():
            if names(files) not in (["Acme Works"], ["New Works"]):
                errors.append(names(files))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for turn in range(20):
        if turn % 3 == 2:
            make_half(path)
        else:
            write(path, acme("New Works" if turn % 2 else "Acme Works"))
        clock.now += mmdb.CHECK_SECONDS
        files.facts(HERE)
    done.set()
    for thread in threads:
        thread.join()
    assert errors == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_fork_reads_on_and_reloads_though_the_lock_was_held(tmp_path):
    clock, path = Clock(), tmp_path / "a.mmdb"
    files = MmdbFiles([str(write(path, acme()))], clock=clock)
    names(files)
    files._files[0]._lock.acquire()
    write(path, acme("New Works"))
    clock.now += mmdb.CHECK_SECONDS
    child = os.fork()
    if child == 0:
        os._exit(0 if names(files) == ["New Works"] else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_truncating_the_file_in_place_does_not_kill_the_process(tmp_path):
    """With mmap this is SIGBUS."""
    path = write(
        tmp_path / "a.mmdb", {**acme(), **{f"10.0.{n}.0/24": {"organization": "x" * 90 + str(n)} for n in range(200)}}
    )
    script = (
        "import sys, os\n"
        "from ipaddress import ip_address\n"
        "from wagtail_leads.companies.resolvers.mmdb import MmdbFiles\n"
        "files = MmdbFiles([sys.argv[1]])\n"
        "assert files.facts(ip_address('203.0.113.5'))\n"
        "os.truncate(sys.argv[1], 0)\n"
        "assert files.facts(ip_address('10.0.150.1'))\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(path)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode != -signal.SIGBUS
    assert done.returncode == 0, done.stderr


@needs_data
class TestRealFiles:
    def test_no_broken_file_raises(self):
        paths = sorted(DATA.rglob("*.mmdb"))
        files = MmdbFiles([str(path) for path in paths])
        for text in ("1.1.1.1", "81.2.69.160", "175.16.199.1", "255.255.255.255", "0.0.0.0", "::", "2001:218::1"):
            files.facts(ip_address(text))
        assert len(files.health()) == len(paths) > 20

    def test_an_absurd_build_date_is_no_date(self):
        path = DATA / "maxmind-test" / "bad-data" / "libmaxminddb" / "libmaxminddb-uint64-max-epoch.mmdb"
        assert MmdbFiles([str(path)]).health()[0].build_date is None

    @pytest.mark.parametrize(
        ("ip", "kind", "name", "label"),
        [
            ("66.92.181.240", "company", "Vikco Insurance", "Speakeasy"),
            ("12.87.118.1", "isp", "", "AT&T Services"),
            ("1.128.0.1", "isp", "", "Telstra Internet"),
            ("149.101.100.0", "mobile", "", "Verizon Wireless"),
            ("71.160.223.45", "hosting", "", ""),
            ("81.2.69.142", "vpn", "", ""),
        ],
    )
    def test_the_known_answers(self, ip, kind, name, label):
        stems = ("GeoIP2-ISP", "GeoIP2-Anonymous-IP", "GeoIP2-Connection-Type", "GeoIP2-Domain")
        found = guess(
            MmdbFiles([str(DATA / "maxmind-test" / f"{stem}-Test.mmdb") for stem in stems]).facts(ip_address(ip))
        )
        assert (found.kind.value, found.name, found.label) == (kind, name, label)

    def test_a_free_file_names_networks_and_universities_only(self, tmp_path):
        path = shutil.copy(DATA / "GeoLite2-ASN-2019-12-24.mmdb", tmp_path / "asn.mmdb")
        files = MmdbFiles([str(path)])
        found = {ip: guess(files.facts(ip_address(ip))) for ip in ("210.251.250.30", "1.66.96.1", "130.158.1.1")}
        assert [each.name for each in found.values()] == ["", "", "University of Tsukuba"]
        assert found["210.251.250.30"].label == "So-net Corporation"
