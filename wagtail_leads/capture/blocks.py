"""The fields a lead form is made of. A block's type is the question's kind; its id is its name in every version."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

#: About the person: each fills a property of the lead, and is asked once.
PERSON = {
    "email": _("E-mail"),
    "name": _("Name"),
    "company": _("Company"),
    "department": _("Department"),
    "job_title": _("Job title"),
    "phone": _("Phone"),
    "message": _("Message"),
}
FIELD_LABELS = PERSON


class Question(blocks.StructBlock):
    """What every question has."""

    label = blocks.CharBlock(
        label=_("Label"), required=False, max_length=100, help_text=_("Empty: our standard label for this kind.")
    )
    required = blocks.BooleanBlock(label=_("Must be filled"), required=False, default=True)
    help_text = blocks.CharBlock(label=_("Help"), required=False, max_length=200)

    class Meta:
        icon = "form"
        label_format = "{label}"


class FormFields(blocks.StreamBlock):
    """All fields of a form. The e-mail address is asked exactly once."""

    email = Question(label=PERSON["email"], group=_("About the person"))
    name = Question(label=PERSON["name"], group=_("About the person"))
    company = Question(label=PERSON["company"], group=_("About the person"))
    department = Question(label=PERSON["department"], group=_("About the person"))
    job_title = Question(label=PERSON["job_title"], group=_("About the person"))
    phone = Question(label=PERSON["phone"], group=_("About the person"))
    message = Question(label=PERSON["message"], group=_("Own questions"))
    line = Question(label=_("Own question, one line"), group=_("Own questions"))

    def clean(self, value):
        cleaned = super().clean(value)
        kinds = [child.block_type for child in cleaned]
        if kinds.count("email") != 1:
            raise blocks.StreamBlockValidationError(
                non_block_errors=[ValidationError(_("A form needs the field “E-mail” exactly once."))]
            )
        doubled = {k for k in kinds if k in PERSON and kinds.count(k) > 1}
        if doubled:
            raise blocks.StreamBlockValidationError(
                non_block_errors=[ValidationError(_("Ask each thing once: a kind of field is there twice."))]
            )
        return cleaned
