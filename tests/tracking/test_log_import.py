"""Past access logs become visits: once, in the right order, and only people's."""

import gzip
import io
import json
import random
import sys
import tracemalloc
from datetime import datetime, timezone

import pytest
from django.core.management import CommandError, call_command
from django.db import DataError, OperationalError
from wagtail.models import Locale, Site

from tests.conftest import BROWSER
from tests.testsite.models import ArticlePage
from tests.tracking.logs import SAFARI, at, line
from wagtail_leads.management.commands.leads_import_log import Bar, end, moment
from wagtail_leads.models import (
    Activity,
    DailySalt,
    DropCount,
    DropExample,
    ImportedLog,
    PagePolicy,
    PageView,
    Visit,
    Visitor,
)
from wagtail_leads.tracking import log_import
from wagtail_leads.tracking.log_files import LogFile
from wagtail_leads.tracking.log_import import LogImport, LogOptions

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 3, 0, tzinfo=timezone.utc)


@pytest.fixture
def run(tmp_path, site):
    """Import some lines (or bytes, or several files); returns the summary."""

    def imported(*contents, **options):
        files = []
        for number, content in enumerate(contents):
            path = tmp_path / f"{number}.log"
            path.write_bytes(content if isinstance(content, bytes) else ("\n".join(content) + "\n").encode())
            files.append(LogFile.at(str(path)))
        return LogImport(files=files, options=LogOptions(**options), now=NOW).run()

    return imported


def counts():
    return [model.objects.count() for model in (Visit, PageView, Visitor, Activity)]


def told():
    """All that an import wrote, without keys of rows."""
    return sorted(
        Visit.objects.values_list(
            "started_at", "last_at", "entry_path", "exit_path", "page_count", "channel", "campaign", "address", "device"
        )
    )


class TestWhatComesIn:
    def test_page_views_make_a_visit(self, run, article):
        PagePolicy.objects.create(page_id=article.pk, high_intent=True, updated_at=NOW)
        summary = run(
            [
                line(0, "/", referrer="https://www.google.com/"),
                line(60, "/article/", referrer="http://localhost/"),
                line(61, "/static/site.css"),
                line(120, "/gone/", status=404),
            ]
        )
        visit = Visit.objects.get()
        assert (visit.page_count, visit.entry_path, visit.exit_path) == (2, "/", "/article/")
        assert (visit.channel, visit.source, visit.address) == ("organic_search", "google", "203.0.113.0")
        assert visit.started_at == at(0) and visit.last_at == at(60)
        assert visit.exit_page_id == article.pk
        seen = Activity.objects.get(page_id=article.pk)
        assert seen.title == article.title and seen.high_intent
        assert (summary.views, summary.visits, summary.visitors, summary.matched) == (2, 1, 1, 2)
        assert summary.left_out == {"not_html": 1, "status": 1}

    def test_nothing_follows_from_the_past(self, run):
        run([line(0, "/")])
        assert not Activity.objects.filter(processed_at__isnull=True).exists()

    def test_campaigns_are_read_from_the_query(self, run):
        run([line(0, "/?utm_source=news&utm_medium=email&utm_campaign=spring")])
        assert Visit.objects.values_list("campaign", "channel").get() == ("spring", "email")

    def test_half_an_hour_of_silence_ends_a_visit(self, run):
        assert run([line(0, "/a/"), line(29 * 60, "/b/"), line(80 * 60, "/c/")]).visits == 2

    def test_browsers_are_told_apart_by_address_and_agent(self, run):
        lines = [line(0, "/"), line(1, "/", agent=SAFARI), line(2, "/", client="198.51.100.9")]
        assert run(lines).visitors == 3

    def test_an_unknown_path_is_a_view_without_a_page(self, run):
        run([line(0, "/once-was/")])
        assert PageView.objects.get().path == "/once-was/" and Activity.objects.get().page_id is None

    def test_pages_of_each_language_are_found_by_their_prefix(self, run, home, settings):
        settings.ROOT_URLCONF = "tests.tracking.language_urls"
        japanese = home.copy_for_translation(Locale.objects.create(language_code="ja"))
        japanese.save_revision().publish()
        summary = run([line(0, "/en/"), line(60, "/ja/"), line(90, "/ja"), line(100, "/")])
        pages = Activity.objects.order_by("at").values_list("page_id", flat=True)
        assert list(pages) == [home.pk, japanese.pk, japanese.pk, None] and summary.matched == 3

    def test_a_page_is_found_by_its_written_name(self, run, home):
        page = home.add_child(instance=ArticlePage(title="製品", slug="製品"))
        run([line(0, "/%E8%A3%BD%E5%93%81/")])
        assert Activity.objects.get().page_id == page.pk

    def test_what_was_asked_in_the_sites_search_is_a_fact(self, run):
        lines = [line(0, "/search/?q=%E7%85%A7%E6%98%8E++camera"), line(60, "/search/?q="), line(70, "/a/?q=x")]
        for _time in range(2):
            run(lines)
        assert Activity.objects.get(kind="site_searched").title == "照明 camera"
        assert PageView.objects.count() == 3 and Visit.objects.count() == 1

    def test_a_query_of_any_bytes_is_no_search(self, run):
        lines = [line(0, "/search/?q=%00%ff"), line(1, "/search/?" + "&" * 500), line(2, "/search/?q=%E7%85")]
        assert run(lines).views == 3

    def test_ipv6_and_hosts_in_front(self, run):
        run([f"localhost:80 {line(0, '/', client='2001:db8:1:2::3')}"])
        assert Visit.objects.get().address == "2001:db8:1::"

    def test_a_log_without_agents(self, run):
        summary = run([line(0, "/", agent=None), line(5, "/b/", agent=None)])
        assert (summary.views, summary.without_agent) == (2, 2) and Visit.objects.get().page_count == 2


