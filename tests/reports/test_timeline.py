"""One line of time: everything once, nothing of others, in pages that neither skip nor repeat."""

from datetime import timedelta

import pytest
from django.utils import translation

from tests.admin_ui import rows
from tests.admin_ui.rows import NOW, activity, browser, busy_lead, lead, visit
from wagtail_leads.models import Activity, Enrolment, StageChange, Todo, Visit, VisitorLink
from wagtail_leads.reports import lead_facts, timeline
from wagtail_leads.reports.timeline import Cursor, Show, days, reach_of

pytestmark = pytest.mark.django_db


def page(one, **asked):
    return timeline.page(one, reach_of(one), **asked)


def titles(one, **asked) -> list[str]:
    return [entry.row.title for entry in page(one, **asked).entries if entry.what == "activity"]


class TestWhoseFacts:
    def test_what_the_browser_did_before_the_name_was_known(self):
        one = lead()
        visit(browser(one), NOW - timedelta(days=9), 2)
        assert titles(one) == ["Page 1", "Page 0"]

    def test_a_fact_that_both_names_the_lead_and_comes_from_its_browser_is_there_once(self):
        one = lead()
        activity("form_submitted", NOW, lead=one, visitor=browser(one), title="f")
        assert titles(one) == ["f"]

    def test_two_links_of_one_browser_do_not_double(self):
        one = lead()
        visitor = browser(one, to_at=NOW - timedelta(days=1))
        VisitorLink.objects.create(
            visitor=visitor, lead=one, evidence="form", from_at=None, created_at=NOW, open_key=visitor.pk
        )
        visit(visitor, NOW - timedelta(days=3), 1)
        assert titles(one) == ["Page 0"]

    @pytest.mark.parametrize(
        ("from_days", "to_days", "seen"),
        [
            (None, None, True),
            (4, None, True),
            (2, None, False),
            (None, 2, True),
            (None, 4, False),
            (3, 1, True),
            (5, 3, False),
        ],
    )
    def test_only_while_the_browser_was_the_leads(self, from_days, to_days, seen):
        one = lead()
        ago = [None if d is None else NOW - timedelta(days=d) for d in (from_days, to_days)]
        visitor = browser(one, from_at=ago[0], to_at=ago[1])
        activity("page_viewed", NOW - timedelta(days=3), visitor=visitor, title="x")
        assert bool(titles(one)) is seen

    def test_what_somebody_else_did_in_the_same_browser_is_theirs(self):
        one, other = lead(), lead()
        activity("form_submitted", NOW, lead=other, visitor=browser(one), title="theirs")
        assert titles(one) == []
        assert titles(other) == ["theirs"]

    def test_a_merged_leads_history_is_the_survivors(self):
        one = lead()
        gone = lead(merged_into=one)
        activity("form_submitted", NOW, lead=gone, title="a")
        activity("page_viewed", NOW - timedelta(days=1), visitor=browser(gone), title="b")
        assert titles(one) == ["a", "b"]


