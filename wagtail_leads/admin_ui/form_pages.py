"""An ordinary Wagtail form page as a source of leads: which of its fields is what, and what happens then."""

import swapper
from django import forms
from django.contrib.auth import get_user_model
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from wagtail.admin.widgets import SwitchInput
from wagtail.contrib.forms.models import FormMixin
from wagtail.contrib.forms.utils import get_form_types
from wagtail.log_actions import log

from wagtail_leads.capture.blocks import FIELD_LABELS
from wagtail_leads.capture.form_pages import OWN
from wagtail_leads.capture.makes_leads import MakesLeads
from wagtail_leads.capture.models import FormPageSource
from wagtail_leads.capture.questions import PART_LABELS
from wagtail_leads.content.guesses import guess_content_kind, guess_mapping
from wagtail_leads.identity.models import LeadField
from wagtail_leads.logic.kinds import ContentKind
from wagtail_leads.mailing.models import Email

#: What nearly every form asks for; the rest is folded away.
MAIN = ("email", "name", "company", "phone", "job_title", "message")
MORE = (
    "family_name",
    "given_name",
    "family_kana",
    "given_kana",
    "department",
    "mobile",
    "postal_code",
    "prefecture",
    "address",
    "contact_wish",
    "consent",
)
LABELS = FIELD_LABELS | PART_LABELS | {"consent": gettext_lazy("Box for permission to write")}


def mapped() -> dict[str, str]:
    """Our field -> its label: about the person, wish and permission, and the site's own fields of leads."""
    known = {ours: LABELS[ours] for ours in (*MAIN, *MORE)}
    return known | {f"{OWN}{field.key}": field.label for field in LeadField.objects.all()}


def is_form_page(page) -> bool:
    return isinstance(page, FormMixin)


def makes_leads_by_class(page) -> bool:
    """The class says so; a screen can change how, not whether."""
    return isinstance(page, MakesLeads)


def fields_of(page) -> list[tuple[str, str, str]]:
    """(name, type, label) of the form's fields in their order."""
    return [(field.clean_name, field.field_type, field.label) for field in page.get_form_fields()]


def staff_users():
    """Those who may enter the admin: superusers and whoever has the permission, by group or by hand."""
    access = {"codename": "access_admin", "content_type__app_label": "wagtailadmin"}
    may = Q(is_superuser=True)
    for path in ("user_permissions", "groups__permissions"):
        may |= Q(**{f"{path}__{name}": value for name, value in access.items()})
    return get_user_model().objects.filter(may, is_active=True).distinct()


def make_source(page, *, user, now, mapping, is_inquiry=True, reply=None, owner=None) -> FormPageSource:
    """This form page makes leads from now on; told in the page's history."""
    values = {"mapping": mapping, "is_inquiry": is_inquiry, "reply": reply, "owner": owner, "updated_at": now}
    source, created = FormPageSource.objects.update_or_create(page_id=page.pk, defaults=values)
    if created:
        log(instance=page, action="wagtail_leads.form_source", user=user, data={"makes_leads": True})
    return source


def drop_source(page, *, user) -> None:
    """This form page makes no leads any more. What it made stays."""
    gone, _counts = FormPageSource.objects.filter(pk=page.pk).delete()
    if gone:
        log(instance=page, action="wagtail_leads.form_source", user=user, data={"makes_leads": False})


