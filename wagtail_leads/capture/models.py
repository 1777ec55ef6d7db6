"""Doors where a visitor becomes a lead: our own forms, the site's form pages, what was sent, goals, and files of leads."""

import swapper
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.module_loading import import_string
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList, PublishingPanel, TabbedInterface
from wagtail.documents.widgets import AdminDocumentChooser
from wagtail.fields import StreamField
from wagtail.models import DraftStateMixin, LockableMixin, PreviewableMixin, RevisionMixin, TranslatableMixin

from wagtail_leads.capture.blocks import FormFields
from wagtail_leads.identity.models import BASIS_LABELS, Lead, LeadSource, LeadTag, Visitor
from wagtail_leads.logic.addresses import normalise_email
from wagtail_leads.logic.kinds import Basis, GoalKind, ImportState, RowOutcome
from wagtail_leads.mailing.models import Email

PAGE_MODEL = swapper.get_model_name("wagtailcore", "Page")


class LeadForm(DraftStateMixin, LockableMixin, RevisionMixin, PreviewableMixin, TranslatableMixin, models.Model):
    """A form that makes leads: shown by a gate, as a block, at its own address, as a pop-up, or by a template tag.

    What visitors see is always a `LeadFormVersion`: a published state that never changes.
    """

    class Purpose(models.TextChoices):
        DOCUMENT = "document", _("Document request")
        INQUIRY = "inquiry", _("Inquiry")
        SEMINAR = "seminar", _("Seminar or event")
        NEWSLETTER = "newsletter", _("Newsletter")

    class Delivery(models.TextChoices):
        AT_ONCE = "at_once", _("At once, and by mail")
        BY_MAIL = "by_mail", _("By mail only (shows that the address is right)")

    name = models.CharField(_("name"), max_length=200, help_text=_("For you; visitors do not see it."))
    purpose = models.CharField(_("purpose"), max_length=20, choices=Purpose.choices, default=Purpose.DOCUMENT)
    slug = models.SlugField(
        _("address"),
        max_length=80,
        blank=True,
        allow_unicode=True,
        help_text=_("The form's own page is at this address. Empty: it has none."),
    )
    is_default = models.BooleanField(
        _("default for gated pages"), default=False, help_text=_("Used where a gated page names no form of its own.")
    )
    heading = models.CharField(_("heading"), max_length=200, blank=True)
    intro = models.TextField(_("introduction"), blank=True)
    fields = StreamField(FormFields(), verbose_name=_("fields"))
    submit_label = models.CharField(_("text of the button"), max_length=60, blank=True)
    ask_at_most = models.PositiveIntegerField(
        _("new questions at most"),
        default=0,
        help_text=_(
            "Whoever is known already is not asked again, and for at most so many things that we do not know. "
            "0: always the whole form."
        ),
    )
    consent_wording = models.TextField(
        _("question for permission to write"),
        blank=True,
        help_text=_("Stands beside an unticked box. Empty: our standard wording. What was shown is kept as proof."),
    )
    purpose_text = models.TextField(
        _("what the data is used for"), blank=True, help_text=_("Shown beside the button. Empty: our standard wording.")
    )
    double_opt_in = models.BooleanField(
        _("confirm the address"),
        default=False,
        help_text=_("A permission counts only once the reader has confirmed it by a link in a mail (double opt-in)."),
    )
    delivery = models.CharField(
        _("what was asked for is given"), max_length=10, choices=Delivery.choices, default=Delivery.AT_ONCE.value
    )
    #: Primary key of a document of the site (its model is the site's, so a value).
    document_id = models.PositiveBigIntegerField(pgettext_lazy("leads", "document"), null=True, blank=True)
    reply = models.ForeignKey(
        Email,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("automatic reply"),
        help_text=_("Empty: our standard mail with the link to the page."),
    )
    thanks_heading = models.CharField(_("heading of the thank-you page"), max_length=200, blank=True)
    thanks_text = models.TextField(_("text of the thank-you page"), blank=True)
    thanks_page = models.ForeignKey(
        PAGE_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("own thank-you page"),
        help_text=_("Instead of ours: a page of your site."),
    )
    notify = models.TextField(
        _("notices also go to"), blank=True, help_text=_("One address a line, besides those in the sender details.")
    )
    opens_todo = models.BooleanField(_("makes a to-do for sales"), default=False)
    due_hours = models.PositiveIntegerField(
        _("to-do is due after hours"), null=True, blank=True, help_text=_("Empty: as in the settings (24).")
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("owner of new leads"),
    )
    tag = models.ForeignKey(
        LeadTag, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("tag for its leads")
    )
    origin = models.ForeignKey(
        LeadSource,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("source of its new leads"),
    )
    kiosk = models.BooleanField(
        _("used by many on one device"),
        default=False,
        help_text=_("On a tablet at an exhibition: the browser is linked with nobody."),
    )

    question_panels = [
        FieldPanel("name"),
        FieldPanel("purpose", help_text=_("Decides the words on the button and in the answer, where you give none.")),
        FieldPanel("heading"),
        FieldPanel("intro"),
        FieldPanel("fields"),
        FieldPanel("submit_label", help_text=_("Empty: fits the purpose, such as “Send the inquiry”.")),
    ]
    permission_panels = [
        FieldPanel("consent_wording"),
        FieldPanel("purpose_text"),
        FieldPanel("double_opt_in"),
    ]
    afterwards_panels = [
        MultiFieldPanel(
            [FieldPanel("thanks_heading"), FieldPanel("thanks_text"), FieldPanel("thanks_page"), FieldPanel("delivery")],
            heading=_("What the visitor sees"),
        ),
        MultiFieldPanel(
            [
                FieldPanel(
                    "document_id",
                    widget=AdminDocumentChooser,
                    heading=_("Document"),
                    help_text=_("Our standard mail then holds the person's own link to it."),
                ),
                FieldPanel("reply"),
            ],
            heading=_("What the visitor gets by mail"),
        ),
        MultiFieldPanel(
            [FieldPanel("opens_todo"), FieldPanel("due_hours"), FieldPanel("owner"), FieldPanel("notify")],
            heading=_("What your colleagues get"),
        ),
        MultiFieldPanel([FieldPanel("tag"), FieldPanel("origin")], heading=_("What the lead gets")),
    ]
    more_panels = [
        FieldPanel("slug", heading=_("Address of its own page")),
        FieldPanel("is_default"),
        FieldPanel("ask_at_most"),
        FieldPanel("kiosk"),
        PublishingPanel(),
    ]
    edit_handler = TabbedInterface(
        [
            ObjectList(question_panels, heading=_("Questions")),
            ObjectList(permission_panels, heading=_("Permission")),
            ObjectList(afterwards_panels, heading=_("Afterwards")),
            ObjectList(more_panels, heading=pgettext_lazy("tab", "More")),
        ]
    )
    class Meta(TranslatableMixin.Meta):
        verbose_name = _("form")
        verbose_name_plural = _("forms")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self):
        super().clean()
        wrong = {}
        same = LeadForm.objects.filter(slug=self.slug).exclude(pk=self.pk)
        if self.slug and self.slug.isdigit():
            wrong["slug"] = _("Please use a letter, too: a number alone could be mixed up with another form.")
        elif self.slug and same.exists():
            wrong["slug"] = _("Another form has this address already.")
        bad = [line for line in self.notify_list() if normalise_email(line) is None]
        if bad:
            wrong["notify"] = _("This is no mail address: %(line)s") % {"line": bad[0][:100]}
        if wrong:
            raise ValidationError(wrong)

    def notify_list(self) -> list[str]:
        """The addresses that notices go to, besides those in the sender details."""
        return [line.strip() for line in self.notify.splitlines() if line.strip()]

    def copy_for_translation(self, locale, exclude_fields=None):
        """A translation has an address of its own: the same with the language behind it."""
        translation = super().copy_for_translation(locale, exclude_fields=exclude_fields)
        if self.slug:
            wanted = f"{self.slug[:70]}-{locale.language_code}"
            translation.slug = "" if LeadForm.objects.filter(slug=wanted).exists() else wanted
        return translation

    @property
    def preview_modes(self):
        return [
            ("", _("Form")),
            ("errors", _("With errors")),
            ("thanks", _("Thank-you page")),
        ]

    def serve_preview(self, request, mode_name):
        """In the site's layout. Public pages are a stage above, so the view is looked up by name."""
        return import_string("wagtail_leads.public.previews.form_preview")(request, self, mode_name)


