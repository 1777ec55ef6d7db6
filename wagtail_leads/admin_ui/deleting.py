"""Deleting what others still need: a mail that was sent, a scenario that people are in."""

from django.db.models import ProtectedError
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from wagtail.admin import messages
from wagtail.snippets.views.snippets import DeleteView


class DeleteUnused(DeleteView):
    """The database keeps rows that a history names; the reader is told, and what to do instead."""

    def form_valid(self, form):
        try:
            return super().form_valid(form)
        except ProtectedError:
            words = _(
                "“%(name)s” cannot be deleted: it is part of people's history. Unpublish it instead; then it does nothing more."
            )
            messages.error(self.request, words % {"name": self.object})
            return redirect(self.get_success_url())
