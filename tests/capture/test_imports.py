"""Files of leads come in: what becomes of people who are known, who said no, who are twice in the file; and how it runs."""

import io
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.making import make_lead
from wagtail_leads.capture import import_files, import_rows, imports
from wagtail_leads.capture.models import ImportPiece, ImportRow, LeadImport
from wagtail_leads.companies.models import Company
from wagtail_leads.identity.models import Consent, Lead, LeadChange, LeadField, LeadSource, LeadTag, LeadTagging
from wagtail_leads.identity.operations import record_consent
from wagtail_leads.identity.queries import may_write
from wagtail_leads.logic.kinds import Basis, ImportState, RowOutcome
from wagtail_leads.logic.lead_files import FileProblem
from wagtail_leads.logic.lead_rows import LENGTHS, Plan
from wagtail_leads.mailing.models import Suppression

pytestmark = pytest.mark.django_db
HEAD = "氏名,メールアドレス,会社名,電話番号\n"


def put(text, now, *, name="list.csv", **values) -> LeadImport:
    data = text if isinstance(text, bytes) else text.encode("utf-8")
    made = import_files.store(name, [data], now=now)
    with import_files.on_disk(made) as path:
        import_files.look_into(made, path)
    LeadImport.objects.filter(pk=made.pk).update(**values)
    made.refresh_from_db()
    return made


def run(file, now) -> LeadImport:
    imports.start(file, now=now)
    while imports.run_due(now=now):
        pass
    file.refresh_from_db()
    return file


def bring(text, now, **values) -> LeadImport:
    return run(put(text, now, **values), now)


def counts(file) -> dict:
    return {name: getattr(file, name) for name in ("made", "updated", "unchanged", "skipped", "bad") if getattr(file, name)}


def outcomes(file) -> list:
    return [(row.number, row.outcome, *row.notes) for row in ImportRow.objects.filter(file=file).order_by("number")]


class TestNewPeople:
    def test_a_row_becomes_a_lead_with_company_tag_source_owner_and_proof(self, now, django_user_model):
        owner = django_user_model.objects.create_superuser("sato", "sato@works.example", "x")
        origin = LeadSource.objects.create(name="展示会2026", created_at=now)
        tag = LeadTag.objects.create(name="展示会")
        file = bring(
            HEAD + "山田　太郎 様,TARO@Aozora.co.jp,㈱青空,9012345678\n",
            now,
            basis="business_card",
            basis_detail="名刺交換 2026-11",
            origin=origin,
            tag=tag,
            owner=owner,
        )
        assert counts(file) == {"made": 1} and file.state == ImportState.DONE and file.total_rows == 1
        lead = Lead.objects.get()
        assert (lead.name, lead.family_name, lead.given_name) == ("山田 太郎", "山田", "太郎")
        assert (lead.email, lead.phone, lead.source) == ("taro@aozora.co.jp", "090-1234-5678", "import")
        assert (lead.owner, lead.origin, lead.company.name, lead.company_name) == (owner, origin, "㈱青空", "㈱青空")
        assert lead.mobile_key and lead.address_key and lead.person_key and not lead.is_connected
        proof = Consent.objects.get()
        assert (proof.granted, proof.basis, proof.wording, proof.lead) == (True, "business_card", "名刺交換 2026-11", lead)
        assert "展示会2026" in proof.source and "list.csv" in proof.source
        assert LeadTagging.objects.filter(lead=lead, tag=tag).exists()
        assert outcomes(file) == [(2, "made", "zero_restored:phone")]

    def test_without_a_basis_nobody_may_be_written_to(self, now):
        bring(HEAD + "山田 太郎,taro@aozora.co.jp,,\n", now)
        assert not Consent.objects.exists() and not may_write(Lead.objects.get().email_key)

    def test_a_person_without_an_address_is_known_by_the_mobile_number(self, now):
        for text in ("山田 太郎,,青空,090-1234-5678\n", "山田 太郎,なし,青空,+81 90 1234 5678\n"):
            file = bring(HEAD + text, now)
        assert Lead.objects.count() == 1 and counts(file) == {"unchanged": 1}

    def test_two_leads_with_that_mobile_number_are_not_guessed_between(self, now):
        for email in ("a@aozora.co.jp", "b@aozora.co.jp"):
            bring(HEAD + f"山田,{email},,09012345678\n", now)
        file = bring(HEAD + "山田,,,09012345678\n", now)
        assert outcomes(file) == [(2, "bad", "several_leads")]

    def test_companies_as_for_a_single_lead(self, now):
        bring(HEAD + "一,a@aozora.co.jp,,\n二,b@aozora.co.jp,青空,\n三,c@gmail.com,株式会社青空,\n四,d@gmail.com,,\n", now)
        leads = {lead.email[0]: lead.company for lead in Lead.objects.select_related("company")}
        assert leads["a"] == leads["b"] and leads["a"] is not None and leads["d"] is None
        assert leads["c"] == leads["a"] and Company.objects.get().name == "青空", "as most people of a domain call it"

    def test_own_fields_and_tags(self, now):
        LeadField.objects.create(key="size", label="従業員数", kind="number")
        file = bring("email,従業員数,タグ\na@works.jp,\"1,200\",VIP;展示会\nb@works.jp,many,\n", now)
        assert Lead.objects.get().extra == {"size": 1200}
        assert set(LeadTagging.objects.values_list("tag__name", flat=True)) == {"VIP", "展示会"}
        assert outcomes(file) == [(2, "made"), (3, "bad", "bad_value:size")]

    def test_owners_by_name(self, now, django_user_model):
        sato = django_user_model.objects.create_superuser("sato", "s@works.example", "x", last_name="佐藤", first_name="花子")
        file = bring("氏名,email,営業担当\n山田,a@works.jp,佐藤 花子\n山本,b@works.jp,誰か\n", now)
        assert Lead.objects.get(email="a@works.jp").owner == sato
        assert outcomes(file)[1] == (3, "made", "unknown_owner")

    def test_markup_and_emoji_stay_text(self, now):
        bring(HEAD + "<b>山田</b> \u202e😀,a@works.jp,=1+1,\n", now)
        assert Lead.objects.get().name.startswith("<b>山田</b>") and "😀" in Lead.objects.get().name


