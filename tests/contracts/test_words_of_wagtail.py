"""Our catalogue may stand before Wagtail's in INSTALLED_APPS; it must not change a word of Wagtail's own screens."""

import gettext
from pathlib import Path

import pytest
import wagtail

ROOT = Path(__file__).resolve().parents[2]


def words(path: Path) -> dict[str, str]:
    with path.open("rb") as file:
        catalogue = gettext.GNUTranslations(file)._catalog
    return {k: v for k, v in catalogue.items() if isinstance(k, str) and "\x04" not in k and k}


def test_our_japanese_agrees_with_wagtail_s_where_both_have_a_word():
    compiled = ROOT / "wagtail_leads/locale/ja/LC_MESSAGES/django.mo"
    theirs: dict[str, set[str]] = {}
    for path in Path(wagtail.__file__).parent.glob("**/locale/ja/LC_MESSAGES/django.mo"):
        for word, said in words(path).items():
            theirs.setdefault(word, set()).add(said)
    if not theirs:
        pytest.skip("this Wagtail has no Japanese catalogue")
    ours = words(compiled)
    changed = {w: (ours[w], theirs[w]) for w in ours if w in theirs and ours[w] not in theirs[w]}
    assert not changed, f"give these a context (pgettext): {changed}"
