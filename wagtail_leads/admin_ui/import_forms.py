"""The form before an import starts: why we may write to these people, where they come from, what happens to known leads."""

from django import forms
from django.contrib.auth import get_user_model
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from wagtail_leads.capture.models import LeadImport
from wagtail_leads.identity.models import LeadSource, LeadTag
from wagtail_leads.logic.kinds import Basis

#: The deliberate choice that nobody of the file may get marketing mail.
NO_BASIS = "none"
BASES = (
    (Basis.CONSENT.value, gettext_lazy("Consent: they said yes to our mail (a ticked box, a form on paper, by word)")),
    (Basis.BUSINESS_CARD.value, gettext_lazy("Business card: they gave us their card")),
    (Basis.CUSTOMER.value, gettext_lazy("Customers: we do business with them")),
    (
        Basis.PUBLISHED.value,
        gettext_lazy("Published address: a business published it, without a word against advertising mail"),
    ),
    (NO_BASIS, gettext_lazy("None of these: they come in, but get no marketing mail")),
)


class StartForm(forms.Form):
    basis = forms.ChoiceField(label=gettext_lazy("Why may we write to them?"), choices=BASES, widget=forms.RadioSelect)
    basis_detail = forms.CharField(
        label=gettext_lazy("When and how was it given?"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Kept with each address as proof, for example “Cards exchanged at our booth, 5 November 2026”."),
    )
    policy = forms.ChoiceField(
        label=gettext_lazy("People who are leads already"),
        choices=LeadImport.Policy.choices,
        initial=LeadImport.Policy.FILL.value,
        widget=forms.RadioSelect,
    )
    origin = forms.ModelChoiceField(
        label=gettext_lazy("Acquired at"),
        queryset=LeadSource.objects.all(),
        required=False,
        empty_label=gettext_lazy("– nothing, or a new one –"),
    )
    new_name = forms.CharField(label=gettext_lazy("New source: its name"), max_length=150, required=False)
    new_kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=LeadSource.Kind.choices, required=False)
    new_date = forms.DateField(
        label=gettext_lazy("Date"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    new_cost = forms.DecimalField(
        label=gettext_lazy("Cost"), required=False, min_value=0, max_digits=12, decimal_places=2, localize=False
    )
    tag = forms.CharField(
        label=gettext_lazy("Tag for all of them"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("An existing tag or a new one; so you find them again."),
        widget=forms.TextInput(attrs={"list": "import-tags", "autocomplete": "off"}),
    )
    owner = forms.ModelChoiceField(
        label=pgettext_lazy("leads", "Owner of new leads"), queryset=None, required=False, empty_label=gettext_lazy("Nobody yet")
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        users = get_user_model()._default_manager.filter(is_active=True)
        self.fields["owner"].queryset = users.filter(Q(is_superuser=True) | Q(groups__isnull=False)).distinct()
        self.fields["new_kind"].initial = LeadSource.Kind.EXHIBITION.value

    def clean_new_name(self):
        name = " ".join(self.cleaned_data["new_name"].split())
        if name and LeadSource.objects.filter(name=name).exists():
            raise forms.ValidationError(_("There is a source with this name. Choose it in the list."))
        return name

    def clean(self):
        values = super().clean()
        if values.get("basis") not in (None, NO_BASIS) and not values.get("basis_detail", "").strip():
            self.add_error("basis_detail", _("Say when and how: the law wants proof for each address."))
        if values.get("origin") and values.get("new_name"):
            self.add_error("new_name", _("Choose a source or make a new one, not both."))
        return values

    def put_into(self, file: LeadImport, *, now) -> None:
        """What was chosen onto the file, with its new source and tag; saves."""
        values = self.cleaned_data
        file.basis = "" if values["basis"] == NO_BASIS else values["basis"]
        file.basis_detail = values["basis_detail"].strip() if file.basis else ""
        file.policy, file.owner = values["policy"], values["owner"]
        file.origin = self._new_source(now) if values["new_name"] else values["origin"]
        name = " ".join(values["tag"].split())
        file.tag = LeadTag.objects.get_or_create(name=name)[0] if name else None
        file.save(update_fields=["basis", "basis_detail", "policy", "owner", "origin", "tag"])

    def _new_source(self, now) -> LeadSource:
        values = self.cleaned_data
        return LeadSource.objects.create(
            name=values["new_name"],
            kind=values["new_kind"] or LeadSource.Kind.OTHER.value,
            happened_on=values["new_date"],
            cost=values["new_cost"],
            created_at=now,
        )
