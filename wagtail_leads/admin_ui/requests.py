"""The desk for what people ask about their data: who asked, is it them, until when, and the answer in one click.

Whoever handles requests finds every lead, whoever owns it: a person's right does not end at a colleague's.
"""

from datetime import datetime

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.views.generic import WagtailAdminTemplateMixin
from wagtail.admin.widgets import AdminDateInput
from wagtail.models import Site

from wagtail_leads.admin_ui.permissions import may_handle_requests, visible_leads
from wagtail_leads.capture.models import FormSubmission
from wagtail_leads.companies.queries import sells_to_companies
from wagtail_leads.identity.access import record_access
from wagtail_leads.identity.models import AccessRecord, Lead, PrivacyRequest
from wagtail_leads.identity.queries import family_of, surviving
from wagtail_leads.logic.addresses import email_key, normalise_email
from wagtail_leads.logic.errors import AddressTaken, BadAddress
from wagtail_leads.logic.kinds import RequestKind
from wagtail_leads.mailing.models import Message, Suppression
from wagtail_leads.privacy import requests
from wagtail_leads.privacy.erasing import rows_to_erase
from wagtail_leads.privacy.exporting import accesses_to, export
from wagtail_leads.privacy.sheet import as_file, as_json
from wagtail_leads.scenarios.models import Enrolment

PAGE, FOUND, LOOKED = 30, 20, 10
State = PrivacyRequest.State
#: How identity is usually checked; free words may be added.
CHECKS = (
    ("called", gettext_lazy("We called the number that we have")),
    ("mailed", gettext_lazy("They wrote from the address that we have")),
    ("paper", gettext_lazy("They showed a document")),
    ("knows", gettext_lazy("They told us things that only this person knows")),
    ("other", gettext_lazy("Otherwise (please say how)")),
)
#: What each kind of request is called in a list.
SHORT = {
    RequestKind.ACCESS.value: gettext_lazy("Information"),
    RequestKind.CORRECT.value: gettext_lazy("Correction"),
    RequestKind.STOP.value: gettext_lazy("Stop of use"),
    RequestKind.ERASE.value: gettext_lazy("Erasure"),
}


