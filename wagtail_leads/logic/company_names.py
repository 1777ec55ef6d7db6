"""Do two companies look like one? A suggestion for people, never a decision."""

from difflib import SequenceMatcher

from wagtail_leads.logic.japanese import company_plain_name

#: Above this share of equal letters two names are near ("サンプルワークス", "サンプル・ワークス東京" are not).
NEAR = 0.86
#: Shorter names are near to too many others.
SHORTEST = 4


def look_alike(one: str, other: str) -> bool:
    """Nearly the same letters, or one is the other and a word more."""
    first, second = company_plain_name(one), company_plain_name(other)
    if not first or not second:
        return False
    if first == second:
        return True
    short, long = sorted((first, second), key=len)
    if len(short) < SHORTEST:
        return False
    return long.startswith(short) or SequenceMatcher(None, first, second).ratio() >= NEAR


def same_site(one: str, other: str) -> bool:
    """mihon.co.jp and mihon.com, mihon.jp: one label under two endings."""
    first, second = one.partition(".")[0].lower(), other.partition(".")[0].lower()
    return len(first) >= SHORTEST and first == second


def beginning(name: str) -> str:
    """What names that look alike have in common at their beginning, for a search in the database."""
    return company_plain_name(name)[:3]
