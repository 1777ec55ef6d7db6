"""Entering a lead and changing one. Both go through the operations, so that changes, stages and consents are noted."""

from urllib.parse import urlencode

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.views import generic
from wagtail.admin.views.generic import history
from wagtail.log_actions import log

from wagtail_leads.admin_ui.lead_bulk import add_tag, say_stage, take_tag
from wagtail_leads.admin_ui.lead_forms import KEPT
from wagtail_leads.admin_ui.permissions import lead_or_404, visible_leads
from wagtail_leads.identity.models import Lead, LeadTag
from wagtail_leads.identity.operations import put_tag, record_consent, save_lead
from wagtail_leads.logic.errors import AddressTaken, BadAddress
from wagtail_leads.logic.kinds import Basis, Stage
from wagtail_leads.sales.operations import open_todo

URLS = "wagtail_leads_leads"


class SavesLead:
    """Both go through `identity.operations.save_lead`, which knows addresses and companies."""

    template_name = "wagtail_leads/admin/leads/form.html"

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"user": self.request.user}

    def form_valid(self, form):
        try:
            return super().form_valid(form)
        except AddressTaken as error:
            form.add_error("email", self._taken(error))
        except BadAddress:
            form.add_error("email", _("This is not a valid e-mail address."))
        self.produced_error_code = "validation_error"
        self.produced_error_message = self.get_error_message()
        return self.form_invalid(form)

    def _taken(self, error: AddressTaken):
        there = visible_leads(self.request.user).filter(pk=error.lead_id).first()
        if there is None:
            return _("Another lead has this address.")
        url = reverse(f"{URLS}:inspect", args=(there.pk,))
        return format_html('{} <a href="{}">{}</a>', _("There is a lead with this address:"), url, there)

    def get_success_url(self):
        return reverse(f"{URLS}:inspect", args=(self.object.pk,))

    def get_success_buttons(self):
        return []


class LeadCreate(SavesLead, generic.CreateView):
    page_title = gettext_lazy("New lead")
    success_message = gettext_lazy("%(object)s is saved.")

    def get_initial(self):
        kept = {name: self.request.GET[name] for name in KEPT if self.request.GET.get(name)}
        return {"owner": self.request.user.pk} | super().get_initial() | kept

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        seen = set(
            visible_leads(self.request.user)
            .filter(pk__in=[one.pk for one in context["form"].found])
            .values_list("pk", flat=True)
        )
        found = [(one, one.pk in seen) for one in context["form"].found]
        return context | {"is_new": True, "same_people": found}

    @transaction.atomic
    def save_instance(self):
        form, now, by = self.form, timezone.now(), self.request.user
        lead = form.save(commit=False)
        lead.source = "by_hand"
        lead.owner = lead.owner or by
        save_lead(lead, now=now, by=by)
        values = form.cleaned_data
        for tag in _tags(values):
            put_tag(lead, tag, now=now)
        if values.get("basis") and lead.email_key:
            record_consent(
                lead, key=lead.email_key, granted=True, now=now, basis=Basis(values["basis"]),
                wording=values["basis_detail"].strip(), source="by_hand",
            )  # fmt: skip
        if values.get("todo"):
            open_todo(
                lead=lead,
                title=values["todo"],
                reason="",
                due_at=form.due_at(now),
                owner=lead.owner,
                dedupe_key=None,
                now=now,
            )
        log(instance=lead, action="wagtail.create", user=by, content_changed=True)
        return lead

    def get_success_url(self):
        if "next_one" not in self.request.POST:
            return super().get_success_url()
        kept = {name: self.request.POST[name] for name in KEPT if self.request.POST.get(name)}
        return f"{reverse(f'{URLS}:add')}?{urlencode(kept)}"


def _tags(values) -> list[LeadTag]:
    """Those that were chosen or typed; a new one is made."""
    found = [values["tag"]] if values.get("tag") else []
    new = values.get("new_tag")
    if new:
        found.append(LeadTag.objects.filter(name__iexact=new).first() or LeadTag.objects.create(name=new))
    return found


class LeadEdit(SavesLead, generic.EditView):
    success_message = gettext_lazy("%(object)s is saved.")

    def get_object(self, queryset=None):
        return lead_or_404(self.request.user, self.kwargs["pk"], action="change")

    @transaction.atomic
    def save_instance(self):
        form, now, by = self.form, timezone.now(), self.request.user
        stored = Lead.objects.select_for_update().get(pk=self.kwargs["pk"])
        lead = form.save(commit=False)
        # what others wrote meanwhile and this form did not touch stays
        for field in Lead._meta.concrete_fields:
            if field.name not in form.changed_data:
                setattr(lead, field.attname, getattr(stored, field.attname))
        lead.extra = form.own_values() if any(name.startswith("own-") for name in form.changed_data) else stored.extra
        wanted, lead.stage = Stage(lead.stage), stored.stage
        if {"email", "company_name"} & set(form.changed_data):
            lead.company = None  # save_lead finds it anew from the domain or the written name
        save_lead(lead, now=now, by=by)
        say_stage(lead, wanted, by=by, now=now)
        self._put_tags(lead, now)
        log(instance=lead, action="wagtail.edit", user=by, content_changed=form.has_changed())
        return lead

    def _put_tags(self, lead: Lead, now) -> None:
        if "tags" not in self.form.changed_data:
            return
        before, after = set(self.form.initial["tags"]), {tag.pk: tag for tag in self.form.cleaned_data["tags"]}
        for pk, tag in after.items():
            if pk not in before:
                add_tag(tag)([lead], by=self.request.user, now=now)
        for tag in LeadTag.objects.filter(pk__in=before - set(after)):
            take_tag(tag)([lead], by=self.request.user, now=now)


class LeadHistory(history.HistoryView):
    any_permission_required = ["change", "view"]

    def get_object(self):
        return lead_or_404(self.request.user, self.pk)
