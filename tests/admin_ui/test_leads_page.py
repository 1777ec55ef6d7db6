"""The page of a lead, section by section; tags; and the wish how to be contacted on it and on Today."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.admin_ui import rows
from tests.admin_ui.rows import NOW, activity, browser, lead, person, visit
from wagtail_leads.capture.models import Conversion, FormSubmission, Goal
from wagtail_leads.identity.models import Consent, Lead, LeadChange, LeadMerge, LeadTag, LeadTagging
from wagtail_leads.identity.operations import save_lead
from wagtail_leads.mailing.models import MailPreference, Message
from wagtail_leads.reports.queries import find_calls
from wagtail_leads.sales.models import Todo

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client):
    client.user = person(superuser=True)
    client.force_login(client.user)
    return client


def url(one, name="inspect") -> str:
    return reverse(f"wagtail_leads_leads:{name}", args=(one.pk,))


def text_of(client, one, **query) -> str:
    answer = client.get(url(one), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_forms_with_all_answers_and_those_that_are_held(boss):
    one = lead()
    answers = [{"label": "ご質問", "value": "<b>納期は？</b>"}, {"label": "空", "value": ""}]
    FormSubmission.objects.create(dedupe_key="1", lead=one, data={"answers": answers}, is_inquiry=True, at=NOW)
    FormSubmission.objects.create(
        dedupe_key="2", lead=one, data={"message": "buy pills"}, is_spam=True, spam_reason="links", at=NOW
    )
    text = text_of(boss, one)
    assert "ご質問" in text and "&lt;b&gt;納期は？&lt;/b&gt;" in text and "held as spam" in text and "buy pills" in text
    assert "空" not in text


def test_documents_sent_and_fetched_with_the_state_of_the_link(boss):
    one, now = lead(), timezone.now()
    for n, (title, days) in enumerate([("新しい資料", 1), ("古い資料", 400)]):
        at = now - timedelta(days=days)
        Message.objects.create(
            dedupe_key=f"d{n}",
            lead=one,
            to_address=one.email,
            address_key="k",
            template="paper",
            state="sent",
            purpose="transactional",
            context={"document_id": n + 1, "title": title},
            due_at=at,
            created_at=at,
            sent_at=at,
        )
    activity("asset_downloaded", now, lead=one, title="新しい資料")
    text = text_of(boss, one)
    assert (
        "link works until" in text and "link is over" in text and "fetched 1 time" in text and "not fetched yet" in text
    )


def test_goals_with_their_worth(boss):
    one = lead()
    goal = Goal.objects.create(name="見積依頼", kind="form", value=50000, created_at=NOW)
    for n in range(2):
        Conversion.objects.create(goal=goal, activity_id=n, lead=one, value=50000, at=NOW)
    text = text_of(boss, one)
    assert "見積依頼" in text and "100,000" in text


def test_permission_with_wording_version_page_and_what_the_reader_chose(boss):
    one = lead()
    Consent.objects.create(
        lead=one,
        email_key=one.email_key,
        granted=True,
        at=NOW,
        wording="案内を受け取る",
        form_version=3,
        page_url="https://x.example/p/",
        confirmed_at=NOW,
    )
    MailPreference.objects.create(
        address_key=one.email_key, frequency="weekly", paused_until=timezone.now() + timedelta(days=9), updated_at=NOW
    )
    text = text_of(boss, one)
    for said in (
        "案内を受け取る",
        "version 3 of the form",
        "https://x.example/p/",
        "confirmed on",
        "once a week",
        "pause until",
    ):
        assert said in text


def test_browsers_say_what_taking_them_back_would_remove(boss):
    one = lead()
    visitor = browser(one, from_at=NOW)
    visit(visitor, NOW - timedelta(days=2), 5)
    visit(visitor, NOW, 3)
    assert "Would take away 1 visit (3 pages)" in text_of(boss, one)
    boss.post(reverse("wagtail_leads_link_take_back", args=(visitor.links.get().pk,)))
    assert "Would bring back 1 visit (3 pages)" in text_of(boss, one)


def test_changes_in_words_and_of_one_field(boss):
    one, other = lead(), person()
    for field, before, after in (
        ("owner_id", "", str(other.pk)),
        ("stage", "latent", "prospect"),
        ("tag", "", "展示会"),
        ("extra.gone", "a", "b"),
    ):
        LeadChange.objects.create(
            lead=one, field=field, before=before, after=after, by_what="hand", by=boss.user, at=NOW
        )
    text = text_of(boss, one)
    assert (
        other.username in text
        and "Prospect" in text
        and "展示会" in text
        and "extra.gone" in text
        and "by hand" in text
    )
    only = boss.get(url(one), {"change": "stage"}).context["changes"]
    assert [(change.before, change.after) for change in only] == [("Latent", "Prospect")]
    assert len(boss.get(url(one), {"change": "nonsense"}).context["changes"]) == 4


def test_merges_and_people_who_may_be_the_same(boss):
    one = save_lead(Lead(name="佐藤", mobile="090-1234-5678"), now=NOW)
    twin = save_lead(Lead(name="佐藤 健", mobile="09012345678"), now=NOW)
    gone = lead("Alt", merged_into=one)
    done = LeadMerge.objects.create(loser=gone, survivor=one, at=NOW, by=boss.user)
    text = text_of(boss, one)
    assert "the same mobile number" in text and f"/{one.pk}/{twin.pk}/" in text
    assert reverse("wagtail_leads_merge_undo", args=(done.pk,)) in text


class TestTags:
    def test_put_on_and_taken_off(self, boss):
        one = lead()
        boss.post(url(one, "tags"), {"new": "展示会"})
        tag = LeadTag.objects.get()
        assert "展示会" in text_of(boss, one)
        boss.post(url(one, "tags"), {"new": "展示会"})
        assert LeadTagging.objects.count() == 1
        boss.post(url(one, "tags"), {"off": tag.pk})
        assert not LeadTagging.objects.exists()
        assert [(change.before, change.after) for change in LeadChange.objects.order_by("pk")] == [
            ("", "展示会"),
            ("展示会", ""),
        ]

    @pytest.mark.parametrize("data", [{}, {"new": "  "}, {"off": "x"}, {"off": "9" * 30}, {"tag": "\0"}])
    def test_nonsense(self, boss, data):
        assert boss.post(url(lead(), "tags"), data).status_code == 302
        assert not LeadTag.objects.exists()

    def test_a_new_one_needs_the_right_to_make_tags(self, client):
        user = person("view_lead", "change_lead")
        client.force_login(user)
        one = lead(owner=user)
        client.post(url(one, "tags"), {"new": "x"})
        assert not LeadTag.objects.exists()
        assert client.post(url(lead(owner=person()), "tags"), {"new": "x"}).status_code == 302


def test_a_to_do_is_taken_from_the_page(boss):
    one = lead()
    todo = Todo.objects.create(lead=one, title="t", due_at=NOW, created_at=NOW)
    assert "I take it" in text_of(boss, one)
    boss.post(url(one, "start"), {"todo": todo.pk})
    todo.refresh_from_db()
    assert (todo.status, todo.owner) == ("in_progress", boss.user)
    assert "I take it" not in text_of(boss, one)


WISHES = [
    # wish, asked?, call button, write button
    ("", False, True, True),
    ("phone_fine", False, True, True),
    ("mail_only", False, False, True),
    ("no_contact", False, False, False),
    ("no_contact", True, False, True),
]


@pytest.mark.parametrize(("wish", "asked", "call", "write"), WISHES)
def test_the_wish_binds_the_buttons_of_the_page_and_of_today(boss, wish, asked, call, write):
    now = timezone.now()
    one = lead(phone="03-6344-6580", contact_wish=wish, score=90.0)
    if asked:
        activity("inquiry_made", now, lead=one, title="お問い合わせ")
    Todo.objects.create(lead=one, title="t", due_at=now, created_at=now)
    page = text_of(boss, one)
    assert ("Call 03-6344-6580" in page) is call
    assert ("Write</a>" in page) is write
    assert ("please do not call" in page) is (wish == "mail_only") and ("Wishes no contact" in page) is (
        wish == "no_contact"
    )
    today = boss.get(reverse("wagtail_leads_today")).content.decode()
    assert str(one) in today and ('href="tel:' in today) is call


def test_who_wants_no_contact_is_not_named_as_hot(boss):
    now = timezone.now()
    for wish in ("", "no_contact"):
        made = lead(wish or "fine", contact_wish=wish)
        rows.LeadScore.objects.create(lead=made, value=200, as_of=now, rank=1e6)
    assert [str(call.lead) for call in find_calls(now=now, visible=Lead.objects.all())] == ["fine"]


def test_stopped_use_is_told_first(boss):
    one = lead(stopped_at=NOW, phone="03-6344-6580")
    text = text_of(boss, one)
    assert "Use of the data stopped" in text and text.index("lx-banner") < text.index("lx-next")
    assert 'href="tel:' not in text
