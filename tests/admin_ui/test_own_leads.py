"""Who may see whom (rule 29): with "own leads only", no list, export or page by id tells of another colleague's lead."""

import pytest
from django.contrib.auth.models import Permission
from django.test import override_settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from tests.admin_ui.rows import lead, person
from tests.making import DAY, make_fact, make_message, make_scenario, make_visit, make_visitor, step
from wagtail_leads.admin_ui.permissions import changeable_leads, may_change_lead, visible_leads, visible_rows
from wagtail_leads.capture.models import FormSubmission
from wagtail_leads.identity.models import Consent, Lead, LeadMerge
from wagtail_leads.identity.operations import link
from wagtail_leads.logic.kinds import Evidence
from wagtail_leads.models import Activity, Enrolment, Message, StageChange
from wagtail_leads.sales.operations import open_todo

pytestmark = pytest.mark.django_db
SECRET, ADDRESS = "秘密野 花子", "himitsu@mihon.example"
OWN = {"OWN_LEADS_ONLY": True}


@pytest.fixture
def foreign(db):
    """Another colleague's lead with a row in every ledger, and one merged into it."""
    now = timezone.now()
    made = lead(SECRET, email=ADDRESS, email_key="f" * 64, owner=person("view_lead", "change_lead"), score=90.0)
    gone = lead(SECRET, email=f"old.{ADDRESS}", merged_into=made, owner=made.owner)
    visitor = make_visitor(now)
    make_visit(visitor, now)
    link(visitor, made, evidence=Evidence.FORM, now=now, with_history=True)
    scenario = make_scenario(now, [step("wait", days=1)])
    for one in (made, gone):
        make_fact("inquiry_made", now, lead=one, title=SECRET)
        make_message(now, one, subject=SECRET, state="sent", template="paper")
        Consent.objects.create(lead=one, email_key=one.email_key or "", granted=True, at=now, wording=SECRET)
        StageChange.objects.create(lead=one, from_stage="latent", to_stage="prospect", reason=SECRET, at=now)
        FormSubmission.objects.create(dedupe_key=f"{one.pk:064}", lead=one, data={"email": ADDRESS, "name": SECRET}, at=now)
        open_todo(lead=one, title=SECRET, reason=SECRET, due_at=now - DAY, owner=None, dedupe_key=None, now=now)
        Enrolment.objects.create(
            scenario=scenario, version=scenario.versions.first(), lead=one, state="waiting", step="s", due_at=now, started_at=now
        )
    LeadMerge.objects.create(loser=gone, survivor=made, log={}, at=now)
    return made


@pytest.fixture
def colleague(client, db):
    """May do everything with our tables, but is not to change leads of other owners."""
    user = person()
    # whoever answers requests about data must find everybody who asks: that desk sees all by design
    beyond = ("change_any_lead", "handle_requests")
    ours = Permission.objects.filter(content_type__app_label="wagtail_leads").exclude(codename__in=beyond)
    user.user_permissions.add(*ours)
    client.force_login(user)
    return user


def urls_of_ours(resolver=None, prefix="") -> dict[str, list[str]]:
    """Route -> names of its arguments, of all our admin pages."""
    found = {}
    for pattern in (resolver or get_resolver()).url_patterns:
        route = prefix + str(pattern.pattern).lstrip("^").replace("\\Z", "").rstrip("$")
        if isinstance(pattern, URLResolver):
            found |= urls_of_ours(pattern, route)
        elif isinstance(pattern, URLPattern) and "leads" in route and route.startswith("cms/"):
            found[route] = list(pattern.pattern.converters)
    return found


def paths(foreign):
    """Every one of our pages: lists as they are, pages by id with every id that there is to guess."""
    ids = {foreign.pk, foreign.pk + 1, 1, 2}  # the lead's, the tombstone's, and the first rows of every other table
    for route, arguments in sorted(urls_of_ours().items()):
        if "(?P" in route or any(name not in ("pk", "first", "second", "page_id", "object_id") for name in arguments):
            continue
        if not arguments:
            yield f"/{route}"
        for pk in ids if arguments else ():
            path = route
            for name in arguments:
                for kind in ("int", "str", "path"):
                    path = path.replace(f"<{kind}:{name}>", str(pk)).replace(f"<{name}>", str(pk))
            yield f"/{path}"


def body(answer) -> str:
    raw = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return raw.decode("utf-8", "replace")


def test_no_page_of_ours_tells_of_anothers_lead(client, colleague, foreign):
    told, seen = [], 0
    with override_settings(WAGTAIL_LEADS=OWN):
        for path in paths(foreign):
            by_id = any(letter.isdigit() for letter in path)
            for query in ({},) if by_id else ({}, {"export": "csv"}, {"q": "himitsu"}):
                answer = client.get(path, query)
                if answer.status_code == 200:
                    seen += 1
                    text = body(answer)
                    # what was searched for stands in the search box
                    if SECRET in text or ADDRESS in text:
                        told.append(path)
    assert not told and seen > 60


