import pytest

from wagtail_leads.models import Lead, Link, Message


@pytest.fixture
def lead(db, now):
    return Lead.objects.create(email="taro@mihon.example", email_key="k" * 64, name="山田 太郎", created_at=now)


@pytest.fixture
def message(site, lead, now):
    return Message.objects.create(
        dedupe_key="m" * 64,
        site=site,
        lead=lead,
        to_address=lead.email,
        address_key=lead.email_key,
        purpose="marketing",
        template="paper",
        subject="Our news",
        state="sent",
        due_at=now,
        created_at=now,
        sent_at=now,
    )


@pytest.fixture
def link(db):
    return Link.objects.create(url_key="l" * 64, url="http://localhost/article/")


@pytest.fixture
def browser(browser):
    """These tests read what pages say; they read English."""
    browser.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return browser
