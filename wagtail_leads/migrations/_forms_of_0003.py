"""What 0003 does with forms that are there: a locale for the language they named, and the names of today for their fields."""

import json
import uuid


def give_locale(apps, schema_editor):
    LeadForm = apps.get_model("wagtail_leads", "LeadForm")
    if not LeadForm.objects.exists():
        return
    from django.conf import settings

    Locale = apps.get_model("wagtailcore", "Locale")
    locales = {locale.language_code.split("-")[0]: locale for locale in Locale.objects.order_by("-pk")}
    default = locales.get(settings.LANGUAGE_CODE.split("-")[0]) or Locale.objects.order_by("pk").first()
    if default is None:
        default = Locale.objects.create(language_code=settings.LANGUAGE_CODE)
    for form in LeadForm.objects.all():
        form.locale = locales.get(form.language.split("-")[0], default)
        form.translation_key = uuid.uuid4()
        form.save(update_fields=["locale", "translation_key"])
    # PostgreSQL alters no table whose constraints still wait for their check
    schema_editor.connection.check_constraints()


def rename_fields(apps, schema_editor):
    """A field's kind is its block's type now. Raw JSON: the blocks of then are gone."""
    table = schema_editor.quote_name(apps.get_model("wagtail_leads", "LeadForm")._meta.db_table)
    column = schema_editor.quote_name("fields")
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(f"SELECT id, {column} FROM {table}")  # noqa: S608 (names of our own)
        rows = cursor.fetchall()
        for pk, stored in rows:
            blocks = stored if isinstance(stored, list) else json.loads(stored or "[]")
            changed = [_renamed(block) for block in blocks]
            if changed != blocks:
                value = json.dumps(changed, ensure_ascii=False)
                cursor.execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", [value, pk])  # noqa: S608
    schema_editor.connection.check_constraints()


def _renamed(block: dict) -> dict:
    if block.get("type") != "field":
        return block
    value = dict(block["value"])
    return {**block, "type": value.pop("kind", "line"), "value": value}
