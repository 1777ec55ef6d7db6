"""Making leads: one address, one lead; fields fill and replace, and never blank."""

import pytest
from django.db import IntegrityError

from tests.making import DAY, make_lead
from wagtail_leads import signals
from wagtail_leads.identity import operations
from wagtail_leads.identity.filling import FILLABLE
from wagtail_leads.identity.models import Consent, Lead, LeadChange, LeadField, LeadTag
from wagtail_leads.identity.operations import identify, put_tag, record_consent, remove_tag, save_lead, surviving
from wagtail_leads.identity.queries import family_of, may_write, tags_of
from wagtail_leads.logic.errors import AddressTaken, BadAddress, LeadsError

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "again",
    [
        "taro@mihon.example",
        "Taro@Mihon.Example",
        "  taro@mihon.example\n",
        "ｔａｒｏ＠ｍｉｈｏｎ．ｅｘａｍｐｌｅ",
        "mailto:taro@mihon.example",
    ],
)
def test_one_address_is_one_lead_however_it_is_written(now, again):
    first, created = identify(email="taro@mihon.example", now=now)
    second, created_again = identify(email=again, now=now)
    assert (created, created_again) == (True, False) and first == second
    assert Lead.objects.get().email == "taro@mihon.example"


@pytest.mark.parametrize("other", ["taro+news@mihon.example", "ta.ro@mihon.example", "taro@mail.mihon.example"])
def test_tags_dots_and_subdomains_are_other_addresses(now, other):
    identify(email="taro@mihon.example", now=now)
    assert identify(email=other, now=now)[1] is True


@pytest.mark.parametrize(
    "bad", ["", "taro", "@", "taro@", "@mihon.example", "ta ro@mihon.example", None, 7, "a\x00b@c.jp"]
)
def test_what_is_no_address_makes_no_lead(now, bad):
    with pytest.raises(BadAddress) as caught:
        identify(email=bad, now=now)
    assert isinstance(caught.value, (LeadsError, ValueError)) and str(caught.value)
    assert not Lead.objects.exists()


@pytest.mark.parametrize("address", ["hanako..suzuki@docomo.ne.jp", "taro.@docomo.ne.jp", "a..b@ezweb.ne.jp"])
def test_old_carrier_addresses_are_people_too(now, address):
    lead, created = identify(email=address, now=now)
    assert created and lead.email == address
    assert identify(email=address.upper(), now=now) == (lead, False)


@pytest.mark.parametrize("address", ["test@gmail.com", "noreply@mihon.co.jp", "info@mihon.co.jp"])
def test_placeholders_and_offices_make_a_lead_of_their_own_address_only(now, address):
    """A form cannot refuse what an office really uses; nothing else is done with the word."""
    lead, _created = identify(email=address, now=now)
    assert lead.email == address and lead.name == ""


def test_a_reserved_domain_makes_no_company(now):
    assert identify(email="taro@example.com", now=now)[0].company is None


def test_fields_fill_what_is_empty_and_replace_what_was_typed_anew(now):
    lead, _c = identify(email="taro@mihon.example", now=now, fields={"name": "Taro", "phone": "1"})
    identify(email="taro@mihon.example", now=now, fields={"phone": "03-1", "department": "Sales"})
    lead.refresh_from_db()
    assert (lead.name, lead.phone, lead.department) == ("Taro", "03-1", "Sales")


@pytest.mark.parametrize("empty", ["", "   ", "\u3000", "\x00"])
def test_an_empty_field_blanks_nothing(now, empty):
    identify(email="taro@mihon.example", now=now, fields={"name": "Taro"})
    identify(email="taro@mihon.example", now=now, fields={"name": empty})
    assert Lead.objects.get().name == "Taro"


def test_fields_are_capped_cleaned_and_limited_to_those_a_form_may_fill(now):
    fields = {"name": "長" * 5000, "phone": "0\x0090", "note": "hacked", "stage": "customer", "email": "x@y.jp"}
    lead, _c = identify(email="taro@mihon.example", now=now, fields=fields)
    lead.refresh_from_db()
    assert lead.name == "長" * 200 and lead.phone == "090"
    assert (lead.note, lead.stage, lead.email) == ("", "latent", "taro@mihon.example")


@pytest.mark.parametrize(
    "name", ["🚀🚀", "مرحبا", "‮evil", "<script>alert(1)</script>", "O'Brien; DROP TABLE", "髙橋 﨑"]
)
def test_any_writing_is_a_name(now, name):
    lead, _c = identify(email="taro@mihon.example", now=now, fields={"name": name})
    lead.refresh_from_db()
    assert lead.name == name


