"""The companies of many leads at once: one domain is one company, called as most of its people call it."""

import pytest

from wagtail_leads.companies.models import Company
from wagtail_leads.companies.of_leads import companies_of_leads

pytestmark = pytest.mark.django_db
A, B, C = "a@works.jp", "b@works.jp", "c@works.jp"


@pytest.mark.parametrize(
    "people, name",
    [
        ([(A, "青空"), (B, "みどり"), (C, "青空")], "青空"),
        ([(A, "みどり"), (B, "青空"), (C, "青空")], "青空"),
        ([(A, "青空"), (B, "みどり")], "青空"),
        ([(A, ""), (B, "青空")], "青空"),
        ([(A, ""), (B, "")], "works.jp"),
        ([(A, "青空"), (B, "㈱青空"), (C, "みどり")], "青空"),
    ],
)
def test_most_of_its_people_name_a_company(now, people, name):
    found = {company.name for company in companies_of_leads(people, now=now)}
    assert found == {name}
    assert list(Company.objects.values_list("name", flat=True)) == [name], "no company without anybody in it"


def test_people_of_mail_providers_are_where_they_say(now):
    found = companies_of_leads([("x@gmail.com", "青空"), ("y@gmail.com", "みどり"), ("", "青空"), ("z@gmail.com", "")], now=now)
    assert [company and company.name for company in found] == ["青空", "みどり", "青空", None]
    assert found[0].pk == found[2].pk


def test_a_known_domain_keeps_its_company(now):
    before = companies_of_leads([(A, "青空")], now=now)
    assert companies_of_leads([(B, "みどり"), (C, "みどり")], now=now) == before * 2 and Company.objects.count() == 1
