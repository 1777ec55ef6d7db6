"""A strict Content Security Policy, and a test of it: what a browser would refuse is an error here."""

import re

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'"
)
REFUSED = (
    r"<script(?![^>]*\bsrc=)",
    r"<style\b",
    r"<[^>]*\sstyle=",
    r"<[^>]*\son[a-z]+=",
    r"(?:src|href)=\"javascript:",
)
FOREIGN = r"<(?:script|img|link|iframe)[^>]*(?:src|href)=\"(?:https?:)?//"


class StrictCSP:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.path.startswith("/cms/"):
            return response
        response.headers["Content-Security-Policy"] = POLICY
        if response.headers.get("Content-Type", "").startswith("text/html") and not response.streaming:
            html = response.content.decode()
            assert not [rule for rule in (*REFUSED, FOREIGN) if re.search(rule, html)], html
        return response
