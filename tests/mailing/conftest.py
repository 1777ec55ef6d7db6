import pytest

from tests.mailing.fakes import Server
from tests.making import DAY, make_lead


@pytest.fixture
def lead(now):
    return make_lead(now - DAY, consent=True)


@pytest.fixture
def server(settings):
    settings.EMAIL_BACKEND = "tests.mailing.fakes.Server"
    Server.reset()
    return Server
