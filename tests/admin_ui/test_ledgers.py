"""What wagtail-modeladmin allows and we do not (M1, M2, M3), tried on every ledger."""

import pytest
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.functional import Promise

from tests.admin_ui import rows
from tests.admin_ui.rows import NOW, activity, count_queries, email, lead, message, person
from wagtail_leads.admin_ui.ledgers import LEDGERS, ConsentLedger, MessageLedger, StageChangeLedger, SubmissionLedger
from wagtail_leads.models import Consent, FormSubmission, StageChange, Suppression

pytestmark = pytest.mark.django_db

every_ledger = pytest.mark.parametrize("ledger", LEDGERS, ids=lambda ledger: ledger.model._meta.model_name)


@pytest.fixture
def boss(client):
    client.force_login(person(superuser=True))
    return client


def fill(times: int = 1) -> None:
    for _n in range(times):
        who = lead(name="秘密 太郎")
        message(email(), who)
        activity("page_viewed", lead=who, title="p")
        Consent.objects.create(lead=who, email_key="k", granted=True, at=NOW)
        Suppression.objects.create(address_key=rows.hex_key(), scope="all", reason="bounced", at=NOW)
        FormSubmission.objects.create(dedupe_key=rows.hex_key(), lead=who, data={"email": "<b>x</b>"}, at=NOW)
        StageChange.objects.create(lead=who, from_stage="latent", to_stage="prospect", at=NOW)


def index(ledger) -> str:
    return reverse(ledger.url_name())


def inspect(ledger, pk) -> str:
    return f"{index(ledger)}inspect/{pk}/"


def name_of(ledger) -> str:
    return ledger.model._meta.model_name


@every_ledger
@pytest.mark.parametrize(
    "query",
    [
        "?utm_source=x",  # M1: an unknown parameter
        "?e=1",
        "?lead__owner__password__startswith=pbkdf2",  # M2: an oracle
        "?lead__email__startswith=a",
        "?dedupe_key__regex=(a%2B)%2B%24",
        "?id__in=1,2,x",
        "?at__gte=never&at__lt=%00",
        "?sent_at__gte=0000-99-99T99",
        "?state__exact=nonsense",
        "?granted__exact=9",
        "?at__isnull=maybe",
        "?form__id__exact=x",
        "?kind=%FF%FE",
        "?p=99999999999999999999999",
        "?p=-5",
        "?p=1000000",
        "?p=٣",
        "?o=9999.-x.-0.__class__",
        "?o=" + "1." * 500,
        "?q=%00%27%22--",
        "?q=" + "x" * 5000,
        "?export=exe",
    ],
)
def test_hostile_queries_give_a_page(boss, ledger, query):
    fill()
    assert boss.get(index(ledger) + query).status_code == 200


@every_ledger
def test_paths_outside_the_list_do_not_filter(boss, ledger):
    fill(2)
    everything = boss.get(index(ledger)).context["result_count"]
    for query in (
        "id=1",
        "lead__name__startswith=zzz",
        "pk__gt=99999",
        "site__isnull=0",
        "lead__owner__password__contains=z",
    ):
        assert boss.get(f"{index(ledger)}?{query}").context["result_count"] == everything == 2


def test_declared_filters_still_filter(boss):
    fill()
    message(email(), lead(), state="failed")
    for query, count in (("state__exact=failed", 1), ("state__exact=sent", 1), ("", 2)):
        assert boss.get(f"{index(MessageLedger)}?{query}").context["result_count"] == count


@every_ledger
def test_adding_changing_nothing_opens_no_door(client, ledger):
    """M3: modeladmin shows list, inspect and export to whoever has any permission on the model."""
    fill()
    pk = ledger.model.objects.first().pk
    for permissions in ((), (f"add_{name_of(ledger)}",), (f"delete_{name_of(ledger)}",)):
        client.force_login(person(*permissions))
        for target in (index(ledger), inspect(ledger, pk), index(ledger) + "?export=csv"):
            assert client.get(target).status_code == 302, (permissions, target)


@every_ledger
def test_export_needs_its_own_permission(client, ledger):
    fill()
    view = (f"view_{name_of(ledger)}", "view_lead")
    client.force_login(person(*view))
    assert client.get(index(ledger)).status_code == 200
    assert "export=csv" not in client.get(index(ledger)).content.decode()
    for kind in ("csv", "xlsx"):
        assert client.get(f"{index(ledger)}?export={kind}").status_code == 302
    client.force_login(person(*view, "export_lead"))
    for kind in ("csv", "xlsx"):
        response = client.get(f"{index(ledger)}?export={kind}")
        assert response.status_code == 200
        assert len(b"".join(response.streaming_content)) > 50


@every_ledger
def test_rows_of_leads_only_for_those_who_may_see_leads(client, ledger):
    if not ledger.lead_path:
        pytest.skip("names nobody")
    fill()
    pk = ledger.model.objects.first().pk
    client.force_login(person(f"view_{name_of(ledger)}"))
    assert "秘密" not in client.get(index(ledger)).content.decode()
    assert client.get(inspect(ledger, pk)).status_code == 404


