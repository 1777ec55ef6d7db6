"""Erasing is complete: a person comes in through every door, is erased, and no table of the whole database knows them."""

import json

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone
from wagtail.log_actions import log
from wagtail.models import ReferenceIndex

from tests.making import (
    DAY,
    HOUR,
    flow,
    form_block,
    make_email,
    make_fact,
    make_form,
    make_message,
    make_scenario,
    make_visit,
    make_visitor,
    step,
)
from wagtail_leads import pipeline, privacy
from wagtail_leads.capture import import_files, imports
from wagtail_leads.capture.models import (
    Conversion,
    FormPageSource,
    FormSubmission,
    Goal,
    ImportPiece,
    ImportRow,
    LeadImport,
)
from wagtail_leads.capture.operations import Sent, submit
from wagtail_leads.identity.access import record_access
from wagtail_leads.identity.changes import Author, changes_since, put_changes, snapshot
from wagtail_leads.identity.models import (
    AccessRecord,
    Consent,
    Lead,
    LeadField,
    LeadMerge,
    LeadTag,
    PrivacyRequest,
    VisitorLink,
)
from wagtail_leads.identity.operations import identify, put_tag, save_lead
from wagtail_leads.logic.kinds import ReactionKind, RequestKind
from wagtail_leads.mailing import preferences
from wagtail_leads.mailing.models import MailPreference, Message
from wagtail_leads.mailing.reactions import decide_due, record_reaction
from wagtail_leads.merging import merge
from wagtail_leads.privacy import requests
from wagtail_leads.privacy.exporting import export
from wagtail_leads.sales.models import SavedView, Todo
from wagtail_leads.sales.operations import record_contact
from wagtail_leads.tracking.models import PageView, Visit

pytestmark = pytest.mark.django_db
ADDRESS, OTHER = "mk-taro@person.example", "mk-other@person.example"
#: Whatever a person or a colleague typed holds one of these.
MARKERS = (
    "mk-taro",
    "mk-other",
    "Mkname",
    "mkfree",
    "090-7777-8888",
    "マーカー",
    "\\u30de\\u30fc\\u30ab\\u30fc",
    "203.0.113.77",
)


def everywhere() -> dict[str, list[str]]:
    """Marker -> "table.column" of every table of the database in which it stands; read as the database keeps it."""
    found: dict[str, list[str]] = {}
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {quote(table)}")
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                for name, value in zip(names, row, strict=True):
                    text = _text(value)
                    for marker in MARKERS:
                        if marker in text:
                            found.setdefault(marker, []).append(f"{table}.{name}")
    return found


def _text(value) -> str:
    if isinstance(value, memoryview | bytes):
        return bytes(value).decode("utf-8", "replace")
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return value if isinstance(value, str) else ""


@pytest.fixture
def known(now, sender, contact, django_user_model, browser):
    """Through every door."""
    user = django_user_model.objects.create_user("staff", "staff@works.example", "x")
    LeadField.objects.create(key="hobby", label="Hobby")
    visitor = make_visitor(now - DAY)
    visit = make_visit(visitor, now - DAY)
    Visit.objects.filter(pk=visit.pk).update(full_address="203.0.113.77", term="mkfree", keyword="mkfree")
    PageView.objects.create(visit=visit, client_key="c", path="/prices/", at=now - DAY)
    make_fact("site_searched", now - DAY, visitor=visitor, title="mkfree")
    make_scenario(
        now, [step("mail", email=make_email(subject="Dear {name}").pk), step("wait", days=5)], ends_on_inquiry=False
    )
    _forms(visitor, now)
    # an import made or changed them, and a row without a lead holds the address, too
    _import(now)
    lead = Lead.objects.get(email=ADDRESS)
    flow(now)
    pipeline.advance_scenarios(now=now)
    pipeline.deliver_mail(now=now, worker="w", clock=lambda: now)
    mail = Message.objects.filter(lead=lead).first()
    record_reaction(
        mail, ReactionKind.CLICK, now=now, visitor=visitor, user_agent="Mozilla mkfree", address="203.0.113.77"
    )
    decide_due(now=now + HOUR)
    Message.objects.filter(pk=mail.pk).update(error=f"550 5.1.1 <{ADDRESS}> unknown")
    make_message(now, None, to="staff@works.example", context={"lead": lead.pk, "name": "Mkname"}, subject="Mkname")
    record_contact(lead, result="reached", note="mkfree", by=user, now=now)
    Todo.objects.create(lead=lead, title="Call Mkname", reason="mkfree", due_at=now, created_at=now)
    _by_colleagues(lead, user, now)
    _by_the_person(lead, now)
    _site_form(browser, contact, now)
    return Lead.objects.get(email=ADDRESS)


def _forms(visitor, now) -> None:
    form = make_form(blocks=[form_block("email"), form_block("line", label="Wish", id="b1")])
    answers = [{"label": label, "value": value} for label, value in (("Name", "Mkname 太郎"), ("Wish", "mkfree"))]
    fields = {
        "family_name": "マーカー",
        "given_name": "Mkname",
        "family_kana": "マーカー",
        "company_name": "Works",
        "job_title": "mkfree",
        "phone": "090-7777-8888",
        "address": "mkfree 1-2-3",
    }
    sent = {"email": ADDRESS, "fields": fields, "extra": {"hobby": "mkfree"}, "answers": answers, "form": form}
    submit(Sent(key="a", consent=True, wording="ok", page_url="/p/?m=mkfree", **sent), visitor=visitor, now=now)
    submit(Sent(key="b", is_inquiry=True, opens_todo=True, **sent), visitor=visitor, now=now)
    submit(Sent(key="c", spam_reason="trap", **sent), visitor=visitor, now=now)