class TestKnownPeople:
    KNOWN = "山田 太郎,taro@aozora.co.jp,青空,03-6344-6580\n"
    OTHER = "山本 次郎,taro@aozora.co.jp,別会社,06-6344-6580\n"

    @pytest.mark.parametrize(
        "policy, name, phone, outcome",
        [
            ("fill", "山田 太郎", "03-6344-6580", "unchanged"),
            ("update", "山本 次郎", "06-6344-6580", "updated"),
            ("skip", "山田 太郎", "03-6344-6580", "skipped"),
        ],
    )
    def test_by_the_policy(self, now, policy, name, phone, outcome):
        bring(HEAD + self.KNOWN, now)
        file = bring(HEAD + self.OTHER, now, policy=policy)
        lead = Lead.objects.get()
        assert (lead.name, lead.phone) == (name, phone) and outcomes(file)[0][:2] == (2, outcome)
        assert LeadChange.objects.filter(by_what="import", field="name").exists() == (policy == "update")

    def test_empty_fields_are_filled_and_never_blanked(self, now):
        bring("氏名,email\n山田 太郎,taro@aozora.co.jp\n", now)
        file = bring(HEAD + ",taro@aozora.co.jp,青空,03-6344-6580\n", now, policy="update")
        lead = Lead.objects.get()
        assert (lead.name, lead.company_name, lead.phone) == ("山田 太郎", "青空", "03-6344-6580")
        assert counts(file) == {"updated": 1}
        changed = set(LeadChange.objects.values_list("field", "before", "after"))
        assert ("phone", "", "03-6344-6580") in changed

    def test_the_same_file_again_adds_nothing(self, now):
        text = "氏名,email,備考,タグ\n山田 太郎,taro@aozora.co.jp,よい人,VIP\n佐藤 花子,hana@works.jp,,\n"
        bring(text, now, basis="consent")
        before = [model.objects.count() for model in (Lead, Consent, LeadChange, LeadTagging, Company)]
        for policy in ("fill", "update"):
            assert counts(bring(text, now, basis="consent", policy=policy)) == {"unchanged": 2}
        assert [model.objects.count() for model in (Lead, Consent, LeadChange, LeadTagging, Company)] == before

    def test_the_same_person_twice_in_one_file(self, now):
        file = bring(HEAD + "山田 太郎,taro@aozora.co.jp,,\n,TARO@aozora.co.jp,青空,\n", now, basis="consent")
        assert Lead.objects.get().company_name == "青空" and Consent.objects.count() == 1
        assert outcomes(file)[1] == (3, "updated", "again_in_file")

    def test_notes_of_colleagues_are_added_to(self, now):
        lead = make_lead(now, "taro@aozora.co.jp", note="電話した")
        bring("email,備考\ntaro@aozora.co.jp,展示会で会った\n", now, policy="update")
        lead.refresh_from_db()
        assert lead.note == "電話した\n展示会で会った"

    def test_a_merged_lead_stands_for_the_one_it_lives_on_in(self, now):
        kept, gone = make_lead(now, "kept@works.jp"), make_lead(now, "gone@works.jp")
        Lead.objects.filter(pk=gone.pk).update(merged_into=kept)
        bring(HEAD + ",gone@works.jp,,03-6344-6580\n", now)
        kept.refresh_from_db()
        assert kept.phone == "03-6344-6580" and Lead.objects.count() == 2

    def test_who_asked_to_be_left_alone_is_left_alone(self, now):
        make_lead(now, "taro@aozora.co.jp", stopped_at=now)
        file = bring(HEAD + ",taro@aozora.co.jp,青空,03-6344-6580\n", now, policy="update", basis="consent")
        assert Lead.objects.get().phone == "" and not Consent.objects.exists()
        assert outcomes(file) == [(2, "skipped", "use_stopped")]

    def test_no_contact_and_the_stage_are_not_overwritten(self, now):
        make_lead(now, "taro@aozora.co.jp", contact_wish="no_contact", stage="customer")
        file = bring("email,連絡方法,ステージ\ntaro@aozora.co.jp,電話可,潜在\n", now, policy="update")
        lead = Lead.objects.get()
        assert (lead.contact_wish, lead.stage) == ("no_contact", "customer")
        assert set(outcomes(file)[0][2:]) == {"wish_kept", "stage_kept"}