class LeadFormVersion(models.Model):
    """One published state of a form, as visitors saw it. Never changes; submissions and consents name it."""

    form = models.ForeignKey(LeadForm, on_delete=models.SET_NULL, null=True, related_name="+")
    number = models.PositiveIntegerField(_("version"))
    #: Hex of the definition: publishing without a change makes no version.
    fingerprint = models.CharField(max_length=64)
    #: {"questions": […], "heading", "intro", "submit_label", …}: all that `capture.forms.build` needs.
    definition = models.JSONField()
    consent_wording = models.TextField(blank=True)
    purpose_text = models.TextField(blank=True)
    language = models.CharField(max_length=10, blank=True)
    made_at = models.DateTimeField(_("published"))

    class Meta:
        verbose_name = _("version of a form")
        verbose_name_plural = _("versions of forms")
        constraints = [models.UniqueConstraint(fields=["form", "number"], name="leads_form_version_once")]

    def __str__(self) -> str:
        return f"{self.form_id} v{self.number}"


class PopUp(models.Model):
    """A form that comes up on pages by itself, at most once in so many days, and never again once it was sent."""

    name = models.CharField(_("name"), max_length=100, help_text=_("For you; visitors do not see it."))
    form = models.ForeignKey(LeadForm, on_delete=models.CASCADE, related_name="+", verbose_name=_("form"))
    is_on = models.BooleanField(_("is shown"), default=False)
    below = models.ForeignKey(
        PAGE_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("on this page and below"),
        help_text=_("Empty: on every page of the site."),
    )
    after_seconds = models.PositiveIntegerField(_("after seconds"), default=20)
    after_scroll = models.PositiveIntegerField(
        _("or after so much of the page (%)"), default=60, help_text=_("0: only by time.")
    )
    again_after_days = models.PositiveIntegerField(_("not again for days"), default=14)

    panels = [
        FieldPanel("name"),
        FieldPanel("form"),
        FieldPanel("is_on"),
        FieldPanel("below"),
        MultiFieldPanel(
            [FieldPanel("after_seconds"), FieldPanel("after_scroll"), FieldPanel("again_after_days")],
            heading=pgettext_lazy("pop-up", "When"),
        ),
    ]

    class Meta:
        verbose_name = _("pop-up")
        verbose_name_plural = _("pop-ups")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class FormPageSource(models.Model):
    """An ordinary Wagtail form page of the site that makes leads; its own handling stays as it is."""

    page = models.OneToOneField(PAGE_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+")
    is_inquiry = models.BooleanField(
        _("is an inquiry"),
        default=True,
        help_text=_("The main conversion: makes a to-do, a reply and a notice to staff."),
    )
    #: Our field ("email", "name", "company", "phone", "job_title", "message") -> the page's field name.
    mapping = models.JSONField(default=dict)
    reply = models.ForeignKey(
        Email, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("automatic reply")
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("owner of new leads"),
    )
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name = _("form page as a source of leads")
        verbose_name_plural = _("form pages as sources of leads")

    def __str__(self) -> str:
        return str(self.page_id)


class FormSubmission(models.Model):
    """What a person sent, as it was sent. Written in the request: acknowledged means durable."""

    #: Hex of form, token and sender: a double click or reload is the same submission.
    dedupe_key = models.CharField(max_length=64, unique=True)
    form = models.ForeignKey(LeadForm, on_delete=models.SET_NULL, null=True, related_name="+")
    version = models.ForeignKey(LeadFormVersion, on_delete=models.SET_NULL, null=True, related_name="+")
    lead = models.ForeignKey(Lead, on_delete=models.SET_NULL, null=True, related_name="+")
    visitor = models.ForeignKey(Visitor, on_delete=models.SET_NULL, null=True, related_name="+")
    page_id = models.PositiveIntegerField(null=True)
    data = models.JSONField(_("answers"), default=dict)
    is_inquiry = models.BooleanField(default=False)
    #: Held back as spam until a person releases it.
    is_spam = models.BooleanField(_("held as spam"), default=False)
    spam_reason = models.CharField(max_length=40, blank=True)
    #: Double opt-in: a permission waits for its confirmation.
    awaits_confirmation = models.BooleanField(_("waits for confirmation"), default=False)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True)
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = pgettext_lazy("leads", "form submission")
        verbose_name_plural = _("form submissions")
        indexes = [models.Index(fields=["-at"], name="leads_submission_at")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"


class Goal(models.Model):
    """What counts as a conversion, and what one is worth. Inquiries are the main goal and ship with the package."""

    #: Name of the goal that ships.
    INQUIRY = "inquiry"

    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(
        _("kind"),
        max_length=10,
        choices=[
            (GoalKind.INQUIRY.value, _("Any inquiry")),
            (GoalKind.FORM.value, _("A form is sent")),
            (GoalKind.PAGE.value, _("A page is opened")),
            (GoalKind.DOCUMENT.value, _("A document is fetched")),
            (GoalKind.EVENT.value, _("An event of the site (track)")),
        ],
    )
    form = models.ForeignKey(
        LeadForm, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("form")
    )
    page = models.ForeignKey(
        PAGE_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("page")
    )
    #: Primary key of a document of the site; NULL: any.
    document_id = models.PositiveBigIntegerField(pgettext_lazy("leads", "document"), null=True, blank=True)
    event = models.CharField(
        _("title of the event"), max_length=255, blank=True, help_text=_("As your developer names it in track().")
    )
    #: In the installation's currency.
    value = models.DecimalField(_("worth"), max_digits=12, decimal_places=2, default=0)
    is_main = models.BooleanField(_("main goal"), default=False)
    is_on = models.BooleanField(_("counts"), default=True)
    created_at = models.DateTimeField(editable=False)

    class Meta:
        verbose_name = _("goal")
        verbose_name_plural = _("goals")
        ordering = ["-is_main", "name"]

    def __str__(self) -> str:
        """The shipped goal has its name in the reader's language until somebody gives it another."""
        return gettext("Inquiry") if self.name == self.INQUIRY else self.name


class Conversion(models.Model):
    """A goal was reached. One a goal and fact; its worth is what the goal said then."""

    goal = models.ForeignKey(Goal, on_delete=models.CASCADE, related_name="+", verbose_name=_("goal"))
    #: Primary key of the activity (a value: the ledger may be purged).
    activity_id = models.PositiveBigIntegerField()
    lead = models.ForeignKey(Lead, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("lead"))
    visitor = models.ForeignKey(Visitor, on_delete=models.SET_NULL, null=True, related_name="+")
    value = models.DecimalField(_("worth"), max_digits=12, decimal_places=2, default=0)
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("conversion")
        verbose_name_plural = _("conversions")
        constraints = [models.UniqueConstraint(fields=["goal", "activity_id"], name="leads_conversion_once")]
        indexes = [models.Index(fields=["-at"], name="leads_conversion_at")]

    def __str__(self) -> str:
        return f"{self.goal_id} {self.at:%Y-%m-%d %H:%M}"


class LeadImport(models.Model):
    """A file of leads on its way in: what its columns mean, why we may write to these people, how far it is."""

    class Policy(models.TextChoices):
        FILL = "fill", _("Fill in what we do not know yet")
        UPDATE = "update", _("The file is right: overwrite")
        SKIP = "skip", _("Leave known leads as they are")

    name = models.CharField(_("file"), max_length=255)
    size = models.PositiveBigIntegerField(default=0)
    #: "csv" or "xlsx"; encoding and delimiter of the former; the sheet of the latter.
    format = models.CharField(max_length=4, default="csv")
    encoding = models.CharField(_("encoding"), max_length=20, blank=True)
    delimiter = models.CharField(max_length=1, blank=True)
    sheet = models.CharField(_("sheet"), max_length=100, blank=True)
    header = models.JSONField(default=list)
    #: Number of the column (as text) -> our field, or "extra.<key>"; columns left out are absent.
    mapping = models.JSONField(default=dict)
    policy = models.CharField(_("known leads"), max_length=10, choices=Policy.choices, default=Policy.FILL.value)
    basis = models.CharField(
        _("why may we write to them?"), max_length=20, blank=True, choices=[(b.value, BASIS_LABELS[b]) for b in Basis]
    )
    basis_detail = models.CharField(
        _("when and how was it given?"), max_length=200, blank=True, help_text=_("Kept with each address as proof.")
    )
    origin = models.ForeignKey(
        LeadSource, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("acquired at")
    )
    tag = models.ForeignKey(
        LeadTag, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("tag")
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("owner of new leads"),
    )
    state = models.CharField(max_length=10, default=ImportState.DRAFT.value)
    #: Why it failed, in words.
    problem = models.CharField(max_length=300, blank=True)
    total_rows = models.PositiveIntegerField(null=True)
    #: Rows that are done: a worker goes on behind them.
    done_rows = models.PositiveIntegerField(default=0)
    made = models.PositiveIntegerField(_("new"), default=0)
    updated = models.PositiveIntegerField(_("updated"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    skipped = models.PositiveIntegerField(_("left out"), default=0)
    bad = models.PositiveIntegerField(_("not readable"), default=0)
    #: A worker has it until then.
    leased_until = models.DateTimeField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(_("uploaded"))
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("import of leads")
        verbose_name_plural = _("imports of leads")
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.name


class ImportPiece(models.Model):
    """A piece of an uploaded file: in the database, since personal data must not lie where the web server hands it out,
    and workers may be on another machine."""

    file = models.ForeignKey(LeadImport, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "number"], name="leads_import_piece_once")]

    def __str__(self) -> str:
        return f"{self.file_id}/{self.number}"


class ImportRow(models.Model):
    """What became of one row: written with the lead in one transaction, so that a row counts once."""

    file = models.ForeignKey(LeadImport, on_delete=models.CASCADE, related_name="+")
    #: As a spreadsheet counts: the header is 1.
    number = models.PositiveIntegerField(_("row"))
    lead = models.ForeignKey(Lead, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("lead"))
    outcome = models.CharField(max_length=10, choices=[(o.value, o.value) for o in RowOutcome])
    #: Codes of reasons and of repairs ("bad_address", "zero_restored" …), translated where they are shown.
    notes = models.JSONField(default=list)
    #: The cells as they were; kept for rows that were not taken.
    cells = models.JSONField(default=list)

    class Meta:
        verbose_name = _("row of an import")
        verbose_name_plural = _("rows of imports")
        constraints = [models.UniqueConstraint(fields=["file", "number"], name="leads_import_row_once")]
        indexes = [models.Index(fields=["file", "outcome", "number"], name="leads_import_outcome")]

    def __str__(self) -> str:
        return f"{self.file_id}:{self.number}"