class TestOnce:
    LINES = [line(0, "/"), line(0, "/"), line(0, "/"), line(60, "/b/"), line(99, "/c/", client="198.51.100.4")]

    def test_a_second_run_adds_nothing(self, run):
        first = run(self.LINES)
        before = counts(), told()
        second = run(self.LINES)
        assert (counts(), told()) == before
        assert (first.views, second.views, second.told_before) == (5, 0, 5)
        assert second.visits == second.visitors == 0

    def test_the_same_line_three_times_in_a_second_is_three_views(self, run):
        run(self.LINES)
        assert PageView.objects.filter(path="/").count() == 3

    def test_files_may_overlap(self, run):
        run(self.LINES[:4])
        summary = run(self.LINES[1:])
        assert counts()[1] == 5 and summary.views == 1

    def test_in_one_run_too(self, run):
        summary = run(self.LINES[:4], self.LINES)
        assert counts()[1] == 5 and (summary.views, summary.told_before) == (5, 4)

    def test_left_out_lines_are_not_in_the_daily_counts(self, run):
        run([line(0, "/", agent="curl/8"), line(0, "/x", status=500)])
        assert not DropCount.objects.exists() and not DropExample.objects.exists()

    def test_they_are_kept_by_file_and_the_same_files_again_replace_the_row(self, run):
        lines = [line(0), line(5, "/x.css"), line(9, agent="curl/8"), "nonsense"]
        run(lines)
        run(lines)
        kept = ImportedLog.objects.get()
        assert (kept.name, kept.lines, kept.views, kept.at) == ("0.log", 4, 1, NOW)
        assert kept.left_out == {"not_html": 1, "bot_agent": 1, "malformed": 1}
        assert kept.first_at == kept.last_at == at(0)
        run([*lines, line(20)])
        assert ImportedLog.objects.count() == 2

    def test_a_dry_run_keeps_nothing(self, run):
        run([line(0)], dry_run=True)
        assert not ImportedLog.objects.exists()

    def test_lines_add_up(self, run):
        summary = run([*self.LINES, line(0, "/a.css"), "nonsense", line(1, "/", agent="curl/8")], self.LINES)
        assert summary.views + summary.told_before + summary.left_out.total() == summary.lines

    def test_an_interrupted_run_is_continued(self, run, monkeypatch):
        lines = [line(n * 3600, f"/{n}/") for n in range(240)]
        store, calls = log_import.store_log, []

        def interrupted(hits, *, now):
            calls.append(len(hits))
            if len(calls) == 2:
                raise KeyboardInterrupt
            return store(hits, now=now)

        monkeypatch.setattr(log_import, "store_log", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run(lines)
        assert 0 < PageView.objects.count() < 240
        monkeypatch.undo()
        run(lines)
        assert PageView.objects.count() == Visit.objects.count() == 240


class TestOrder:
    def lines(self):
        chance = random.Random(7)
        return [
            line(
                chance.randrange(86_400 * 2),
                chance.choice(["/", "/a/", "/b/?utm_campaign=x&utm_source=y", "/c/"]),
                client=f"203.0.113.{chance.randrange(20)}",
                referrer=chance.choice(["-", "https://www.google.com/", "http://localhost/"]),
            )
            for _n in range(600)
        ]

    def test_shuffled_lines_give_the_same_visits_as_sorted_ones(self, run, monkeypatch):
        monkeypatch.setattr(log_import, "MOST", 40)
        lines = self.lines()
        run(sorted(lines, key=lambda one: one[one.index("[") :]))
        expected = told()
        Visitor.objects.all().delete()
        Activity.objects.all().delete()
        random.Random(1).shuffle(lines)
        run(lines[300:], lines[:300])
        assert told() == expected and len(expected) > 100

    def test_files_in_the_wrong_order_in_two_runs(self, run):
        early, late = [line(0, "/a/", referrer="https://www.google.com/")], [line(600, "/b/")]
        run(late)
        run(early)
        visit = Visit.objects.get()
        assert (visit.entry_path, visit.exit_path, visit.page_count, visit.source) == ("/a/", "/b/", 2, "google")


class TestFiles:
    LINES = [line(n * 60, f"/{n}/") for n in range(40)]
    PLAIN = ("\n".join(LINES) + "\n").encode()

    def test_gzip_is_told_by_its_first_bytes_not_by_its_name(self, run):
        assert run(gzip.compress(self.PLAIN)).views == 40

    def test_gzip_members_follow_each_other(self, run):
        middle = self.PLAIN.index(b"\n", len(self.PLAIN) // 2) + 1
        members = gzip.compress(self.PLAIN[:middle]) + b"\0" * 700 + gzip.compress(self.PLAIN[middle:]) + b"\0" * 512
        summary = run(members)
        assert summary.views == 40 and not summary.problems

    def test_a_truncated_one_is_read_as_far_as_it_goes(self, run):
        noise = [line(n, f"/{random.Random(n).random()}/") for n in range(3000)]
        packed = gzip.compress("\n".join(noise).encode())
        summary = run(packed[: len(packed) // 2], dry_run=True)
        assert 500 < summary.lines < 2500 and list(summary.problems.values()) == ["truncated"]
        assert summary.left_out["malformed"] <= 1

    def test_a_damaged_one_too(self, run):
        packed = bytearray(gzip.compress(self.PLAIN)) + b"what is this?"
        assert list(run(bytes(packed)).problems.values()) == ["damaged"] and PageView.objects.count() == 40

    def test_what_is_no_log_at_all(self, run):
        summary = run(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20)
        assert summary.views == 0 and summary.left_out["malformed"] == summary.lines > 0

    def test_an_empty_file(self, run):
        assert run(b"").lines == 0 and run(b"\n\n \n").lines == 0

    def test_the_last_line_may_have_no_end(self, run):
        assert run(self.PLAIN[:-1]).views == 40

    def test_a_last_line_that_is_being_written_waits(self, run):
        cut = line(99_999, "/late/").partition(' "https')[0].partition(' "-"')[0].encode()
        summary = run(self.PLAIN + cut)
        assert summary.views == 40 and summary.left_out["malformed"] == 1

    def test_windows_line_ends(self, run):
        assert run(self.PLAIN.replace(b"\n", b"\r\n")).views == 40

    def test_broken_lines_are_counted_shown_and_skipped(self, run):
        bad = [b"nonsense", b"\xff\xfe", b"a\0b", b"x" * 300_000, line(0, "/").replace("203", "\x00203").encode()]
        summary = run(b"\n".join([self.LINES[0].encode(), *bad, self.LINES[1].encode()]) + b"\n")
        assert (summary.lines, summary.views, summary.left_out["malformed"]) == (7, 2, 5)
        assert [number for _file, number, _text in summary.broken] == [2, 3, 4, 5, 6]
        assert all(len(text) <= 500 for _file, _number, text in summary.broken)

    def test_only_the_first_broken_ones_are_shown(self, run):
        assert len(run([f"nonsense {n}" for n in range(50)]).broken) == 5


class TestWhoIsLeftOut:
    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}, "bot_agent"),
            ({"agent": "-"}, "empty_agent"),
            ({"agent": "Something"}, "not_a_browser"),
            ({"method": "POST"}, "method"),
            ({"method": "HEAD"}, "method"),
            ({"status": 301}, "status"),
            ({"status": 404}, "status"),
            ({"status": 503}, "status"),
            ({"target": "/images/a.PNG"}, "not_html"),
            ({"target": "/robots.txt"}, "not_html"),
            ({"target": "/documents/3/catalogue"}, "not_html"),
            ({"target": "/leads/privacy/"}, "not_html"),
            ({"target": "/cms/login/"}, "not_html"),
            ({"target": "/cms/pages/3/edit/"}, "staff"),
            ({"target": "/.env", "status": 404}, "probe_path"),
            ({"referrer": "http://semalt.com/"}, "referrer_spam"),
            ({"target": "*", "method": "OPTIONS"}, "method"),
        ],
    )
    def test_each_reason_is_counted(self, run, change, reason):
        summary = run([line(0, **{"target": "/", **change})])
        assert summary.left_out == {reason: 1} and counts() == [0, 0, 0, 0]

    def test_a_request_that_is_none(self, run):
        assert run([f'203.0.113.7 - - [01/Sep/2026:00:00:00 +0000] "-" 408 - "-" "{BROWSER}"']).left_out == {
            "method": 1
        }

    @pytest.mark.parametrize(
        ("setting", "value", "reason"),
        [
            ("OWN_NETWORKS", ("203.0.113.0/24",), "own_network"),
            ("IGNORE_PATHS", ("/health",), "ignored_path"),
            ("SITE_USER_AGENTS_IGNORED", ("Chrome/142",), "ignored_agent"),
        ],
    )
    def test_what_settings_leave_out(self, run, settings, setting, value, reason):
        settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, setting: value}
        assert run([line(0, "/health/")]).left_out == {reason: 1}

    def test_who_reads_robots_txt_is_a_robot_all_day(self, run):
        summary = run([line(0, "/a/"), line(9, "/robots.txt"), line(20, "/b/"), line(0, "/a/", client="198.51.100.1")])
        assert summary.left_out == {"not_html": 1, "behaviour": 2} and summary.views == 1

    def test_so_is_who_looks_for_holes(self, run):
        summary = run([line(0, "/"), line(1, "/wp-login.php", status=404)])
        assert summary.left_out == {"probe_path": 1, "behaviour": 1}

    def test_more_pages_a_minute_than_anybody_opens(self, run):
        summary = run([line(n / 2, f"/{n}/") for n in range(70)])
        assert summary.left_out == {"too_fast": 70}

    def test_page_after_page_without_an_image_or_a_link(self, run):
        people = [
            one
            for n in range(30)
            for one in (
                line(n * 60, "/", client=f"198.51.100.{n}"),
                line(n * 60, "/a.css", client=f"198.51.100.{n}"),
                line(n * 60 + 5, "/b/", client=f"198.51.100.{n}", referrer="http://localhost/"),
            )
        ]
        summary = run([*people, *(line(n * 100, f"/{n}/") for n in range(25))])
        assert summary.left_out["behaviour"] == 25 and summary.views == 60

    def test_an_office_behind_one_address_stays(self, run):
        busy = [one for n in range(90) for one in (line(n / 2, f"/{n}/"), line(n / 2, f"/img/{n}.png"))]
        summary = run([*busy, line(3, "/robots.txt"), line(4, "/.env", status=404)])
        assert summary.views == 90

    def test_who_works_in_the_admin_is_a_colleague_all_day(self, run):
        summary = run([line(0, "/"), line(60, "/cms/pages/"), line(90, "/"), line(0, "/", client="198.51.100.1")])
        assert summary.left_out == {"staff": 3} and summary.views == 1

    def test_who_is_sent_to_the_log_in_is_none(self, run):
        summary = run([line(0, "/"), line(60, "/cms/", status=302), line(61, "/cms/login/?next=/cms/")])
        assert summary.views == 1

    def test_an_address_is_needed(self, run):
        assert run([line(0, "/", client="pc7.example.org")]).left_out == {"no_address": 1}

    def test_the_future(self, run):
        assert run([line(86_400 * 365 * 3, "/")]).left_out == {"future": 1}

    def test_since_and_until(self, run):
        lines = [line(n * 86_400, f"/{n}/") for n in range(5)]
        summary = run(lines, since=at(86_400), until=at(3 * 86_400))
        assert summary.left_out == {"outside": 3} and summary.views == 2

    def test_one_poisonous_line_does_not_cost_the_others(self, run, monkeypatch):
        store = log_import.store_log

        def poisoned(hits, *, now):
            if any(hit.path == "/poison/" for hit in hits):
                raise DataError("no such thing")
            return store(hits, now=now)

        monkeypatch.setattr(log_import, "store_log", poisoned)
        summary = run([line(n * 9, "/poison/" if n == 3 else f"/{n}/") for n in range(9)])
        assert (summary.views, summary.left_out) == (8, {"store_failed": 1})

    def test_a_busy_database_is_asked_again(self, run, monkeypatch):
        monkeypatch.setattr(log_import.time, "sleep", lambda seconds: None)
        monkeypatch.setattr(log_import, "TRIES", 2)
        store, calls = log_import.store_log, []

        def busy(hits, *, now):
            calls.append(hits)
            if len(calls) == 1:
                raise OperationalError("database is locked")
            return store(hits, now=now)

        monkeypatch.setattr(log_import, "store_log", busy)
        assert run([line(0, "/")]).views == 1 and len(calls) == 2


