"""Small things done from a lead's page: note, tags, a to-do begun, its result, put off. POST only."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views import View
from wagtail.admin import messages
from wagtail.log_actions import log

from wagtail_leads.admin_ui.lead_bulk import add_tag, take_tag
from wagtail_leads.admin_ui.permissions import lead_or_404, may
from wagtail_leads.identity.changes import Author, ByWhat, changes_since, put_changes, snapshot
from wagtail_leads.identity.models import Lead, LeadTag
from wagtail_leads.reports import memo
from wagtail_leads.sales.models import Todo
from wagtail_leads.sales.operations import finish_todo, record_contact, snooze_lead, snooze_todo, start_todo

SNOOZE_DAYS = (1, 3, 7, 30)


class LeadAction(View):
    """POST only; the lead must be visible and changeable. Answers with the lead's page."""

    http_method_names = ["post"]

    def post(self, request, pk):
        lead = lead_or_404(request.user, pk, action="change")
        self.act(request, lead)
        return redirect("wagtail_leads_leads:inspect", pk=lead.pk)

    def todo(self, request, lead) -> Todo | None:
        """The to-do that is meant, if one is; 404 when it is another lead's."""
        pk = request.POST.get("todo", "")
        if not pk:
            return None
        if not (pk.isascii() and pk.isdigit()):
            raise PermissionDenied
        return get_object_or_404(Todo, pk=pk[:18], lead=lead)


class NoteView(LeadAction):
    """The human note. Nothing else writes it."""

    def act(self, request, lead):
        note = request.POST.get("note", "").replace("\0", "")[:20_000]
        if note != lead.note:
            before, lead.note, now = snapshot(lead), note, timezone.now()
            with transaction.atomic():
                Lead.objects.filter(pk=lead.pk).update(note=note, updated_at=now)
                author = Author(by_what=ByWhat.HAND.value, by=request.user)
                put_changes(changes_since(lead, before, author=author, now=now))
            log(instance=lead, action="wagtail.edit", user=request.user, content_changed=True)
        messages.success(request, _("The note is saved."))


class ResultView(LeadAction):
    """What came of a to-do, or of a contact without one."""

    def act(self, request, lead):
        result = request.POST.get("result", "")
        if result not in Todo.Result.values:
            messages.error(request, _("Choose what came of it."))
            return
        note = request.POST.get("note", "").replace("\0", "")[:5_000]
        todo = self.todo(request, lead)
        now = timezone.now()
        if todo is None:
            record_contact(lead, result=result, note=note, by=request.user, now=now)
        elif not finish_todo(todo, result=result, note=note, by=request.user, now=now):
            messages.warning(request, _("Somebody has done this to-do already."))
            return
        messages.success(request, _("Noted: %(result)s.") % {"result": Todo.Result(result).label})


class SnoozeView(LeadAction):
    """Put a to-do, or the lead, off for some days."""

    def act(self, request, lead):
        days = request.POST.get("days", "")
        if days not in {str(number) for number in SNOOZE_DAYS}:
            messages.error(request, _("Choose for how long."))
            return
        now = timezone.now()
        until = now + timedelta(days=int(days))
        todo = self.todo(request, lead)
        if todo is None:
            snooze_lead(lead, until=until, now=now)
        else:
            snooze_todo(todo, until=until, now=now)
        messages.success(request, _("Put off until %(when)s.") % {"when": memo.day_ahead(until, now)})


class StartView(LeadAction):
    """I take care of this to-do."""

    def act(self, request, lead):
        todo = self.todo(request, lead)
        if todo is not None and start_todo(todo, by=request.user, now=timezone.now()):
            messages.success(request, _("You take care of “%(todo)s”.") % {"todo": todo})
        else:
            messages.warning(request, _("Somebody has begun with this already."))


class TagsView(LeadAction):
    """Put a tag on (`tag` or a `new` one), or take one off (`off`)."""

    def act(self, request, lead):
        off, now = request.POST.get("off", ""), timezone.now()
        with transaction.atomic():
            if off:
                tag = _tag_of(off)
                done = tag is not None and take_tag(tag)([lead], by=request.user, now=now)
            else:
                tag = _tag_of(request.POST.get("tag", "")) or _new_tag(request)
                done = tag is not None and add_tag(tag)([lead], by=request.user, now=now)
        if tag is None:
            messages.error(request, _("Choose a tag."))
        elif done:
            log(instance=lead, action="wagtail.edit", user=request.user, content_changed=True)


def _tag_of(pk: str) -> LeadTag | None:
    return LeadTag.objects.filter(pk=int(pk)).first() if pk.isascii() and pk.isdigit() and len(pk) < 19 else None


def _new_tag(request) -> LeadTag | None:
    """The tag of this name; made where there is none and the colleague may."""
    name = " ".join(request.POST.get("new", "").replace("\0", "").split())[:60]
    if not name:
        return None
    there = LeadTag.objects.filter(name__iexact=name).first()
    return there or (LeadTag.objects.create(name=name) if may(request.user, "add", LeadTag) else None)
