"""Who may do what with the site's documents: Wagtail's own policy, wherever this release keeps it."""

from wagtail.documents import get_document_model


def documents():
    try:
        from wagtail.permissions import policy_registry
    except ImportError:  # Wagtail 7.4
        from wagtail.documents.permissions import permission_policy

        return permission_policy
    return policy_registry.get_by_type(get_document_model())
