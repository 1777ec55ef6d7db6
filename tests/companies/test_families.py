"""One company under several names: found by each, merged, renamed, and taken apart again."""

from datetime import timedelta

import pytest

from wagtail_leads.companies.models import Company, CompanyDomain, CompanyMerge, CompanyNetwork
from wagtail_leads.companies.operations import (
    CannotMerge,
    NameTaken,
    companies_of_guesses,
    company_by_name,
    company_of_address,
    merge,
    rename,
    undo_merge,
)
from wagtail_leads.companies.queries import aliases_of, family_of, survivor_of
from wagtail_leads.logic.company_guess import CompanyGuess

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(now):
    loser = company_by_name("SAMPLE WORKS KK", now=now, domain="sample-works.jp", is_guessed=True)
    survivor = company_by_name("株式会社サンプルワークス", now=now)
    return loser, survivor


def guesses(*found, now):
    return companies_of_guesses(list(found), now=now)


class TestFinding:
    def test_however_it_is_written_it_is_one_company(self, now):
        written = (
            "株式会社山田製作所",
            "山田製作所(株)",
            "㈱山田製作所",
            "(株)山田製作所",
            "山田製作所 株式会社",
            "ﾔﾏﾀﾞ",
        )
        found = {company_by_name(name, now=now).pk for name in written[:-1]}
        assert len(found) == 1
        assert Company.objects.get().name == "株式会社山田製作所"  # as it was written first

    def test_a_name_that_says_nothing_is_no_company(self, now):
        assert company_by_name("", now=now) is None
        assert company_by_name(" - ", now=now) is None

    def test_a_guessed_company_becomes_known_by_its_first_lead(self, now):
        company_by_name("Sample", now=now, is_guessed=True)
        assert not company_by_name("Sample Inc.", now=now).is_guessed

    def test_a_domain_leads_to_its_company(self, now):
        one = company_of_address("a@mihon.co.jp", written_name="ミホン株式会社", now=now)
        assert company_of_address("b@tokyo.mihon.co.jp", written_name="Mihon", now=now) == one

    def test_free_mail_names_no_company(self, now):
        assert company_of_address("a@gmail.com", written_name="", now=now) is None
        assert company_of_address("a@gmail.com", written_name="Mihon", now=now).name == "Mihon"

    def test_one_that_was_called_by_its_domain_gets_the_written_name(self, now):
        guessed = company_by_name("mihon.co.jp", now=now, domain="mihon.co.jp", is_guessed=True)
        CompanyDomain.objects.create(company=guessed, domain="mihon.co.jp", created_at=now)
        found = company_of_address("a@mihon.co.jp", written_name="ミホン株式会社", now=now)
        found.refresh_from_db()
        assert (found.pk, found.name, found.is_guessed) == (guessed.pk, "ミホン株式会社", False)
        assert company_by_name("mihon.co.jp", now=now) == found

    def test_a_written_name_that_another_has_changes_nothing(self, now):
        other = company_by_name("ミホン", now=now)
        guessed = company_by_name("mihon.co.jp", now=now, domain="mihon.co.jp", is_guessed=True)
        CompanyDomain.objects.create(company=guessed, domain="mihon.co.jp", created_at=now)
        found = company_of_address("a@mihon.co.jp", written_name="ミホン", now=now)
        assert found == guessed != other

    def test_a_guess_with_the_domain_of_a_company_is_that_company(self, now):
        known = company_of_address("a@mihon.co.jp", written_name="ミホン株式会社", now=now)
        found = guesses(CompanyGuess(name="MIHON SEIKI", domain="mihon.co.jp", confidence=85), now=now)
        assert found == {"MIHON SEIKI": known}
        assert Company.objects.count() == 1

    def test_two_spellings_in_one_batch_are_one_company(self, now):
        found = guesses(CompanyGuess(name="Acme Inc."), CompanyGuess(name="ACME"), CompanyGuess(name="--"), now=now)
        assert set(found) == {"Acme Inc.", "ACME"} and len({c.pk for c in found.values()}) == 1

    def test_any_number_of_guesses_takes_the_same_number_of_queries(self, now, django_assert_max_num_queries):
        known = company_of_address("a@mihon.co.jp", written_name="ミホン株式会社", now=now)
        many = [CompanyGuess(name=f"Company {n}", domain=f"c{n}.jp") for n in range(30)]
        with django_assert_max_num_queries(7):
            found = guesses(*many, CompanyGuess(name="M", domain="mihon.co.jp"), now=now)
        assert len(found) == 31 and found["M"] == known
        with django_assert_max_num_queries(4):
            guesses(*many, now=now)


