"""Forms held as spam: a person lets them happen now, or deletes them. Nothing is deleted by itself."""

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.db import transaction
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail.admin import messages

from wagtail_leads.admin_ui.content_map import InSettings
from wagtail_leads.admin_ui.permissions import may, may_view, visible_rows
from wagtail_leads.capture import operations as capture
from wagtail_leads.capture.models import FormSubmission
from wagtail_leads.identity.filling import flag_of
from wagtail_leads.identity.models import ADDRESS_FLAG_LABELS
from wagtail_leads.logic.errors import BadAddress
from wagtail_leads.logic.kinds import AddressFlag
from wagtail_leads.reports import words

#: Forms of one sheet.
SHEET = 25


@dataclass(frozen=True, kw_only=True)
class Held:
    """One held form, in words."""

    row: FormSubmission
    reason: str
    #: What is odd about its address; '' for most.
    flag: str

    @property
    def email(self) -> str:
        return str(self.row.data.get("email", ""))

    @property
    def form(self) -> str:
        return str(self.row.data.get("form") or self.row.form or "")

    @property
    def answers(self) -> list[dict]:
        """All of it but the address, which stands above."""
        told = self.row.data.get("answers", [])
        return [one for one in told if isinstance(one, dict) and one.get("value") != self.email]


class HeldFormsView(InSettings):
    template_name = "wagtail_leads/admin/held_forms/index.html"
    page_title = gettext_lazy("Held forms")
    header_icon = "warning"
    http_method_names = ["get", "head", "post", "options"]

    def may_open(self, user) -> bool:
        return may_view(user, FormSubmission)

    def rows(self):
        held = FormSubmission.objects.filter(is_spam=True).select_related("form")
        return visible_rows(self.request.user, held).order_by("-at", "-pk")

    def get_context_data(self, **kwargs):
        page = Paginator(self.rows(), SHEET).get_page(self.request.GET.get("p"))
        shown = [_in_words(row) for row in page.object_list]
        user = self.request.user
        return super().get_context_data(
            **kwargs,
            held=shown,
            page_obj=page,
            count=page.paginator.count,
            may_release=may(user, "change", FormSubmission),
            may_delete=may(user, "delete", FormSubmission),
        )

    def post(self, request, *args, **kwargs):
        action = request.POST.get("do", "")
        needed = {"release": "change", "delete": "delete"}.get(action)
        pks = [int(pk) for pk in request.POST.getlist("pk") if pk.isascii() and pk.isdigit() and len(pk) < 19]
        if needed is None or not may(request.user, needed, FormSubmission):
            messages.error(request, _("You may not do this."))
        elif not pks:
            messages.warning(request, _("Please tick at least one form."))
        else:
            chosen = list(self.rows().filter(pk__in=pks[:SHEET]))
            (self._release if action == "release" else self._delete)(request, chosen)
        return redirect(reverse("wagtail_leads_held_forms"))

    def _release(self, request, chosen: list[FormSubmission]) -> None:
        done = [row for row in chosen if _released(row)]
        text = ngettext(
            "%(count)d form is released: what was held back has happened.",
            "%(count)d forms are released: what was held back has happened.",
            len(done),
        )
        if done:
            messages.success(request, text % {"count": len(done)})
        if len(done) < len(chosen):
            messages.warning(request, _("Some were not held any more, or their address is none."))

    def _delete(self, request, chosen: list[FormSubmission]) -> None:
        with transaction.atomic():
            count, _by_model = FormSubmission.objects.filter(pk__in=[row.pk for row in chosen], is_spam=True).delete()
        text = ngettext("%(count)d form is deleted.", "%(count)d forms are deleted.", count)
        messages.success(request, text % {"count": count})


def _released(row: FormSubmission) -> bool:
    try:
        capture.release(row, now=timezone.now())
    except (ValueError, BadAddress):
        return False
    return True


def _in_words(row: FormSubmission) -> Held:
    flag = AddressFlag(flag_of(str(row.data.get("email", ""))))
    return Held(row=row, reason=words.spam_reason(row.spam_reason), flag=str(ADDRESS_FLAG_LABELS[flag]))
