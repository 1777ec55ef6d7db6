"""Every known answer of the vendors' test files is read right, and no bad file ever raises."""

import itertools
import json
import os
import shutil
import threading
from ipaddress import ip_address, ip_network
from pathlib import Path

import maxminddb
import pytest

from tests.companies.test_mmdb import Clock, write
from wagtail_leads.companies.queries import guess_company
from wagtail_leads.companies.resolvers import mmdb
from wagtail_leads.companies.resolvers.mmdb import MmdbFiles, entries
from wagtail_leads.logic.company_guess import CompanyGuess, guess

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data" / "mmdb"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the shared test data is not here")
PAIRS = sorted((DATA / "maxmind-test").glob("*.json"))
BAD = sorted([*(DATA / "maxmind-test").rglob("bad-data/*/*.mmdb"), *(DATA / "maxmind-test").glob("*[bB]roken*.mmdb")])
SOME = [ip_address(text) for text in ("1.1.1.1", "81.2.69.160", "0.0.0.0", "255.255.255.255", "::", "2001:218::1")]


def plain(network):
    """``::1.0.128.0/113`` -> ``1.0.128.0/17``: the files hold IPv4 inside IPv6."""
    found = ip_network(network)
    if found.version == 6 and found.prefixlen >= 96 and int(found.network_address) < 1 << 32:
        return ip_network((int(found.network_address), found.prefixlen - 96))
    return found


FLAGS = {
    "vpn": ("is_anonymous_vpn",),
    "proxy": ("is_public_proxy", "is_residential_proxy"),
    "tor": ("is_tor_exit_node",),
    "anonymous": ("is_anonymous",),
    "hosting": ("is_hosting_provider",),
}


@needs_data
@pytest.mark.parametrize("path", PAIRS, ids=lambda path: path.stem)
def test_every_known_answer(path):
    files = MmdbFiles(str(path.with_suffix(".mmdb")))
    reader = maxminddb.open_database(str(path.with_suffix(".mmdb")))
    checked = 0
    for entry in json.loads(path.read_text()):
        for network, record in entry.items():
            ip = plain(network)[0]
            if reader.get(ip) != record:  # a narrower network of the list covers this address
                continue
            (found,) = files.facts(ip)
            assert found.organisation == " ".join(record.get("organization", "").split())
            assert found.isp == " ".join(record.get("isp", "").split())
            assert found.asn == record.get("autonomous_system_number")
            assert found.as_organisation == record.get("autonomous_system_organization", "")
            assert found.connection == record.get("connection_type", "").lower()
            domain = record.get("domain", "").lower()
            assert found.domain == ("" if domain.endswith("arpa") else domain)
            told = {flag for flag, keys in FLAGS.items() if any(record.get(key) for key in keys)}
            assert found.flags - {"mobile"} == told
            assert ("mobile" in found.flags) == bool(record.get("mobile_country_code"))
            assert not found.names_companies
            assert ip in ip_network(found.network)
            assert isinstance(guess([found]), CompanyGuess)
            checked += 1
    assert checked > 3


@needs_data
@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
@pytest.mark.parametrize("kind", ["", "company", "city"])
def test_no_bad_file_raises(path, kind, settings):
    entry = (str(path), kind) if kind else str(path)
    files = MmdbFiles([entry])
    for ip in SOME:
        assert isinstance(files.facts(ip), list)
    (health,) = files.health()
    assert health.ok or health.message
    settings.WAGTAIL_LEADS = {"MMDB": [entry], "GUESS_PRIVATE_ADDRESSES": True}
    for ip in SOME:
        assert isinstance(guess_company(ip), CompanyGuess)


@needs_data
def test_a_good_file_becomes_each_bad_one_and_good_again(tmp_path):
    clock, path = Clock(), tmp_path / "a.mmdb"
    write(path, {"203.0.113.0/24": {"organization": "Acme Works", "isp": "OCN"}})
    files = MmdbFiles([str(path)], clock=clock)
    here = ip_address("203.0.113.5")
    assert files.facts(here)
    for bad in BAD:
        fresh = tmp_path / "new.mmdb"
        shutil.copy(bad, fresh)
        os.replace(fresh, path)
        clock.now += mmdb.CHECK_SECONDS
        assert isinstance(files.facts(here), list)
        write(path, {"203.0.113.0/24": {"organization": f"After {bad.stem}", "isp": "OCN"}})
        clock.now += mmdb.CHECK_SECONDS
        (found,) = files.facts(here)
        assert found.organisation == f"After {bad.stem}"


