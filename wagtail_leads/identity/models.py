"""Who: the anonymous browser (visitor), the named person (lead), the link between them, and what the person allowed."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.admin.panels import FieldPanel, HelpPanel, MultiFieldPanel
from wagtail.contrib.settings.models import BaseGenericSetting, register_setting

from wagtail_leads.companies.models import Company
from wagtail_leads.logic.kinds import AddressFlag, Basis, ContactWish, Evidence, RequestKind, Stage

STAGE_LABELS = {
    Stage.LATENT: _("Latent"),
    Stage.INTERESTED: _("Interested"),
    Stage.PROSPECT: _("Prospect"),
    Stage.OPPORTUNITY: _("Opportunity"),
    Stage.CUSTOMER: _("Customer"),
    Stage.DORMANT: _("Dormant"),
    Stage.DISQUALIFIED: _("No prospect"),
}

CONTACT_WISH_LABELS = {
    ContactWish.NOT_SAID: _("Not said"),
    ContactWish.MAIL_ONLY: _("By mail only"),
    ContactWish.PHONE_FINE: _("A call is fine"),
    ContactWish.NO_CONTACT: _("No contact, please"),
}
ADDRESS_FLAG_LABELS = {
    AddressFlag.NONE: "",
    AddressFlag.OLD_CARRIER: _("old carrier address, mail may not arrive"),
    AddressFlag.DISPOSABLE: _("throw-away address"),
    AddressFlag.NO_MAIL_SERVER: _("its domain takes no mail"),
    AddressFlag.ROLE: _("address of a department, not of a person"),
}


class LeadSource(models.Model):
    """Where leads came from besides the site: an exhibition, a seminar, a bought advertisement; with what it cost."""

    class Kind(models.TextChoices):
        EXHIBITION = "exhibition", _("Exhibition")
        SEMINAR = "seminar", _("Seminar")
        CARDS = "cards", _("Business cards")
        REFERRAL = "referral", _("Referral")
        CAMPAIGN = "campaign", _("Advertisement or campaign")
        CUSTOMERS = "customers", _("List of customers")
        OTHER = "other", _("Something else")

    name = models.CharField(_("name"), max_length=150, unique=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices, default=Kind.OTHER.value)
    happened_on = models.DateField(_("date"), null=True, blank=True)
    #: In the installation's currency (`WAGTAIL_LEADS["CURRENCY"]`).
    cost = models.DecimalField(_("cost"), max_digits=12, decimal_places=2, null=True, blank=True)
    #: Visits with this `utm_campaign` belong to it.
    campaign = models.CharField(
        _("utm_campaign"),
        max_length=100,
        blank=True,
        help_text=_("Visits with this campaign name count for this source."),
    )
    note = models.TextField(_("note"), blank=True)
    created_at = models.DateTimeField(editable=False)

    class Meta:
        verbose_name = _("source of leads")
        verbose_name_plural = _("sources of leads")
        ordering = ["-happened_on", "name"]

    def __str__(self) -> str:
        return self.name


class LeadTag(models.Model):
    """A word that colleagues put on leads."""

    name = models.CharField(_("tag"), max_length=60, unique=True)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class LeadField(models.Model):
    """A field of leads that the site's own people made; forms, import, export and merging know it."""

    class Kind(models.TextChoices):
        TEXT = "text", _("Text, one line")
        LONG = "long", _("Text, several lines")
        NUMBER = "number", _("Number")
        DATE = "date", _("Date")
        YES_NO = "yes_no", _("Yes or no")
        CHOICE = "choice", _("One of a list")
        CHOICES = "choices", _("Several of a list")

    #: Key in `Lead.extra`; never changes.
    key = models.SlugField(_("short name"), max_length=40, unique=True)
    label = models.CharField(_("label"), max_length=100)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.TEXT.value)
    choices = models.TextField(_("choices"), blank=True, help_text=_("One a line; for lists only."))
    help_text = models.CharField(_("help"), max_length=200, blank=True)
    position = models.PositiveIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("own field of leads")
        verbose_name_plural = _("own fields of leads")
        ordering = ["position", "label"]

    def __str__(self) -> str:
        return self.label

    def choice_list(self) -> list[str]:
        return [line.strip() for line in self.choices.splitlines() if line.strip()]


