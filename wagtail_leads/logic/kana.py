"""Readings of Japanese names in one way of writing: full-width katakana."""

import re
import unicodedata

import jaconv

_JAPANESE = re.compile("[\u3005-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]")


def full_katakana(text: str) -> str:
    """``ﾔﾏﾀﾞ　たろう`` -> ``ヤマダ タロウ``: half-width and hiragana become katakana; other letters stay."""
    if not text:
        return ""
    full = unicodedata.normalize("NFKC", jaconv.h2z(text))
    return " ".join(jaconv.hira2kata(full).split())


def is_japanese(text: str) -> bool:
    """Has it kanji or kana (or any other script of China and Korea)?"""
    return _JAPANESE.search(text) is not None