class TestHosts:
    def test_the_log_shows_its_host_by_who_loads_its_images(self, run):
        assets = [line(n, f"/{n}.png", referrer="https://www.works.example/") for n in range(30)]
        summary = run([*assets, line(99, "/", referrer="https://works.example/a/")])
        assert summary.host == "works.example" and Visit.objects.get().channel == "internal"

    def test_a_host_that_is_told_holds(self, run):
        run([line(0, "/", referrer="https://shop.works.example/")], host="works.example")
        assert Visit.objects.get().channel == "internal"

    def test_a_few_images_are_no_proof(self, run):
        assert run([line(n, f"/{n}.png", referrer="https://a.example/") for n in range(9)]).host == "localhost"

    def test_hosts_of_other_sites_are_left_out_and_named(self, run, site):
        site.hostname = "works.example"
        site.save()
        lines = ["other.example " + line(0, "/"), "www.works.example:443 " + line(1, "/"), line(2, "/b/")]
        summary = run(lines)
        assert summary.left_out == {"other_host": 1} and dict(summary.other_hosts) == {"other.example": 1}
        assert summary.views == 2

    def test_each_sites_views_are_its_own(self, run, site, article):
        site.hostname = "works.example"
        site.save()
        shop = Site.objects.create(hostname="shop.example", root_page=article)
        run(["shop.example:80 " + line(0, "/")])
        assert Visit.objects.get().site_id == shop.pk and Activity.objects.get().page_id == article.pk

    def test_a_proxy_that_hides_everybody_is_named(self, run):
        summary = run([line(n * 60, f"/{n}/", client="10.0.0.1", agent=f"{BROWSER} {n}") for n in range(200)])
        assert summary.proxy == "10.0.0.1"