class TestMerging:
    def test_every_name_leads_to_the_survivor(self, pair, now):
        loser, survivor = pair
        merge(loser, survivor, by=None, now=now)
        assert company_by_name("Sample Works K.K.", now=now) == survivor
        found = guesses(CompanyGuess(name="Sample Works"), now=now)
        assert found == {"Sample Works": survivor}

    def test_every_domain_leads_to_the_survivor(self, pair, now):
        loser, survivor = pair
        CompanyDomain.objects.create(company=loser, domain="sample-works.jp", created_at=now)
        merge(loser, survivor, by=None, now=now)
        assert company_of_address("a@sample-works.jp", written_name="", now=now) == survivor
        assert guesses(CompanyGuess(name="X", domain="sample-works.jp"), now=now) == {"X": survivor}

    def test_the_survivor_takes_over_what_it_lacks(self, pair, now):
        loser, survivor = pair
        Company.objects.filter(pk=loser.pk).update(
            corporate_number="7000012050002", is_target=True, last_seen_at=now, domain="sample-works.jp"
        )
        merge(loser, survivor, by=None, now=now)
        survivor.refresh_from_db()
        assert (survivor.corporate_number, survivor.is_target, survivor.domain) == (
            "7000012050002",
            True,
            "sample-works.jp",
        )
        assert survivor.last_seen_at == now and not survivor.is_guessed

    def test_two_guessed_ones_stay_a_guess(self, now):
        a, b = (company_by_name(name, now=now, is_guessed=True) for name in ("Acme A", "Acme B"))
        merge(a, b, by=None, now=now)
        b.refresh_from_db()
        assert b.is_guessed

    def test_the_family_is_read_as_one(self, pair, now):
        loser, survivor = pair
        other = company_by_name("Other", now=now)
        merge(loser, survivor, by=None, now=now)
        for member in (loser, survivor):
            member.refresh_from_db()
            assert set(family_of(member)) == {loser, survivor}
            assert survivor_of(member) == survivor
        assert set(family_of(survivor.pk)) == {loser, survivor}
        assert set(family_of(other)) == {other}
        assert list(aliases_of(survivor)) == [loser]
        assert set(Company.objects.living()) == {survivor, other}

    def test_there_is_never_a_chain(self, pair, now):
        loser, survivor = pair
        third = company_by_name("Third", now=now)
        merge(loser, survivor, by=None, now=now)
        merge(survivor, third, by=None, now=now)
        assert set(Company.objects.filter(merged_into=third)) == {loser, survivor}
        assert company_by_name("SAMPLE WORKS", now=now) == third

    def test_nonsense_is_refused(self, pair, now):
        loser, survivor = pair
        third = company_by_name("Third", now=now)
        merge(loser, survivor, by=None, now=now)
        for a, b in ((third, third), (loser, third), (third, loser), (survivor, survivor), (third, Company(pk=999))):
            with pytest.raises(CannotMerge):
                merge(a, b, by=None, now=now)

    def test_taken_back_it_is_as_before(self, pair, now):
        loser, survivor = pair
        done = merge(loser, survivor, by=None, now=now)
        assert undo_merge(done, now=now) is True
        assert undo_merge(done, now=now) is False
        assert Company.objects.living().count() == 2
        assert company_by_name("SAMPLE WORKS", now=now).pk == loser.pk

    def test_taken_back_its_followers_come_along(self, pair, now):
        loser, survivor = pair
        third = company_by_name("Third", now=now)
        merge(loser, survivor, by=None, now=now)
        done = merge(survivor, third, by=None, now=now)
        assert CompanyMerge.objects.get(pk=done.pk).followers == [loser.pk]
        assert undo_merge(done, now=now)
        assert set(family_of(survivor.pk)) == {loser, survivor}

    def test_one_that_was_merged_on_is_taken_back_from_the_end(self, pair, now):
        loser, survivor = pair
        third = company_by_name("Third", now=now)
        first = merge(loser, survivor, by=None, now=now)
        last = merge(survivor, third, by=None, now=now)
        assert undo_merge(first, now=now) is False
        assert undo_merge(last, now=now) and undo_merge(first, now=now)
        assert Company.objects.living().count() == 3

    def test_held_networks_are_read_anew(self, pair, now):
        loser, survivor = pair
        row = CompanyNetwork.objects.create(
            cidr="203.0.113.0/24", action="company", company=loser, created_at=now, changed_at=now
        )
        later = now + timedelta(minutes=1)
        merge(loser, survivor, by=None, now=later)
        row.refresh_from_db()
        assert row.changed_at == later


class TestRenaming:
    def test_the_old_name_stays_an_alias(self, now):
        company = company_by_name("SAMPLE WORKS KK", now=now, is_guessed=True)
        rename(company, "サンプルワークス株式会社", now=now)
        assert company_by_name("Sample Works", now=now) == company
        assert company_by_name("㈱サンプルワークス", now=now) == company
        assert [alias.name for alias in aliases_of(company)] == ["SAMPLE WORKS KK"]

    def test_another_way_of_writing_the_same_name_is_no_alias(self, now):
        company = company_by_name("サンプル", now=now)
        rename(company, "株式会社サンプル", now=now)
        company.refresh_from_db()
        assert company.name == "株式会社サンプル" and not aliases_of(company).exists()

    def test_back_to_an_earlier_name(self, now):
        company = company_by_name("First", now=now)
        rename(company, "Second", now=now)
        rename(company, "First", now=now)
        company.refresh_from_db()
        assert (company.name, [alias.name for alias in aliases_of(company)]) == ("First", ["Second"])
        assert company_by_name("second", now=now) == company

    def test_a_name_that_another_has_is_refused(self, now):
        company, other = company_by_name("First", now=now), company_by_name("Second", now=now)
        with pytest.raises(NameTaken) as error:
            rename(company, "Second Inc.", now=now)
        assert error.value.company == other
