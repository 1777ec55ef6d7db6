"""A visitor is not a lead (DESIGN rule 14): links are reversible, have a time range, and never re-point history."""

import pytest

from tests.making import DAY, HOUR, flow, make_fact, make_lead, make_visitor
from wagtail_leads.activity.models import Activity
from wagtail_leads.activity.whose import activities_of
from wagtail_leads.identity.models import Lead, Visitor, VisitorLink
from wagtail_leads.identity.operations import link, unlink, visitor_of_key
from wagtail_leads.identity.queries import lead_at, links_of
from wagtail_leads.logic.kinds import Evidence

pytestmark = pytest.mark.django_db
STRONG = [Evidence.LOGIN, Evidence.CONFIRMED, Evidence.FORM, Evidence.MANUAL]


@pytest.fixture
def taro(now):
    return make_lead(now - 9 * DAY)


@pytest.fixture
def hanako(now):
    return make_lead(now - 9 * DAY, "hanako@mihon.example")


@pytest.fixture
def browser(now):
    return make_visitor(now - 9 * DAY)


def owner(visitor, at):
    return lead_at(links_of([visitor.pk]).get(visitor.pk, []), at)


@pytest.mark.parametrize("evidence", STRONG)
def test_the_first_form_links_the_whole_history_of_the_browser(taro, browser, now, evidence):
    made, new = link(browser, taro, evidence=evidence, now=now, with_history=True)
    assert new and made.from_at is None and made.to_at is None and made.open_key == browser.pk
    assert owner(browser, now - 300 * DAY) == taro.pk and owner(browser, now + DAY) == taro.pk
    assert Visitor.objects.get().lead == taro


def test_history_stays_anonymous_when_it_is_not_to_be_linked(taro, browser, now):
    link(browser, taro, evidence=Evidence.FORM, now=now, with_history=False)
    assert owner(browser, now - HOUR) is None and owner(browser, now) == taro.pk


@pytest.mark.parametrize("evidence", STRONG)
def test_somebody_elses_form_closes_one_link_and_opens_another(taro, hanako, browser, now, evidence):
    link(browser, taro, evidence=Evidence.FORM, now=now - 2 * DAY, with_history=True)
    made, new = link(browser, hanako, evidence=evidence, now=now, with_history=True)
    assert new and made.from_at == now, "what was before stays the other's, whatever is asked for"
    assert owner(browser, now - HOUR) == taro.pk and owner(browser, now + HOUR) == hanako.pk
    assert Visitor.objects.get().lead == hanako
    assert Lead.objects.filter(merged_into__isnull=False).count() == 0, "two known leads are never merged by themselves"


def test_a_browser_that_goes_back_and_forth_has_a_link_for_each_time(taro, hanako, browser, now):
    for number, lead in enumerate([taro, hanako, taro]):
        link(browser, lead, evidence=Evidence.FORM, now=now + number * DAY, with_history=True)
    assert [owner(browser, now + HOUR + n * DAY) for n in (-1, 0, 1, 2)] == [taro.pk, taro.pk, hanako.pk, taro.pk]
    assert VisitorLink.objects.filter(open_key__isnull=False).count() == 1


def test_the_same_form_again_is_the_same_link(taro, browser, now):
    made, _new = link(browser, taro, evidence=Evidence.FORM, now=now, with_history=True)
    assert link(browser, taro, evidence=Evidence.FORM, now=now + DAY, with_history=True) == (made, False)
    assert VisitorLink.objects.count() == 1


def test_one_lead_has_as_many_browsers_as_it_likes(taro, browser, now):
    phone = make_visitor(now)
    for one in (browser, phone):
        assert link(one, taro, evidence=Evidence.FORM, now=now, with_history=True)[1]
    assert taro.links.count() == 2 and owner(phone, now) == owner(browser, now) == taro.pk


# --- mail links are weak ----------------------------------------------------------------------------------------------


def test_a_click_in_a_mail_connects_a_browser_of_nobody_from_now_on(taro, browser, now):
    made, new = link(browser, taro, evidence=Evidence.MAIL_LINK, now=now, with_history=True)
    assert new and made.from_at == now, "no history: the mail may have been forwarded"


def test_a_click_in_a_forwarded_mail_never_repoints_a_known_browser(taro, hanako, browser, now):
    link(browser, hanako, evidence=Evidence.FORM, now=now - DAY, with_history=True)
    assert link(browser, taro, evidence=Evidence.MAIL_LINK, now=now, with_history=True) == (None, False)
    assert VisitorLink.objects.get().lead == hanako and Visitor.objects.get().lead == hanako


def test_a_form_confirms_what_a_mail_link_only_supposed(taro, browser, now):
    weak, _new = link(browser, taro, evidence=Evidence.MAIL_LINK, now=now, with_history=False)
    strong, says_more = link(browser, taro, evidence=Evidence.FORM, now=now + DAY, with_history=True)
    strong.refresh_from_db()
    assert says_more and strong == weak and strong.evidence == "form" and strong.from_at is None
    assert link(browser, taro, evidence=Evidence.MAIL_LINK, now=now, with_history=False) == (strong, False)
    strong.refresh_from_db()
    assert strong.evidence == "form", "a click takes nothing back"