class TestLines:
    def test_reading_is_told_as_the_time_of_the_opening(self):
        one = lead()
        visit(browser(one), NOW, 1, dwell_ms=180_000)
        (entry,) = [e for e in page(one).entries if e.what == "activity"]
        assert entry.kind == "page_viewed"
        assert entry.dwell == "3 min"

    def test_nobody_measured_is_not_zero(self):
        one = lead()
        visit(browser(one), NOW, 1, dwell_ms=None)
        assert page(one).entries[0].dwell == ""

    def test_to_dos_stages_unsent_mail_and_scenarios_are_there(self):
        one = busy_lead()
        mail = rows.email()
        rows.message(mail, one, state="skipped", sent_at=None, skip_reason="no_basis")
        run = rows.run(rows.scenario(mail), one)
        Enrolment.objects.filter(pk=run.pk).update(state="done", ended_at=NOW)
        assert {e.what for e in page(one).entries} == {
            "activity", "todo", "stage", "message", "run_started", "run_ended", "known"
        }  # fmt: skip

    def test_became_known_stands_between_before_and_since(self):
        one = lead(created_at=NOW)
        activity("page_viewed", NOW - timedelta(hours=1), visitor=browser(one), title="before")
        activity("form_submitted", NOW, lead=one, title="at once")
        activity("page_viewed", NOW + timedelta(hours=1), lead=one, title="since")
        order = [e.row.title if e.what == "activity" else e.what for e in page(one).entries]
        assert order == ["since", "at once", "known", "before"]

    def test_by_day_and_visit(self):
        one = lead(created_at=NOW - timedelta(days=9))
        visitor = browser(one)
        visit(visitor, NOW, 3)
        StageChange.objects.create(
            lead=one, from_stage="latent", to_stage="prospect", at=NOW + timedelta(minutes=1, seconds=5)
        )
        activity("form_submitted", NOW + timedelta(minutes=2, seconds=30), lead=one, visitor=visitor, title="form")
        today, first = days(page(one).entries)
        kinds = [[e.kind for e in group.entries] for group in today.groups]
        assert kinds == [["form_submitted", "page_viewed", "stage", "page_viewed", "page_viewed"]]
        assert today.groups[0].visit.page_count == 3
        assert [e.what for group in first.groups for e in group.entries] == ["known"]

    def test_a_mail_sent_during_a_visit_stands_at_its_moment(self):
        one = lead(created_at=NOW - timedelta(days=9))
        visit(browser(one), NOW, 3)
        activity("email_sent", NOW + timedelta(minutes=1, seconds=5), lead=one, title="mail")
        activity("email_sent", NOW + timedelta(minutes=30), lead=one, title="later")
        told = [[e.row.title for e in group.entries] for group in days(page(one).entries)[0].groups]
        assert told == [["later"], ["Page 2", "mail", "Page 1", "Page 0"]]

    def test_two_browsers_at_once_are_told_by_time(self):
        one = lead(created_at=NOW - timedelta(days=9))
        visit(browser(one), NOW, 3)
        visit(browser(one), NOW + timedelta(minutes=1, seconds=5), 1)
        groups = days(page(one).entries)[0].groups
        times = [entry.at for group in groups for entry in group.entries]
        assert times == sorted(times, reverse=True)
        assert [(len(group.entries), group.goes_on) for group in groups] == [(1, False), (1, False), (2, True)]

    def test_the_persons_own_company_is_no_guess(self):
        one = lead(created_at=NOW - timedelta(days=9))
        own, guessed = rows.company("own"), rows.company("guess", is_guessed=True)
        by_network = visit(browser(one), NOW, 1, company=guessed)
        by_name = visit(browser(one), NOW - timedelta(days=1), 1, company=own)
        Visit.objects.filter(pk=by_name.pk).update(company_reason="lead", company_confidence=90)
        groups = [group for day in days(page(one).entries) for group in day.groups if group.visit]
        assert [(g.visit.pk, g.guess and g.guess.name) for g in groups] == [
            (by_network.pk, "guess"), (by_name.pk, None)
        ]  # fmt: skip

    def test_the_reason_of_a_change_of_stage_is_in_words(self):
        one = lead()
        StageChange.objects.create(lead=one, from_stage="latent", to_stage="prospect", at=NOW, reason="made an inquiry")
        (entry,) = [e for e in page(one).entries if e.what == "stage"]
        with translation.override("ja"):
            assert entry.stage_reason == translation.gettext("made an inquiry") != "made an inquiry"


class TestPages:
    def test_walks_through_everything_once_even_at_the_same_moment(self):
        one = lead()
        for _n in range(7):
            activity("page_viewed", NOW, lead=one)
            Todo.objects.create(lead=one, title="t", due_at=NOW, created_at=NOW)
            StageChange.objects.create(lead=one, from_stage="latent", to_stage="prospect", at=NOW)
        seen, after = [], None
        for _page in range(30):
            got = page(one, after=after, size=4)
            seen += [entry.anchor for entry in got.entries]
            if got.older is None:
                break
            after = Cursor.read(str(got.older))
        assert len(seen) == len(set(seen)) == 22

    def test_fifty_a_page_in_a_constant_number_of_queries(self, django_assert_max_num_queries):
        one = busy_lead(pages=300)
        reach = reach_of(one)
        with django_assert_max_num_queries(9):
            got = timeline.page(one, reach)
        assert len(got.entries) == 50
        assert got.older

    @pytest.mark.parametrize(
        "text", [None, "", "x", "1.2", "1.2.3.4.5", "9" * 30 + ".0.0.0", "1.-1.0.0", "1.9999999.0.0"]
    )
    def test_cursors_nobody_wrote(self, text):
        assert Cursor.read(text) is None


