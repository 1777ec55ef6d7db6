import io
import json
import sys
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wagtail_leads.logic.company_guess import NetworkFacts
from wagtail_leads.logic.judging import JudgeSettings
from wagtail_leads.tracking.explain import ExplainSettings, explain

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
)
KEYS = ("keep drop_reason client_ip channel source medium campaign company company_reason company_confidence").split()


class InMemoryResolver:
    name = "memory"

    def lookup(self, ip):
        if str(ip).startswith("8.8."):
            return [NetworkFacts(isp="OCN", organisation="Acme Works", connection="corporate", network="8.8.0.0/16")]
        if str(ip).startswith("1.1."):
            return [NetworkFacts(as_organisation="So-net", network="1.1.0.0/16")]
        return []


SETTINGS = ExplainSettings(
    judging=JudgeSettings(own_networks=(ip_network("9.9.9.0/24"),), ignored_paths=("/health",)),
    trusted_proxies=(ip_network("127.0.0.1"),),
    resolvers=(InMemoryResolver(),),
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


class TestCommand:
    def run(self, monkeypatch, settings, data: bytes, *arguments, **given):
        from django.core.management import call_command

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
        from django.core.management import CommandError

        with pytest.raises(CommandError, match="OWN_NETWORKS"):
            self.run(monkeypatch, settings, b"", OWN_NETWORKS=["nonsense"])
        with pytest.raises(CommandError, match="nowhere"):
            self.run(monkeypatch, settings, b"", "/nowhere", OWN_NETWORKS=())