class LeadQuerySet(models.QuerySet):
    def living(self):
        """Leads that were neither merged into another nor erased."""
        return self.filter(merged_into__isnull=True, erased_at__isnull=True)

    def connected(self):
        return self.filter(connected_at__isnull=False)

    def active_prospects(self, since):
        """アクティブプロスペクト: a browser is linked, and it was seen since `since`."""
        return self.living().connected().filter(last_seen_at__gte=since)


class Lead(models.Model):
    """A named person. Shared by all sites of the installation."""

    email = models.CharField(_("e-mail"), max_length=254, blank=True)
    #: sha256 of the normalised address; NULL for a lead without one. Unique: one address, one lead.
    email_key = models.CharField(max_length=64, unique=True, null=True, editable=False)
    name = models.CharField(_("name"), max_length=200, blank=True)
    family_name = models.CharField(_("family name"), max_length=100, blank=True)
    given_name = models.CharField(_("given name"), max_length=100, blank=True)
    family_kana = models.CharField(_("family name (kana)"), max_length=100, blank=True)
    given_kana = models.CharField(_("given name (kana)"), max_length=100, blank=True)
    company_name = models.CharField(_("company (as written)"), max_length=200, blank=True)
    company = models.ForeignKey(
        Company, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("company")
    )
    department = models.CharField(_("department"), max_length=200, blank=True)
    job_title = models.CharField(_("job title"), max_length=200, blank=True)
    #: As it was written; `phone_key` is what it is found by.
    phone = models.CharField(_("phone"), max_length=50, blank=True)
    mobile = models.CharField(_("mobile"), max_length=50, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    #: In Japan the name of the prefecture in Japanese (東京都), however it was written.
    prefecture = models.CharField(_("prefecture"), max_length=40, blank=True)
    address = models.CharField(pgettext_lazy("of a person", "address"), max_length=300, blank=True)
    #: Values of `LeadField`s by their key.
    extra = models.JSONField(default=dict, blank=True, editable=False)
    language = models.CharField(_("language"), max_length=10, blank=True)
    stage = models.CharField(
        _("stage"), max_length=20, choices=[(s.value, STAGE_LABELS[s]) for s in Stage], default=Stage.LATENT.value
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=pgettext_lazy("leads", "owner"),
    )
    note = models.TextField(_("note"), blank=True, help_text=_("Written by people; never changed by the system."))
    #: The form, or how else it came ("by_hand", "import").
    source = models.CharField(_("source"), max_length=100, blank=True)
    #: The exhibition, seminar or campaign, with its cost.
    origin = models.ForeignKey(
        LeadSource, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("acquired at")
    )
    contact_wish = models.CharField(
        _("wishes to be contacted"),
        max_length=20,
        blank=True,
        choices=[(w.value, CONTACT_WISH_LABELS[w]) for w in ContactWish],
    )
    address_flag = models.CharField(
        _("about the address"),
        max_length=20,
        blank=True,
        editable=False,
        choices=[(f.value, ADDRESS_FLAG_LABELS[f]) for f in AddressFlag],
    )
    #: What the same person's other entry would share; hex of normalised values, '' when unknown (`identity.keys`).
    address_key = models.CharField(max_length=32, blank=True, editable=False)
    phone_key = models.CharField(max_length=32, blank=True, editable=False)
    mobile_key = models.CharField(max_length=32, blank=True, editable=False)
    person_key = models.CharField(max_length=32, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"))
    updated_at = models.DateTimeField(_("changed"), null=True, editable=False)
    #: First link with a browser; a lead with one is "connected".
    connected_at = models.DateTimeField(_("connected"), null=True, blank=True)
    last_seen_at = models.DateTimeField(_("last visit"), null=True, blank=True)
    #: The person asked us not to use their data: no mail, no score, no call.
    stopped_at = models.DateTimeField(_("use stopped"), null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)
    merged_into = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )

    objects = LeadQuerySet.as_manager()

    class Meta:
        verbose_name = _("lead")
        verbose_name_plural = _("leads")
        permissions = [
            ("export_lead", "Can export leads"),
            ("import_lead", "Can import leads"),
            ("change_any_lead", "Can change leads of other owners"),
            ("handle_requests", "Can answer people's requests about their data"),
        ]
        indexes = [
            models.Index(fields=["address_key"], name="leads_lead_address"),
            models.Index(fields=["phone_key"], name="leads_lead_phone"),
            models.Index(fields=["mobile_key"], name="leads_lead_mobile"),
            models.Index(fields=["person_key"], name="leads_lead_person"),
            models.Index(fields=["stage", "-created_at"], name="leads_lead_stage"),
            models.Index(fields=["-last_seen_at"], name="leads_lead_seen"),
            models.Index(fields=["-created_at"], name="leads_lead_created"),
            models.Index(fields=["owner", "stage"], name="leads_lead_owner"),
        ]

    def __str__(self) -> str:
        return self.name or self.email or _("Lead %(pk)s") % {"pk": self.pk}

    @property
    def is_connected(self) -> bool:
        return self.connected_at is not None


class Visitor(models.Model):
    """One browser. Anonymous until a `VisitorLink` says whose it is."""

    #: The cookie's 128 random bits as hex; for a browser without cookie "~" and its client key of the day; NULL for one
    #: that was forgotten.
    key = models.CharField(max_length=32, unique=True, null=True)
    #: Hash of address, agent and day: groups views of a browser that runs no script.
    client_key = models.CharField(max_length=32, db_index=True)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField(db_index=True)
    #: When the visitor refused to be recorded: nothing of this browser is stored any more (`tracking.forgetting`).
    forgotten_at = models.DateTimeField(null=True, db_index=True)
    #: The lead this browser belongs to now (mirror of the open link, so that the hot path needs no join).
    lead = models.ForeignKey(Lead, on_delete=models.SET_NULL, null=True, related_name="+")
    #: Three people or more used it within 30 days: earlier visits are linked with nobody any more.
    shared_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("visitor")
        verbose_name_plural = _("visitors")

    def __str__(self) -> str:
        return _("Visitor %(pk)s") % {"pk": self.pk}


EVIDENCE_LABELS = {
    Evidence.LOGIN: _("logged in"),
    Evidence.CONFIRMED: _("confirmed the address"),
    Evidence.FORM: _("sent a form"),
    Evidence.MAIL_LINK: _("clicked a link in a mail (weak: mails are forwarded)"),
    Evidence.MANUAL: _("linked by a colleague"),
}


class VisitorLink(models.Model):
    """A reversible statement: from `from_at` to `to_at` this browser was this lead's. History is never re-pointed."""

    visitor = models.ForeignKey(Visitor, on_delete=models.CASCADE, related_name="links")
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="links")
    evidence = models.CharField(max_length=20, choices=[(e.value, EVIDENCE_LABELS[e]) for e in Evidence])
    #: NULL: the whole history before counts too.
    from_at = models.DateTimeField(null=True)
    to_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    #: The colleague who linked it; NULL for the system.
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    #: Taken back by a person: kept for the record, counts for nothing.
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    #: The visitor's pk while the link is open, else NULL: one open link per browser, by a plain unique constraint.
    open_key = models.BigIntegerField(unique=True, null=True, editable=False)

    class Meta:
        verbose_name = _("link of a browser")
        verbose_name_plural = _("links of browsers")

    def __str__(self) -> str:
        return f"{self.visitor_id} → {self.lead_id}"