@every_ledger
def test_nothing_is_made_changed_or_deleted(boss, ledger):
    fill()
    pk = ledger.model.objects.first().pk
    for action in ("create", "edit", "delete", "history"):
        with pytest.raises(NoReverseMatch):
            reverse(ledger.url_name(action))
        for target in (f"{index(ledger)}{action}/", f"{index(ledger)}{action}/{pk}/"):
            assert boss.post(target).status_code == 404


@every_ledger
@pytest.mark.parametrize("pk", ["0", "x", "9" * 30, "-1", "1_0", "٣"])
def test_ids_that_do_not_exist(boss, ledger, pk):
    fill()
    assert boss.get(inspect(ledger, pk)).status_code == 404


@every_ledger
def test_inspecting(boss, ledger):
    fill()
    text = boss.get(inspect(ledger, ledger.model.objects.first().pk)).content.decode()
    assert "lx-dl" in text
    assert "<b>x</b>" not in text


@every_ledger
def test_as_many_queries_for_many_as_for_few(boss, ledger):
    fill(3)
    boss.get(index(ledger))
    before = count_queries(lambda: boss.get(index(ledger)))
    fill(20)
    assert count_queries(lambda: boss.get(index(ledger))) == before


@every_ledger
def test_an_empty_ledger(boss, ledger):
    assert "Nothing has been recorded yet" in boss.get(index(ledger)).content.decode()


# -- words


@every_ledger
def test_no_bare_field_name_is_a_label(ledger):
    """Every column, filter and line has words that can be translated."""
    for name in (*ledger.list_display, *ledger.list_filter, *ledger.inspect_view_fields, *ledger.list_export):
        words = ledger.LABELS.get(name) or getattr(getattr(ledger, name, None), "short_description", None)
        assert isinstance(words or ledger.model._meta.get_field(name).verbose_name, Promise), name


def test_filters_carry_our_words(boss):
    fill()
    page = boss.get(index(SubmissionLedger)).content.decode()
    assert "Is an inquiry" in page and "By is" not in page


def test_codes_are_told_in_words(boss):
    who = lead()
    change = StageChange.objects.create(lead=who, from_stage="latent", to_stage="prospect", at=NOW, reason="made an inquiry")
    consent = Consent.objects.create(lead=who, email_key="k", granted=False, at=NOW, source="unsubscribe page")
    held = held_form(spam_reason="trap")
    with translation.override("ja"):
        told = StageChangeLedger().inspect_reason(change)
        assert told == translation.gettext("made an inquiry") != "made an inquiry"
    assert ConsentLedger().inspect_source(consent) == "unsubscribe page"
    assert "a field that people do not see" in boss.get(inspect(SubmissionLedger, held.pk)).content.decode()


def held_form(**values):
    data = {"email": "a@example.com", "form": "x", "answers": [{"label": "<i>Wish</i>", "value": "a <b>pump</b>"}]}
    return FormSubmission.objects.create(
        **{"dedupe_key": rows.hex_key(), "data": data, "at": NOW, "is_spam": True, **values}
    )


def test_answers_are_told_as_label_and_value(boss):
    page = boss.get(inspect(SubmissionLedger, held_form().pk)).content.decode()
    assert "<dt>&lt;i&gt;Wish&lt;/i&gt;</dt><dd>a &lt;b&gt;pump&lt;/b&gt;</dd>" in page
    assert "&quot;answers&quot;" not in page


def test_a_waiting_mail_has_a_subject(boss):
    made = message(email(), lead(), state="queued", subject="", sent_at=None)
    assert made.version.subject in boss.get(index(MessageLedger)).content.decode()
    assert made.version.subject in boss.get(inspect(MessageLedger, made.pk)).content.decode()
    type(made).objects.filter(pk=made.pk).update(version=None, template="notice")
    assert "Notice of a new inquiry" in boss.get(index(MessageLedger)).content.decode()


# -- releasing what was held


def release_url(submission) -> str:
    return reverse("wagtail_leads_submission_release", args=[submission.pk])


def test_a_held_form_is_released_by_a_person(boss):
    held = held_form()
    page = boss.get(inspect(SubmissionLedger, held.pk)).content.decode()
    assert release_url(held) in page
    assert boss.get(release_url(held)).status_code == 405
    answer = boss.post(release_url(held), follow=True)
    assert "The form is released." in answer.content.decode()
    assert release_url(held) not in answer.content.decode()
    held.refresh_from_db()
    assert not held.is_spam and held.lead.email == "a@example.com"
    assert "not held any more" in boss.post(release_url(held), follow=True).content.decode()


def test_releasing_needs_the_right_to_change_forms(client):
    held = held_form()
    client.force_login(person("view_formsubmission", "view_lead"))
    assert release_url(held) not in client.get(inspect(SubmissionLedger, held.pk)).content.decode()
    assert client.post(release_url(held)).status_code == 302
    held.refresh_from_db()
    assert held.is_spam
    client.force_login(person("change_formsubmission", "view_lead"))
    assert release_url(held) in client.get(inspect(SubmissionLedger, held.pk)).content.decode()
