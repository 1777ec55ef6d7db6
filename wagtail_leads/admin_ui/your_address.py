"""Your address as we see it: for setting up proxies, and for asking what we would say of any address."""

import json

from django.utils.translation import gettext_lazy

from wagtail_leads import conf
from wagtail_leads.admin_ui.networks import CompaniesScreen
from wagtail_leads.companies import words
from wagtail_leads.companies.held import OWN
from wagtail_leads.companies.models import NETWORK_KIND_LABELS
from wagtail_leads.companies.queries import guess_company, is_company
from wagtail_leads.logic.client_address import client_address, is_in, is_lookup_worthy, parse_address, parse_networks
from wagtail_leads.logic.networks import plain_address
from wagtail_leads.logic.proxy_advice import FORWARDING, advise, rule_of
from wagtail_leads.reports.company_facts import lines_of

RULES = {
    "stranger": gettext_lazy(
        "REMOTE_ADDR is no trusted proxy, so it is the visitor. No header is read: anybody can write one."
    ),
    "header": gettext_lazy(
        "A trusted proxy is in front, so its header is believed: the first address from the right that is no proxy."
    ),
    "proxy_itself": gettext_lazy(
        "A trusted proxy is in front, but its header is missing or unreadable. What is left is the proxy itself."
    ),
    "nothing": gettext_lazy("No address can be believed."),
}
ADVICE = {
    "untrusted_proxy": gettext_lazy(
        "A proxy stands in front of the site and is not trusted: all visitors seem to come from its address, "
        "and no company can be guessed. Add:"
    ),
    "unix_socket": gettext_lazy(
        "The server listens on a Unix socket, so there is no REMOTE_ADDR. If only your own proxy can reach that socket, add:"
    ),
    "other_header": gettext_lazy("The trusted proxy uses another header than the one that is set. Change:"),
    "no_header": gettext_lazy(
        "The trusted proxy sends no header with the visitor's address. Let it send one "
        "(nginx: proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;)."
    ),
    "unreadable_header": gettext_lazy(
        "The trusted proxy's header holds no IP address, so all visitors seem to come from the proxy. Let it write the "
        "visitor's address (nginx: proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;)."
    ),
    "no_address": gettext_lazy(
        "REMOTE_ADDR is no IP address that can be used (one with a zone such as eth0, or something else), so no visitor has "
        "an address and no company can be guessed. Let your proxy reach the server at 127.0.0.1, at an address without a "
        "zone, or through a Unix socket."
    ),
    "perhaps_proxy": gettext_lazy(
        "The request has a forwarding header and comes from a public address. If that address is your proxy's or your "
        "CDN's, add its networks. If not, somebody writes headers, and nothing is to be done. For a proxy of yours:"
    ),
}
#: Longer headers are cut where they are shown.
SHOWN = 500


class YourAddressView(CompaniesScreen):
    template_name = "wagtail_leads/admin/companies/your_address.html"
    page_title = gettext_lazy("Your address as we see it")
    tab = "address"
    http_method_names = ["get", "head", "options"]

    def get_context_data(self, **kwargs):
        asked = self.request.GET.get("ip", "").replace("\x00", "").strip()[:100]
        ip = parse_address(asked)
        seen = seen_from(self.request.META)
        return super().get_context_data(
            **kwargs,
            seen=seen,
            answer=answer_for(seen["ip"]),
            asked=asked,
            asked_answer=answer_for(ip) if ip else None,
        )


def seen_from(meta) -> dict:
    """How this request reached us, which rule told the client's address, and what should be set."""
    remote, name = meta.get("REMOTE_ADDR", ""), conf.get("PROXY_HEADER")
    headers = {one: meta.get(_meta(one), "") for one in dict.fromkeys((name, *FORWARDING))}
    try:
        trusted = parse_networks(conf.get("TRUSTED_PROXIES"))
    except ValueError:  # `manage.py check` names it; recording trusts nobody then
        trusted = ()
    unix = bool(conf.get("TRUST_UNIX_SOCKET"))
    client = client_address(remote_addr=remote, header=meta.get(_meta(name)), trusted=trusted, trust_unix_socket=unix)
    advice = advise(remote_addr=remote, headers=headers, trusted=trusted, header=name, trust_unix_socket=unix)
    return {
        "remote_name": "REMOTE_ADDR",
        "remote": remote,
        "header": name,
        "value": headers[name][:SHOWN],
        "others": [(one, value[:SHOWN]) for one, value in headers.items() if value and one != name],
        "trusted": [str(network) for network in trusted],
        "rule": RULES[rule_of(client, remote_addr=remote, trusted=trusted)],
        "ip": client.ip,
        "advice": ADVICE.get(advice.code, ""),
        "setting": _as_setting(advice.settings),
        "is_warning": advice.code not in ("fine", "perhaps_proxy"),
    }


def _meta(header: str) -> str:
    return "HTTP_" + header.upper().replace("-", "_")


def _as_setting(settings: dict) -> str:
    if not settings:
        return ""
    inside = ", ".join(f"{json.dumps(name)}: {_python(value)}" for name, value in settings.items())
    return f"WAGTAIL_LEADS = {{…, {inside}}}"


def _python(value) -> str:
    return str(value) if isinstance(value, bool) else json.dumps(value)


def answer_for(ip) -> dict | None:
    """What we would say of an address, and why."""
    if ip is None:
        return None
    ip = plain_address(ip)
    found = guess_company(ip)
    return {
        "ip": str(ip),
        "left_out": found.is_ignored or is_in(ip, _own_offices()),
        "looked_up": bool(conf.get("GUESS_PRIVATE_ADDRESSES")) or is_lookup_worthy(ip),
        "has_files": bool(conf.get("MMDB") or conf.get("RESOLVERS")),
        "is_company": is_company(found),
        "said": found.reason == OWN,
        "name": found.name,
        "confidence": found.confidence,
        "sureness": words.sureness(found.confidence),
        "reason": words.guess_reason(found.reason),
        "threshold": conf.get("COMPANY_THRESHOLD"),
        "operator": found.label,
        "kind": NETWORK_KIND_LABELS[found.kind],
        "network": found.network,
        "place": " ".join(part for part in (found.subdivision, found.country) if part),
        "lines": lines_of(found.evidence),
    }


def _own_offices():
    try:
        return parse_networks(conf.get("OWN_NETWORKS"))
    except ValueError:
        return ()
