"""`GatedBlock`: a part of a page that opens once the reader has left their name. For the site's own StreamFields.

    from wagtail_leads import GatedBlock

    body = StreamField([("text", RichTextBlock()), ("gated", GatedBlock())])
    body = StreamField([("gated", GatedBlock([("chapter", ChapterBlock()), ("table", TableBlock())]))])

Light on purpose: a site's models import it before the app registry is ready. What is shown to whom is decided by the
template's tag.
"""

import json
import uuid

from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.list_block import ListValue
from wagtail.blocks.stream_block import StreamValue
from wagtail.blocks.struct_block import StructValue
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.fields import StreamField
from wagtail.images.blocks import ImageChooserBlock
from wagtail.snippets.blocks import SnippetChooserBlock

#: Names derived from others (RFC 4122, version 5) begin here.
NAMESPACE = uuid.UUID("5a0b8d5c-6c1d-5f0e-9b60-2c5a3c7d9e11")


def standard_parts() -> list[tuple[str, blocks.Block]]:
    """What may stand inside where the site says nothing else."""
    return [
        ("text", blocks.RichTextBlock(label=_("Text"), icon="pilcrow")),
        ("image", ImageChooserBlock(label=_("Image"))),
        ("document", DocumentChooserBlock(label=_("Document"))),
    ]


class Inside(blocks.StreamBlock):
    """The child blocks that the site gave, or the standard ones."""

    class Meta:
        label = _("What opens")


class GatedBlock(blocks.StructBlock):
    """Teaser and form for everybody; the inside for whoever has sent the form.

    `inside`: child blocks as (name, block) pairs, or one block; left out: text, image, document.
    """

    def __init__(self, inside=None, **kwargs):
        self._is_standard = not inside
        if not isinstance(inside, blocks.Block):
            inside = Inside(inside or standard_parts())
        children = [
            (
                "teaser",
                blocks.TextBlock(
                    label=_("Teaser"),
                    required=False,
                    rows=3,
                    help_text=_("Everybody reads this: what comes, and why it is worth leaving a name."),
                ),
            ),
            (
                "form",
                SnippetChooserBlock(
                    "wagtail_leads.LeadForm", label=_("Form"), required=False, help_text=_("Empty: the default form.")
                ),
            ),
            ("inside", inside),
        ]
        super().__init__(children, **kwargs)

    class Meta:
        icon = "lock"
        label = _("Gated part")
        template = "wagtail_leads/public/gated_part.html"

    # In the site's migrations: this class by its public name, so that a word of ours that changes makes no migration.

    def deconstruct(self):
        given = [] if self._is_standard else [self.child_blocks["inside"]]
        return ("wagtail_leads.GatedBlock", given, self._constructor_kwargs)

    def deconstruct_with_lookup(self, lookup):
        given = [] if self._is_standard else [lookup.add_block(self.child_blocks["inside"])]
        return ("wagtail_leads.GatedBlock", given, self._constructor_kwargs)

    @classmethod
    def construct_from_lookup(cls, lookup, inside=None, **kwargs):
        return cls(lookup.get_block(inside) if inside is not None else None, **kwargs)

    def get_api_representation(self, value, context=None):
        """The API is read by anybody, and holds no pass: the inside is not told."""
        return {"teaser": value.get("teaser") or "", "gated": True}

    def get_searchable_content(self, value):
        """What is inside would be shown in excerpts, and found by whoever may not read it."""
        return [value["teaser"]] if value.get("teaser") else []


def key_of(value: StructValue, page) -> str:
    """32 hex digits that name this part on its page: they stay while its content is edited.

    From the id of the block in the page's StreamField; of a value that is no part of the page (a snippet's), from what
    it holds.
    """
    if page is not None:
        if not hasattr(page, "_leads_parts"):
            page._leads_parts = dict(_parts_of(page))
        found = page._leads_parts.get(id(value))
        if found is not None:
            return found
    told = json.dumps(value.block.get_prep_value(value), sort_keys=True, default=str)
    return uuid.uuid5(NAMESPACE, told).hex


def _parts_of(page):
    """(id of the value, key) of each gated part in the page's StreamFields."""
    for field in type(page)._meta.concrete_fields:
        if isinstance(field, StreamField):
            yield from _walk(getattr(page, field.attname), field.name)


def _walk(value, path: str):
    if isinstance(value, StreamValue):
        for number, child in enumerate(value):
            yield from _walk(child.value, child.id or f"{path}/{number}")
    elif isinstance(value, ListValue):
        for child in value.bound_blocks:
            yield from _walk(child.value, child.id or path)
    elif isinstance(value, StructValue):
        if isinstance(value.block, GatedBlock):
            yield id(value), uuid.uuid5(NAMESPACE, str(path)).hex
        for name, child in value.items():
            yield from _walk(child, f"{path}/{name}")
