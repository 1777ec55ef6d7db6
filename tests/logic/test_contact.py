import pytest

from wagtail_leads.logic.contact import may_call, may_mail

CASES = [
    # wish, stopped, asked, may we call?, may we write?
    ("", False, False, True, True),
    ("phone_fine", False, False, True, True),
    ("mail_only", False, False, False, True),
    ("no_contact", False, False, False, False),
    ("no_contact", False, True, False, True),
    ("", True, False, False, False),
    ("phone_fine", True, True, False, True),
]


@pytest.mark.parametrize(("wish", "stopped", "asked", "call", "mail"), CASES)
def test_the_wish_binds(wish, stopped, asked, call, mail):
    assert may_call(wish, is_stopped=stopped) is call
    assert may_mail(wish, is_stopped=stopped, asked=asked) is mail
