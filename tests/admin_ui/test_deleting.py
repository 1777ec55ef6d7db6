"""What is part of people's history is not deleted, and says so."""

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.making import make_lead, make_scenario, step
from wagtail_leads.models import Email, Enrolment, Scenario

pytestmark = pytest.mark.django_db


def test_a_scenario_that_people_are_in_stays_and_one_without_goes(admin_client):
    now = timezone.now()
    used, unused = make_scenario(now, [step("wait", days=1)]), make_scenario(now, [step("wait", days=1)])
    Enrolment.objects.create(
        scenario=used, version=used.versions.first(), lead=make_lead(now), state="waiting", step="s", due_at=now, started_at=now
    )
    for scenario in (used, unused):
        answer = admin_client.post(reverse("wagtail_leads_scenarios:delete", args=(scenario.pk,)), follow=True)
        assert answer.status_code == 200
        assert ("cannot be deleted" in answer.content.decode()) is (scenario == used)
    assert list(Scenario.objects.all()) == [used]


def test_a_mail_that_nobody_got_goes(admin_client):
    mail = Email.objects.create(name="m", subject="s")
    admin_client.post(reverse("wagtail_leads_mail:delete", args=(mail.pk,)))
    assert not Email.objects.exists()
