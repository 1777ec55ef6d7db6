"""What can be done from Today. POST only; each parses, calls one operation and goes back."""

from datetime import timedelta
from functools import wraps

import swapper
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import MaxLengthValidator, validate_email
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST
from wagtail.admin import messages
from wagtail.admin.utils import get_valid_next_url_from_request
from wagtail.models import Site

from wagtail_leads.admin_ui.form_pages import fields_of, is_form_page, make_source
from wagtail_leads.admin_ui.permissions import lead_or_404, may, may_change_lead, visible_leads, visible_rows
from wagtail_leads.admin_ui.screens import lead_url
from wagtail_leads.capture import operations as capture
from wagtail_leads.capture.models import FormSubmission
from wagtail_leads.content.guesses import guess_content_kind, guess_mapping, guess_purchase_stage
from wagtail_leads.content.models import PagePolicy
from wagtail_leads.content.operations import mark_page
from wagtail_leads.identity.models import Lead
from wagtail_leads.logic.kinds import ContentKind
from wagtail_leads.mailing import operations as mailing
from wagtail_leads.sales import operations as sales
from wagtail_leads.sales.models import Todo

#: The hour at which what was put off comes back.
MORNING = 6
MOST_DAYS = 90
NOTE_LENGTH = 2000
MOST_MARKED = 50
validate_length = MaxLengthValidator(254)


def _action(view):
    """POST by someone who may work with leads; afterwards back to where they came from."""

    @require_POST
    @wraps(view)
    def wrapped(request, *args, **kwargs):
        if not may(request.user, "change", Lead):
            raise PermissionDenied
        view(request, *args, **kwargs)
        return _back(request)

    return wrapped


def _back(request):
    return redirect(get_valid_next_url_from_request(request) or reverse("wagtail_leads_today"))


def _todo(request, pk: int) -> Todo:
    todo = get_object_or_404(Todo.objects.select_related("lead"), pk=pk, lead__in=visible_leads(request.user))
    if todo.owner_id != request.user.pk and not may_change_lead(request.user, todo.lead):
        raise PermissionDenied
    return todo


def _result(request) -> str | None:
    result = request.POST.get("result", "")
    if result in Todo.Result.values:
        return result
    messages.error(request, _("Please choose what came of it."))
    return None


def _note(request) -> str:
    return request.POST.get("note", "").replace("\0", "").strip()[:NOTE_LENGTH]


def _until(request):
    """So many days from now, in the morning; None for nonsense."""
    days = request.POST.get("days", "")
    if not (days.isascii() and days.isdigit() and len(days) < 4 and 1 <= int(days) <= MOST_DAYS):
        messages.error(request, _("Please choose a day."))
        return None
    day = localtime(timezone.now()) + timedelta(days=int(days))
    return day.replace(hour=MORNING, minute=0, second=0, microsecond=0)


def _open_lead(lead):
    return [messages.button(lead_url(lead), _("Open lead"))]


@_action
def start_todo(request, pk):
    todo = _todo(request, pk)
    if sales.start_todo(todo, by=request.user, now=timezone.now()):
        messages.success(request, _("You take care of “%(todo)s”.") % {"todo": todo})
    else:
        messages.warning(request, _("Somebody has begun with this already."))


@_action
def finish_todo(request, pk):
    todo, result = _todo(request, pk), _result(request)
    if result is None:
        return
    if sales.finish_todo(todo, result=result, note=_note(request), by=request.user, now=timezone.now()):
        messages.success(request, _("Done: %(lead)s.") % {"lead": todo.lead}, buttons=_open_lead(todo.lead))
    else:
        messages.warning(request, _("This was done already."))


@_action
def snooze_todo(request, pk):
    todo, until = _todo(request, pk), _until(request)
    if until and sales.snooze_todo(todo, until=until, now=timezone.now()):
        _say_snoozed(request, todo.lead, until)


@_action
def record_contact(request, pk):
    lead, result = lead_or_404(request.user, pk, action="change"), _result(request)
    if result is not None:
        sales.record_contact(lead, result=result, note=_note(request), by=request.user, now=timezone.now())
        messages.success(request, _("Done: %(lead)s.") % {"lead": lead}, buttons=_open_lead(lead))