def _import(now) -> None:
    text = (
        f"氏名,メールアドレス,電話番号\nMkname,{ADDRESS},090-7777-8888\nMkname,{ADDRESS},x\nマーカー,bad {ADDRESS},\n"
    )
    file = import_files.store("list.csv", [text.encode()], now=now)
    with import_files.on_disk(file) as path:
        import_files.look_into(file, path)
    LeadImport.objects.filter(pk=file.pk).update(basis="business_card")
    file.refresh_from_db()
    imports.start(file, now=now)
    while imports.run_due(now=now):
        pass


def _by_colleagues(lead, user, now) -> None:
    put_tag(lead, LeadTag.objects.create(name="VIP"), now=now)
    lead = Lead.objects.get(pk=lead.pk)
    lead.note = "mkfree"
    save_lead(lead, now=now, by=user)
    other, _made = identify(email=OTHER, now=now, fields={"name": "Mkname", "phone": "090-7777-8888"})
    before = snapshot(other)
    other.note = "mkfree"
    put_changes(changes_since(other, before, author=Author(by=user), now=now))
    merge(other, Lead.objects.get(pk=lead.pk), now=now, by=user)
    log(instance=lead, action="wagtail.edit", user=user, data={"note": "mkfree"})
    ReferenceIndex.create_or_update_for_object(lead)
    record_access(AccessRecord.What.VIEWED, user=user, lead_id=lead.pk, now=now)
    record_access(AccessRecord.What.EXPORTED, user=user, leads=[lead.pk], detail="csv; q=Mkname", now=now)
    SavedView.objects.create(name="Search", user=user, query="q=mk-taro%40person.example", created_at=now)
    goal = Goal.objects.create(name="Any", kind="inquiry", created_at=now)
    Conversion.objects.create(goal=goal, activity_id=1, lead=lead, at=now)


def _by_the_person(lead, now) -> None:
    preferences.save_preference(lead.email_key, frequency="weekly", refused=[], now=now)
    requests.receive(RequestKind.CORRECT, lead, now=now, details="mkfree", evidence="called 090-7777-8888")
    message = requests.send_data_link(lead, now=now, cause=("x",))
    assert message.lead is None


def _site_form(browser, contact, now) -> None:
    FormPageSource.objects.create(page_id=contact.pk, mapping={"email": "email", "name": "name"}, updated_at=now)
    answers = {"company": "Works", "name": "Mkname", "email": ADDRESS, "message": "mkfree"}
    assert browser.post("/contact/", answers).status_code in (200, 302)
    assert apps.get_model("wagtailforms", "FormSubmission").objects.count() == 1


def test_no_table_of_the_database_knows_an_erased_person(known, now):
    before = everywhere()
    assert {"mk-taro", "mk-other", "Mkname", "mkfree", "090-7777-8888", "203.0.113.77"} <= set(before), (
        "the net is cast"
    )
    assert len({place for places in before.values() for place in places}) > 25
    privacy.erase(known, now=now)
    assert everywhere() == {}


def test_what_is_no_persons_stays(known, now):
    counts = {
        model: model.objects.count() for model in (Visit, PageView, FormSubmission, Consent, ImportRow, AccessRecord)
    }
    privacy.erase(known, now=now)
    assert {model: model.objects.count() for model in counts} == counts
    assert not VisitorLink.objects.exists() and not MailPreference.objects.exists() and not SavedView.objects.exists()
    assert not ImportPiece.objects.exists(), "the raw file held the person"
    assert LeadMerge.objects.get().log == {} and PrivacyRequest.objects.get().email_key
    assert Consent.objects.filter(page_url="/p/").exists(), "the proof stays without what was behind the question mark"


def test_a_file_that_is_not_read_yet_keeps_its_pieces(known, now):
    LeadImport.objects.update(state="stopped")
    privacy.erase(known, now=now)
    assert ImportPiece.objects.exists(), "retention takes them; it may go on until then"


def test_others_keep_what_is_theirs(known, now, django_user_model):
    other, _made = identify(email="else@person.example", now=now, fields={"name": "Somebody"})
    user = django_user_model.objects.get(username="staff")
    kept = SavedView.objects.create(name="Other", user=user, query="stage=prospect", created_at=now)
    record_access(AccessRecord.What.EXPORTED, user=user, leads=[other.pk], detail="csv; stage=prospect", now=now)
    preferences.save_preference(other.email_key, frequency="weekly", refused=[], now=now)
    privacy.erase(known, now=now)
    assert SavedView.objects.get() == kept and MailPreference.objects.get().pk == other.email_key
    assert AccessRecord.objects.filter(detail="csv; stage=prospect").exists()
    assert Lead.objects.living().get().name == "Somebody"


def test_the_export_holds_a_row_of_every_kind(known):
    found = json.loads(json.dumps(export(known), default=str))
    empty = {name for name, rows in found.items() if not rows}
    assert empty <= {"suppressions", "follow_ups", "stages"}
    assert [row["name"] for row in found["merged"]] == ["Mkname"] and found["tags"][0]["tag__name"] == "VIP"
    assert "leads" not in found["accesses"][0], "others in the same export are nobody's business"
    assert {row["what"] for row in found["accesses"]} == {"viewed", "exported"}


def test_a_browser_that_is_forgotten_leaves_no_trace_of_its_browsing(now):
    visitor = make_visitor(now)
    visit = make_visit(visitor, now)
    Visit.objects.filter(pk=visit.pk).update(full_address="203.0.113.77", keyword="mkfree")
    PageView.objects.create(visit=visit, client_key="c", path="/mkfree/", at=now)
    make_fact("site_searched", now, visitor=visitor, title="mkfree")
    assert set(everywhere()) == {"mkfree", "203.0.113.77"}
    privacy.forget_browser(visitor, now=timezone.now())
    assert everywhere() == {}
