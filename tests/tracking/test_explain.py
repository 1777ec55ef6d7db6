import io
import json
import os
import sys
import tracemalloc
from ipaddress import ip_address, ip_network

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from wagtail_leads.companies.queries import guess_company
from wagtail_leads.logic.company_guess import CompanyGuess, NetworkFacts, guess
from wagtail_leads.logic.judging import JudgeSettings
from wagtail_leads.management.commands import leads_explain
from wagtail_leads.models import Company, CompanyNetwork
from wagtail_leads.tracking.explain import ExplainSettings, explain

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
KEYS = ("keep drop_reason client_ip channel source medium campaign company company_reason company_confidence").split()


def guess_in_memory(ip):
    """Stands for the chain of resolvers."""
    if str(ip).startswith("8.8."):
        return guess([NetworkFacts(isp="OCN", organisation="Acme Works", connection="corporate", network="8.8.0.0/16")])
    if str(ip).startswith("1.1."):
        return guess([NetworkFacts(as_organisation="So-net", network="1.1.0.0/16")])
    return CompanyGuess(is_ignored=str(ip).startswith("5.5."))


SETTINGS = ExplainSettings(
    judging=JudgeSettings(own_networks=(ip_network("9.9.9.0/24"),), ignored_paths=("/health",)),
    trusted_proxies=(ip_network("127.0.0.1"),),
    guess=guess_in_memory,
    own_hosts=frozenset({"works.example"}),
)


def ask(**line):
    return explain({"ip": "8.8.8.8", "user_agent": CHROME, "url": "https://example.jp/", **line}, settings=SETTINGS)


def test_a_visit_with_all_that_is_known():
    answer = ask(
        url="https://example.jp/lp/?utm_source=google&utm_medium=cpc&utm_campaign=spring",
        referrer="https://www.google.com/",
        method="GET",
    )
    assert answer == {
        "keep": True,
        "drop_reason": "",
        "client_ip": "8.8.8.8",
        "channel": "paid_search",
        "source": "google",
        "medium": "cpc",
        "campaign": "spring",
        "company": "Acme Works",
        "company_reason": "isp_file",
        "company_confidence": 75,
    }
    assert json.loads(json.dumps(answer)) == answer


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"user_agent": ""}, "empty_agent"),
        ({"user_agent": "curl/8"}, "bot_agent"),
        ({"user_agent": "x"}, "not_a_browser"),
        ({"method": "POST"}, "method"),
        ({"ip": "9.9.9.1"}, "own_network"),
        ({"ip": "5.5.5.5"}, "own_network"),  # a person said so on the screen of networks
        ({"headers": {"Accept": "*/*", "Accept-Encoding": "gzip"}, "user_agent": FIREFOX}, "missing_headers"),
        ({"ip": "127.0.0.1", "headers": {"x-forwarded-for": "9.9.9.1"}}, "own_network"),
        ({"url": "/health/"}, "ignored_path"),
        ({"url": "https://example.jp/.env?x=1"}, "probe_path"),
        ({"url": "/logo.png"}, "not_html"),
        ({"headers": {"SEC-PURPOSE": "prefetch;prerender"}}, "prefetch"),
        ({"headers": {"Purpose": "prefetch"}}, "prefetch"),
        ({"headers": {"Accept": "*/*", "Accept-Encoding": "gzip"}}, "missing_headers"),
        ({"referrer": "http://semalt.com/"}, "referrer_spam"),
        ({"user_agent": None}, "empty_agent"),
    ],
)
def test_a_drop_has_its_reason(change, reason):
    answer = ask(**change)
    assert (answer["keep"], answer["drop_reason"]) == (False, reason)


@pytest.mark.parametrize(
    "line",
    [
        None, 5, "text", [], [{}], True,
        {"ip": 5}, {"user_agent": ["x"]}, {"referrer": {}}, {"url": 1.5}, {"method": True}, {"headers": "x"},
        {"headers": [["a", "b"]]}, {"headers": {"a": {}}}, {"headers": {"a": [[]]}}, {"url": "http://["},
    ],
)  # fmt: skip
def test_garbage_is_malformed(line):
    answer = explain(line, settings=SETTINGS)
    assert list(answer) == KEYS
    assert (answer["keep"], answer["drop_reason"]) == (False, "malformed")


def test_an_empty_line_is_a_request_without_an_agent():
    assert explain({}, settings=SETTINGS)["drop_reason"] == "empty_agent"


def test_a_forged_header_is_not_believed():
    assert ask(headers={"X-Forwarded-For": "1.1.1.1"})["client_ip"] == "8.8.8.8"
    assert ask(ip="127.0.0.1", headers={"X-Forwarded-For": "1.1.1.1, 8.8.4.4"})["client_ip"] == "8.8.4.4"
    assert ask(ip="nonsense")["client_ip"] == ""


def test_below_the_threshold_only_the_network_is_told():
    answer = ask(ip="1.1.1.1")
    assert (answer["company"], answer["company_confidence"]) == ("", 20)
    assert answer["company_reason"] == "network_only: So-net"


def test_a_private_address_is_not_looked_up():
    assert ask(ip="192.168.0.1")["company_reason"] == "private_address"


def test_pages_of_our_other_sites_are_no_referrers():
    assert ask(referrer="https://www.works.example/a/")["channel"] == "internal"
    assert ask(referrer="https://other.example/a/")["channel"] == "referral"


@pytest.mark.parametrize("headers", [{"Sec-GPC": "1"}, {"DNT": "1"}, {"Save-Data": "on"}])
def test_who_wants_privacy_is_a_person(headers):
    assert ask(headers=headers)["keep"]