@_action
def snooze_lead(request, pk):
    lead, until = lead_or_404(request.user, pk, action="change"), _until(request)
    if until:
        sales.snooze_lead(lead, until=until, now=timezone.now())
        _say_snoozed(request, lead, until)


def _say_snoozed(request, lead, until):
    words = {"lead": lead, "day": date_format(until, "MONTH_DAY_FORMAT")}
    messages.success(request, _("%(lead)s comes back on %(day)s.") % words)


@_action
def dismiss_lead(request, pk):
    lead = lead_or_404(request.user, pk, action="change")
    sales.dismiss_lead(lead, by=request.user, now=timezone.now())
    words = _("%(lead)s is no prospect. If that was a mistake, change the stage on the lead's page.")
    messages.success(request, words % {"lead": lead}, buttons=_open_lead(lead))


@require_POST
def release_submission(request, pk):
    """A held form was sent by a person: what was held back happens now."""
    if not may(request.user, "change", FormSubmission):
        raise PermissionDenied
    submission = get_object_or_404(visible_rows(request.user, FormSubmission.objects.all()), pk=pk)
    try:
        capture.release(submission, now=timezone.now())
    except ValueError:
        messages.warning(request, _("This form is not held any more."))
    else:
        submission.refresh_from_db()
        buttons = _open_lead(submission.lead) if submission.lead else []
        messages.success(request, _("The form is released."), buttons=buttons)
    return redirect(f"{reverse('leads_submissions_modeladmin_index')}inspect/{submission.pk}/")


# -- the checklist ------------------------------------------------------------------------------------------------------


@require_POST
def mark_guessed(request):
    """Mark the named pages as what we guess they are: one button each, or one for all."""
    pks = [int(pk) for pk in request.POST.getlist("page") if pk.isascii() and pk.isdigit() and len(pk) < 19]
    Page = swapper.load_model("wagtailcore", "Page")
    pages = list(Page.objects.filter(pk__in=pks[:MOST_MARKED], depth__gt=1).specific())
    if not pages:
        raise Http404
    if not all(page.permissions_for_user(request.user).can_publish() for page in pages):
        raise PermissionDenied
    for page in pages:
        _mark(page, request.user)
    titles = pgettext("between names", ", ").join(page.title for page in pages)
    messages.success(request, _("Marked: %(pages)s") % {"pages": titles})
    return _back(request)


def _mark(page, user) -> None:
    kind = guess_content_kind(type(page).__name__, page.title, page.slug)
    before = PagePolicy.objects.filter(pk=page.pk).prefetch_related("topics").first() or PagePolicy()
    mark_page(
        page,
        user=user,
        now=timezone.now(),
        gated=before.gated,
        high_intent=before.high_intent or kind == ContentKind.PRICE,
        teaser=before.teaser,
        form_id=before.form_id,
        topics=[topic.name for topic in before.topics.all()] if before.pk else (),
        purchase_stage=before.purchase_stage or guess_purchase_stage(kind),
        content_kind=before.content_kind or str(kind),
    )


@require_POST
def make_inquiry(request, pk):
    """One click: this form page is an inquiry, its fields recognised by their labels."""
    Page = swapper.load_model("wagtailcore", "Page")
    page = get_object_or_404(Page, pk=pk).specific
    if not is_form_page(page):
        raise Http404
    if not page.permissions_for_user(request.user).can_publish():
        raise PermissionDenied
    mapping = guess_mapping(fields_of(page))
    if "email" not in mapping:
        messages.warning(request, _("We do not see which field asks for the e-mail address. Please choose it."))
        return redirect("wagtail_leads_page_marks", page.pk)
    make_source(page, user=request.user, now=timezone.now(), mapping=mapping)
    marks = reverse("wagtail_leads_page_marks", args=[page.pk])
    messages.success(
        request,
        _("“%(page)s” makes leads from now on.") % {"page": page.title},
        buttons=[messages.button(marks, _("Look at the fields"))],
    )
    return _back(request)


@_action
def send_test_mail(request):
    to = request.POST.get("to", "").strip()
    try:
        validate_length(to)
        validate_email(to)
    except ValidationError:
        messages.error(request, _("This is no e-mail address."))
        return
    site = Site.find_for_request(request) or Site.objects.filter(is_default_site=True).first()
    mailing.send_test_mail(to=to, site=site, user=request.user, now=timezone.now())
    messages.success(request, _("A test mail to %(address)s is on its way.") % {"address": to})