class TestOwners:
    """Who may not change a colleague's lead on its page may not do so by a file."""

    @pytest.fixture
    def people(self, django_user_model):
        make = django_user_model.objects.create_user
        return make("me", "me@works.example", "x"), make("other", "other@works.example", "x")

    TEXT = HEAD + "新名,mine@works.jp,,\n新名,theirs@works.jp,,\n新名,free@works.jp,,\n"

    def leads(self, now, me, other):
        for name, owner in (("mine", me), ("theirs", other), ("free", None)):
            lead = make_lead(now, f"{name}@works.jp")
            Lead.objects.filter(pk=lead.pk).update(owner=owner, name="旧名")

    def test_a_colleague_s_lead_is_left_alone(self, now, people):
        self.leads(now, *people)
        file = bring(self.TEXT, now, by=people[0], policy="update", basis="consent")
        names = dict(Lead.objects.values_list("email", "name"))
        assert names == {"mine@works.jp": "新名", "theirs@works.jp": "旧名", "free@works.jp": "新名"}
        assert outcomes(file)[1] == (3, "skipped", "other_owner")
        assert not Consent.objects.filter(lead__email="theirs@works.jp").exists()

    def test_who_may_change_any_lead_does(self, now, people):
        me, other = people
        me.user_permissions.add(Permission.objects.get(codename="change_any_lead"))
        self.leads(now, me, other)
        bring(self.TEXT, now, by=me, policy="update")
        assert set(Lead.objects.values_list("name", flat=True)) == {"新名"}

    def test_what_the_file_itself_gave_to_a_colleague_is_no_colleague_s_yet(self, now, people, settings):
        settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "IMPORT_CHUNK": 1}
        text = HEAD + "山田,taro@works.jp,,\n山田 太郎,taro@works.jp,青空,\n"
        file = bring(text, now, by=people[0], owner=people[1], policy="update")
        assert (file.made, file.updated, file.skipped) == (1, 1, 0)


