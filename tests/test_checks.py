"""Each mistake of an installation has an id and a cure."""

import sys
from types import SimpleNamespace

import pytest
from django.core.checks import run_checks

from wagtail_leads import checks

OURS = checks.MIDDLEWARE


def ids(found) -> list[str]:
    assert all(message.hint for message in found), "each names the cure"
    return [message.id.removeprefix("wagtail_leads.") for message in found]


def test_a_good_site_has_nothing_to_say(db, sender):
    found = [m for m in run_checks(databases=["default"]) if (m.id or "").startswith("wagtail_leads")]
    assert not found


def test_the_middleware_is_missing(settings):
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if name != OURS]
    assert ids(checks.middleware(None)) == ["E001"]


@pytest.mark.parametrize("above", checks.BELOW_US)
def test_the_middleware_stands_too_low(settings, above):
    rest = [name for name in settings.MIDDLEWARE if name not in (OURS, above)]
    settings.MIDDLEWARE = [rest[0], above, OURS, *rest[1:]]
    assert ids(checks.middleware(None)) == ["W002"]


def test_the_url_include_is_missing(settings):
    settings.ROOT_URLCONF = "wagtail.urls"
    assert ids(checks.url_include(None)) == ["E003"]


def test_the_url_include_stands_in_i18n_patterns(settings):
    settings.ROOT_URLCONF = "tests.tracking.urls_in_languages"
    assert ids(checks.url_include(None)) == ["W014"]
    settings.ROOT_URLCONF = "tests.tracking.language_urls"
    assert checks.url_include(None) == []


def test_no_sender_details(db, sender):
    assert not checks.sender_details(None, databases=["default"])
    sender.postal_address = ""
    sender.save()
    assert ids(checks.sender_details(None, databases=["default"])) == ["W004"]
    assert not checks.sender_details(None, databases=None), "a plain `check` asks no database"


@pytest.mark.parametrize(
    ("queue", "expected"),
    [
        ({"timeout": 120, "retry": 600, "workers": 2, "queue_limit": 2}, []),
        ({"timeout": 120, "retry": 60, "workers": 2, "queue_limit": 2}, ["W005"]),
        ({"timeout": 120, "retry": 130, "workers": 1, "queue_limit": 50}, ["W005"]),  # the lock begins at the prefetch
        ({"timeout": None, "retry": 60, "workers": 2, "queue_limit": 2}, ["W005"]),
    ],
)
def test_a_queue_that_runs_tasks_twice(monkeypatch, queue, expected):
    monkeypatch.setattr(checks.background, "queue_settings", lambda: queue)
    assert ids(checks.queue(None)) == expected


@pytest.mark.parametrize(
    ("options", "buffer", "expected"),
    [
        ({}, "memory", ["W006"]),
        ({"enable-threads": True}, "memory", []),
        ({b"enable-threads": b"true"}, "memory", []),
        ({"threads": b"4"}, "memory", []),
        ({b"threads": b"4"}, "memory", []),
        ({}, "spool", []),
    ],
)
def test_uwsgi_without_threads(monkeypatch, settings, options, buffer, expected):
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "BUFFER": buffer}
    monkeypatch.setitem(sys.modules, "uwsgi", SimpleNamespace(opt=options))
    assert ids(checks.uwsgi_threads(None)) == expected


def test_not_under_uwsgi(monkeypatch):
    monkeypatch.delitem(sys.modules, "uwsgi", raising=False)
    assert not checks.uwsgi_threads(None)


def test_cookies_that_are_not_secure(settings):
    assert not checks.secure_cookies(None)
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "COOKIE_SECURE": False}
    assert ids(checks.secure_cookies(None)) == ["W007"]


def test_sqlite_that_begins_deferred(settings):
    settings.DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "OPTIONS": {}}}
    assert ids(checks.sqlite_transactions(None)) == ["W008"]
    settings.DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql"}}
    assert not checks.sqlite_transactions(None)


@pytest.mark.parametrize("name", ["TRUSTED_PROXIES", "OWN_NETWORKS"])
@pytest.mark.parametrize("value", [["nonsense"], [7.5], "10.0.0.0/8", 5])
def test_networks_that_are_none(settings, name, value):
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, name: value}
    assert ids(checks.networks(None)) == ["E009"]


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ((), []),
        ("/a.mmdb", []),
        (["/a.mmdb", ("/b.mmdb", "company")], []),
        ([("/b.mmdb", "companies")], ["E012"]),
        ([("/b.mmdb",)], ["E012"]),
        ([7], ["E012"]),
    ],
)
def test_company_files_that_cannot_be_read(settings, files, found):
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "MMDB": files}
    assert ids(checks.company_files(None)) == found


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("tests.companies.test_chain.Directory", []),
        ("tests.companies.test_chain.Absent", ["W013"]),
        ("nonsense", ["W013"]),
        ("wagtail_leads.conf.get", ["W013"]),
    ],
)
def test_resolvers_that_cannot_be_used(settings, path, found):
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "RESOLVERS": [path]}
    assert ids(checks.resolvers(None)) == found


def test_a_setting_that_does_not_exist(settings):
    settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "TRAKCING": True}
    (found,) = checks.unknown_settings(None)
    assert ids([found]) == ["W010"] and "TRAKCING" in found.msg
