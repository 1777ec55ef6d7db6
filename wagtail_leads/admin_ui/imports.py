"""Files of leads: upload, what the columns mean, what each row would become and why we may write, progress, result."""

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Subquery
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView, View
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from wagtail_leads import conf
from wagtail_leads.admin_ui import import_words as words
from wagtail_leads.admin_ui.exports import BOM
from wagtail_leads.admin_ui.import_forms import NO_BASIS, StartForm
from wagtail_leads.admin_ui.import_results import bad_rows_response, put_first_mail
from wagtail_leads.admin_ui.permissions import may, may_view, visible_imports, visible_leads
from wagtail_leads.admin_ui.screens import menu_url
from wagtail_leads.capture import import_files, imports
from wagtail_leads.capture.models import ImportPiece, ImportRow, LeadImport
from wagtail_leads.identity.models import Consent, Lead, LeadTag
from wagtail_leads.logic.kinds import ImportState, RowOutcome
from wagtail_leads.logic.lead_files import ENCODINGS, FileProblem, FileRow, first_rows, unreadable_rows
from wagtail_leads.mailing.models import Email, Suppression

PAGE = 50
#: Rows that the preview decides on, and those it shows.
LOOKED_AT, SHOWN = 2_000, 12
#: Sample values a column shows.
SAMPLES = 3
SAMPLE = (
    "会社名,部署,役職,氏名,フリガナ,メールアドレス,電話番号,携帯電話,郵便番号,住所,備考,タグ\r\n"
    "株式会社見本製作所,営業部,課長,山田 太郎,ヤマダ タロウ,taro@mihon-works.jp,03-6344-0000,090-0000-0000,"
    "100-0001,東京都千代田区千代田1-1,展示会で名刺交換,展示会2026\r\n"
)
_BEGUN = (ImportState.WAITING.value, ImportState.RUNNING.value)


def may_import(user) -> bool:
    return user.has_perm("wagtail_leads.import_lead")


