"""The questions a lead form is made of. A block's type is the question's kind; its id is its name in every version."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail import blocks

from wagtail_leads.content.models import Topic
from wagtail_leads.identity.models import LeadField

#: About the person: each fills a property of the lead, and is asked once.
PERSON = {
    "email": _("E-mail"),
    "name": pgettext_lazy("question", "Name"),
    "names": _("Family and given name"),
    "company": _("Company"),
    "department": _("Department"),
    "job_title": _("Job title"),
    "phone": _("Phone"),
    "mobile": _("Mobile phone"),
    "postal_code": _("Postal code"),
    "prefecture": _("Prefecture"),
    "address": pgettext_lazy("question", "Address"),
    "message": _("Message"),
}
#: What a person may be asked for once and that is no property, or a wish.
WISHES = {"contact_wish": _("How may we contact you?"), "topics": _("What would you like to hear about?")}
FIELD_LABELS = PERSON | WISHES
#: Questions with a list of answers.
WITH_CHOICES = ("select", "multiselect", "radio", "ticks")

ABOUT, OWN, ASKED, PERMISSION = (
    _("About the person"),
    _("Fields of your own"),
    _("Own questions"),
    _("Permission and wishes"),
)


def own_field_choices():
    return [(field.key, field.label) for field in LeadField.objects.all()]


def topic_choices():
    return [(topic.slug, topic.name) for topic in Topic.objects.all()]


class Question(blocks.StructBlock):
    """What every question has."""

    label = blocks.CharBlock(
        label=_("Label"), required=False, max_length=100, help_text=_("Empty: our standard label for this kind.")
    )
    required = blocks.BooleanBlock(label=_("Must be filled"), required=False, default=True)
    help_text = blocks.CharBlock(
        label=_("Help"), required=False, max_length=200, help_text=_("A short line under the field.")
    )

    class Meta:
        icon = "form"
        label_format = "{label}"


class NamesQuestion(Question):
    kana = blocks.BooleanBlock(
        label=_("Ask for the reading, too"), required=False, help_text=_("In katakana (フリガナ); for forms in Japanese.")
    )

    class Meta:
        icon = "user"
        label_format = "{label}"


class OwnQuestion(Question):
    """A question of the editor's own: without a label nobody knows what is asked."""

    label = blocks.CharBlock(label=_("Question"), max_length=100)

    class Meta:
        icon = "help"
        label_format = "{label}"


class ChoiceQuestion(OwnQuestion):
    choices = blocks.TextBlock(label=_("Answers to choose from"), rows=4, help_text=_("One a line."))

    def clean(self, value):
        cleaned = super().clean(value)
        if len(list_of(cleaned["choices"])) < 2:
            error = ValidationError(_("Give at least two answers, one a line."))
            raise blocks.StructBlockValidationError(block_errors={"choices": error})
        return cleaned


class LeadFieldQuestion(Question):
    field = blocks.ChoiceBlock(
        label=_("Field"),
        choices=own_field_choices,
        help_text=_("Made under Leads settings, “Own fields of leads”. The answer is kept with the lead."),
    )

    class Meta:
        icon = "list-ul"
        label_format = "{label} {field}"


class HiddenQuestion(blocks.StructBlock):
    label = blocks.CharBlock(label=_("Name"), max_length=100, help_text=_("For your colleagues; visitors do not see it."))
    value = blocks.CharBlock(
        label=_("Value"), required=False, max_length=200, help_text=_("Is sent along with the answers.")
    )

    class Meta:
        icon = "view"
        label_format = "{label}: {value}"


class Agreement(blocks.StructBlock):
    text = blocks.TextBlock(
        label=_("Text beside the box"),
        rows=2,
        max_length=500,
        help_text=_("Such as “I agree to the privacy policy”. Nobody can send the form without ticking the box."),
    )
    link_text = blocks.CharBlock(label=_("Text of the link"), required=False, max_length=100)
    page = blocks.PageChooserBlock(label=_("Page"), required=False)
    url = blocks.URLBlock(label=_("or address"), required=False)

    class Meta:
        icon = "check"
        label_format = "{text}"

    def clean(self, value):
        cleaned = super().clean(value)
        if cleaned["link_text"] and not (cleaned["page"] or cleaned["url"]):
            error = ValidationError(_("Choose a page or give an address that the link leads to."))
            raise blocks.StructBlockValidationError(block_errors={"page": error})
        return cleaned