def test_a_file_that_is_cut_off_under_a_running_reader(tmp_path):
    """The one in memory goes on; the cut one is refused, wherever it is cut."""
    clock, path = Clock(), tmp_path / "a.mmdb"
    records = {f"10.0.{n}.0/24": {"organization": f"Works {n} " + "x" * 50, "isp": "OCN"} for n in range(200)}
    write(path, records)
    files = MmdbFiles([str(path)], clock=clock)
    assert len(files.facts(ip_address("10.0.150.1"))) == 1
    size = path.stat().st_size
    for part in range(1, 12):
        os.truncate(path, size * (12 - part) // 12)
        clock.now += mmdb.CHECK_SECONDS
        for last in range(0, 200, 23):
            (found,) = files.facts(ip_address(f"10.0.{last}.1"))
            assert found.organisation.startswith(f"Works {last} ")
    assert not files.health()[0].ok


def test_four_threads_look_up_while_files_of_other_kinds_take_its_place(tmp_path):
    clock, path, here = Clock(), tmp_path / "a.mmdb", ip_address("203.0.113.5")
    kinds = itertools.cycle(
        [
            ({"organization": "Acme", "isp": "OCN"}, "GeoIP2-ISP"),
            ({"country": {"iso_code": "JP"}, "subdivisions": [{"names": {"ja": "東京都"}}]}, "GeoLite2-City"),
            ({"name": "NTT docomo", "mcc": "440", "mnc": "10"}, "ipinfo carrier.mmdb"),
            ({"name": "Acme", "type": "business", "as_name": "OCN", "asn": "AS4713"}, "ipinfo standard_company.mmdb"),
            ({"vpn": "true", "proxy": ""}, "ipinfo privacy.mmdb"),
            ({"is_anonymous": True}, "GeoIP2-Anonymous-IP"),
        ]
    )

    def exchange(turn):
        record, kind = next(kinds)
        if turn % 5 == 4:
            path.write_bytes(path.read_bytes()[: 40 + turn])
        else:
            write(path, {"203.0.113.0/24": record}, database_type=kind)

    exchange(0)
    files, errors, done = MmdbFiles([str(path)], clock=clock), [], threading.Event()

    def read():
        while not done.is_set():
            try:
                found = guess(files.facts(here))
                assert isinstance(found, CompanyGuess) and found.name in ("", "Acme")
            except Exception as error:
                errors.append(error)

    threads = [threading.Thread(target=read) for _n in range(4)]
    for thread in threads:
        thread.start()
    for turn in range(40):
        exchange(turn)
        clock.now += mmdb.CHECK_SECONDS
        files.facts(here)
    done.set()
    for thread in threads:
        thread.join()
    assert errors == []


@pytest.mark.parametrize(
    ("setting", "read"),
    [
        ((), ()),
        ("", ()),
        ("/a.mmdb", (("/a.mmdb", ""),)),
        (Path("/a.mmdb"), (("/a.mmdb", ""),)),
        (["/a.mmdb", "", ("/b.mmdb", "asn")], (("/a.mmdb", ""), ("/b.mmdb", "asn"))),
        ([["/b.mmdb", "city"]], (("/b.mmdb", "city"),)),
    ],
)
def test_the_setting_is_paths_with_or_without_kinds(setting, read):
    assert entries(setting) == read


@pytest.mark.parametrize("setting", [[("/b.mmdb", "x")], [("/b.mmdb", "asn", "y")], [7], [(7, "asn")]])
def test_a_setting_that_is_none(setting):
    with pytest.raises(ValueError):
        entries(setting)


def test_facts_name_the_file_they_come_from(tmp_path):
    path = write(tmp_path / "a.mmdb", {"203.0.113.0/24": {"isp": "OCN"}}, database_type="GeoIP2-ISP")
    assert MmdbFiles([str(path)]).facts(ip_address("203.0.113.5"))[0].source == "GeoIP2-ISP"
    nameless = write(tmp_path / "b.mmdb", {"203.0.113.0/24": {"isp": "OCN"}}, database_type="")
    assert MmdbFiles([str(nameless)]).facts(ip_address("203.0.113.5"))[0].source == "b.mmdb"