BASIS_LABELS = {
    Basis.CONSENT: _("consent"),
    Basis.BUSINESS_CARD: _("business card"),
    Basis.CUSTOMER: _("customer"),
    Basis.PUBLISHED: _("published address"),
}


class Consent(models.Model):
    """One answer to "may we write to you?" or "may we record your visits?", with the wording shown. Append-only:
    the newest row of an address holds; of a browser its cookie holds, and this is the proof."""

    class Question(models.TextChoices):
        MAIL = "mail", _("may we write?")
        TRACKING = "tracking", _("may we record visits?")

    class Answer(models.TextChoices):
        """Of the question about visits. Who read a notice was told, and has not agreed."""

        YES = "yes", pgettext_lazy("answer to the notice", "agreed")
        OK = "ok", pgettext_lazy("answer to the notice", "read the notice")
        NO = "no", pgettext_lazy("answer to the notice", "refused")

    question = models.CharField(_("question"), max_length=10, choices=Question.choices, default=Question.MAIL.value)
    lead = models.ForeignKey(Lead, on_delete=models.SET_NULL, null=True, related_name="+")
    #: The browser that answered about visits; NULL when it stays unknown.
    visitor = models.ForeignKey(Visitor, on_delete=models.SET_NULL, null=True, related_name="+")
    email_key = models.CharField(max_length=64, db_index=True, blank=True)
    #: Eight hex digits that change with the wording.
    version = models.CharField(_("version of the wording"), max_length=16, blank=True)
    granted = models.BooleanField(_("granted"))
    #: '' for mail.
    answer = models.CharField(_("answer"), max_length=4, choices=Answer.choices, blank=True)
    basis = models.CharField(
        _("basis"), max_length=20, choices=[(b.value, BASIS_LABELS[b]) for b in Basis], default=Basis.CONSENT.value
    )
    wording = models.TextField(_("wording shown"), blank=True)
    source = models.CharField(_("source"), max_length=200, blank=True)
    page_id = models.PositiveIntegerField(null=True)
    page_url = models.CharField(_("page"), max_length=500, blank=True)
    #: Number of the form's version (`capture.LeadFormVersion`) that was shown.
    form_version = models.PositiveIntegerField(_("version of the form"), null=True)
    #: When the address was confirmed by its reader (double opt-in).
    confirmed_at = models.DateTimeField(_("confirmed"), null=True)
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        indexes = [models.Index(fields=["email_key", "-id"], name="leads_consent_newest")]

    def __str__(self) -> str:
        return f"{self.lead or self.email_key[:8]}: {self.granted}"


