"""Mail that marketers write: listing with what came of it, the editor, and a test to oneself."""

import logging

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Count, F, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from wagtail.admin import messages
from wagtail.admin.ui.tables import Column, StatusTagColumn
from wagtail.admin.widgets.button import Button
from wagtail.models import Site
from wagtail.snippets.views.snippets import EditView, IndexView, InspectView, SnippetViewSet

from wagtail_leads.admin_ui.deleting import DeleteUnused
from wagtail_leads.admin_ui.drafts import DraftColumn, with_schedule
from wagtail_leads.admin_ui.permissions import may, may_view
from wagtail_leads.logic.kinds import MailPurpose, MessageState, ReactionKind, Verdict
from wagtail_leads.mailing.models import STATE_LABELS, Email, Message, Reaction
from wagtail_leads.mailing.operations import send_sample

logger = logging.getLogger(__name__)
URLS = "wagtail_leads_mail"
PURPOSES = {MailPurpose.MARKETING: gettext_lazy("marketing"), MailPurpose.TRANSACTIONAL: gettext_lazy("asked for")}


def counted(**conditions) -> Coalesce:
    """How many messages of a mail fulfil this; a subquery each, so nothing is multiplied."""
    rows = Message.objects.filter(version__email=OuterRef("pk"), **conditions).order_by().values("version__email")
    return Coalesce(Subquery(rows.annotate(n=Count("pk")).values("n"), output_field=IntegerField()), 0)


def share(part: int, whole: int) -> str:
    """ "12 (30 %)"; no percentage of nothing."""
    return f"{part} ({round(100 * part / whole)} %)" if whole else "–"


class MailIndex(IndexView):
    any_permission_required = ["change", "view"]
    template_name = "wagtail_leads/admin/leads/index.html"


class TestButton:
    """Adds "Send me a test" to the page's actions."""

    @cached_property
    def header_more_buttons(self):
        buttons = list(super().header_more_buttons)
        if may(self.request.user, "change", Email):
            url = reverse(f"{URLS}:test", args=(self.object.pk,))
            buttons.append(Button(_("Send me a test"), url=url, icon_name="mail", priority=5))
        return buttons


class MailEdit(TestButton, EditView):
    pass


class MailInspect(TestButton, InspectView):
    any_permission_required = ["change", "view"]
    template_name = "wagtail_leads/admin/mail/inspect.html"
    page_title = gettext_lazy("Mail")

    def get_fields(self):
        return []

    def get_context_data(self, **kwargs):
        return (
            super().get_context_data(**kwargs)
            | figures(self.object)
            | {
                "email": self.object,
                "may_change": may(self.request.user, "change", Email),
                "test_url": reverse(f"{URLS}:test", args=(self.object.pk,)),
                "edit_url": reverse(f"{URLS}:edit", args=(self.object.pk,)),
            }
        )


def figures(email: Email) -> dict:
    """What came of a mail: states, human clicks by link, opens for orientation."""
    mine = Message.objects.filter(version__email=email)
    totals = mine.aggregate(
        sent=Count("pk", filter=Q(sent_at__isnull=False)),
        clicked=Count("pk", filter=Q(clicked_at__isnull=False)),
        opened=Count("pk", filter=Q(opened_at__isnull=False)),
    )
    states = mine.exclude(state=MessageState.SENT.value).values("state").annotate(n=Count("pk")).order_by("state")
    clicks = (
        Reaction.objects.filter(
            message__version__email=email, kind=ReactionKind.CLICK.value, verdict=Verdict.HUMAN.value
        )
        .values(url=F("link__url"))
        .annotate(readers=Count("message", distinct=True))
        .order_by("-readers", "url")
    )
    return {
        "sent": totals["sent"],
        "clicked": share(totals["clicked"], totals["sent"]),
        "opened": share(totals["opened"], totals["sent"]),
        "states": [(STATE_LABELS.get(row["state"], row["state"]), row["n"]) for row in states],
        "clicks": list(clicks[:30]),
    }


