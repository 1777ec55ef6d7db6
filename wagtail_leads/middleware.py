"""The one middleware: after a Wagtail page was served, its view goes into the buffer; so does a search of the site.
No query, no session, no user."""

from asgiref.sync import iscoroutinefunction, markcoroutinefunction

from wagtail_leads.public import documents
from wagtail_leads.public.doors import seal
from wagtail_leads.tracking import cookies
from wagtail_leads.tracking.recording import note_page, note_search


class LeadsMiddleware:
    """Place it near the top, below SecurityMiddleware: then it sees pages as they leave."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response):
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request):
        if self.is_async:
            return self._later(request)
        return finish(request, self.get_response(request))

    def process_view(self, request, view_func, view_args, view_kwargs):
        documents.ask_anew(request)

    async def _later(self, request):
        return finish(request, await self.get_response(request))


def finish(request, response):
    if getattr(request, "_leads_gated_part", False):
        seal(response)  # a view of the site's own may have rendered a gated block
    note_page(request, response)
    note_search(request, response)
    # set by the admin's menu: whoever sees it is a colleague, whose visits to the site are left out
    if getattr(request, "_leads_staff", False) and not cookies.is_staff(request.COOKIES):
        cookies.set_staff(response, secure=request.is_secure())
    return response
