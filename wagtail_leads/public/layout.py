"""Which template our public pages extend: the site's own, when it has a place for us; else a plain one of ours."""

from functools import lru_cache

from django.template import TemplateDoesNotExist, TemplateSyntaxError
from django.template.loader import get_template
from django.template.loader_tags import BlockNode, ExtendsNode

PLAIN = "wagtail_leads/public/plain.html"
#: Tried in this order. A site may place `wagtail_leads/base.html` to decide itself.
CANDIDATES = ("wagtail_leads/base.html", "base.html")


@lru_cache(maxsize=1)
def base_template() -> str:
    """The first candidate that exists and has a block `content`."""
    return next((name for name in CANDIDATES if _has_content_block(name)), PLAIN)


def _has_content_block(name: str) -> bool:
    try:
        nodes = get_template(name).template.nodelist
    except (TemplateDoesNotExist, TemplateSyntaxError, AttributeError):
        return False
    blocks = {node.name for node in nodes.get_nodes_by_type(BlockNode)}
    # a base that extends another one passes its blocks on; what it extends is looked at when it is a plain name
    if "content" in blocks:
        return True
    parents = [n.parent_name.var for n in nodes if isinstance(n, ExtendsNode) and isinstance(n.parent_name.var, str)]
    return any(_has_content_block(parent) for parent in parents)
