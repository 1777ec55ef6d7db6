"""How long each kind of data is kept, what the next run removes, and when the last one was."""

from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from wagtail_leads.admin_ui.permissions import may, may_handle_requests, visible_leads
from wagtail_leads.identity.models import Retention
from wagtail_leads.privacy import retention

#: Idle leads that are named before they are erased.
NAMED = 20


def may_see_retention(user) -> bool:
    return may(user, "change", Retention) or may_handle_requests(user)


class RetentionView(WagtailAdminTemplateMixin, TemplateView):
    template_name = "wagtail_leads/admin/requests/retention.html"
    page_title = gettext_lazy("How long data is kept")
    header_icon = "history"
    http_method_names = ["get", "head", "options"]

    def dispatch(self, request, *args, **kwargs):
        if not may_see_retention(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_breadcrumbs_items(self):
        hub = {"url": reverse("wagtail_leads_settings"), "label": _("Leads settings")}
        return [*self.breadcrumbs_items, hub, {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs):
        now, user = timezone.now(), self.request.user
        kept, last = retention.rules(), retention.last_run()
        counts = retention.count_over(now=now)
        rows = [(kind, self._long(kind, getattr(kept, kind.field)), counts[kind.name]) for kind in retention.KINDS]
        idle = []
        if counts["idle_leads"]:
            kind = next(kind for kind in retention.KINDS if kind.name == "idle_leads")
            limit = retention.limit_of(kind, kept, now)
            over = retention.idle_leads(limit).values("pk")
            idle = list(visible_leads(user).filter(pk__in=over).order_by("created_at", "pk")[:NAMED])
        settings_url = reverse("wagtailsettings:edit", args=["wagtail_leads", "retention"])
        return super().get_context_data(
            **kwargs,
            rows=rows,
            idle=idle,
            waits=not retention.is_agreed(kept),
            idle_more=max(counts["idle_leads"] - len(idle), 0),
            last=last,
            next=max(last + retention.EACH, now) if last else now,
            settings_url=settings_url if may(user, "change", Retention) else "",
        )

    def _long(self, kind, number: int) -> str:
        if not number:
            return _("for ever")
        words = _("%(number)d days") if kind.field.endswith("_days") else _("%(number)d months")
        return words % {"number": number}