class TestPermission:
    def test_who_unsubscribed_stays_unsubscribed(self, now):
        lead = make_lead(now, "taro@aozora.co.jp", consent=True)
        Suppression.objects.create(address_key=lead.email_key, scope="marketing", reason="unsubscribed", at=now)
        file = bring(HEAD + ",taro@aozora.co.jp,,\n", now, basis="customer")
        assert Consent.objects.count() == 1 and Suppression.objects.count() == 1
        assert "suppressed" in outcomes(file)[0]

    def test_a_no_holds_against_every_file(self, now):
        lead = make_lead(now, "taro@aozora.co.jp")
        record_consent(lead, key=lead.email_key, granted=False, now=now)
        file = bring(HEAD + ",taro@aozora.co.jp,,\n", now, basis="business_card", policy="update")
        assert not may_write(lead.email_key) and "refused_before" in outcomes(file)[0]

    def test_the_file_itself_says_no(self, now):
        bring("email,配信停止\na@works.jp,TRUE\nb@works.jp,\nc@works.jp,たぶん\n", now, basis="consent")
        may = {lead.email[0]: may_write(lead.email_key) for lead in Lead.objects.all()}
        assert may == {"a": False, "b": True, "c": False}

    def test_a_column_of_who_agreed_keeps_out_who_did_not(self, now):
        text = "email,メール配信希望\na@works.jp,○\nb@works.jp,×\nc@works.jp,\nd@works.jp,検討中\ne@works.jp,不可：拒否\n"
        file = bring(text, now, basis="business_card")
        may = {lead.email[0]: may_write(lead.email_key) for lead in Lead.objects.all()}
        assert may == {"a": True, "b": False, "c": False, "d": False, "e": False}
        refused = Consent.objects.filter(granted=False).values_list("lead__email", flat=True)
        assert set(refused) == {"b@works.jp", "e@works.jp"}, "an empty cell is no yes, and no refusal either"
        assert ["no_yes" in row for row in outcomes(file)] == [False, False, True, True, False]

    @pytest.mark.parametrize("basis", list(Basis))
    def test_each_basis_is_kept_with_each_address(self, now, basis):
        bring(HEAD + ",taro@aozora.co.jp,,\n", now, basis=basis.value)
        assert Consent.objects.get().basis == basis.value and may_write(Lead.objects.get().email_key)


class TestRunning:
    @pytest.fixture
    def ten(self, now, settings):
        settings.WAGTAIL_LEADS = {**settings.WAGTAIL_LEADS, "IMPORT_CHUNK": 3}
        rows = "".join(f"人{n},p{n}@works{n}.jp,会社{n},\n" for n in range(10))
        return put(HEAD + rows, now)

    def test_stopped_and_resumed_each_row_counts_once(self, ten, now):
        imports.start(ten, now=now)
        worker = imports.Run(ten, now=now, tell=lambda file: imports.stop(file) if file.done_rows >= 6 else None)
        assert worker.claim()
        worker.work()
        ten.refresh_from_db()
        assert (ten.state, ten.done_rows, ten.made) == (ImportState.STOPPED, 6, 6)
        assert imports.run_due(now=now) == 0
        run(ten, now)
        assert (ten.state, ten.done_rows, ten.made) == (ImportState.DONE, 10, 10)
        assert ImportRow.objects.count() == Lead.objects.count() == 10

    def test_what_a_dead_worker_began_goes_on_once_its_lease_is_over(self, ten, now):
        imports.start(ten, now=now)
        dead = imports.Run(ten, now=now, tell=_die)
        assert dead.claim()
        with pytest.raises(SystemError):
            dead.work()
        LeadImport.objects.filter(pk=ten.pk).update(leased_until=now + imports.LEASE)  # a killed one releases nothing
        assert imports.run_due(now=now) == 0
        assert imports.run_due(now=now + imports.LEASE + timedelta(seconds=1))
        ten.refresh_from_db()
        assert (ten.state, ten.made) == (ImportState.DONE, 10)

    def test_of_two_workers_the_slower_one_stops(self, ten, now):
        imports.start(ten, now=now)
        slow, quick = imports.Run(ten, now=now), imports.Run(ten, now=now + timedelta(hours=1))
        assert slow.claim() and quick.claim()
        quick.work()
        slow.work()
        assert Lead.objects.count() == 10 and LeadImport.objects.get().made == 10

    def test_a_lead_that_a_form_makes_meanwhile_is_found_and_not_doubled(self, ten, now, monkeypatch):
        calls, decide = [], imports.decide

        def decide_then_form(*args, **kwargs):
            chunk = decide(*args, **kwargs)
            if not calls:
                calls.append(make_lead(now, "p1@works1.jp"))
                raise imports.IntegrityError
            return chunk

        monkeypatch.setattr(imports, "decide", decide_then_form)
        run(ten, now)
        assert Lead.objects.count() == 10 and ten.made == 10 and ten.bad == 0

    def test_a_row_that_breaks_is_handed_back_and_the_rest_comes_in(self, ten, now, monkeypatch):
        decide = imports.decide

        def picky(rows, plans, *args, **kwargs):
            if any(plan.values.get("email") == "p4@works4.jp" for plan in plans):
                raise ValueError("poison")
            return decide(rows, plans, *args, **kwargs)

        monkeypatch.setattr(imports, "decide", picky)
        run(ten, now)
        assert (ten.made, ten.bad, ten.state) == (9, 1, ImportState.DONE)
        assert imports.rows_handed_back(ten).get().notes == ["internal"]

    def test_a_file_that_breaks_in_the_middle_says_where(self, now):
        text = HEAD + "山田,a@works.jp,,\n佐藤,b@works.jp,\"no end,\n" + "x" * 140_000
        file = run(put(HEAD + "山田,a@works.jp,,\n", now), now)
        other = import_files.store("broken.csv", [text.encode()], now=now)
        LeadImport.objects.filter(pk=other.pk).update(
            header=file.header, mapping=file.mapping, encoding="utf-8-sig", delimiter=","
        )
        other = run(other, now)
        assert other.state == ImportState.FAILED and other.problem.startswith("open_quote|3")

    def test_as_many_queries_for_many_rows_as_for_few(self, now, settings):
        def cost(count, start):
            rows = "".join(f"人{n},p{n}@firma{n}.jp,会社{n},0901234{n:04d}\n" for n in range(start, start + count))
            file = put(HEAD + rows, now, basis="consent", policy="update")
            with CaptureQueriesContext(connection, ) as queries:
                run(file, now)
            return sum(1 for q in queries if not q["sql"].startswith(("SAVEPOINT", "RELEASE")))

        cost(2, 9000)
        few, many = cost(5, 0), cost(25, 100)
        assert many == few
        again = cost(25, 100)
        assert again < many

    def test_an_upload_is_kept_in_pieces_and_taken_apart_again(self, now, monkeypatch):
        monkeypatch.setattr(import_files, "PIECE", 10)
        file = import_files.store("../../etc/list.csv", io.BytesIO(b"0123456789" * 3 + b"ab"), now=now)
        assert file.name == "list.csv" and ImportPiece.objects.count() == 4
        with import_files.on_disk(file) as path, open(path, "rb") as read:
            assert read.read() == b"0123456789" * 3 + b"ab"
        import_files.discard(file)
        assert not ImportPiece.objects.exists() and not LeadImport.objects.exists()

    def test_a_file_beyond_the_limit_is_refused_and_nothing_stays(self, now, monkeypatch):
        monkeypatch.setattr(import_files, "MOST_BYTES", 15)
        with pytest.raises(FileProblem):
            import_files.store("big.csv", [b"0123456789" * 2], now=now)
        assert not LeadImport.objects.exists()


