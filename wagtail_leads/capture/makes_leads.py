"""A form page of the site that makes leads by its class. Imports no table: the site's models import this first."""

from wagtail_leads.content.guesses import guess_mapping


class MakesLeads:
    """Mixin for a form page of your site: `class ContactPage(MakesLeads, AbstractEmailForm)`. Whoever sends it becomes a lead.

    Needs no migration and changes nothing of what the page does. What the mapping screen says wins over the attributes.
    """

    #: Our field -> the form's field name, such as {"email": "your_email"}; None: guessed from labels and types.
    leads_mapping: dict[str, str] | None = None
    #: Makes a to-do, a reply and a notice to staff.
    leads_is_inquiry = True

    def leads_source(self):
        """How it makes leads, as an unsaved `FormPageSource`."""
        from wagtail_leads.capture.models import FormPageSource

        mapping = self.leads_mapping
        if mapping is None:
            mapping = guess_mapping([(f.clean_name, f.field_type, f.label) for f in self.get_form_fields()])
        return FormPageSource(page_id=self.pk, mapping=mapping, is_inquiry=self.leads_is_inquiry)
