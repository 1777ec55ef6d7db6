"""名寄せ: what is suggested, what is not, and at what cost."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from wagtail_leads.identity.duplicates import Shared, find_pairs, pairs_of, say_two_people, take_back_two_people
from wagtail_leads.identity.filling import complete, fill_missing
from wagtail_leads.identity.models import Lead, NotDuplicate
from wagtail_leads.identity.operations import save_lead

pytestmark = pytest.mark.django_db


def lead(now, name="", email="", **values) -> Lead:
    return save_lead(Lead(name=name, email=email, **values), now=now)


PAIRS = [
    # one, other, shared, strong
    ({"email": "taro+fair@mihon.co.jp"}, {"email": "taro@mihon.co.jp"}, ["address"], False),
    ({"email": "ta.ro@gmail.com", "name": "山田 太郎"}, {"email": "taro@gmail.com", "name": "山田太郎"}, ["address"], True),
    ({"name": "山田太郎", "company_name": "(株)見本"}, {"name": "山田　太郎", "company_name": "株式会社見本"}, ["person"], False),
    ({"name": "髙橋 花", "company_name": "見本"}, {"name": "高橋花", "company_name": "見本株式会社"}, ["person"], False),
    ({"mobile": "090-1234-5678"}, {"mobile": "+81 90 1234 5678"}, ["mobile"], False),
    ({"mobile": "090-1234-5678"}, {"phone": "０９０−１２３４−５６７８"}, ["mobile"], False),
    ({"name": "山田 太郎", "mobile": "090-1234-5678"}, {"name": "山田太郎", "mobile": "9012345678"}, ["mobile"], False),
    ({"name": "山田 太郎", "phone": "03-6344-6580"}, {"name": "山田太郎", "phone": "0363446580"}, ["phone"], False),
    (
        {"name": "山田 太郎", "company_name": "見本", "mobile": "090-1234-5678"},
        {"name": "山田太郎", "company_name": "㈱見本", "mobile": "09012345678"},
        ["mobile", "person"],
        True,
    ),
]


@pytest.mark.parametrize(("one", "other", "shared", "strong"), PAIRS)
def test_what_two_entries_of_one_person_share(now, one, other, shared, strong):
    first, second = lead(now, **one), lead(now, **other)
    (pair,) = find_pairs(Lead.objects.living())
    assert (pair.first_id, pair.second_id) == (first.pk, second.pk)
    assert [str(reason) for reason in pair.reasons] == shared and pair.is_strong is strong
    assert pairs_of(first, Lead.objects.living()) == pairs_of(second, Lead.objects.living()) == [pair]


NO_PAIRS = [
    ({"name": "山田 太郎", "phone": "03-6344-6580"}, {"name": "佐藤 花子", "phone": "03-6344-6580"}),  # colleagues
    ({"name": "山田 太郎"}, {"name": "山田 太郎"}),  # a name alone
    ({"company_name": "見本"}, {"company_name": "見本"}),
    ({"name": "山田 太郎", "company_name": "見本"}, {"name": "山田 太郎", "company_name": "他社"}),
    ({"email": "ta.ro@mihon.co.jp"}, {"email": "taro@mihon.co.jp"}),  # dots count outside Gmail
    ({"phone": "内線 12"}, {"phone": "内線 12"}),
]


@pytest.mark.parametrize(("one", "other"), NO_PAIRS)
def test_what_is_not_suggested(now, one, other):
    first = lead(now, **one)
    lead(now, **other)
    assert find_pairs(Lead.objects.living()) == [] == pairs_of(first, Lead.objects.living())


def test_a_switchboard_shared_by_many_suggests_nobody(now):
    rows = [lead(now, phone="03-6344-6580") for _n in range(6)]
    assert find_pairs(Lead.objects.living()) == [] == pairs_of(rows[0], Lead.objects.living())


def test_a_large_group_is_paired_with_its_oldest_only(now):
    rows = [lead(now, email=f"taro+{n}@mihon.co.jp") for n in range(12)]
    pairs = find_pairs(Lead.objects.living())
    assert len(pairs) == 11 and {pair.first_id for pair in pairs} == {rows[0].pk}


def test_two_people_are_not_suggested_again_until_that_is_taken_back(now, admin_user):
    one, other = lead(now, email="t+a@mihon.co.jp"), lead(now, email="t@mihon.co.jp")
    assert say_two_people(other, one, now=now, by=admin_user) and not say_two_people(one, other, now=now)
    assert find_pairs(Lead.objects.living()) == [] == pairs_of(one, Lead.objects.living())
    row = NotDuplicate.objects.get()
    assert (row.first, row.second, row.by) == (one, other, admin_user)
    take_back_two_people(row)
    assert len(find_pairs(Lead.objects.living())) == 1
    with pytest.raises(ValueError):
        say_two_people(one, one, now=now)


def test_only_leads_that_are_asked_for_are_compared(now):
    one, other = lead(now, email="t+a@mihon.co.jp"), lead(now, email="t@mihon.co.jp")
    assert find_pairs(Lead.objects.filter(pk=one.pk)) == []
    Lead.objects.filter(pk=other.pk).update(merged_into=one)
    assert find_pairs(Lead.objects.living()) == []


def test_the_strongest_come_first_and_the_number_of_queries_is_constant(now):
    def count():
        with CaptureQueriesContext(connection, ) as caught:
            pairs = find_pairs(Lead.objects.living())
        return pairs, len(caught)

    lead(now, name="山田太郎", phone="03-6344-6580"), lead(now, name="山田 太郎", phone="03-6344-6580")
    _pairs, few = count()
    for n in range(5):
        lead(now, email=f"p{n}+a@mihon.co.jp", name="佐藤"), lead(now, email=f"p{n}@mihon.co.jp", name="佐藤")
    pairs, many = count()
    assert few == many == 5 and len(pairs) == 6
    assert pairs[0].reasons == (Shared.ADDRESS,) and pairs[-1].reasons == (Shared.PHONE,)


def test_leads_from_before_there_were_keys_are_completed_by_the_clock(now):
    for n in range(3):
        Lead.objects.create(name="山田 太郎", email=f"t{n}+x@gmail.com", mobile="090-1234-5678", created_at=now)
    assert [fill_missing(now=now, limit=2) for _n in range(3)] == [2, 1, 0]
    one = Lead.objects.first()
    assert one.address_key and one.mobile_key and (one.family_name, one.given_name) == ("山田", "太郎")
    assert one.updated_at == now


def test_completing_keeps_what_dns_said_of_an_address(now):
    one = Lead(email="a@mihon.example", address_flag="no_mail_server")
    complete(one, now=now)
    assert one.address_flag == "no_mail_server"