def _die(file):
    if file.done_rows >= 3:
        raise SystemError


class TestForecast:
    def test_says_what_would_happen_and_does_nothing(self, now):
        make_lead(now, "known@works.jp")
        text = HEAD + "新人,new@works.jp,青空,\n,known@works.jp,,03-6344-6580\n無名,,,\n新人,new@works.jp,青空,\n"
        file = put(text, now, basis="consent")
        with import_files.on_disk(file) as path:
            told = imports.forecast(file, path, now=now)
        assert told.outcomes == {"made": 1, "updated": 1, "bad": 1, "unchanged": 1} and told.is_whole
        assert Lead.objects.count() == 1 and not ImportRow.objects.exists() and not Consent.objects.exists()
        assert ("phone", "", "03-6344-6580") in told.first.decisions[1].changed

    def test_a_part_is_called_a_part(self, now):
        file = put(HEAD + "".join(f"x,p{n}@works.jp,,\n" for n in range(30)), now)
        with import_files.on_disk(file) as path:
            told = imports.forecast(file, path, now=now, most=20)
        assert told.rows == 20 and not told.is_whole


def test_lengths_are_those_of_the_columns():
    for name, most in LENGTHS.items():
        if name not in ("note", "tag"):
            assert Lead._meta.get_field(name).max_length == most, name
    assert LeadTag._meta.get_field("name").max_length == LENGTHS["tag"]


def test_outcomes_all_have_a_counter():
    assert set(imports._COUNTS.values()) == set(RowOutcome)
    assert Plan(number=1).key == "" and import_rows.SOURCE == "import"


def test_no_column_is_written_twice():
    """PostgreSQL refuses it."""
    assert len(import_rows.WRITTEN) == len(set(import_rows.WRITTEN))