class Desk(WagtailAdminTemplateMixin, TemplateView):
    """A page of the desk."""

    header_icon = "clipboard-list"

    def dispatch(self, request, *args, **kwargs):
        if not may_handle_requests(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_breadcrumbs_items(self):
        items = [{"url": reverse("wagtail_leads_settings"), "label": _("Leads settings")}]
        if self.url_here:
            items.append({"url": reverse("wagtail_leads_requests"), "label": _("Requests")})
        return [*self.breadcrumbs_items, *items, {"url": "", "label": self.page_title}]

    #: Is this a page below the list?
    url_here = True


def rows_of(found, today) -> list[PrivacyRequest]:
    for row in found:
        row.short = SHORT.get(row.kind, row.kind)
        row.is_open = row.state == State.OPEN
        row.is_overdue = row.is_open and row.due_on < today
        row.is_being_erased = row.is_open and row.kind == RequestKind.ERASE and row.done_by_id is not None
        row.url = reverse("wagtail_leads_request", args=(row.pk,))
    return list(found)


def open_requests(today) -> tuple[int, int]:
    """(open, overdue)"""
    due = list(PrivacyRequest.objects.filter(state=State.OPEN.value).values_list("due_on", flat=True))
    return len(due), sum(1 for day in due if day < today)


class RequestsView(Desk):
    """The ledger: what is open first, the soonest due on top."""

    template_name = "wagtail_leads/admin/requests/index.html"
    page_title = gettext_lazy("Requests about personal data")
    url_here = False

    def get_context_data(self, **kwargs):
        today = timezone.localdate()
        every = PrivacyRequest.objects.select_related("lead", "done_by")
        pending = every.filter(state=State.OPEN.value).order_by("due_on", "pk")
        page = Paginator(every.exclude(state=State.OPEN.value).order_by("-done_at", "-pk"), PAGE).get_page(
            self.request.GET.get("p")
        )
        return super().get_context_data(
            **kwargs,
            pending=rows_of(pending[:200], today),
            done=rows_of(page, today),
            page_obj=page,
        )


class NewForm(forms.ModelForm):
    class Meta:
        model = PrivacyRequest
        fields = ["kind", "channel", "details"]
        widgets = {"kind": forms.RadioSelect, "details": forms.Textarea(attrs={"rows": 4})}
        help_texts = {"details": gettext_lazy("In their words. It is removed when the person is erased.")}

    received_on = forms.DateField(
        label=gettext_lazy("Received on"),
        widget=AdminDateInput,
        help_text=gettext_lazy("The time to answer runs from this day."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [c for c in self.fields["kind"].choices if c[0]]
        self.fields["channel"].choices = [
            c for c in self.fields["channel"].choices if c[0] != PrivacyRequest.Channel.SELF
        ]
        self.fields["details"].max_length = 10_000

    def clean_details(self):
        return self.cleaned_data["details"].replace("\0", "")[:10_000]

    def clean_received_on(self):
        day = self.cleaned_data["received_on"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("This day is still to come."))
        return day


def find_leads(words: str) -> list[Lead]:
    """By address first, then by name, company or phone; of every owner."""
    wanted = Q()
    for name in ("name", "email", "company_name", "phone", "mobile"):
        wanted |= Q(**{f"{name}__icontains": words})
    exact = normalise_email(words)
    if exact:
        wanted |= Q(email_key=email_key(exact))
    return list(Lead.objects.living().filter(wanted).order_by("-created_at", "-pk")[:FOUND])


class NewView(Desk):
    """Find the person, then say what they want."""

    template_name = "wagtail_leads/admin/requests/new.html"
    page_title = gettext_lazy("New request")

    @cached_property
    def lead(self) -> Lead | None:
        pk = self.request.GET.get("lead", "")
        if not (pk.isascii() and pk.isdigit() and len(pk) < 19):
            return None
        return get_object_or_404(Lead.objects.living(), pk=pk)

    def get_context_data(self, **kwargs):
        query = self.request.GET.get("q", "").replace("\0", "").strip()[:100]
        form = kwargs.pop("form", None) or NewForm(
            initial={"received_on": timezone.localdate(), "kind": RequestKind.ACCESS.value, "channel": "mail"}
        )
        return super().get_context_data(
            **kwargs,
            lead=self.lead,
            query=query,
            found=find_leads(query) if query and not self.lead else [],
            form=form,
            with_companies=sells_to_companies(),
        )

    def post(self, request, *args, **kwargs):
        form = NewForm(request.POST)
        if self.lead is None:
            return redirect("wagtail_leads_request_new")
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        now, values = timezone.now(), form.cleaned_data
        made = requests.receive(
            RequestKind(values["kind"]),
            self.lead,
            now=now,
            channel=values["channel"],
            details=values["details"],
            received_at=_at_noon(values["received_on"], now),
        )
        messages.success(request, _("The request is in the list. First say how you know that it is this person."))
        return redirect("wagtail_leads_request", pk=made.pk)


def _at_noon(day, now: datetime) -> datetime:
    """The moment of a day that was typed: now for today."""
    local = timezone.localtime(now)
    return now if day == local.date() else local.replace(year=day.year, month=day.month, day=day.day, hour=12, minute=0)


class RequestView(Desk):
    template_name = "wagtail_leads/admin/requests/page.html"

    @cached_property
    def row(self) -> PrivacyRequest:
        rows = PrivacyRequest.objects.select_related("lead", "done_by", "identity_checked_by")
        return rows_of([get_object_or_404(rows, pk=self.kwargs["pk"])], timezone.localdate())[0]

    @property
    def page_title(self):
        return SHORT.get(self.row.kind, _("Request"))

    def get_context_data(self, **kwargs):
        lead = surviving(self.row.lead) if self.row.lead else None
        return super().get_context_data(
            **kwargs,
            row=self.row,
            lead=lead if lead is not None and lead.erased_at is None else None,
            checks=CHECKS,
            is_checked=self.row.identity_checked_at is not None,
            opens_lead=lead is not None and visible_leads(self.request.user).filter(pk=lead.pk).exists(),
            accesses=list(accesses_to(family_of(lead)).select_related("user")[:LOOKED]) if lead else [],
        )


class Action(View):
    """POST only; says what came of it and answers with the request's page."""

    http_method_names = ["post"]

    def dispatch(self, request, *args, **kwargs):
        if not may_handle_requests(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def post(self, request, pk):
        row = get_object_or_404(PrivacyRequest.objects.select_related("lead"), pk=pk)
        try:
            answer = self.act(request, row, timezone.now())
        except requests.NotChecked:
            messages.error(request, _("First say how you know that it is this person."))
        except (requests.Answered, requests.NotAsked):
            messages.warning(request, _("Somebody has answered this request already."))
        else:
            if answer is not None:
                return answer
        return redirect("wagtail_leads_request", pk=pk)


class CheckIdentity(Action):
    def act(self, request, row, now):
        labels, how = dict(CHECKS), request.POST.get("how", "")
        more = request.POST.get("more", "").replace("\0", "").strip()
        if how not in labels or (how == "other" and not more):
            messages.error(request, _("Say how you checked it."))
            return
        evidence = more if how == "other" else f"{labels[how]}{': ' if more else ''}{more}"
        requests.check_identity(row, evidence=evidence, by=request.user, now=now)
        messages.success(request, _("Noted. You can answer now."))


class Download(Action):
    """The person's data as a file, to be handed over: each time it is noted."""

    FORMATS = {"json": "application/json; charset=utf-8", "html": "text/html; charset=utf-8"}

    def act(self, request, row, now):
        form = request.POST.get("format", "html")
        if row.state != State.OPEN:
            raise requests.Answered
        if row.identity_checked_at is None:
            raise requests.NotChecked
        lead = surviving(row.lead) if row.lead else None
        if lead is None or lead.erased_at is not None or form not in self.FORMATS:
            messages.error(request, _("Nothing is stored about this person."))
            return None
        site = Site.find_for_request(request)
        text = as_json(export(lead)) if form == "json" else as_file(lead, now=now, site=site)
        record_access(
            AccessRecord.What.EXPORTED, user=request.user, lead_id=lead.pk, now=now, detail=f"request {row.pk}"
        )
        response = HttpResponse(text, content_type=self.FORMATS[form])
        response["Content-Disposition"] = f'attachment; filename="data-{row.pk}.{form}"'
        response["Cache-Control"] = "private, no-store"
        response["X-Content-Type-Options"] = "nosniff"
        return response


class HandedOver(Action):
    def act(self, request, row, now):
        requests.answer_access(row, answer=_("Handed over."), by=request.user, now=now)
        messages.success(request, _("Answered: the data were handed over."))


class SendData(Action):
    def act(self, request, row, now):
        lead = surviving(row.lead) if row.lead else None
        if lead is None or not lead.email:
            messages.error(request, _("There is no mail address to send it to."))
            return
        requests.send_data(row, by=request.user, now=now)
        messages.success(request, _("Answered: a link to the data is on its way to %(to)s.") % {"to": lead.email})


class Stop(Action):
    def act(self, request, row, now):
        requests.answer_stop(row, by=request.user, now=now)
        messages.success(request, _("Done: no mail, no score, no calls any more."))


class Refuse(Action):
    def act(self, request, row, now):
        why = request.POST.get("why", "").replace("\0", "").strip()[:5_000]
        if not why:
            messages.error(request, _("Say why it is not done: the person has a right to know."))
            return
        requests.refuse(row, why=why, by=request.user, now=now)
        messages.success(request, _("Closed as not done, with the reason."))


class UseAgain(View):
    """The way back from a stop, by the person's word."""

    http_method_names = ["post"]

    def post(self, request, pk):
        if not may_handle_requests(request.user):
            raise PermissionDenied
        lead = get_object_or_404(Lead.objects.living(), pk=pk)
        if requests.use_again(lead, now=timezone.now(), by=request.user):
            messages.success(request, _("The data may be used again. Mail still needs a permission."))
        return redirect("wagtail_leads_requests")


class CorrectForm(forms.ModelForm):
    class Meta:
        model = Lead
        fields = [
            "email",
            "name",
            "family_name",
            "given_name",
            "family_kana",
            "given_kana",
            "company_name",
            "department",
            "job_title",
            "phone",
            "mobile",
            "postal_code",
            "prefecture",
            "address",
            "contact_wish",
        ]
        labels = {"company_name": gettext_lazy("Company")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not sells_to_companies():
            for name in ("company_name", "department", "job_title"):
                self.fields.pop(name)

    def clean(self):
        values = super().clean()
        return {name: value.replace("\0", "") if isinstance(value, str) else value for name, value in values.items()}


class CorrectView(RequestView):
    template_name = "wagtail_leads/admin/requests/correct.html"
    kind = RequestKind.CORRECT

    @cached_property
    def lead(self) -> Lead | None:
        lead = surviving(self.row.lead) if self.row.lead else None
        return lead if lead is not None and lead.erased_at is None else None

    def get(self, request, *args, **kwargs):
        return self._not_now() or super().get(request, *args, **kwargs)

    def _not_now(self):
        is_it = self.row.kind == self.kind and self.row.is_open and not self.row.is_being_erased
        if self.lead is None or not is_it or self.row.identity_checked_at is None:
            messages.error(self.request, _("This request cannot be answered now."))
            return redirect("wagtail_leads_request", pk=self.row.pk)
        return None

    def get_context_data(self, **kwargs):
        form = kwargs.pop("form", None) or CorrectForm(instance=self.lead)
        return super().get_context_data(**kwargs, form=form)

    def post(self, request, *args, **kwargs):
        if answer := self._not_now():
            return answer
        old, form = self.lead.company_name, CorrectForm(request.POST, instance=self.lead)
        if form.is_valid():
            lead = form.save(commit=False)
            if {"email", "company_name"} & set(form.changed_data) and lead.company_name != old:
                lead.company = None  # found anew from the domain or the written name
            try:
                requests.correct(self.row, lead, by=request.user, now=timezone.now())
            except AddressTaken:
                form.add_error("email", _("Another lead has this address. Merge the two first, or ask which is right."))
            except BadAddress:
                form.add_error("email", _("This is no valid mail address."))
            except (requests.NotChecked, requests.Answered, requests.NotAsked):
                return redirect("wagtail_leads_request", pk=self.row.pk)
            else:
                messages.success(request, _("Answered: the data are corrected."))
                return redirect("wagtail_leads_request", pk=self.row.pk)
        return self.render_to_response(self.get_context_data(form=form))


class EraseView(CorrectView):
    """What goes and what stays; then it is done."""

    template_name = "wagtail_leads/admin/requests/erase.html"
    kind = RequestKind.ERASE

    def get_context_data(self, **kwargs):
        family = family_of(self.lead)
        return super(CorrectView, self).get_context_data(
            **kwargs,
            rows=rows_to_erase(self.lead),
            mails=Message.objects.filter(lead__in=family).count(),
            forms=FormSubmission.objects.filter(lead__in=family).count(),
            runs=Enrolment.objects.filter(lead__in=family, ended_at__isnull=True).count(),
            is_suppressed=Suppression.objects.filter(address_key=self.lead.email_key or "-").exists(),
        )

    def post(self, request, *args, **kwargs):
        if answer := self._not_now():
            return answer
        never_again = request.POST.get("never_again") == "1"
        try:
            done = requests.answer_erase(self.row, by=request.user, now=timezone.now(), never_again=never_again)
        except (requests.NotChecked, requests.Answered, requests.NotAsked):
            return redirect("wagtail_leads_request", pk=self.row.pk)
        if done:
            messages.success(request, _("The person is erased. Anonymous visits stay as statistics."))
        else:
            messages.success(request, _("Much is stored: it is being erased in the background, within some minutes."))
        return redirect("wagtail_leads_request", pk=self.row.pk)