class TestDryRun:
    def test_says_what_would_come_in_and_writes_nothing(self, run):
        lines = TestOrder().lines()
        forecast = run(lines, dry_run=True)
        assert counts() == [0, 0, 0, 0] and not DailySalt.objects.exists()
        summary = run(lines)
        for name in ("lines", "views", "visits", "visitors", "told_before", "left_out", "matched"):
            assert getattr(forecast, name) == getattr(summary, name), name

    def test_knows_what_is_in_already(self, run):
        run([line(0, "/")])
        summary = run([line(0, "/"), line(7200, "/")], dry_run=True)
        assert (summary.views, summary.told_before) == (1, 1)


def test_memory_does_not_grow_with_the_log(tmp_path, site, monkeypatch):
    def peak(lines: int) -> int:
        path = tmp_path / f"{lines}.log"
        with path.open("w") as log:
            for n in range(lines):
                log.write(line(n * 7, f"/{n % 50}/", client=f"10.0.{n // 250 % 8}.{n % 250}") + "\n")
        tracemalloc.start()
        summary = LogImport(files=[LogFile.at(str(path))], options=LogOptions(dry_run=True), now=NOW).run()
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert summary.views == lines
        return used

    monkeypatch.setattr("wagtail_leads.tracking.log_forecast.MOST_CLIENTS", 500)
    peak(2500)  # what is remembered of addresses and agents
    assert peak(12_000) - peak(3000) < 1_500_000