class TestForm(forms.Form):
    to = forms.EmailField(label=gettext_lazy("Send the test to"))


class SendTest(View):
    """Asks for the address, then queues the latest draft of a mail to a colleague."""

    def dispatch(self, request, pk):
        if not may(request.user, "change", Email):
            raise PermissionDenied
        self.email = get_object_or_404(Email, pk=pk)
        return super().dispatch(request, pk)

    def get(self, request, pk):
        return self.show(request, TestForm(initial={"to": request.user.email}))

    def post(self, request, pk):
        form = TestForm(request.POST)
        if not form.is_valid():
            return self.show(request, form)
        to = form.cleaned_data["to"]
        draft = self.email.get_latest_revision_as_object() if self.email.latest_revision else self.email
        try:
            send_sample(draft, to=to, site=Site.find_for_request(request), user=request.user, now=timezone.now())
        except (ValueError, LookupError, TypeError) as error:  # an unfinished draft: say so instead of a 500
            logger.warning("A test mail could not be made: %s", error)
            messages.error(request, _("The mail is not complete yet, so there is nothing to send."))
        else:
            messages.success(request, _("The test is on its way to %(address)s.") % {"address": to})
        return redirect(f"{URLS}:inspect", self.email.pk)

    def show(self, request, form):
        context = {
            "form": form,
            "email": self.email,
            "header_title": _("Send me a test"),
            "breadcrumbs_items": [
                {"url": reverse(f"{URLS}:list"), "label": _("Mail")},
                {"url": reverse(f"{URLS}:inspect", args=(self.email.pk,)), "label": str(self.email)},
                {"url": "", "label": _("Send me a test")},
            ],
        }
        return render(request, "wagtail_leads/admin/mail/test.html", context)


class EmailViewSet(SnippetViewSet):
    model = Email
    icon = "mail"
    base_url_path = "leads/mail"
    admin_url_namespace = URLS
    menu_label = gettext_lazy("Mail")
    add_to_admin_menu = False
    menu_item_is_registered = True
    inspect_view_enabled = True
    copy_view_enabled = True
    index_view_class = MailIndex
    edit_view_class = MailEdit
    delete_view_class = DeleteUnused
    inspect_view_class = MailInspect
    search_fields = ["name", "subject"]
    search_backend_name = None
    list_filter = ["purpose", "live"]
    list_display = [
        "name",
        Column("subject", label=gettext_lazy("Subject"), sort_key="subject", classname="lx-wide"),
        StatusTagColumn(
            "kind",
            label=gettext_lazy("Kind"),
            accessor=lambda mail: PURPOSES.get(mail.purpose, mail.purpose),
            classname="lx-wide",
        ),
        DraftColumn(),
        Column("sent_count", label=gettext_lazy("Sent"), sort_key="sent_count"),
        Column(
            "clicks", label=gettext_lazy("Human clicks"), accessor=lambda mail: share(mail.click_count, mail.sent_count)
        ),
        Column(
            "opens",
            label=gettext_lazy("Opens (for orientation)"),
            accessor=lambda mail: share(mail.open_count, mail.sent_count),
            classname="lx-muted lx-wide",
        ),
    ]

    def get_queryset(self, request):
        if not may_view(request.user, Email):
            return Email.objects.none()
        return with_schedule(Email.objects).annotate(
            sent_count=counted(sent_at__isnull=False),
            click_count=counted(clicked_at__isnull=False),
            open_count=counted(opened_at__isnull=False),
        )

    @cached_property
    def inspect_template_name(self):
        return "wagtail_leads/admin/mail/inspect.html"

    @cached_property
    def index_template_name(self):
        return "wagtail_leads/admin/leads/index.html"

    def get_urlpatterns(self):
        return [*super().get_urlpatterns(), path("test/<int:pk>/", SendTest.as_view(), name="test")]
