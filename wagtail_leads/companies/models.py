"""Companies: who is behind a lead's address or a visit's network."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.contrib.settings.models import BaseGenericSetting, register_setting

from wagtail_leads.logic.company_guess import NetworkKind
from wagtail_leads.logic.kinds import NetworkAction, SellsTo


class CompanyQuerySet(models.QuerySet):
    def search(self, words: str):
        return self.filter(models.Q(name__icontains=words) | models.Q(domain__icontains=words))

    def living(self):
        """Companies that were not merged into another."""
        return self.filter(merged_into__isnull=True)


class Company(models.Model):
    """An organisation. A guessed one (推定企業) is known from a network only, with its reason and confidence."""

    name = models.CharField(_("name"), max_length=200)
    #: Hex of the normalised name (`logic.japanese.company_match_key`); unique, so a company exists once.
    match_key = models.CharField(max_length=64, unique=True, editable=False)
    domain = models.CharField(_("domain"), max_length=253, blank=True)
    #: 法人番号: 13 digits with a check digit. NULL when unknown; one company a number.
    corporate_number = models.CharField(_("corporate number"), max_length=13, null=True, blank=True, unique=True)
    is_guessed = models.BooleanField(_("guessed from a network"), default=False)
    is_target = models.BooleanField(_("target account"), default=False)
    note = models.TextField(_("note"), blank=True)
    created_at = models.DateTimeField(_("created"))
    last_seen_at = models.DateTimeField(_("last seen"), null=True, blank=True)
    #: A merged company is a tombstone: its name is an alias of the survivor. Never a chain: all point to the survivor.
    merged_into = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )

    objects = CompanyQuerySet.as_manager()

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        permissions = [("export_company", "Can export companies")]
        indexes = [models.Index(fields=["-last_seen_at"], name="leads_company_seen")]

    def __str__(self) -> str:
        return self.name


class CompanyDomain(models.Model):
    """A mail or web domain of a company. One domain belongs to one company."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="domains")
    domain = models.CharField(_("domain"), max_length=253, unique=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("company domain")
        verbose_name_plural = _("company domains")

    def __str__(self) -> str:
        return self.domain


class CompanyMerge(models.Model):
    """One merge, with what is needed to take it back. Nothing else moves: what names the loser is read with it."""

    loser = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    survivor = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    #: Pks of companies that were merged into the loser before, and follow it.
    followers = models.JSONField(default=list)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("merge of companies")
        verbose_name_plural = _("merges of companies")

    def __str__(self) -> str:
        return f"{self.loser} → {self.survivor}"


NETWORK_ACTION_LABELS = {
    NetworkAction.COMPANY: _("belongs to a company"),
    NetworkAction.IGNORE: _("our own: leave visits out"),
    NetworkAction.NEVER: _("never a company (provider, café, shared office)"),
}


class CompanyNetwork(models.Model):
    """What a person said of a network. The longest prefix holds; it overrules every file."""

    #: Normalised ("203.0.113.0/24"); never wider than /8 (IPv4) or /16 (IPv6).
    cidr = models.CharField(_("network"), max_length=43, unique=True)
    action = models.CharField(
        _("what it is"), max_length=10, choices=[(a.value, NETWORK_ACTION_LABELS[a]) for a in NetworkAction]
    )
    company = models.ForeignKey(
        Company, on_delete=models.CASCADE, null=True, blank=True, related_name="networks", verbose_name=_("company")
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created"))
    changed_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    #: What one click needs to be taken back (`taking_back.Click`); NULL when it was said in a form or file.
    click = models.JSONField(null=True, editable=False)

    class Meta:
        verbose_name = _("own network")
        verbose_name_plural = _("own networks")
        constraints = [
            models.CheckConstraint(
                name="leads_network_of_a_company_names_it",
                condition=~models.Q(action=NetworkAction.COMPANY.value) | models.Q(company__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.cidr


NETWORK_KIND_LABELS = {
    NetworkKind.COMPANY: _("company"),
    NetworkKind.ISP: _("access provider"),
    NetworkKind.HOSTING: _("data centre"),
    NetworkKind.MOBILE: _("mobile"),
    NetworkKind.VPN: _("VPN or relay"),
    NetworkKind.NONE: _("unknown"),
}


class Network(models.Model):
    """A network that visits came from, truncated to /24 or /48, with all evidence about it: the answer to "why?"."""

    #: Hex of (cidr, name or label): a /24 that is shared by two companies is two rows.
    key = models.CharField(max_length=64, unique=True, editable=False)
    cidr = models.CharField(_("network"), max_length=43)
    label = models.CharField(_("operator"), max_length=200, blank=True)
    asn = models.PositiveBigIntegerField(null=True)
    kind = models.CharField(
        _("kind"),
        max_length=10,
        choices=[(k.value, NETWORK_KIND_LABELS[k]) for k in NetworkKind],
        default=NetworkKind.NONE.value,
    )
    name = models.CharField(_("guessed company"), max_length=200, blank=True)
    domain = models.CharField(max_length=253, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    region = models.CharField(_("prefecture"), max_length=100, blank=True)
    confidence = models.PositiveSmallIntegerField(_("confidence"), default=0)
    reason = models.CharField(_("reason"), max_length=40, blank=True)
    #: A list of what each resolver said: {"source", "says", "name", "confidence", "reason"}.
    evidence = models.JSONField(default=list)
    visit_count = models.PositiveIntegerField(_("visits"), default=0)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField(_("last seen"))
    #: Reverse DNS: when it was last asked, and the name it gave ('' for none).
    ptr_at = models.DateTimeField(null=True)
    ptr_name = models.CharField(max_length=253, blank=True)

    class Meta:
        verbose_name = _("network")
        verbose_name_plural = _("networks")
        indexes = [
            models.Index(fields=["kind", "-visit_count"], name="leads_network_kind"),
            models.Index(fields=["cidr"], name="leads_network_cidr"),
            models.Index(fields=["ptr_at"], name="leads_network_ptr"),
        ]

    def __str__(self) -> str:
        return f"{self.cidr} {self.name or self.label}".strip()


class PendingLookup(models.Model):
    """An address that waits for its reverse look-up: the only place that holds a full one, a day at the most."""

    network = models.OneToOneField(Network, on_delete=models.CASCADE, primary_key=True, related_name="+")
    address = models.CharField(max_length=45)
    created_at = models.DateTimeField(db_index=True)
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.network_id)


@register_setting(icon="group")
class Market(BaseGenericSetting):
    """Whom the owner of the installation sells to: screens leave out what does not apply."""

    sells_to = models.CharField(
        _("we sell to"),
        max_length=10,
        choices=[
            (SellsTo.BOTH.value, _("companies and people")),
            (SellsTo.COMPANIES.value, _("companies")),
            (SellsTo.PEOPLE.value, _("people")),
        ],
        default=SellsTo.BOTH.value,
        help_text=_("“People” hides companies, guessed companies and target accounts. Nothing is deleted."),
    )

    panels = [FieldPanel("sells_to")]

    class Meta:
        verbose_name = _("Market")