def test_source_and_owner_are_those_of_the_first_form(now, admin_user):
    identify(email="taro@mihon.example", now=now, source="White paper" * 30, owner=admin_user)
    identify(email="taro@mihon.example", now=now, source="Other")
    lead = Lead.objects.get()
    assert lead.source == ("White paper" * 30)[:100] and lead.owner == admin_user


def test_the_company_comes_from_the_domain_and_follows_what_is_typed_anew(now):
    lead, _c = identify(email="taro@mihon.co.jp", now=now, fields={"company_name": "株式会社見本"})
    assert lead.company.name == "株式会社見本"
    other, _c = identify(email="jiro@mihon.co.jp", now=now)
    assert other.company == lead.company, "the same domain is the same company"
    free, _c = identify(email="saburo@gmail.com", now=now)
    assert free.company is None
    free, _c = identify(email="saburo@gmail.com", now=now, fields={"company_name": "(株)見本"})
    assert free.company == lead.company, "a free address names none, what was written does"


def test_the_same_address_at_the_same_time_makes_one_lead(now, monkeypatch):
    """The other request wins between our look and our write."""
    real, calls = operations._make, []

    def slow(address, fields, **more):
        if not calls:
            calls.append(1)
            Lead.objects.create(email=address, email_key=operations.email_key(address), name="Other", created_at=now)
        return real(address, fields, **more)

    monkeypatch.setattr(operations, "_make", slow)
    lead, created = identify(email="taro@mihon.example", now=now, fields={"name": "Taro"})
    assert created is False and Lead.objects.get() == lead
    lead.refresh_from_db()
    assert lead.name == "Taro", "what the second one typed is not lost"


def test_a_merged_address_is_the_lead_it_lives_on_in(now):
    old, middle, new = (make_lead(now, f"{n}@mihon.example") for n in "abc")
    Lead.objects.filter(pk=old.pk).update(merged_into=middle)
    Lead.objects.filter(pk=middle.pk).update(merged_into=new)
    assert identify(email="a@mihon.example", now=now) == (new, False)
    assert surviving(Lead.objects.get(pk=old.pk)) == new
    assert family_of(new) == [new.pk, middle.pk, old.pk] and family_of(old) == [old.pk]


def test_the_site_is_told_after_the_commit(now, django_capture_on_commit_callbacks):
    heard = []

    def listen(sender, lead, visitor, created, **kwargs):
        heard.append((lead.email, created))

    signals.lead_identified.connect(listen)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            identify(email="taro@mihon.example", now=now)
            assert heard == []
        assert heard == [("taro@mihon.example", True)]
    finally:
        signals.lead_identified.disconnect(listen)


def test_a_receiver_that_fails_breaks_nothing(now, django_capture_on_commit_callbacks):
    def fail(sender, **kwargs):
        raise RuntimeError("the site's own mistake")

    signals.lead_identified.connect(fail)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            identify(email="taro@mihon.example", now=now)
    finally:
        signals.lead_identified.disconnect(fail)
    assert Lead.objects.count() == 1


# --- by hand ------------------------------------------------------------------------------------------------------------


def test_a_lead_entered_by_hand_is_normalised_and_placed(now):
    lead = save_lead(Lead(email=" Taro@Mihon.co.jp ", company_name="株式会社見本"), now=now)
    lead.refresh_from_db()
    assert lead.email == "taro@mihon.co.jp" and lead.email_key and lead.company.name == "株式会社見本"
    assert lead.created_at == now


def test_a_lead_needs_no_address(now):
    one, two = (save_lead(Lead(name=name, company_name="見本"), now=now) for name in ("A", "B"))
    assert one.email_key is None and two.email_key is None and one.company == two.company
    one.email = "a@mihon.example"
    save_lead(one, now=now)
    one.email = ""
    assert save_lead(one, now=now).email_key is None


def test_by_hand_a_bad_address_or_one_that_is_taken_is_an_error(now):
    taken = make_lead(now)
    with pytest.raises(BadAddress):
        save_lead(Lead(email="no address"), now=now)
    with pytest.raises(AddressTaken) as caught:
        save_lead(Lead(email="TARO@mihon.example"), now=now)
    assert caught.value.lead_id == taken.pk
    assert Lead.objects.count() == 1


def test_an_address_that_is_taken_this_very_moment_is_the_same_error(now, monkeypatch):
    taken = make_lead(now)
    looks = []
    real = Lead.objects.filter

    def blind_once(**wanted):
        if "email_key" in wanted and not looks:
            looks.append(1)
            return Lead.objects.none()
        return real(**wanted)

    monkeypatch.setattr(Lead.objects, "filter", blind_once)
    with pytest.raises(AddressTaken) as caught:
        save_lead(Lead(email="taro@mihon.example"), now=now)
    assert caught.value.lead_id == taken.pk