class TestShow:
    def test_by_topic_only_whole_words(self):
        one = lead()
        for topics in ("pump", "pump sensor", "pump-small", "my-pump", ""):
            activity("page_viewed", NOW, lead=one, topics=topics, title=topics)
        assert set(titles(one, show=Show(topic="pump"))) == {"pump", "pump sensor"}

    def test_by_group(self):
        one = lead()
        for kind in ("page_viewed", "email_sent", "form_submitted", "sales_contact"):
            activity(kind, NOW, lead=one, title=kind)
        assert titles(one, show=Show(facts="mail")) == ["email_sent"]
        assert titles(one, show=Show(facts="forms")) == ["form_submitted"]

    def test_the_count_beside_a_sentence_is_the_number_of_lines_it_leads_to(self):
        from wagtail_leads.reports.memo import sentences

        one = lead()
        visitor = browser(one)
        visit(visitor, NOW, 4, topics="pump", content_kind="price")
        visit(visitor, NOW - timedelta(days=1), 2, topics="sensor")
        activity("email_sent", NOW, lead=one, title="m")
        activity("inquiry_made", NOW, lead=one, title="i")
        facts = lead_facts.gather(one, reach_of(one), score=0, now=NOW)
        checked = 0
        for sentence in sentences(facts):
            for anchor in sentence.anchors:
                if anchor.topic:
                    shown = titles(one, show=Show(topic=anchor.topic, facts=anchor.facts))
                    assert len(shown) == anchor.count, sentence.text
                    checked += 1
        assert checked == 2


class TestWhatTheBeaconTells:
    def told(self, kind, title, **values):
        one = lead()
        activity(kind, NOW, lead=one, title=title, **values)
        return page(one).entries[0]

    @pytest.mark.parametrize(
        ("kind", "title", "about"),
        [
            ("site_searched", "ポンプ 価格", "“ポンプ 価格”"),
            ("link_clicked", "https://partner.example/shop/", "partner.example/shop/"),
            ("file_clicked", "/media/spec.pdf", "/media/spec.pdf"),
            ("shared", "line", "LINE (/article/)"),
            ("shared", "new network", "new network (/article/)"),
            ("page_viewed", "", "/article/"),
        ],
    )
    def test_each_kind_says_what_it_is_about(self, kind, title, about):
        entry = self.told(kind, title, path="/article/")
        assert entry.about == about and entry.label and entry.icon != "info-circle"

    def test_the_memo_tells_of_them_and_leads_to_them(self):
        from wagtail_leads.reports.memo import sentences

        one = lead()
        for n, words in enumerate(["pump", "valve", "pump", "seal", "hose"]):
            activity("site_searched", NOW + timedelta(minutes=n), lead=one, title=words)
        for kind in ("link_clicked", "file_clicked", "shared", "shared"):
            activity(kind, NOW, lead=one, title="x")
        told = sentences(lead_facts.gather(one, reach_of(one), score=0, now=NOW + timedelta(hours=1)))
        texts = [sentence.text for sentence in told]
        assert texts[0] == "Searched the site for “hose”, “seal”, “pump” (the last today)."
        assert texts[1:4] == ["Opened a file.", "Shared pages 2 times.", "Followed a link to another site."]
        for sentence in told[:4]:
            (anchor,) = sentence.anchors
            assert len(titles(one, show=Show(facts=anchor.facts))) == anchor.count


def test_facts_are_gathered_in_a_constant_number_of_queries(django_assert_max_num_queries):
    one = busy_lead(pages=100)
    reach = reach_of(one)
    with django_assert_max_num_queries(10):
        facts = lead_facts.gather(one, reach, score=60, now=NOW)
    assert Activity.objects.count() > 200
    assert len(facts.tallies) < 10
    assert facts.visits == 1
