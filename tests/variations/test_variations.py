"""The same tests on sites that are different."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.urls import set_script_prefix

from tests.journeys.test_by_client import fill_form, tell
from wagtail_leads import tasks
from wagtail_leads.content.models import PagePolicy
from wagtail_leads.models import Activity, FormSubmission, Message, SenderDetails, Visit

ROOT = Path(__file__).resolve().parents[2]


def test_a_site_where_everything_is_different():
    """Own user (by mail address), image and document models, languages in the path, ATOMIC_REQUESTS, a strict CSP."""
    if os.environ.get("LEADS_TEST_VARIATION"):
        pytest.skip("this is that site")
    # every public door, but not each of its cases twice
    left_out = ("any_input", "abuse", "form_signals", "my_data", "preferences", "second_device", "pop_ups", "consent_modes")
    tests = ["tests/journeys/test_by_client.py", "tests/public", *(f"--ignore=tests/public/test_{n}.py" for n in left_out)]
    told = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", *tests],
        cwd=ROOT, env={**os.environ, "LEADS_TEST_VARIATION": "1"}, capture_output=True, text=True, timeout=500,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout[-5000:] + told.stderr[-1000:]
    assert re.search(r"\d\d passed", told.stdout)


@pytest.fixture
def below_app():
    """What Django's WSGI handler does with SCRIPT_NAME, and its test client does not."""
    set_script_prefix("/app/")
    yield
    set_script_prefix("/")


@pytest.mark.django_db
def test_a_site_below_a_script_prefix(browser, paper, now, below_app):
    PagePolicy.objects.create(page_id=paper.pk, gated=True, updated_at=now)
    html = browser.get("/paper/", SCRIPT_NAME="/app").content.decode()
    assert 'src="/app/leads/page.js" data-to="/app/leads/b"' in html
    action = re.search(r'action="(/app/leads/f/[^"]+)"', html)[1].removeprefix("/app")
    answers = {"company": "x", "name": "y", "email": "taro@mihon.example"}
    response = browser.post(action, answers, SCRIPT_NAME="/app")
    assert response.status_code == 303 and response.headers["Location"].endswith("/paper/")


@pytest.mark.django_db(transaction=True)
def test_several_sites_of_one_installation(browser, home, paper, sender, now, mailoutbox):
    """Leads are shared; visits, forms and the sender are each site's own."""
    from wagtail.models import Page, Site

    from tests.testsite.models import ArticlePage

    root = Page.objects.get(depth=1)
    other_home = root.add_child(instance=Page(title="Other", slug="other"))
    other = Site.objects.create(hostname="other.example", port=80, root_page=other_home)
    twin = other_home.add_child(
        instance=ArticlePage(title="Other paper", slug="paper", body="<p>Other secret.</p>", search_description="x")
    )
    SenderDetails.objects.create(
        site=other, company_name="Other Ltd.", from_name="Other", from_address="info@other.example",
        postal_address="Osaka", contact="06-0000-0000",
    )  # fmt: skip
    for page in (paper, twin):
        PagePolicy.objects.create(page_id=page.pk, gated=True, updated_at=now)

    for host in ("localhost", "other.example"):
        browser.defaults["HTTP_HOST"] = host
        browser.cookies.clear()
        html = browser.get("/paper/").content.decode()
        tell(browser, html, "/paper/", view=("a" if host == "localhost" else "b") * 16, ms=5000)
        response = fill_form(browser, html, email="taro@mihon.example")
        assert response.status_code == 303 and response.headers["Location"].endswith("/paper/")
    tasks.run_all()
    assert FormSubmission.objects.count() == 2
    assert set(Visit.objects.values_list("site_id", flat=True)) == {other.pk, paper.get_site().pk}
    assert len(set(Message.objects.values_list("lead_id", flat=True))) == 1, "one person"
    assert {m.from_email for m in mailoutbox} == {"Sample Works <info@works.example>", "Other <info@other.example>"}
    (from_other,) = (m for m in mailoutbox if "other.example" in m.from_email)
    assert "http://other.example/leads/l/" in from_other.alternatives[0][0], "links lead back to the same site"
    assert set(Activity.objects.filter(kind="form_submitted").values_list("site_id", flat=True)) == {
        other.pk,
        paper.get_site().pk,
    }