class TestCommand:
    def call(self, *args, **options):
        out = io.StringIO()
        call_command("leads_import_log", *args, stdout=out, stderr=io.StringIO(), **options)
        return out.getvalue()

    @pytest.fixture
    def log(self, tmp_path, site):
        path = tmp_path / "access.log"
        path.write_text("\n".join([line(0, "/"), line(60, "/x/"), line(70, "/a.css"), "nonsense"]) + "\n")
        return str(path)

    def test_tells_in_words(self, log):
        told = self.call(log)
        assert "4 lines read from 2026-09-01 to 2026-09-01." in told
        assert "2 page views in 1 visits of 1 browsers came in" in told
        assert "not a page" in told and "line 4: 'nonsense'" in told and "listed in the admin" in told
        assert "2 page views were in already." in self.call(log)
        told = self.call(log, "--dry-run")
        assert "would come in" in told and "listed in the admin" not in told

    def test_tells_as_json(self, log):
        told = json.loads(self.call(log, "--json"))
        assert told["views"] == 2 and told["left_out"] == {"not_html": 1, "malformed": 1}
        assert told["first"].startswith("2026-09-01T09:00:00+09:00") and not told["dry_run"] and not told["interrupted"]

    def test_reads_stdin(self, log, monkeypatch):
        with open(log, "rb") as lines:
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines.read())))
        assert json.loads(self.call("-", "--json"))["views"] == 2

    def test_nothing_is_read_when_a_file_is_missing(self, log, tmp_path):
        with pytest.raises(CommandError, match="No such file"):
            self.call(log, str(tmp_path / "none.log"))
        with pytest.raises(CommandError, match="directory"):
            self.call(log, str(tmp_path))
        assert not Visit.objects.exists()

    def test_is_silent_when_asked(self, log):
        assert self.call(log, verbosity=0).strip() == ""

    def test_an_interruption_says_what_is_in(self, log, monkeypatch):
        def interrupted(hits, *, now):
            raise KeyboardInterrupt

        monkeypatch.setattr(log_import, "store_log", interrupted)
        with pytest.raises(CommandError, match="run the same command again") as error:
            self.call(log)
        assert error.value.returncode == 130

    def test_hints(self, log, site, tmp_path):
        told = self.call(log)
        assert "Links from localhost counted as the site's own" in told
        path = tmp_path / "hints.log"
        path.write_text("\n".join(line(n * 60, "/zz/", client="10.0.0.1", agent=None) for n in range(150)))
        told = self.call(str(path))
        assert "Is that your proxy?" in told and "150 lines name no browser" in told
        assert "No path is a page of this site today" in told

    @pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "2026-02-30"])
    def test_a_date_that_is_none(self, log, text):
        with pytest.raises(CommandError):
            self.call(log, "--since", text)

    def test_days_are_the_sites(self):
        assert moment("2026-09-01") == datetime(2026, 8, 31, 15, tzinfo=timezone.utc)
        assert end("2026-09-01") == datetime(2026, 9, 1, 15, tzinfo=timezone.utc)
        assert end("2026-09-01T12:00:00Z") == datetime(2026, 9, 1, 12, tzinfo=timezone.utc)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_the_bar_is_drawn_on_a_terminal_only():
    terminal, pipe = Terminal(), io.StringIO()
    for stream in (terminal, pipe, None):
        bar = Bar(stream)
        bar.show("read", 50_000_000, 100_000_000)
        bar.end()
    assert "50%" in terminal.getvalue() and "50 MB" in terminal.getvalue() and pipe.getvalue() == ""


def test_the_bar_is_not_drawn_for_each_line():
    terminal = Terminal()
    bar = Bar(terminal)
    for n in range(1000):
        bar.show("store", n, 1000)
    assert terminal.getvalue().count("\r") < 5
