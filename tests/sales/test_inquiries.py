"""The to-do of an inquiry says what the person wrote."""

import pytest

from tests.making import flow, make_fact, make_lead
from wagtail_leads.sales.models import Todo

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("written", "quoted"),
    [
        ("お見積りをお願いします。", True),  # twelve letters are a sentence
        ("Could you please call me on Monday?", True),
        ("03-1234-5678", False),
        ("", False),
    ],
)
def test_a_todo_quotes_the_message_and_no_data_of_the_person(now, written, quoted):
    lead = make_lead(now, email="a.very.long.address@mihon-seisakusho.example", company_name="株式会社見本製作所・信州諏訪工場")
    answers = [lead.email, lead.company_name, lead.name, written]
    data = {"todo": True, "form": "Contact", "answers": [{"label": "x", "value": value} for value in answers]}
    make_fact("inquiry_made", now, lead=lead, data=data)
    flow(now)
    assert Todo.objects.get().reason == (f"Contact\n{written}" if quoted else "Contact")
