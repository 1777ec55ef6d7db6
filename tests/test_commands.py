"""The management commands: help, --json, exit codes."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command, get_commands
from django.utils import timezone

from wagtail_leads.mailing.operations import queue_template
from wagtail_leads.models import Activity, Lane, Message

OURS = sorted(name for name, app in get_commands().items() if app == "wagtail_leads")


def run(name: str, *args: str) -> str:
    out = StringIO()
    call_command(name, *args, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("name", OURS)
def test_each_has_help(name, capsys):
    with pytest.raises(SystemExit) as ended:
        call_command(name, "--help")
    assert ended.value.code == 0 and "--json" in capsys.readouterr().out


def test_the_ones_that_were_promised():
    assert {"leads_explain", "leads_import_log", "leads_tick", "leads_health", "leads_send"} <= set(OURS)


@pytest.mark.django_db
class TestTick:
    def test_does_all_that_is_due(self, sender, mailoutbox):
        now = timezone.now()
        queue_template("test", to="taro@mihon.example", dedupe_key="k" * 64, now=now, context={"who": "x"})
        told = json.loads(run("leads_tick", "--json"))
        assert told["done"] >= 1 and len(mailoutbox) == 1
        assert json.loads(run("leads_tick", "--json"))["done"] == 0

    def test_says_so_in_words_too(self, site):
        assert run("leads_tick") == "0 things done.\n"

    def test_sending_alone(self, sender, mailoutbox):
        queue_template("test", to="taro@mihon.example", dedupe_key="k" * 64, now=timezone.now(), context={"who": "x"})
        assert json.loads(run("leads_send", "--json"))["sent"] == 1


@pytest.mark.django_db
class TestHealth:
    def told(self):
        out = StringIO()
        try:
            call_command("leads_health", "--json", stdout=out)
            code = 0
        except SystemExit as ended:
            code = ended.code
        return code, json.loads(out.getvalue())

    def test_all_is_well(self, site):
        run("leads_tick")
        assert self.told() == (0, {"ok": True, "problems": []})
        assert run("leads_health") == "All is well.\n"

    def test_no_worker_yet(self, site):
        Lane.objects.all().delete()
        code, told = self.told()
        assert (
            code == 1 and told["problems"][0]["code"] == "worker_never" and "qcluster" in told["problems"][0]["message"]
        )

    def test_a_worker_that_fell_silent_two_minutes_ago(self, site):
        Lane.objects.update_or_create(name="tick", defaults={"ran_at": timezone.now() - timedelta(seconds=121)})
        code, told = self.told()
        assert code == 1 and told["problems"][0]["code"] == "worker_silent"

    def test_a_warning_is_no_failure(self, site):
        run("leads_tick")
        Message.objects.create(
            dedupe_key="k" * 64, to_address="a@mihon.example", purpose="marketing", state="unknown",
            due_at=timezone.now(), created_at=timezone.now(),
        )  # fmt: skip
        code, told = self.told()
        assert code == 0 and told["ok"] and told["problems"][0]["code"] == "mail_unknown"

    def test_activities_that_wait(self, site):
        run("leads_tick")
        ago = timezone.now() - timedelta(minutes=6)
        Activity.objects.create(kind="custom", at=ago, recorded_at=ago, dedupe_key="k" * 64)
        code, told = self.told()
        assert code == 1 and told["problems"][0]["code"] == "river_stuck"

    def test_a_broken_company_file(self, site, settings, tmp_path):
        run("leads_tick")
        broken = tmp_path / "broken.mmdb"
        broken.write_bytes(b"this is no database")
        settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "MMDB": (str(broken), str(tmp_path / "absent.mmdb"))}
        code, told = self.told()
        assert code == 0 and [p["code"] for p in told["problems"]] == ["mmdb", "mmdb"]
