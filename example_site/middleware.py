"""A strict Content-Security-Policy for the public pages: no inline script or style, no foreign host."""

POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data:",
        "script-src 'self'",
        "style-src 'self'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)

#: Wagtail's and Django's own screens still use inline styles (wagtail#1288).
EXEMPT_PATHS = ("/admin/", "/django-admin/")


class ContentSecurityPolicyMiddleware:
    sync_capable = True
    async_capable = False

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if not request.path.startswith(EXEMPT_PATHS):
            response.headers.setdefault("Content-Security-Policy", POLICY)
        return response