class LeadTagging(models.Model):
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="+")
    tag = models.ForeignKey(LeadTag, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("tag of a lead")
        verbose_name_plural = _("tags of leads")
        constraints = [models.UniqueConstraint(fields=["lead", "tag"], name="leads_one_tag_once")]

    def __str__(self) -> str:
        return f"{self.lead_id}: {self.tag_id}"


class LeadChange(models.Model):
    """One field of a lead changed: from what to what, by whom. Written wherever a lead's own data is written."""

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="+")
    field = models.CharField(_("field"), max_length=60)
    before = models.CharField(_("before"), max_length=300, blank=True)
    after = models.CharField(_("after"), max_length=300, blank=True)
    #: "form", "import", "hand", "merge", "request", "site".
    by_what = models.CharField(_("by"), max_length=20)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("change of a lead")
        verbose_name_plural = _("changes of leads")
        indexes = [models.Index(fields=["lead", "-at"], name="leads_change_lead")]

    def __str__(self) -> str:
        return f"{self.lead_id} {self.field}"


class LeadMerge(models.Model):
    """A person said that two leads are one; with what is needed to take it back (`merging.unmerge`)."""

    loser = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="+")
    survivor = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="+")
    log = models.JSONField(default=dict)
    at = models.DateTimeField(_("time"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    undone_at = models.DateTimeField(_("taken back"), null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("merge of leads")
        verbose_name_plural = _("merges of leads")
        indexes = [models.Index(fields=["-at"], name="leads_merge_at")]

    def __str__(self) -> str:
        return f"{self.loser_id} → {self.survivor_id}"


class NotDuplicate(models.Model):
    """A person said that these two leads are two people; they are not suggested again. `first` has the lower pk."""

    first = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("two people")
        verbose_name_plural = _("two people")
        constraints = [models.UniqueConstraint(fields=["first", "second"], name="leads_two_people_once")]

    def __str__(self) -> str:
        return f"{self.first_id} ≠ {self.second_id}"


class AccessRecord(models.Model):
    """A colleague looked at a person's data or took it out. Append-only."""

    class What(models.TextChoices):
        VIEWED = "viewed", _("looked at")
        EXPORTED = "exported", _("exported")
        ANSWERED = "answered", _("gave the person their data")

    what = models.CharField(_("what"), max_length=10, choices=What.choices)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("who")
    )
    #: NULL for an export of many, and once the person is erased.
    lead = models.ForeignKey(Lead, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("lead"))
    #: Of an export: how many, and whom (pks), so that one can say who was affected.
    count = models.PositiveIntegerField(_("how many"), default=1)
    leads = models.JSONField(default=list)
    #: Of an export: which list, which filters, which format.
    detail = models.CharField(_("detail"), max_length=300, blank=True)
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("access to personal data")
        verbose_name_plural = _("accesses to personal data")
        indexes = [
            models.Index(fields=["lead", "-at"], name="leads_access_lead"),
            models.Index(fields=["-at"], name="leads_access_at"),
        ]

    def __str__(self) -> str:
        return f"{self.get_what_display()} {self.at:%Y-%m-%d %H:%M}"


REQUEST_LABELS = {
    RequestKind.ACCESS: _("wants to know what is stored"),
    RequestKind.CORRECT: _("wants something corrected"),
    RequestKind.STOP: _("wants us to stop using the data"),
    RequestKind.ERASE: _("wants the data erased"),
}


class PrivacyRequest(models.Model):
    """What a person asked of us about their data, and what we did. Stays as a ledger when the person is erased."""

    class Channel(models.TextChoices):
        SELF = "self", _("by the page itself")
        MAIL = "mail", _("by mail")
        PHONE = "phone", _("by phone")
        LETTER = "letter", _("by letter")
        IN_PERSON = "in_person", _("in person")

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        DONE = "done", _("Done")
        REFUSED = "refused", _("Refused")

    kind = models.CharField(_("request"), max_length=10, choices=[(k.value, REQUEST_LABELS[k]) for k in RequestKind])
    lead = models.ForeignKey(
        Lead, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("lead")
    )
    #: sha256 of the address: what remains after erasing.
    email_key = models.CharField(max_length=64, blank=True, db_index=True, editable=False)
    channel = models.CharField(_("how it came"), max_length=10, choices=Channel.choices, default=Channel.MAIL.value)
    details = models.TextField(_("what exactly"), blank=True)
    received_at = models.DateTimeField(_("received"))
    due_on = models.DateField(_("due"))
    identity_checked_at = models.DateTimeField(_("identity checked"), null=True, blank=True)
    identity_checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    #: How we know that it is this person.
    identity_evidence = models.CharField(_("how identity was checked"), max_length=300, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN.value)
    answer = models.TextField(_("what was done, or why not"), blank=True)
    done_at = models.DateTimeField(_("answered"), null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("request about personal data")
        verbose_name_plural = _("requests about personal data")
        indexes = [models.Index(fields=["state", "due_on"], name="leads_request_due")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.received_at:%Y-%m-%d}"


@register_setting(icon="history")
class Retention(BaseGenericSetting):
    """How long each kind of data is kept. 0: for ever."""

    visits_months = models.PositiveIntegerField(_("visits, in months"), default=13)
    idle_leads_months = models.PositiveIntegerField(
        _("leads of whom nothing was heard, in months"),
        default=36,
        help_text=_("Counted from the last visit, form, mail reaction or contact by a colleague. They are erased."),
    )
    consents_months = models.PositiveIntegerField(_("proof of consent, in months after the last mail"), default=36)
    held_forms_days = models.PositiveIntegerField(_("forms held back as spam, in days"), default=90)
    accesses_months = models.PositiveIntegerField(_("who looked at whom, in months"), default=36)
    imports_days = models.PositiveIntegerField(_("imported files and their rows, in days"), default=90)
    changes_months = models.PositiveIntegerField(_("history of changes, in months"), default=36)

    panels = [
        HelpPanel(
            content=_(
                "0 keeps a kind for ever. Once a day what is over is removed. The page “How long data is kept” "
                "of the leads settings shows what the next run removes."
            )
        ),
        MultiFieldPanel([FieldPanel("visits_months"), FieldPanel("idle_leads_months")], heading=_("Visits and leads")),
        MultiFieldPanel(
            [FieldPanel("consents_months"), FieldPanel("accesses_months"), FieldPanel("changes_months")],
            heading=_("Proofs and records"),
        ),
        MultiFieldPanel([FieldPanel("held_forms_days"), FieldPanel("imports_days")], heading=_("Raw data")),
    ]
    #: A hundred years: what is longer is for ever, which is 0.
    MOST = {"months": 1200, "days": 36_500}

    class Meta:
        verbose_name = _("How long data is kept")

    def clean(self):
        super().clean()
        wrong = {}
        for field in self._meta.concrete_fields:
            most = self.MOST.get(field.name.rpartition("_")[2])
            if most and (getattr(self, field.name) or 0) > most:
                wrong[field.name] = _("At most %(most)d; 0 keeps it for ever.") % {"most": most}
        if wrong:
            raise ValidationError(wrong)


def open_links(prefix: str = "") -> Q:
    """Links that hold: nobody took them back."""
    return Q(**{f"{prefix}revoked_at__isnull": True})
