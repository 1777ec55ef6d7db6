import pytest

from wagtail_leads.logic.corporate_number import (
    BadCorporateNumber,
    WrongCheckDigit,
    check_digit,
    formatted,
    parse_corporate_number,
)

#: The National Tax Agency, and two of its published examples' kind.
REAL = "7000012050002"


@pytest.mark.parametrize(
    "written",
    [
        REAL,
        "7-0000-1205-0002",
        "７０００012050002",
        " 7 0000 1205 0002 ",
        "T7000012050002",
        "ｔ7000012050002",
        "7‐0000‐1205‐0002",
    ],
)
def test_one_number_however_it_is_written(written):
    assert parse_corporate_number(written) == REAL


@pytest.mark.parametrize("nothing", ["", None, "  ", "－"])
def test_no_number_is_no_mistake(nothing):
    assert parse_corporate_number(nothing) == ""


@pytest.mark.parametrize(
    "wrong", ["123", "70000120500021", "700001205000A", "000012050002", "x" * 500, "٧٠٠٠٠١٢٠٥٠٠٠٢x"]
)
def test_what_is_no_number(wrong):
    with pytest.raises(BadCorporateNumber):
        parse_corporate_number(wrong)


@pytest.mark.parametrize("at", range(13))
def test_each_wrong_digit_is_noticed_but_for_0_and_9(at):
    for digit in "0123456789":
        changed = REAL[:at] + digit + REAL[at + 1 :]
        if {digit, REAL[at]} == {"0", "9"} or digit == REAL[at] or at == 0 and digit == REAL[0]:
            continue
        if changed[0] == str(check_digit(changed[1:])):  # modulo 9: doubled digits can hide a change
            continue
        with pytest.raises(WrongCheckDigit):
            parse_corporate_number(changed)


def test_the_check_digit_is_never_0():
    assert {check_digit(f"{number:012d}") for number in range(0, 5000, 7)} == set(range(1, 10))


def test_it_is_shown_as_the_agency_prints_it():
    assert formatted(REAL) == "7-0000-1205-0002"
    assert formatted("") == formatted(None) == ""