def test_a_confirmed_link_does_not_take_another_persons_time(taro, hanako, browser, now):
    link(browser, hanako, evidence=Evidence.FORM, now=now - 3 * DAY, with_history=True)
    link(browser, taro, evidence=Evidence.FORM, now=now - 2 * DAY, with_history=True)
    VisitorLink.objects.filter(lead=taro).update(evidence="mail_link")
    link(browser, taro, evidence=Evidence.FORM, now=now, with_history=True)
    assert owner(browser, now - 3 * DAY - HOUR) == hanako.pk


def test_somebody_elses_form_replaces_a_weak_link(taro, hanako, browser, now):
    link(browser, taro, evidence=Evidence.MAIL_LINK, now=now - DAY, with_history=False)
    made, new = link(browser, hanako, evidence=Evidence.FORM, now=now, with_history=True)
    assert new and made.from_at == now and Visitor.objects.get().lead == hanako


# --- what the lead learns ---------------------------------------------------------------------------------------------


def test_a_lead_is_connected_from_its_first_link_and_seen_at_the_last(taro, browser, now):
    link(browser, taro, evidence=Evidence.FORM, now=now, with_history=True)
    link(make_visitor(now), taro, evidence=Evidence.FORM, now=now + DAY, with_history=True)
    link(make_visitor(now), taro, evidence=Evidence.FORM, now=now - DAY, with_history=True)
    taro.refresh_from_db()
    assert taro.connected_at == now and taro.last_seen_at == now + DAY and taro.is_connected
    assert list(Lead.objects.active_prospects(now)) == [taro] and not Lead.objects.active_prospects(now + 2 * DAY)


def test_a_link_can_be_taken_back(taro, browser, now):
    made, _new = link(browser, taro, evidence=Evidence.FORM, now=now, with_history=True)
    unlink(made, now=now)
    assert Visitor.objects.get().lead is None and owner(browser, now) is None


def test_taking_an_old_link_back_leaves_todays_owner(taro, hanako, browser, now):
    first, _new = link(browser, taro, evidence=Evidence.FORM, now=now, with_history=True)
    link(browser, hanako, evidence=Evidence.FORM, now=now + DAY, with_history=True)
    link(browser, taro, evidence=Evidence.FORM, now=now + 2 * DAY, with_history=True)
    unlink(first, now=now)
    assert Visitor.objects.get().lead == taro


def test_a_cookie_is_one_visitor(now):
    one = visitor_of_key("a" * 32, client_key="c", now=now)
    assert visitor_of_key("a" * 32, client_key="d", now=now + DAY) == one and one.first_seen_at == now


# --- everything a lead did --------------------------------------------------------------------------------------------


def test_everything_a_lead_did_is_each_line_once(taro, hanako, browser, now):
    before = make_fact("page_viewed", now - DAY, visitor=browser)
    link(browser, taro, evidence=Evidence.FORM, now=now, with_history=True)
    both = make_fact("form_submitted", now, visitor=browser, lead=taro)
    mail = make_fact("email_sent", now, lead=taro)
    hers = make_fact("email_clicked", now + HOUR, visitor=browser, lead=hanako)
    link(browser, hanako, evidence=Evidence.FORM, now=now + DAY, with_history=True)
    after = make_fact("page_viewed", now + 2 * DAY, visitor=browser)
    assert sorted(activities_of(taro).values_list("pk", flat=True)) == [before.pk, both.pk, mail.pk]
    assert sorted(activities_of(hanako).values_list("pk", flat=True)) == [hers.pk, after.pk]


def test_what_a_merged_lead_did_is_the_survivors(taro, hanako, now):
    fact = make_fact("form_submitted", now, lead=hanako)
    Lead.objects.filter(pk=hanako.pk).update(merged_into=taro)
    assert list(activities_of(taro)) == [fact]


# --- in the river -----------------------------------------------------------------------------------------------------


def test_a_click_that_a_person_made_connects_the_browser_in_the_river(taro, browser, now):
    early = make_fact("page_viewed", now - DAY, visitor=browser)
    make_fact("email_clicked", now, visitor=browser, lead=taro)
    late = make_fact("page_viewed", now + HOUR, visitor=browser)
    flow(now + DAY)
    assert VisitorLink.objects.get().evidence == "mail_link"
    assert late in activities_of(taro) and early not in activities_of(taro)


def test_of_two_people_who_click_in_one_browser_the_first_has_it(taro, hanako, browser, now):
    make_fact("email_clicked", now + HOUR, visitor=browser, lead=taro)
    make_fact("email_clicked", now, visitor=browser, lead=hanako)
    flow(now + DAY)
    assert VisitorLink.objects.get().lead == hanako


@pytest.mark.parametrize("gone", ["merged_into", "erased_at"])
def test_a_lead_that_is_gone_gets_no_browser(taro, hanako, browser, now, gone):
    Lead.objects.filter(pk=taro.pk).update(**{gone: hanako if gone == "merged_into" else now})
    make_fact("email_clicked", now, visitor=browser, lead=taro)
    flow(now)
    assert not VisitorLink.objects.exists()
    assert not Activity.objects.exclude(problem="").exists()
