"""The main job through Django's test client: quick, on every database. The real browser is in test_main_job.py."""

import json
import re

import pytest
from django.core import mail

from wagtail_leads import tasks
from wagtail_leads.content.models import PagePolicy
from wagtail_leads.models import (
    Activity,
    Consent,
    FormPageSource,
    Lead,
    Message,
    PageView,
    Reaction,
    ScoreEntry,
    Suppression,
    Todo,
    Visit,
    Visitor,
)

pytestmark = pytest.mark.django_db(transaction=True)


def tell(browser, html: str, path: str, *, view: str, ms: int, final: int = 0):
    """What the script would tell."""
    token = re.search(r'data-page="([^"]+)"', html)[1]
    body = json.dumps({"v": view, "t": ms, "s": 80, "p": token, "u": path, "r": "", "e": final})
    return browser.post("/leads/b", body, content_type="text/plain")


def read(browser, path: str, *, view: str, ms: int = 5000):
    html = browser.get(path).content.decode()
    assert tell(browser, html, path, view=view, ms=0).status_code == 204
    assert tell(browser, html, path, view=view, ms=ms, final=1).status_code == 204
    return html


def fill_form(browser, html: str, **answers):
    action = re.search(r'action="(/leads/f/[^"]+)"', html)[1]
    return browser.post(action, {"company": "株式会社見本", "name": "山田 太郎", **answers})


def test_a_visitor_becomes_a_lead_with_the_whole_history(browser, article, paper, sender, now):
    PagePolicy.objects.create(page_id=article.pk, high_intent=True, updated_at=now)
    PagePolicy.objects.create(page_id=paper.pk, gated=True, updated_at=now)

    read(browser, "/article/", view="a" * 16, ms=70_000)
    gate = read(browser, "/paper/", view="b" * 16)
    assert "The secret text" not in gate and "A teaser." in gate

    assert Visit.objects.count() == 1 and PageView.objects.count() == 2
    assert Activity.objects.filter(kind="page_viewed").count() == 2
    assert Activity.objects.get(kind="page_read", title=article.title).value == 70_000
    assert not Lead.objects.exists()

    response = fill_form(browser, gate, email="taro@mihon.example")
    assert response.status_code == 303 and response.headers["Location"] == "/paper/"
    assert "The secret text" in browser.get("/paper/").content.decode()

    tasks.run_all()
    lead = Lead.objects.get()
    assert lead.email == "taro@mihon.example" and lead.name == "山田 太郎" and lead.is_connected
    assert lead.company.name == "株式会社見本"
    points = {entry.rule.key: entry.points for entry in ScoreEntry.objects.all()}
    assert points == {"high_intent": 10, "high_intent_read": 10, "page": 1, "form": 15}
    assert Visitor.objects.get().lead == lead
    assert not Consent.objects.exists(), "the box was not ticked"
    assert [m.subject for m in mail.outbox] == ["Your document: White paper"], "the paper comes all the same"
    assert Message.objects.get().state == "sent"


def test_the_link_in_the_mail_opens_the_paper_in_another_browser_and_counts(browser, client, paper, sender, now):
    PagePolicy.objects.create(page_id=paper.pk, gated=True, updated_at=now)
    gate = browser.get("/paper/").content.decode()
    fill_form(browser, gate, email="taro@mihon.example", consent="on")
    tasks.run_all()
    url = re.search(r'href="http://localhost(/leads/l/[^"]+)"', mail.outbox[0].alternatives[0][0])[1]
    browser.cookies.clear()
    response = browser.get(url)
    assert response.status_code == 302
    html = browser.get("/paper/").content.decode()
    assert "The secret text" in html
    assert Reaction.objects.get().verdict == "unknown"
    tell(browser, html, "/paper/", view="c" * 16, ms=0)
    tell(browser, html, "/paper/", view="c" * 16, ms=1500)
    assert Reaction.objects.get().verdict == "human"
    tasks.run_all()
    assert Activity.objects.filter(kind="email_clicked", lead__isnull=False).count() == 1
    assert Lead.objects.get().links.count() == 2, "the new browser is the lead's, too"


def test_unsubscribe_by_one_click_ends_marketing_mail(browser, paper, sender, now):
    PagePolicy.objects.create(page_id=paper.pk, gated=True, updated_at=now)
    fill_form(browser, browser.get("/paper/").content.decode(), email="taro@mihon.example", consent="on")
    tasks.run_all()
    message = Message.objects.get()
    from wagtail_leads.mailing.links import unsubscribe_url

    path = unsubscribe_url(message).removeprefix("http://localhost")
    assert browser.get(path).status_code == 200 and not Suppression.objects.exists(), "a scanner's GET changes nothing"
    response = browser.post(path, {"List-Unsubscribe": "One-Click"})
    assert response.status_code == 200 and Suppression.objects.get().scope == "marketing"
    assert Consent.objects.order_by("-pk").first().granted is False


def test_an_inquiry_makes_lead_todo_reply_and_notice(browser, contact, sender, now, admin_user):
    FormPageSource.objects.create(
        page_id=contact.pk,
        is_inquiry=True,
        mapping={"email": "email", "name": "name", "company": "company", "message": "message"},
        owner=admin_user,
        updated_at=now,
    )
    response = browser.post(
        "/contact/",
        {"company": "(株)見本", "name": "鈴木", "email": "suzuki@mihon.example", "message": "Please call me about prices."},
    )
    assert response.status_code == 200 and b"Thank you." in response.content
    tasks.run_all()
    tasks.run_all()
    lead = Lead.objects.get()
    todo = Todo.objects.get()
    assert todo.lead == lead and todo.owner == admin_user and "call me" in todo.reason
    assert lead.stage == "prospect" and lead.owner == admin_user
    assert sorted(m.to[0] for m in mail.outbox) == ["admin@example.com", "staff@works.example", "suzuki@mihon.example"]


def test_the_visits_from_before_the_name_are_the_company_s_too(browser, article, paper, sender, now):
    PagePolicy.objects.create(page_id=paper.pk, gated=True, updated_at=now)
    read(browser, "/article/", view="a" * 16)
    fill_form(browser, read(browser, "/paper/", view="b" * 16), email="taro@mihon.example")
    tasks.run_all()
    assert Visit.objects.get().company == Lead.objects.get().company
    assert Visit.objects.get().company_reason == "lead"