class TopicsQuestion(Question):
    required = blocks.BooleanBlock(label=_("Must be filled"), required=False, default=False)
    topics = blocks.MultipleChoiceBlock(
        label=_("Topics"), choices=topic_choices, required=False, help_text=_("Empty: all topics.")
    )

    class Meta:
        icon = "tag"
        label_format = "{label}"


def list_of(text: str) -> list[str]:
    """The lines of a text that say something, each once, in their order."""
    return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def _person(kind: str, icon: str, description, block=Question, group=ABOUT):
    return block(label=FIELD_LABELS[kind], icon=icon, group=group, description=description)


def _own(label, icon: str, description, block=OwnQuestion):
    return block(label=label, icon=icon, group=ASKED, description=description)


class FormFields(blocks.StreamBlock):
    """All questions of a form. The e-mail address is asked exactly once."""

    email = _person("email", "mail", _("Every form needs it: people are told apart by it."))
    name = _person("name", "user", _("The whole name in one field."))
    names = _person("names", "user", _("Two fields side by side, and the reading where you want it."), NamesQuestion)
    company = _person("company", "group", _("The company or organisation the person works for."))
    department = _person("department", "group", _("Where in the company the person works."))
    job_title = _person("job_title", "user", _("The position; counts for the fit score."))
    phone = _person("phone", "mobile-alt", _("The number of the office or at home."))
    mobile = _person("mobile", "mobile-alt", _("The number of the mobile phone."))
    postal_code = _person("postal_code", "site", _("Written as 123-4567, however it is typed."))
    prefecture = _person("prefecture", "site", _("One of the 47 prefectures of Japan."))
    address = _person("address", "home", _("City, street and building."))
    own_field = LeadFieldQuestion(
        label=_("Own field of leads"),
        group=OWN,
        description=_("A field that you made for your leads: it can be filtered, imported and exported."),
    )
    message = _person("message", "edit", _("What the person wants to say; quoted in the to-do."), group=ASKED)
    line = _own(_("Own question, one line"), "pilcrow", _("A short answer in words."))
    lines = _own(_("Own question, several lines"), "edit", _("A longer answer in words."))
    number = _own(_("Number"), "order", _("Only a number can be entered."))
    url = _own(_("Web address"), "link", _("The address of a page."))
    other_email = _own(_("Another mail address"), "mail", _("For example of a colleague; nobody is written to by it."))
    tick = _own(_("One box"), "check", _("A single box to tick."))
    ticks = _own(_("Several boxes"), "list-ul", _("As many answers as the person likes."), ChoiceQuestion)
    select = _own(_("Drop-down list"), "arrow-down", _("One answer of a list."), ChoiceQuestion)
    multiselect = _own(_("List for several answers"), "list-ol", _("Several answers of a long list."), ChoiceQuestion)
    radio = _own(_("One of several"), "radio-full", _("All answers are seen at once; one is chosen."), ChoiceQuestion)
    date = _own(_("Date"), "date", _("A day, with a calendar."))
    datetime = _own(_("Date and time"), "time", _("A day and an hour, with a calendar."))
    hidden = _own(_("Hidden value"), "view", _("Sent along, not shown."), HiddenQuestion)
    agreement = Agreement(
        label=_("Agreement"),
        group=PERMISSION,
        description=_("A box that must be ticked, for example for the privacy policy. It is no permission to write."),
    )
    contact_wish = _person(
        "contact_wish", "mail", _("By mail only, a call is fine, no contact: binds your to-dos."), group=PERMISSION
    )
    topics = _person(
        "topics", "tag", _("Which of your topics the person wants mail about."), TopicsQuestion, group=PERMISSION
    )

    def clean(self, value):
        cleaned = super().clean(value)
        problem = problem_of([child.block_type for child in cleaned])
        if problem:
            raise blocks.StreamBlockValidationError(non_block_errors=[ValidationError(problem)])
        return cleaned


def problem_of(kinds: list[str]):
    """Why these questions make no form, in words; None when they do."""
    if kinds.count("email") != 1:
        return _("A form needs the field “E-mail” exactly once.")
    if any(kinds.count(kind) > 1 for kind in FIELD_LABELS):
        return _("Ask each thing once: a kind of field is there twice.")
    if "name" in kinds and "names" in kinds:
        return _("Ask for the name once: in one field, or as family and given name.")
    return None
