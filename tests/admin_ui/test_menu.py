"""The menu: six entries, each only for whom it is."""

import pytest
from django.test import RequestFactory
from django.urls import reverse
from wagtail import hooks

from tests.admin_ui.rows import person
from wagtail_leads.admin_ui import menu
from wagtail_leads.wagtail_hooks import icons, know_colleagues

pytestmark = pytest.mark.django_db
SIX = ["leads-today", "leads-leads", "leads-companies", "leads-mail", "leads-scenarios", "leads-settings"]


def names_for(user) -> list[str]:
    request = RequestFactory().get("/")
    request.user = user
    item = menu.leads_menu()
    return [entry.name for entry in sorted(item.menu.menu_items_for_request(request), key=lambda entry: entry.order)]


def test_an_administrator_sees_exactly_six_entries_in_order():
    assert names_for(person(superuser=True)) == SIX


def test_without_any_permission_there_is_no_menu():
    user = person()
    assert names_for(user) == []
    request = RequestFactory().get("/")
    request.user = user
    assert not menu.leads_menu().is_shown(request)


@pytest.mark.parametrize(
    "permission, shown",
    [
        ("view_lead", ["leads-today", "leads-leads", "leads-settings"]),
        ("change_lead", ["leads-today", "leads-leads", "leads-settings"]),
        ("add_lead", []),
        ("view_company", ["leads-companies", "leads-settings"]),
        ("view_visit", []),
        ("change_email", ["leads-mail"]),
        ("view_scenario", ["leads-scenarios"]),
        ("change_senderdetails", ["leads-settings"]),
    ],
)
def test_each_entry_is_for_those_who_may_see_what_is_behind_it(permission, shown):
    assert names_for(person(permission)) == shown


def test_every_entry_leads_somewhere(client):
    client.force_login(person(superuser=True))
    for number in range(len(menu.ENTRIES)):
        assert client.get(menu.entry(number).url).status_code == 200


def test_nothing_of_ours_stands_in_another_menu(client):
    client.force_login(person(superuser=True))
    request = RequestFactory().get("/")
    request.user = person(superuser=True)
    ours = [fn().name for fn in hooks.get_hooks("register_admin_menu_item") if fn().name.startswith("leads")]
    assert ours == ["leads"]
    assert client.get(reverse("wagtailadmin_home")).status_code == 200


def test_whoever_sees_the_admin_menu_is_known_as_a_colleague():
    request = RequestFactory().get("/")
    know_colleagues(request, [])
    assert request._leads_staff is True


def test_our_icons_exist():
    from django.template.loader import get_template

    for path in icons([]):
        assert f'id="icon-{path.rpartition("/")[2][:-4]}"' in get_template(path).render()


def test_the_right_to_export_can_be_given_to_a_group():
    offered = {p.codename for fn in hooks.get_hooks("register_permissions") for p in fn()}
    assert "export_lead" in offered
