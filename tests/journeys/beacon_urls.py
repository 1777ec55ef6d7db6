"""The test site's addresses, with a search that is no Wagtail page, and a number for each time a page is rendered."""

import itertools

from django.http import HttpResponse
from django.urls import path

from tests.urls import urlpatterns as site_urls

renders = itertools.count(1)


class CountRenders:
    """Inside the cache: the same number twice is a page from the cache."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response.headers["X-Render"] = str(next(renders))
        return response


def search(request):
    html = '<!DOCTYPE html><html lang="en"><head><title>Search</title></head><body><h1>Search</h1></body></html>'
    return HttpResponse(html)


urlpatterns = [path("find/search/", search), *site_urls]