def test_the_same_walk_tells_it_to_who_may_change_any_lead(client, colleague, foreign):
    """Else the walk above would prove nothing."""
    colleague.user_permissions.add(Permission.objects.get(codename="change_any_lead"))
    with override_settings(WAGTAIL_LEADS=OWN):
        told = {path for path in paths(foreign) if (a := client.get(path)).status_code == 200 and SECRET in body(a)}
    assert len(told) >= 8 and reverse("wagtail_leads_leads:inspect", args=(foreign.pk,)) in told


def test_no_post_changes_anothers_lead(client, colleague, foreign):
    """Neither where it can be seen (the default) nor where it cannot."""
    data = {"note": "changed", "result": "reached", "days": "1", "keep": "first", "name": "changed", "email": "x@mihon.example"}
    todos = [todo.pk for todo in foreign._meta.apps.get_model("wagtail_leads", "Todo").objects.all()]
    before = Lead.objects.filter(pk=foreign.pk).values().get()
    facts = Activity.objects.count()
    for settings in (OWN, {}):
        with override_settings(WAGTAIL_LEADS=settings):
            on_lead = ("leads:edit", "leads:note", "leads:result", "leads:snooze")
            for name in (*on_lead, "lead_contact", "lead_snooze", "lead_dismiss"):
                client.post(reverse(f"wagtail_leads_{name}", args=(foreign.pk,)), data)
            for name in ("todo_start", "todo_finish", "todo_snooze"):
                for pk in todos:
                    client.post(reverse(f"wagtail_leads_{name}", args=(pk,)), data)
    assert Lead.objects.filter(pk=foreign.pk).values().get() == before and Activity.objects.count() == facts
    statuses = foreign._meta.apps.get_model("wagtail_leads", "Todo").objects.values_list("status", flat=True)
    assert set(statuses) == {"new"}


WHO = [
    # rights, owner, own only?, sees, changes
    (("view_lead",), "other", False, True, False),
    (("view_lead",), "other", True, False, False),
    (("view_lead",), "me", True, True, False),
    (("view_lead", "change_lead"), "other", False, True, False),
    (("view_lead", "change_lead"), "other", True, False, False),
    (("view_lead", "change_lead"), "me", True, True, True),
    (("view_lead", "change_lead"), "nobody", True, True, True),
    (("change_lead", "change_any_lead"), "other", True, True, True),
    (("change_any_lead",), "me", False, False, False),
    (("view_company",), "me", False, False, False),
    ("superuser", "other", True, True, True),
]


@pytest.mark.parametrize(("rights", "owner", "own_only", "sees", "changes"), WHO)
def test_who_sees_and_who_changes(db, rights, owner, own_only, sees, changes):
    user = person(superuser=True) if rights == "superuser" else person(*rights)
    made = lead(owner={"me": user, "other": person(), "nobody": None}[owner])
    message = make_message(timezone.now(), made)
    tombstone = lead(merged_into=made)
    late = make_message(timezone.now(), tombstone, to="t@mihon.example")
    with override_settings(WAGTAIL_LEADS={"OWN_LEADS_ONLY": own_only}):
        assert (made in visible_leads(user), may_change_lead(user, made)) == (sees, changes)
        assert (made in changeable_leads(user)) is changes
        assert set(visible_rows(user, Message.objects.all())) == ({message, late} if sees else set())


def test_a_to_do_of_ones_own_about_anothers_lead_can_be_done(client, foreign):
    user = person("view_lead", "change_lead")
    client.force_login(user)
    mine = open_todo(lead=foreign, title="x", reason="", due_at=timezone.now(), owner=user, dedupe_key=None, now=timezone.now())
    client.post(reverse("wagtail_leads_todo_finish", args=(mine.pk,)), {"result": "reached"})
    mine.refresh_from_db()
    assert mine.status == "done"


def test_the_page_of_anothers_lead_offers_no_change(client, foreign):
    client.force_login(person("view_lead", "change_lead"))
    text = client.get(reverse("wagtail_leads_leads:inspect", args=(foreign.pk,))).content.decode()
    assert SECRET in text and "Save note" not in text and f"/leads/{foreign.pk}/edit/" not in text


def test_names_of_files_are_told_to_who_brought_them_only(colleague):
    from wagtail_leads.admin_ui.lead_filters import import_choices
    from wagtail_leads.capture.models import LeadImport

    other = person("view_lead")
    for name, by in (("mine.csv", colleague), ("theirs.csv", other)):
        LeadImport.objects.create(name=name, by=by, state="done", created_at=timezone.now())
    with override_settings(WAGTAIL_LEADS=OWN):
        assert [label.split()[1] for _pk, label in import_choices(colleague)] == ["mine.csv"]
    assert len(import_choices(colleague)) == 2
