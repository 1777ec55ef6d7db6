from datetime import datetime, timezone

import pytest
from django.core.cache import cache
from django.utils import translation
from wagtail.models import Locale, Page, Site

from tests.testsite.models import ArticlePage, ContactField, ContactPage
from wagtail_leads.capture import pop_ups
from wagtail_leads.public import doors
from wagtail_leads.tracking import site_rules, sorting

BROWSER = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)
NOW = datetime(2026, 11, 20, 3, 0, tzinfo=timezone.utc)


#: What measures time, or has worker processes contend for a database: nothing may run beside it.
ALONE = ("tests/concurrency/", "tests/test_budgets.py")
#: What starts a browser, or a site of its own: a file at a time, two beside each other.
SERVED = ("tests/journeys/", "tests/variations/", "tests/contracts/test_wheel.py")


def pytest_collection_modifyitems(items):
    for item in items:
        if item.nodeid.startswith(ALONE):
            item.add_marker("alone")
        elif item.nodeid.startswith(SERVED):
            item.add_marker("served")


@pytest.fixture(autouse=True)
def fresh_cache():
    """What a process holds of the database is of the test before."""
    cache.clear()
    site_rules.forget()
    pop_ups.forget()
    sorting._sites.cache_clear()
    doors._sites_by_host.cache_clear()


@pytest.fixture(autouse=True)
def same_language(settings):
    """A request of the test before may have left its reader's language behind."""
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture
def now():
    return NOW


@pytest.fixture
def site(db):
    """The default site; made anew after a test that flushed the database."""
    found = Site.objects.filter(is_default_site=True).first()
    if found is not None:
        return found
    Locale.objects.get_or_create(language_code="en")
    root = Page.objects.filter(depth=1).first() or Page.add_root(title="Root", slug="root")
    home = root.add_child(instance=Page(title="Home", slug="home"))
    return Site.objects.create(hostname="localhost", port=80, root_page=home, is_default_site=True)


@pytest.fixture
def home(site):
    return site.root_page


@pytest.fixture
def article(home):
    page = ArticlePage(title="How to choose a camera", slug="article", body="<p>All about cameras.</p>")
    return home.add_child(instance=page)


@pytest.fixture
def paper(home):
    page = ArticlePage(
        title="White paper", slug="paper", body="<p>The secret text.</p>", search_description="A teaser."
    )
    return home.add_child(instance=page)


@pytest.fixture
def contact(home):
    page = home.add_child(instance=ContactPage(title="Contact", slug="contact"))
    for number, (label, kind) in enumerate(
        (("Company", "singleline"), ("Name", "singleline"), ("Email", "email"), ("Message", "multiline"))
    ):
        ContactField.objects.create(page=page, sort_order=number, label=label, field_type=kind, required=True)
    return ContactPage.objects.get(pk=page.pk)


@pytest.fixture
def browser(client):
    """A client that looks like a person's browser."""
    client.defaults.update(
        HTTP_USER_AGENT=BROWSER,
        HTTP_ACCEPT="text/html,application/xhtml+xml,*/*;q=0.8",
        HTTP_ACCEPT_LANGUAGE="ja,en;q=0.8",
        HTTP_SEC_FETCH_MODE="navigate",
        HTTP_SEC_FETCH_DEST="document",
        HTTP_SEC_FETCH_SITE="same-origin",
        HTTP_HOST="localhost",
        REMOTE_ADDR="203.0.113.7",
    )
    return client


@pytest.fixture
def sender(site):
    from wagtail_leads.models import SenderDetails

    return SenderDetails.objects.create(
        site=site,
        company_name="Sample Works Ltd.",
        from_name="Sample Works",
        from_address="info@works.example",
        postal_address="1-2-3 Sample, Tokyo",
        contact="03-0000-0000",
        staff_addresses="staff@works.example",
    )


@pytest.fixture(autouse=True)
def networks_read_anew():
    """What a process holds of own networks outlives a test's database."""
    from wagtail_leads.companies import held

    held.start_anew()
