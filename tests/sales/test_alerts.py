"""A target account is on the site: told once a company and day, and never of what is old."""

from datetime import timedelta

import pytest

from tests.making import flow, flow_again, make_fact, make_visitor
from wagtail_leads.activity.turn import Turn
from wagtail_leads.companies.models import Market
from wagtail_leads.companies.operations import company_by_name, merge
from wagtail_leads.logic.kinds import ActivityKind
from wagtail_leads.mailing.composing import compose
from wagtail_leads.mailing.models import Message
from wagtail_leads.sales.alerts import announce
from wagtail_leads.sales.models import TargetAlert

pytestmark = pytest.mark.django_db


@pytest.fixture
def target(now, sender):
    company = company_by_name("Mihon Seiki", now=now, is_guessed=True)
    type(company).objects.filter(pk=company.pk).update(is_target=True)
    company.refresh_from_db()
    return company


def opened(at, title="Prices", kind=ActivityKind.PAGE_VIEWED, **values):
    return make_fact(kind, at, title=title, visitor=make_visitor(at), **values)


def turn_of(company, *activities, now, why=(85, "company_file")):
    companies = {a.pk: company.pk for a in activities}
    return Turn(now=now, activities=list(activities), company_of=companies, why_company=dict.fromkeys(companies, why))


def test_an_alert_and_a_notice(target, now):
    announce(turn_of(target, opened(now), opened(now, "Cases", high_intent=True), now=now))
    alert = TargetAlert.objects.get()
    assert (alert.company, alert.at) == (target, now)
    mail = Message.objects.get()
    assert (mail.template, mail.to_address, mail.purpose) == ("target_visit", "staff@works.example", "transactional")
    assert mail.context["company"] == "Mihon Seiki"
    assert mail.context["confidence"] == 85
    assert mail.context["reason"] == "the network is registered to this company"
    assert mail.context["pages"] == [
        {"title": "Prices", "high_intent": False},
        {"title": "Cases", "high_intent": True},
    ]
    assert mail.context["url"] == f"http://testserver/cms/leads/companies/{target.pk}/"


def test_once_a_company_and_day(target, now):
    for hour in (0, 1, 2):
        at = now + timedelta(hours=hour)
        announce(turn_of(target, opened(at), now=at))
    assert TargetAlert.objects.count() == Message.objects.count() == 1
    tomorrow = now + timedelta(days=1)
    announce(turn_of(target, opened(tomorrow), now=tomorrow))
    assert TargetAlert.objects.count() == Message.objects.count() == 2


def test_the_day_is_the_local_one(target, now):
    before, after = now.replace(hour=14, minute=50), now.replace(hour=15, minute=10)  # midnight in Tokyo is 15:00 UTC
    announce(turn_of(target, opened(before), now=before))
    announce(turn_of(target, opened(after), now=after))
    assert TargetAlert.objects.count() == 2


def test_a_company_of_many_names_is_told_once(target, now):
    alias = company_by_name("MIHON LTD Tokyo", now=now)
    merge(alias, target, by=None, now=now)
    announce(turn_of(target, opened(now), now=now))
    announce(turn_of(alias, opened(now), now=now))
    assert TargetAlert.objects.get().company == target


@pytest.mark.parametrize(
    ("kind", "hours"),
    [(ActivityKind.PAGE_READ, 0), (ActivityKind.PAGE_VIEWED, -7), (ActivityKind.PAGE_VIEWED, -24 * 90)],
)
def test_what_is_old_or_no_page_is_no_news(target, kind, hours, now):
    announce(turn_of(target, opened(now + timedelta(hours=hours), kind=kind), now=now))
    assert not TargetAlert.objects.exists()


def test_others_are_not_told(target, now, django_assert_num_queries):
    other = company_by_name("Other", now=now)
    activity = opened(now)
    with django_assert_num_queries(1):
        announce(turn_of(other, activity, now=now))
    with django_assert_num_queries(0):
        announce(Turn(now=now, activities=[activity]))
    assert not TargetAlert.objects.exists()


def test_who_sells_to_people_is_left_in_peace(target, now):
    Market.objects.create(sells_to="people")
    announce(turn_of(target, opened(now), now=now))
    assert not TargetAlert.objects.exists()


def test_without_staff_addresses_the_alert_stands_on_today(target, sender, now):
    type(sender).objects.update(staff_addresses="")
    announce(turn_of(target, opened(now), now=now))
    assert TargetAlert.objects.exists() and not Message.objects.exists()


def test_in_the_river_twice_is_once(target, now):
    from wagtail_leads.tracking.models import PageView, Visit

    visitor = make_visitor(now)
    activity = make_fact(ActivityKind.PAGE_VIEWED, now, title="Prices", visitor=visitor)
    visit = Visit.objects.create(
        visitor=visitor,
        started_at=now,
        last_at=now,
        company=target,
        company_confidence=85,
        company_reason="company_file",
    )
    PageView.objects.create(visit=visit, activity=activity, client_key="c", path="/", at=now)
    flow(now)
    assert TargetAlert.objects.count() == Message.objects.count() == 1
    flow_again(now)
    assert TargetAlert.objects.count() == Message.objects.count() == 1
    assert Message.objects.get().context["confidence"] == 85


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_notice_says_how_sure_and_why(target, now, language, settings):
    settings.LANGUAGE_CODE = language
    announce(turn_of(target, opened(now, "Prices & terms", high_intent=True), now=now))
    mail = compose(Message.objects.get())
    assert "Mihon Seiki" in mail.subject
    text = mail.body
    for words in ("85", "Prices & terms", f"/cms/leads/companies/{target.pk}/"):
        assert words in text
