"""`leads_import`: the engine of the screens, from a shell."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from wagtail_leads.capture.models import ImportPiece, LeadImport
from wagtail_leads.identity.models import Consent, Lead, LeadField, LeadSource, LeadTagging

pytestmark = pytest.mark.django_db
TEXT = "氏名,会社名,メールアドレス\n山田 太郎,㈱青空,taro@aozora.co.jp\n佐藤,,not an address\n"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "list.csv"
    path.write_bytes(TEXT.encode("cp932"))
    return path


def run(*args):
    """(what was printed, exit code)"""
    out = StringIO()
    try:
        call_command("leads_import", *map(str, args), stdout=out, stderr=StringIO())
    except SystemExit as end:
        return out.getvalue(), end.code
    except CommandError as error:
        return f"{out.getvalue()}{error}", error.returncode
    return out.getvalue(), 0


def test_good_rows_come_in_and_bad_ones_go_to_a_file(file):
    out, code = run(
        file, "--basis", "business_card", "--basis-detail", "cards", "--source", "展示会", "--tag", "VIP", "--json"
    )
    told = json.loads(out)
    assert code == 1 and (told["made"], told["bad"], told["encoding"]) == (1, 1, "cp932")
    assert told["mapping"] == {"氏名": "name", "会社名": "company_name", "メールアドレス": "email"}
    lead = Lead.objects.get()
    assert lead.origin == LeadSource.objects.get() and LeadTagging.objects.filter(lead=lead).exists()
    assert Consent.objects.get().basis == "business_card"
    bad = Path(told["bad_rows_file"]).read_text(encoding="utf-8-sig")
    assert "not an address" in bad and "cannot be right" in bad


def test_the_corrected_file_and_the_same_one_again_double_nobody(file):
    run(file, "--basis", "none")
    bad = file.with_name("list.csv.bad.csv")
    bad.write_text(bad.read_text(encoding="utf-8").replace("not an address", "sato@works.jp"), encoding="utf-8")
    out, code = run(bad, "--basis", "none")
    assert code == 0 and "1 new" in out and Lead.objects.count() == 2 and not Consent.objects.exists()
    run(file, "--basis", "none")
    assert Lead.objects.count() == 2


def test_a_dry_run_writes_nothing(file):
    out, code = run(file, "--dry-run")
    assert code == 1 and "1 new" in out and "1 handed back" in out
    assert not Lead.objects.exists() and not LeadImport.objects.exists() and not ImportPiece.objects.exists()
    assert not file.with_name("list.csv.bad.csv").exists()


@pytest.mark.parametrize(
    "args, said",
    [
        ([], "--basis is needed"),
        (["--basis", "none", "--map", "nothing=email"], "no column"),
        (["--basis", "none", "--map", "氏名=shoe"], "no field"),
        (["--basis", "none", "--map", "メールアドレス="], "No column holds an e-mail address"),
        (["--basis", "none", "--owner", "nobody"], "Nobody logs in"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is(file, args, said):
    out, code = run(file, *args)
    assert code == 2 and said in out and not Lead.objects.exists() and not LeadImport.objects.exists()


def test_a_file_that_is_not_there_or_no_table(tmp_path):
    assert run(tmp_path / "none.csv", "--basis", "none")[1] == 2
    (tmp_path / "x.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    out, code = run(tmp_path / "x.xls", "--basis", "none")
    assert code == 2 and "old Excel" in out and not LeadImport.objects.exists()


def test_columns_can_be_named_by_heading_or_number(tmp_path):
    LeadField.objects.create(key="size", label="Size", kind="number")
    path = tmp_path / "x.csv"
    path.write_text("A,B,C\n山田 太郎,taro@works.jp,12\n", encoding="utf-8")
    out, code = run(path, "--basis", "none", "--map", "A=name", "--map", "2=email", "--map", "C=extra.size")
    assert code == 0 and Lead.objects.get().extra == {"size": 12}