def test_headers_stand_in_for_missing_keys():
    answer = explain(
        {"ip": "8.8.8.8", "headers": {"User-Agent": CHROME, "Referer": "https://chatgpt.com/", "Host": "example.jp"}},
        settings=SETTINGS,
    )
    assert (answer["keep"], answer["channel"]) == (True, "ai_assistant")


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from("ip user_agent referrer url method headers".split()), junk) | junk)
def test_nothing_raises(line):
    assert list(explain(line, settings=SETTINGS)) == KEYS


@pytest.mark.django_db
class TestCommand:
    def run(self, monkeypatch, settings, data: bytes, *arguments, **given):
        settings.WAGTAIL_LEADS = {**getattr(settings, "WAGTAIL_LEADS", {}), **given}
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        out = io.StringIO()
        call_command("leads_explain", *arguments, stdout=out)
        return out.getvalue().splitlines()

    def test_one_answer_a_line(self, monkeypatch, settings):
        lines = [
            json.dumps({"ip": "8.8.8.8", "user_agent": CHROME, "url": "/"}).encode(),
            b"",
            b"no json",
            b"\xff\xfe",
            b"[" * 100_000,
            b'"' + b"x" * (3 << 20) + b'"',
            b'{"user_agent": "curl/8"}',
        ]
        answers = [json.loads(line) for line in self.run(monkeypatch, settings, b"\n".join(lines), "--json")]
        reasons = [answer["drop_reason"] for answer in answers]
        assert reasons == ["", "malformed", "malformed", "malformed", "malformed", "bot_agent"]

    def test_settings_are_used(self, monkeypatch, settings):
        line = json.dumps(
            {"ip": "10.0.0.1", "user_agent": CHROME, "headers": {"X-Real-IP": "9.9.9.9", "X-Forwarded-For": "1.1.1.1"}}
        )
        given = {"TRUSTED_PROXIES": ["10.0.0.0/8"], "PROXY_HEADER": "X-Real-IP", "OWN_NETWORKS": ["9.9.9.0/24"]}
        (answer,) = map(json.loads, self.run(monkeypatch, settings, line.encode(), **given))
        assert (answer["client_ip"], answer["drop_reason"]) == ("9.9.9.9", "own_network")

    def test_a_file_is_read(self, monkeypatch, settings, tmp_path):
        path = tmp_path / "requests.jsonl"
        path.write_text('\ufeff{"user_agent": "curl/8"}\n', encoding="utf-8")
        (line,) = self.run(monkeypatch, settings, b"", str(path), "--text")
        assert line.startswith("drop (bot_agent)")

    def test_a_wrong_setting_is_named(self, monkeypatch, settings):
        with pytest.raises(CommandError, match="OWN_NETWORKS"):
            self.run(monkeypatch, settings, b"", OWN_NETWORKS=["nonsense"])
        with pytest.raises(CommandError, match="nowhere"):
            self.run(monkeypatch, settings, b"", "/nowhere", OWN_NETWORKS=())

    def test_companies_are_those_that_tracking_names(self, monkeypatch, settings, site, now):
        company = Company.objects.create(name="Mihon Works", match_key="mihon", created_at=now)
        rows = {"created_at": now, "changed_at": now}
        CompanyNetwork.objects.create(cidr="8.8.8.0/24", action="company", company=company, **rows)
        CompanyNetwork.objects.create(cidr="1.1.1.0/24", action="ignore", **rows)
        lines = [json.dumps({"ip": ip, "user_agent": CHROME}).encode() for ip in ("8.8.8.8", "1.1.1.1", "9.9.9.9")]
        ours, ignored, other = map(json.loads, self.run(monkeypatch, settings, b"\n".join(lines)))
        assert (ours["company"], ours["company_confidence"]) == ("Mihon Works", 100)
        assert ours["company"] == guess_company(ip_address("8.8.8.8")).name
        assert ignored["drop_reason"] == "own_network" and other["company"] == ""

    def test_what_nobody_thought_of_costs_one_line(self, monkeypatch, settings):
        def explain_some(line, *, settings):
            if line == 7:
                raise ZeroDivisionError
            return explain(line, settings=settings)

        monkeypatch.setattr(leads_explain, "explain", explain_some)
        answers = [json.loads(line) for line in self.run(monkeypatch, settings, b'{}\n7\n{"user_agent": "curl/8"}')]
        assert [answer["drop_reason"] for answer in answers] == ["empty_agent", "malformed", "bot_agent"]

    def test_answers_come_while_it_is_asked(self, settings, monkeypatch):
        """A caller that writes one line and waits for its answer is not kept waiting."""

        class Pipe(io.RawIOBase):
            blocks = [b'{"user_agent": "curl/8"}\n', b'{"user_agent": ', b'"curl/8"}\n{}\n']
            answered = []

            def readable(self):
                return True

            def readinto(self, buffer):
                self.answered.append(out.getvalue().count("\n"))
                block = self.blocks.pop(0) if self.blocks else b""
                buffer[: len(block)] = block
                return len(block)

        out = io.StringIO()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(Pipe())))
        call_command("leads_explain", stdout=out)
        assert Pipe.answered == [0, 1, 1, 3]

    def test_memory_does_not_grow_with_the_lines(self, tmp_path, settings):
        def peak(count: int) -> int:
            path = tmp_path / "lines.jsonl"
            with path.open("w") as lines:
                for n in range(count):
                    told = {"ip": f"9.1.{n // 250 % 8}.{n % 250}", "user_agent": CHROME, "url": f"/{n}/"}
                    lines.write(json.dumps(told) + "\n")
            tracemalloc.start()
            with open(os.devnull, "w") as nowhere:
                call_command("leads_explain", str(path), stdout=nowhere)
            used = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            return used

        settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "MMDB": ()}
        peak(2500)  # what is remembered of addresses
        assert peak(12_000) - peak(1000) < 1_000_000