def test_another_broken_rule_is_not_called_a_taken_address(now):
    lead = Lead(name=None)
    with pytest.raises(IntegrityError):
        save_lead(lead, now=now)


def test_a_lead_keeps_its_own_address_when_it_is_saved_again(now):
    lead = make_lead(now)
    lead.name = "Jiro"
    assert save_lead(lead, now=now).name == "Jiro"


# --- permission -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "allowed"),
    [([], False), ([True], True), ([True, False], False), ([True, False, True], True), ([False], False)],
)
def test_the_newest_answer_of_an_address_holds(now, answers, allowed):
    lead = make_lead(now)
    for granted in answers:
        record_consent(lead, key=lead.email_key, granted=granted, now=now, wording="May we?", source="Form" * 100)
    assert may_write(lead.email_key) is allowed
    assert Consent.objects.count() == len(answers), "append-only"


def test_what_was_shown_is_kept_as_proof(now):
    lead = make_lead(now)
    proof = record_consent(lead, key=lead.email_key, granted=True, now=now, wording="Dürfen wir?" * 50, page_id=7)
    proof.refresh_from_db()
    assert proof.wording == "Dürfen wir?" * 50 and proof.basis == "consent" and proof.page_id == 7


# --- what a lead holds ----------------------------------------------------------------------------------------------------

NAMES = [
    # typed, what the lead holds: (name, family name, given name)
    ({"name": "山田 太郎"}, ("山田 太郎", "山田", "太郎")),
    ({"name": "山田　太郎"}, ("山田　太郎", "山田", "太郎")),
    ({"name": "山田太郎"}, ("山田太郎", "", "")),
    ({"name": "Taro Yamada"}, ("Taro Yamada", "", "")),
    ({"family_name": "山田", "given_name": "太郎"}, ("山田 太郎", "山田", "太郎")),
    ({"family_name": "Yamada", "given_name": "Taro"}, ("Taro Yamada", "Yamada", "Taro")),
    ({"family_name": "山田"}, ("山田", "山田", "")),
    ({"family_name": "山田", "given_name": "太郎", "name": "山田太郎"}, ("山田太郎", "山田", "太郎")),
]


def names_of(lead):
    lead = Lead.objects.get(pk=lead.pk)
    return (lead.name, lead.family_name, lead.given_name)


@pytest.mark.parametrize(("typed", "held"), NAMES)
def test_a_name_and_its_parts(now, typed, held):
    assert names_of(identify(email="taro@mihon.example", now=now, fields=typed)[0]) == held


def test_parts_of_another_name_do_not_stay(now):
    lead, _c = identify(email="taro@mihon.example", now=now, fields={"name": "山田 太郎"})
    identify(email="taro@mihon.example", now=now, fields={"name": "佐藤太郎"})
    assert names_of(lead) == ("佐藤太郎", "", "")
    identify(email="taro@mihon.example", now=now, fields={"family_name": "鈴木", "given_name": "太郎"})
    assert names_of(lead) == ("鈴木 太郎", "鈴木", "太郎")
    identify(email="taro@mihon.example", now=now, fields={"name": "鈴木太郎"})
    assert names_of(lead) == ("鈴木太郎", "鈴木", "太郎"), "the same name in another writing keeps its parts"


@pytest.mark.parametrize(
    ("address", "flag"),
    [
        ("taro@mihon.co.jp", ""),
        ("a..b@docomo.ne.jp", "old_carrier"),
        ("taro@mailinator.com", "disposable"),
        ("taro@eu.mailinator.com", "disposable"),
        ("info@mihon.co.jp", "role"),
        ("no-reply@mihon.co.jp", "role"),
        ("undefined@mihon.co.jp", "role"),
    ],
)
def test_what_is_odd_about_an_address_is_kept_with_it(now, address, flag):
    assert identify(email=address, now=now)[0].address_flag == flag
    assert save_lead(Lead(email=f"x{address}"), now=now).address_flag in ("", flag)


def test_a_new_address_is_looked_at_anew(now):
    lead, _c = identify(email="info@mihon.co.jp", now=now)
    lead.email = "taro@mihon.co.jp"
    assert save_lead(lead, now=now).address_flag == ""


