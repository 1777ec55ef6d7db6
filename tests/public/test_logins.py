"""Site users who log in: linked with the lead of their address, when the site wants that and the browser may be known."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.contrib.auth.signals import user_logged_in
from django.http import HttpResponse
from django.test import override_settings

from tests.making import make_lead
from wagtail_leads.identity import operations
from wagtail_leads.identity.models import Lead, Visitor, VisitorLink
from wagtail_leads.models import Activity
from wagtail_leads.tracking import cookies

pytestmark = pytest.mark.django_db
KEY = "cd" * 16
ON = {"LINK_LOGINS": True}


@pytest.fixture(autouse=True)
def linking():
    with override_settings(WAGTAIL_LEADS=ON):
        yield


def browser(rf, **headers):
    signed = HttpResponse()
    cookies.set_visitor(signed, KEY, secure=False)
    request = rf.post("/login/", HTTP_HOST="localhost", **headers)
    request.COOKIES["leads_visitor"] = signed.cookies["leads_visitor"].value
    return request


def user(email="hanako@mihon.example", **values):
    """Of the site's own user model, which may know no names and no user name."""
    model = get_user_model()
    known = {field.name for field in model._meta.get_fields()}
    told = {"email": email, "username": "hanako", "first_name": "花子", "last_name": "佐藤", **values}
    made = model(**{name: value for name, value in told.items() if name in known})
    made.set_password("x")
    made.save()
    return made


def log_in(request, who):
    user_logged_in.send(sender=type(who), request=request, user=who)


def test_a_login_links_the_browser_with_its_strongest_evidence(rf, site):
    log_in(browser(rf), user())
    link = VisitorLink.objects.get()
    name = "佐藤 花子" if hasattr(get_user_model(), "last_name") else ""
    assert (link.lead.email, link.lead.name, link.lead.source) == ("hanako@mihon.example", name, "login")
    assert link.evidence == "login" and link.visitor.key == KEY and link.from_at is None
    assert Activity.objects.get().kind == "visitor_linked"
    log_in(browser(rf), get_user_model().objects.get(email="hanako@mihon.example"))
    assert VisitorLink.objects.count() == 1 and Activity.objects.count() == 1


def test_logging_in_on_anothers_browser_takes_it_from_now_on(rf, site, now):
    taro = make_lead(now, "taro@mihon.example")
    visitor = Visitor.objects.create(key=KEY, client_key="c", first_seen_at=now, last_seen_at=now)
    first, _new = operations.link(visitor, taro, evidence=operations.Evidence.FORM, now=now, with_history=True)
    log_in(browser(rf), user())
    first.refresh_from_db()
    assert first.to_at is not None and Visitor.objects.get().lead.email == "hanako@mihon.example"


@pytest.mark.parametrize("history", ["from_now", "ask"])
def test_the_setting_about_history_holds_here_too(rf, site, history):
    with override_settings(WAGTAIL_LEADS={**ON, "LINK_HISTORY": history}):
        log_in(browser(rf), user())
    assert VisitorLink.objects.get().from_at is not None


@pytest.mark.parametrize("who", ["off", "staff", "superuser", "editor", "no address", "bad address", "gpc", "no cookie"])
def test_who_is_left_alone(rf, site, who):
    request, person = browser(rf), user()
    if who == "staff":
        person.is_staff = True
    elif who == "superuser":
        person.is_superuser = True
    elif who == "editor":
        person.user_permissions.add(Permission.objects.get(codename="access_admin"))
    elif who.endswith("address"):
        person.email = "" if who == "no address" else "hanako at home"
    elif who == "gpc":
        request = browser(rf, HTTP_SEC_GPC="1")
    elif who == "no cookie":
        request = rf.post("/login/", HTTP_HOST="localhost")
    with override_settings(WAGTAIL_LEADS={"LINK_LOGINS": who != "off"}):
        log_in(request, person)
    assert not Lead.objects.exists() and not VisitorLink.objects.exists()


def test_a_word_that_stands_for_nobody_links_no_browser(rf, site):
    log_in(browser(rf), user("noreply@mihon.example"))
    assert not VisitorLink.objects.exists()


def test_whatever_goes_wrong_nobody_is_kept_from_logging_in(rf, site, caplog):
    person = user()
    person.last_name, person.first_name = ["no", "text"], None
    log_in(browser(rf), person)  # a site's own user model may hold anything
    assert Lead.objects.get().name == ""
    Lead.objects.all().delete()
    broken = browser(rf)
    broken.META["HTTP_HOST"] = None
    del broken.COOKIES
    log_in(broken, person)
    assert "was not linked with a lead" in caplog.text and not Lead.objects.exists()


def test_a_login_without_a_request_is_none_of_ours(site):
    log_in(None, user())
    assert not Lead.objects.exists()
