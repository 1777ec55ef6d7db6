"""The fields a lead form is made of."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

FIELD_LABELS = {
    "email": _("E-mail"),
    "name": _("Name"),
    "company": _("Company"),
    "department": _("Department"),
    "job_title": _("Job title"),
    "phone": _("Phone"),
    "message": _("Message"),
}


class FormFieldBlock(blocks.StructBlock):
    """One question. The kind says which property of the lead it fills."""

    kind = blocks.ChoiceBlock(
        label=_("Kind"), choices=[*FIELD_LABELS.items(), ("line", _("Own question, one line"))], default="name"
    )
    label = blocks.CharBlock(
        label=_("Label"), required=False, max_length=100, help_text=_("Empty: our standard label for this kind.")
    )
    required = blocks.BooleanBlock(label=_("Must be filled"), required=False, default=True)
    help_text = blocks.CharBlock(label=_("Help"), required=False, max_length=200)

    class Meta:
        icon = "form"
        label = _("Field")
        label_format = "{kind} {label}"


class FormFields(blocks.StreamBlock):
    """All fields of a form. The e-mail address is asked exactly once."""

    field = FormFieldBlock()

    def clean(self, value):
        cleaned = super().clean(value)
        kinds = [child.value["kind"] for child in cleaned]
        if kinds.count("email") != 1:
            raise blocks.StreamBlockValidationError(
                non_block_errors=[ValidationError(_("A form needs the field “E-mail” exactly once."))]
            )
        doubled = {k for k in kinds if k != "line" and kinds.count(k) > 1}
        if doubled:
            raise blocks.StreamBlockValidationError(
                non_block_errors=[ValidationError(_("Ask each thing once: a kind of field is there twice."))]
            )
        return cleaned