def test_own_fields_are_read_by_their_kind(now):
    kinds = {"size": "number", "visited": "date", "agreed": "yes_no", "plant": "choice", "uses": "choices", "memo": "long"}
    for key, kind in kinds.items():
        LeadField.objects.create(key=key, label=key, kind=kind, choices="東京\n大阪\nCut, drill")
    said = {
        "size": "１,２００",
        "visited": "2026年4月1日",
        "agreed": "はい",
        "plant": "大阪",
        "uses": "東京、大阪",
        "memo": "a\nb",
        "unknown": "x",
    }
    lead, _c = identify(email="taro@mihon.example", now=now, extra=said)
    lead.refresh_from_db()
    known = {"size": 1200, "visited": "2026-04-01", "agreed": True, "plant": "大阪", "uses": ["東京", "大阪"], "memo": "a\nb"}
    assert lead.extra == known
    bad = {"size": "many", "visited": "soon", "agreed": "perhaps", "plant": "Paris", "uses": ["Paris"], "memo": "  "}
    identify(email="taro@mihon.example", now=now, extra=bad)
    lead.refresh_from_db()
    assert lead.extra == known, "what does not fit blanks nothing"
    identify(email="taro@mihon.example", now=now, extra={"agreed": "no", "uses": "Cut, drill", "size": float("nan")})
    lead.refresh_from_db()
    assert (lead.extra["agreed"], lead.extra["uses"], lead.extra["size"]) == (False, ["Cut, drill"], 1200)


def test_every_change_is_noted_once_with_who_and_how(now, admin_user):
    LeadField.objects.create(key="size", label="Size", kind="number")
    lead, _c = identify(email="taro@mihon.example", now=now, fields={"phone": "03-1"}, extra={"size": 1})
    assert not LeadChange.objects.exists(), "what a lead is born with is no change"
    later = now + DAY
    for _twice in range(2):
        author = {"by_what": "import", "by": admin_user}
        identify(email="taro@mihon.example", now=later, fields={"phone": "03-2"}, extra={"size": 2}, **author)
    lead.refresh_from_db()
    lead.stage, lead.note = "customer", "met"
    save_lead(lead, now=later, by=admin_user)
    told = LeadChange.objects.order_by("pk").values_list("field", "before", "after", "by_what", "by", "at")
    assert list(told) == [
        ("phone", "03-1", "03-2", "import", admin_user.pk, later),
        ("extra.size", "1", "2", "import", admin_user.pk, later),
        ("stage", "latent", "customer", "hand", admin_user.pk, later),
        ("note", "", "met", "hand", admin_user.pk, later),
    ]
    assert lead.updated_at == later


def test_a_known_lead_costs_the_same_whatever_is_typed(now, django_assert_max_num_queries):
    identify(email="taro@gmail.com", now=now, fields={"name": "山田 太郎"})
    everything = {name: f"新{name}" for name in FILLABLE if name not in ("language", "company_name", "contact_wish")}
    with django_assert_max_num_queries(6):  # find, update, note the changes, look for the company; a savepoint
        identify(email="taro@gmail.com", now=now, fields=everything)


def test_keys_follow_what_is_typed(now):
    lead, _c = identify(email="t.aro+x@gmail.com", now=now, fields={"mobile": "090-1234-5678", "name": "山田"})
    assert lead.address_key and lead.mobile_key and not lead.phone_key and not lead.person_key
    identify(email="t.aro+x@gmail.com", now=now, fields={"company_name": "見本", "phone": "03-6344-6580"})
    lead.refresh_from_db()
    assert lead.phone_key and lead.person_key


def test_a_lead_with_only_a_mobile_number_is_a_lead(now):
    lead = save_lead(Lead(mobile="090-1234-5678"), now=now)
    assert lead.email_key is None and lead.mobile_key and lead.created_at == now


def test_by_hand_the_parts_follow_the_name_and_the_name_its_parts(now):
    lead = save_lead(Lead(name="山田 太郎"), now=now)
    assert names_of(lead) == ("山田 太郎", "山田", "太郎")
    lead.name = "佐藤 花子"
    save_lead(lead, now=now)
    assert names_of(lead) == ("佐藤 花子", "佐藤", "花子")
    lead.family_name = "鈴木"
    save_lead(lead, now=now)
    assert names_of(lead) == ("鈴木 花子", "鈴木", "花子")


@pytest.mark.parametrize("wish", ["mail_only", "nonsense"])
def test_a_wish_is_one_of_those_we_know(now, wish):
    lead, _c = identify(email="taro@mihon.example", now=now, fields={"contact_wish": wish})
    assert lead.contact_wish == ("mail_only" if wish == "mail_only" else "")


def test_tags_are_put_once_and_taken_off(now):
    tag = LeadTag.objects.create(name="fair")
    lead, _c = identify(email="taro@mihon.example", now=now, tags=[tag, tag])
    assert tags_of([lead.pk]) == {lead.pk: ["fair"]} and not put_tag(lead, tag, now=now)
    assert remove_tag(lead, tag) and not remove_tag(lead, tag)
