"""Whose name is it: a network operator's, or a customer's?"""

import pytest

from wagtail_leads.logic import carrier_names
from wagtail_leads.logic.known_networks import JAPANESE_PROVIDERS


def test_the_known_providers_are_written_as_they_are_compared():
    assert [name for name in JAPANESE_PROVIDERS if carrier_names.plain(name) != name] == []


@pytest.mark.parametrize(
    "name",
    ["Asahi Net", "ASAHI-NET, Inc.", "ＮＴＴコミュニケーションズ", "OCN NTT Communications Corporation", "KDDI KDDI CORPORATION",
     "SO-NET Sony Network Communications Inc.", "NTT West Osaka", "J:COM", "株式会社オプテージ", "SoftBank Corp."],
)  # fmt: skip
def test_a_known_provider(name):
    assert carrier_names.is_a_known_provider(name)
    assert carrier_names.is_a_carrier(name) and carrier_names.sounds_like_a_carrier(name)


@pytest.mark.parametrize(
    "name", ["", "Tokyo", "Asahi", "Asahi Breweries", "NTT Data", "KDDI Evolva", "Net One Systems", "朝日新聞社"]
)
def test_no_provider(name):
    assert not carrier_names.is_a_known_provider(name)


@pytest.mark.parametrize(
    ("name", "weighed", "by_a_word"),
    [
        ("Hitachi Cable Ltd", False, True),
        ("Mihon Broadband", True, True),
        ("Mihon Telecom Networks", True, True),
        ("Global Communications", True, True),
        ("Telstra", True, True),
        ("Telstra Health", False, True),
        ("Mihon Network", False, False),
        ("Cablecraft", False, False),
        ("Mihon Works", False, False),
    ],
)
def test_words_are_weighed_against_what_is_the_names_own(name, weighed, by_a_word):
    assert (carrier_names.is_a_carrier(name), carrier_names.sounds_like_a_carrier(name)) == (weighed, by_a_word)


def test_the_same_beginning_counts_only_when_nothing_of_its_own_follows():
    assert carrier_names.is_same_carrier("AT&T Worldnet Services", "AT&T Services")
    assert carrier_names.is_same_carrier("China Unicom Liaoning", "China Unicom")
    assert not carrier_names.is_same_carrier("Asahi Breweries", "Asahi Net")
    assert not carrier_names.is_same_carrier("First Bank", "First Telecom")
    assert carrier_names.is_same_name("Asahi Breweries", "Asahi Net")


def test_a_long_name_costs_nothing():
    assert not carrier_names.is_a_known_provider("ntt " * 9 + "x " * 500)
