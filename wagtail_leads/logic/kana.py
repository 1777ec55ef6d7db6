"""Readings of Japanese names in one way of writing: full-width katakana."""

import unicodedata

import jaconv


def full_katakana(text: str) -> str:
    """``ﾔﾏﾀﾞ　たろう`` -> ``ヤマダ タロウ``: half-width and hiragana become katakana; other letters stay."""
    full = unicodedata.normalize("NFKC", jaconv.h2z(text))
    return " ".join(jaconv.hira2kata(full).split())


def is_japanese(text: str) -> bool:
    """Has it kanji or kana (or any other script of China and Korea)?"""
    return any("\u3005" <= char <= "\u30ff" or "\u3400" <= char <= "\u9fff" or "\uac00" <= char <= "\ud7a3" or
               "\uf900" <= char <= "\ufaff" or char >= "\U00020000" for char in text)  # fmt: skip
