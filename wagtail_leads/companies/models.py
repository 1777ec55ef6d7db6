"""Companies: who is behind a lead's address or a visit's network."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class CompanyQuerySet(models.QuerySet):
    def search(self, words: str):
        return self.filter(models.Q(name__icontains=words) | models.Q(domain__icontains=words))


class Company(models.Model):
    """An organisation. A guessed one (推定企業) is known from a network only, with its reason and confidence."""

    name = models.CharField(_("name"), max_length=200)
    #: Hex of the normalised name (`logic.japanese.company_match_key`); unique, so a company exists once.
    match_key = models.CharField(max_length=64, unique=True, editable=False)
    domain = models.CharField(_("domain"), max_length=253, blank=True)
    corporate_number = models.CharField(_("corporate number"), max_length=13, blank=True)
    is_guessed = models.BooleanField(_("guessed from a network"), default=False)
    is_target = models.BooleanField(_("target account"), default=False)
    note = models.TextField(_("note"), blank=True)
    created_at = models.DateTimeField(_("created"))
    last_seen_at = models.DateTimeField(_("last seen"), null=True, blank=True)

    objects = CompanyQuerySet.as_manager()

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("companies")
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
