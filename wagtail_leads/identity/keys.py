"""By what two entries of one person are found: hex of normalised values, kept on the lead and set wherever it is written.

They suggest; only the address itself (`Lead.email_key`) identifies.
"""

import re

from wagtail_leads import conf
from wagtail_leads.identity.models import Lead
from wagtail_leads.logic.addresses import normalise_email
from wagtail_leads.logic.japanese import company_plain_name, person_match_name
from wagtail_leads.logic.keys import dedupe_key
from wagtail_leads.logic.phones import read_phone

#: The fields of a lead that hold these keys.
KEYS = ("address_key", "phone_key", "mobile_key", "person_key")
#: One mailbox, whatever dots stand in its name.
_DOTLESS = {"gmail.com": "gmail.com", "googlemail.com": "gmail.com"}


def set_keys(lead: Lead) -> None:
    """Write the keys of what the lead holds now; nothing is saved."""
    lead.address_key = address_key(lead.email)
    lead.phone_key = phone_key(lead.phone)
    lead.mobile_key = phone_key(lead.mobile) or mobile_key_of(lead.phone)
    lead.person_key = person_key(lead.name, lead.company_name)


#: What an address that was normalised looks like; to normalise it once more costs most of the time of `set_keys`.
_NORMAL = re.compile(r"[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+")


def address_key(email: str) -> str:
    """Variants of one mailbox share it: what stands behind a plus, and dots where they do not count."""
    address = email if _NORMAL.fullmatch(email or "") else normalise_email(email or "")
    if address is None:
        return ""
    local, _at, domain = address.rpartition("@")
    local = local.partition("+")[0] or local
    if domain in _DOTLESS:
        local, domain = local.replace(".", ""), _DOTLESS[domain]
    return _hex("address", local.casefold(), domain)


def phone_key(number: str) -> str:
    """One number, however it is written."""
    phone = read_phone(number, region=conf.get("PHONE_REGION")) if number else None
    return _hex("phone", phone.e164) if phone else ""


def mobile_key_of(number: str) -> str:
    """The same, of a mobile number only: two people of a company may share its other one."""
    phone = read_phone(number, region=conf.get("PHONE_REGION")) if number else None
    return _hex("phone", phone.e164) if phone and phone.is_mobile else ""


def person_key(name: str, company_name: str) -> str:
    """Name and company in one way of writing; '' unless both are known."""
    person, company = person_match_name(name), company_plain_name(company_name)
    return _hex("person", person, company) if person and company else ""


def _hex(*parts: str) -> str:
    return dedupe_key(*parts)[:32]