class FormPageForm(forms.Form):
    makes_leads = forms.BooleanField(
        label=gettext_lazy("This form makes leads"),
        required=False,
        widget=SwitchInput,
        help_text=gettext_lazy("Whoever sends it becomes a lead. The form itself works as before."),
    )
    is_inquiry = forms.BooleanField(
        label=gettext_lazy("It is an inquiry"),
        required=False,
        widget=SwitchInput,
        help_text=gettext_lazy("Makes a to-do for sales, an automatic reply and a notice to your staff."),
    )
    owner = forms.ModelChoiceField(
        label=gettext_lazy("Who takes care"),
        queryset=get_user_model().objects.none(),
        required=False,
        empty_label=gettext_lazy("Nobody in particular"),
    )
    reply = forms.ModelChoiceField(
        label=gettext_lazy("Automatic reply"),
        queryset=Email.objects.none(),
        required=False,
        empty_label=gettext_lazy("Our standard reply"),
    )

    def __init__(self, *args, source: FormPageSource | None, fields, by_class: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        self.source = source
        if by_class:
            self.fields["makes_leads"].disabled = True
            self.fields["makes_leads"].help_text = _(
                "Your developer made pages of this kind a source of leads, so this cannot be switched off here. "
                "Whoever sends the form becomes a lead; the form itself works as before."
            )
        mapping = source.mapping if source else guess_mapping(fields)
        choices = [("", _("Not asked")), *((name, label or name) for name, _type, label in fields)]
        self.mapped = mapped()
        for ours, label in self.mapped.items():
            self.fields[f"map_{ours}"] = forms.ChoiceField(
                label=label, choices=choices, required=False, initial=mapping.get(ours, "")
            )
        self.fields["map_consent"].help_text = _("Its label is kept as the wording that was agreed to. Unticked: no permission.")
        self.fields["owner"].queryset = staff_users()
        self.fields["reply"].queryset = Email.objects.filter(live=True)
        self.initial |= {
            "makes_leads": source is not None,
            "is_inquiry": source.is_inquiry if source else True,
            "owner": source and source.owner_id,
            "reply": source and source.reply_id,
        }

    @property
    def needs_a_look(self) -> bool:
        """No e-mail field was recognised, or something is wrong."""
        return bool(self.errors) or not self["map_email"].value()

    @property
    def in_words(self) -> str:
        """What was recognised: "E-mail, Name, Company"."""
        found = [str(label) for ours, label in self.mapped.items() if self[f"map_{ours}"].value()]
        return pgettext("between names", ", ").join(found)

    @property
    def mapping_fields(self):
        return [self[f"map_{ours}"] for ours in MAIN]

    @property
    def more_mapping_fields(self):
        return [self[f"map_{ours}"] for ours in self.mapped if ours not in MAIN]

    @property
    def uses_more(self) -> bool:
        """Something of the folded part is chosen, or wrong there."""
        return any(field.value() or field.errors for field in self.more_mapping_fields)

    def mapping(self) -> dict[str, str]:
        chosen = {ours: self.cleaned_data.get(f"map_{ours}") for ours in self.mapped}
        return {ours: name for ours, name in chosen.items() if name}

    def clean(self):
        data = super().clean()
        if not data.get("makes_leads"):
            return data
        if not data.get("map_email"):
            self.add_error("map_email", _("Choose the field for the e-mail address; without it nobody can be told apart."))
        names = list(self.mapping().values())
        for ours in self.mapped:
            name = data.get(f"map_{ours}")
            if name and names.count(name) > 1:
                self.add_error(f"map_{ours}", _("The same field is chosen twice."))
        return data

    def save(self, page, *, user, now) -> None:
        data = self.cleaned_data
        if not data["makes_leads"]:
            drop_source(page, user=user)
            return
        make_source(
            page,
            user=user,
            now=now,
            mapping=self.mapping(),
            is_inquiry=data["is_inquiry"],
            reply=data["reply"],
            owner=data["owner"],
        )


def find_form_pages(user, *, limit: int) -> list:
    """Live form pages that make no leads yet and that `user` may publish; contact forms first."""
    Page = swapper.load_model("wagtailcore", "Page")
    pages = (
        Page.objects.live()
        .filter(content_type__in=get_form_types(), alias_of__isnull=True)
        .exclude(pk__in=FormPageSource.objects.values("pk"))
        .order_by("path")[: 4 * limit]
    )
    mine = [page for page in pages if not _by_its_class(page) and page.permissions_for_user(user).can_publish()]
    return sorted(mine, key=lambda page: not _is_contact(page))[:limit]


def _by_its_class(page) -> bool:
    return page.specific_class is not None and issubclass(page.specific_class, MakesLeads)


def _is_contact(page) -> bool:
    name = page.specific_class.__name__ if page.specific_class else ""
    return guess_content_kind(name, page.title, page.slug) == ContentKind.ORDERING