class ImportScreen(WagtailAdminTemplateMixin):
    """What all screens share: the right to import, the file, the crumbs."""

    header_icon = "upload"

    def dispatch(self, request, *args, **kwargs):
        if not may_import(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def file(self) -> LeadImport:
        rows = visible_imports(self.request.user).select_related("origin", "tag", "owner", "by")
        found = rows.filter(pk=self.kwargs["pk"]).first()
        if found is None:
            raise Http404
        return found

    @cached_property
    def own(self) -> dict[str, str]:
        return {key: field.label for key, field in import_files.own_fields().items()}

    def get_breadcrumbs_items(self):
        crumbs = [
            *self.breadcrumbs_items,
            {"url": menu_url("leads"), "label": _("Leads")},
            {"url": reverse("wagtail_leads_imports"), "label": _("Imports")},
        ]
        return [*crumbs, {"url": "", "label": self.file.name}] if "pk" in self.kwargs else crumbs


class ImportsView(ImportScreen, TemplateView):
    """Upload a file; the files so far."""

    template_name = "wagtail_leads/admin/imports/list.html"
    page_title = gettext_lazy("Import leads")

    def get(self, request, *args, **kwargs):
        if "sample" in request.GET:
            response = HttpResponse(BOM + SAMPLE, content_type="text/csv; charset=utf-8")
            response["Content-Disposition"] = 'attachment; filename="leads-sample.csv"'
            return response
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        files = visible_imports(self.request.user).select_related("origin", "tag", "by")
        page = Paginator(files, PAGE).get_page(self.request.GET.get("p"))
        for file in page.object_list:
            file.state_label = words.STATES[ImportState(file.state)]
        return super().get_context_data(**kwargs, page_obj=page)

    def post(self, request, *args, **kwargs):
        upload = request.FILES.get("file")
        if upload is None:
            messages.error(request, _("Choose a file."))
            return self.render_to_response(self.get_context_data())
        try:
            file = import_files.store(upload.name, upload.chunks(), by=request.user, now=timezone.now())
        except FileProblem as problem:
            messages.error(request, words.problem_words(problem))
            return self.render_to_response(self.get_context_data())
        try:
            with import_files.on_disk(file) as path:
                import_files.look_into(file, path)
        except FileProblem as problem:
            import_files.discard(file)
            messages.error(request, words.problem_words(problem))
            return self.render_to_response(self.get_context_data())
        return redirect("wagtail_leads_import_columns", file.pk)


class DraftScreen(ImportScreen, TemplateView):
    """A step before the start; a file that is on its way shows its progress instead."""

    def dispatch(self, request, *args, **kwargs):
        if may_import(request.user) and self.file.state not in (ImportState.DRAFT.value, ImportState.FAILED.value):
            return redirect("wagtail_leads_import", self.file.pk)
        try:
            return super().dispatch(request, *args, **kwargs)
        except FileProblem as problem:
            messages.error(request, words.problem_words(problem))
            return redirect("wagtail_leads_imports")

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.now = timezone.now()


class ColumnsView(DraftScreen):
    """How the file is read, and what each of its columns is."""

    template_name = "wagtail_leads/admin/imports/columns.html"
    page_title = gettext_lazy("What do the columns mean?")

    def post(self, request, *args, **kwargs):
        if "reading" in request.POST:
            self._read_anew(request.POST)
            return redirect("wagtail_leads_import_columns", self.file.pk)
        known = {name for name, _label in words.field_choices(self.own)} - {""}
        chosen = {name.removeprefix("column-"): value for name, value in request.POST.items() if name.startswith("column-")}
        mapping = {number: name for number, name in chosen.items() if number.isdecimal() and name in known}
        if not {"email", "mobile", "phone"} & set(mapping.values()):
            messages.error(request, _("Say which column holds the e-mail address or the mobile number: people are known by it."))
            return self.render_to_response(self.get_context_data(chosen=mapping))
        self.file.mapping = mapping
        self.file.save(update_fields=["mapping"])
        return redirect("wagtail_leads_import_check", self.file.pk)

    def _read_anew(self, chosen) -> None:
        with import_files.on_disk(self.file) as path:
            import_files.look_into(
                self.file,
                path,
                encoding=chosen.get("encoding", ""),
                delimiter=chosen.get("delimiter", ""),
                sheet=chosen.get("sheet", ""),
                has_header={"yes": True, "no": False}.get(chosen.get("has_header")),
            )

    def get_context_data(self, *, chosen=None, **kwargs):
        file, reading = self.file, import_files.reading_of(self.file)
        mapping = file.mapping if chosen is None else chosen
        with import_files.on_disk(file) as path:
            rows = first_rows(path, reading, import_files.SAMPLES)
            unreadable = unreadable_rows(path, reading) if file.format == "csv" else (0, None)
            sheets = import_files.sheet_names(file, path)
        width = max([len(file.header), *(len(row.cells) for row in rows)], default=0)
        choices = words.field_choices(self.own)
        return super().get_context_data(
            **kwargs,
            file=file,
            columns=[
                {
                    "number": number,
                    "heading": file.header[number] if number < len(file.header) else "",
                    "samples": _samples(rows, number),
                    "field": mapping.get(str(number), ""),
                }
                for number in range(width)
            ],
            choices=choices,
            encodings=[(name, words.ENCODINGS[name]) for name in ENCODINGS],
            delimiters=list(words.DELIMITERS.items()),
            sheets=sheets,
            unreadable=unreadable[0],
            unreadable_row=unreadable[1],
            row_count=len(rows),
        )


def _samples(rows: list[FileRow], number: int) -> list[str]:
    cells = (row.cells[number].strip() for row in rows if number < len(row.cells))
    return list(dict.fromkeys(cell[:60] for cell in cells if cell))[:SAMPLES]


class CheckView(DraftScreen):
    """What each row will become; the basis, the source, and the start."""

    template_name = "wagtail_leads/admin/imports/check.html"
    page_title = gettext_lazy("What will happen")

    def dispatch(self, request, *args, **kwargs):
        if may_import(request.user) and not self.file.mapping:
            return redirect("wagtail_leads_import_columns", self.file.pk)
        return super().dispatch(request, *args, **kwargs)

    def post(self, request, *args, **kwargs):
        form = StartForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        form.put_into(self.file, now=self.now)
        if "look" in request.POST:
            return redirect("wagtail_leads_import_check", self.file.pk)
        imports.start(self.file, now=self.now)
        return redirect("wagtail_leads_import", self.file.pk)

    def get_context_data(self, *, form=None, **kwargs):
        with import_files.on_disk(self.file) as path:
            told = imports.forecast(self.file, path, now=self.now, most=LOOKED_AT, shown=SHOWN)
        return super().get_context_data(
            **kwargs,
            file=self.file,
            form=form or StartForm(initial=self._initial()),
            told=told,
            counts=[(words.OUTCOMES[o], told.outcomes[o.value], o.value) for o in RowOutcome if told.outcomes[o.value]],
            notes=[(words.note_words(code, self.own), count) for code, count in told.notes.most_common()],
            rows=self._rows(told),
            tags=list(LeadTag.objects.values_list("name", flat=True)[:200]),
            currency=conf.get("CURRENCY"),
            left_out=self._left_out(),
        )

    def _initial(self) -> dict:
        file = self.file
        is_stated = bool(file.basis) or file.state == ImportState.FAILED.value
        return {
            "basis": file.basis or (NO_BASIS if is_stated else None),
            "basis_detail": file.basis_detail,
            "policy": file.policy,
            "origin": file.origin_id,
            "tag": file.tag.name if file.tag else "",
            "owner": file.owner_id,
        }

    def _left_out(self) -> list[str]:
        """Headings of columns that go nowhere."""
        return [heading for n, heading in enumerate(self.file.header) if heading and str(n) not in self.file.mapping]

    def _rows(self, told) -> list[dict]:
        known = [one.lead.pk for one in told.first.decisions if one.lead is not None and one.lead.pk]
        visible = set(visible_leads(self.request.user).filter(pk__in=known).values_list("pk", flat=True))
        return [self._row(one, visible) for one in told.first.decisions]

    def _row(self, one, visible: set[int]) -> dict:
        """What is known of a lead is shown to those who may see the lead."""
        is_shown = one.lead is not None and (one.lead.pk is None or one.lead.pk in visible)
        values = one.plan.values
        return {
            "number": one.plan.number,
            "outcome": words.OUTCOMES[one.outcome],
            "code": one.outcome.value,
            "name": values.get("name", ""),
            "email": values.get("email", "") or values.get("mobile", "") or values.get("phone", ""),
            "company": values.get("company_name", ""),
            "cells": [cell for cell in one.cells if cell.strip()][:4] if one.plan.reason else [],
            "changes": [(words.field_label(name, self.own), a, b) for name, a, b in one.changed] if is_shown else [],
            "notes": words.notes_words(one.notes, self.own),
            "url": reverse("wagtail_leads_leads:inspect", args=(one.lead.pk,)) if is_shown and one.lead.pk else "",
        }


class ImportView(ImportScreen, TemplateView):
    """Progress, then the result."""

    template_name = "wagtail_leads/admin/imports/page.html"

    @property
    def page_title(self):
        return self.file.name

    def get_template_names(self):
        return ["wagtail_leads/admin/imports/_progress.html"] if "part" in self.request.GET else [self.template_name]

    def post(self, request, *args, **kwargs):
        if "stop" in request.POST:
            imports.stop(self.file)
        elif "resume" in request.POST and self.file.state != ImportState.DRAFT.value:
            imports.start(self.file, now=timezone.now())
        elif "delete" in request.POST and not self.file.done_rows and self.file.state not in _BEGUN:
            import_files.discard(self.file)
            messages.success(request, _("The file is deleted."))
            return redirect("wagtail_leads_imports")
        return redirect("wagtail_leads_import", self.file.pk)

    def get(self, request, *args, **kwargs):
        if self.file.state == ImportState.DRAFT.value:
            name = "wagtail_leads_import_check" if self.file.mapping else "wagtail_leads_import_columns"
            return redirect(name, self.file.pk)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        file = self.file
        context = super().get_context_data(
            **kwargs,
            file=file,
            state_label=words.STATES[ImportState(file.state)],
            is_begun=file.state in _BEGUN,
            is_done=file.state == ImportState.DONE.value,
            is_stopped=file.state == ImportState.STOPPED.value,
            is_failed=file.state == ImportState.FAILED.value,
            problem=words.problem_words(file.problem) if file.problem else "",
            counts=[(o.value, words.OUTCOMES[o], getattr(file, o.value)) for o in RowOutcome],
            has_file=ImportPiece.objects.filter(file=file).exists(),
            leads_url=self._leads_url(),
        )
        if "part" not in self.request.GET:
            context |= self._rows_context()
        if not context["is_begun"] and file.done_rows:
            context |= self._people()
        return context

    def _leads_url(self) -> str:
        """The list of leads, narrowed to this file's: there they get an owner, a tag, or leave as a file."""
        if not self.file.done_rows or not may_view(self.request.user, Lead):
            return ""
        return f"{reverse('wagtail_leads_leads:index')}?{urlencode({'file': self.file.pk})}"

    def _rows_context(self) -> dict:
        outcome = self.request.GET.get("outcome", "")
        rows = ImportRow.objects.filter(file=self.file).select_related("lead").order_by("number")
        if outcome in [o.value for o in RowOutcome]:
            rows = rows.filter(outcome=outcome)
        page = Paginator(rows, PAGE).get_page(self.request.GET.get("p"))
        pks = [row.lead_id for row in page.object_list if row.lead_id]
        visible = set(visible_leads(self.request.user).filter(pk__in=pks).values_list("pk", flat=True))
        for row in page.object_list:
            row.label = words.OUTCOMES[RowOutcome(row.outcome)]
            row.words = words.notes_words(row.notes, self.own)
            row.shown = [cell for cell in row.cells if cell.strip()][:4]
            row.url = reverse("wagtail_leads_leads:inspect", args=(row.lead_id,)) if row.lead_id in visible else ""
        return {"page_obj": page, "outcome": outcome}

    def _people(self) -> dict:
        """Of the leads of this file: how many have no browser yet, how many may get marketing mail, and who must not."""
        taken = ImportRow.objects.filter(file=self.file, lead__isnull=False).values("lead")
        leads = visible_leads(self.request.user).filter(pk__in=taken)
        answers = Consent.objects.filter(question=Consent.Question.MAIL.value, email_key=OuterRef("email_key"))
        out = Suppression.objects.filter(address_key=OuterRef("email_key"))
        writable = leads.filter(stopped_at__isnull=True, email_key__isnull=False).annotate(
            may=Subquery(answers.order_by("-pk").values("granted")[:1])
        )
        writable = writable.filter(may=True).filter(~Exists(out))
        return {
            "people": leads.count(),
            "not_connected": leads.filter(connected_at__isnull=True).count(),
            "writable": writable.count(),
            "reachable": writable.filter(connected_at__isnull=True).count(),
            "suppressed": leads.filter(email_key__isnull=False).filter(Exists(out)).count(),
            "may_make_mail": may(self.request.user, "add", Email),
        }


class BadRowsView(ImportScreen, View):
    """The rows that were not taken, with the reasons, as a file that can be corrected and imported again."""

    def get(self, request, *args, **kwargs):
        return bad_rows_response(self.file, self.own)


class FirstMailView(ImportScreen, View):
    """A draft that invites to the site: whoever clicks in it is connected."""

    http_method_names = ["post"]

    def post(self, request, *args, **kwargs):
        if not may(request.user, "add", Email):
            raise PermissionDenied
        made, is_new = put_first_mail(self.file, user=request.user)
        if not is_new:
            messages.info(request, _("This is the draft that was made before."))
            return redirect("wagtail_leads_mail:edit", made.pk)
        messages.success(request, _("The draft is made. Read it, change what you like, and publish it."))
        return redirect("wagtail_leads_mail:edit", made.pk)
