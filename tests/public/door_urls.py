"""The test site with Wagtail's content API (v2, and v3 where this Wagtail has it)."""

from django.urls import path
from wagtail.api.v2.router import WagtailAPIRouter
from wagtail.api.v2.views import PagesAPIViewSet

from tests.testsite.models import HandbookPage
from tests.urls import urlpatterns as of_the_site


class OwnPages(PagesAPIViewSet):
    """What a site makes of it: its own start, and no word to the class above."""

    model = HandbookPage

    def get_base_queryset(self):
        return HandbookPage.objects.live()

    def get_queryset(self):
        return HandbookPage.objects.live().order_by("pk")


router = WagtailAPIRouter("api_v2")
router.register_endpoint("pages", PagesAPIViewSet)
router.register_endpoint("handbooks", OwnPages)
urlpatterns = [path("api/v2/", router.urls), *of_the_site]
try:
    from wagtail.api.v3.urls import api
except ImportError:  # Wagtail 7.4
    pass
else:
    urlpatterns = [path("api/v3/", api.urls), *urlpatterns]
