"""Sections of the site come from the page tree."""

import pytest
from django.utils import translation
from wagtail.models import Locale, Page, Site

from wagtail_leads.content.groups import groups_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def products(home):
    return home.add_child(instance=Page(title="Products", slug="products"))


@pytest.fixture
def pump(products):
    return products.add_child(instance=Page(title="Pump", slug="pump"))


def test_a_page_belongs_to_the_section_directly_below_the_root(home, products, pump):
    part = pump.add_child(instance=Page(title="Part", slug="part"))
    section = (products.pk, "Products")
    assert groups_of([products.pk, pump.pk, part.pk]) == {products.pk: section, pump.pk: section, part.pk: section}


def test_the_root_is_home(home):
    assert groups_of([home.pk]) == {home.pk: (home.pk, "Home")}
    with translation.override("ja"):
        assert groups_of([home.pk])[home.pk][0] == home.pk


def test_what_is_gone_or_outside_every_site_is_left_out(home):
    top = Page.objects.get(depth=1)
    stray = top.add_child(instance=Page(title="Stray", slug="stray"))
    assert groups_of([stray.pk, 10**9, None]) == {}
    assert groups_of([]) == {}


def test_a_site_deep_in_the_tree_has_sections_of_its_own(products, pump):
    Site.objects.create(hostname="products.example", root_page=products)
    assert groups_of([products.pk, pump.pk]) == {products.pk: (products.pk, "Home"), pump.pk: (pump.pk, "Pump")}


def test_translations_are_one_section(home, products, pump):
    ja, _made = Locale.objects.get_or_create(language_code="ja")
    home.copy_for_translation(ja)
    seihin = products.copy_for_translation(ja)
    seihin.title = "製品"
    seihin.save()
    ponpu = pump.copy_for_translation(ja)
    found = groups_of([pump.pk, ponpu.pk, seihin.pk])
    assert set(found.values()) == {(products.pk, "Products")}
    assert groups_of([ponpu.pk]) == {ponpu.pk: (seihin.pk, "製品")}, "alone it has its own title"


def test_aliases_of_a_synchronised_tree_are_their_section_s(home, products, pump):
    ja, _made = Locale.objects.get_or_create(language_code="ja")
    home.copy_for_translation(ja, alias=True)
    products.copy_for_translation(ja, alias=True)
    alias = pump.copy_for_translation(ja, alias=True)
    assert groups_of([pump.pk, alias.pk])[alias.pk] == (products.pk, "Products")


def test_two_queries_for_any_number_of_pages(products, django_assert_num_queries):
    pks = [products.add_child(instance=Page(title=f"P{n}", slug=f"p{n}")).pk for n in range(30)]
    with django_assert_num_queries(2):
        assert len(groups_of(pks)) == 30
