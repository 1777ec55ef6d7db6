"""Lists of leads under a name: filters, order and columns, for oneself or for all; and those that are ready."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView, View
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from wagtail_leads import conf
from wagtail_leads.admin_ui import lead_columns
from wagtail_leads.admin_ui.permissions import may, may_view
from wagtail_leads.identity.models import Lead
from wagtail_leads.sales.models import SavedView

#: The parameter that says which list is shown.
VIEW = "view"
#: What of a query string is no part of a list.
_PASSING = ("p", VIEW, "export", "results_only", "_w_filter_fragment", "next", "id")
MOST_QUERY = 4000
#: A colleague's own lists.
MOST_OWN = 100
#: The row without a name holds the columns that a colleague has where no list says others.
NAMELESS = ""


@dataclass(frozen=True, kw_only=True)
class Tab:
    """One list above the table."""

    key: str
    name: str
    url: str
    is_current: bool = False
    is_shared: bool = False
    edit_url: str = ""


def index_url() -> str:
    return reverse("wagtail_leads_leads:index")


def ready() -> list[tuple[str, object, str]]:
    """(key, name, query) of the lists that ship."""
    return [
        ("mine", gettext_lazy("Mine"), "owner=me"),
        ("hot", gettext_lazy("Hot, not spoken to"), f"score_min={round(conf.get('HOT_SCORE'))}&spoken=no"),
        ("new", gettext_lazy("New this week"), "known=7&ordering=-created_at"),
        ("no-mail", gettext_lazy("No mail permission"), "mail=none"),
        ("not-connected", gettext_lazy("Not connected"), "connected=no"),
    ]


def visible_views(user):
    """A colleague's own lists and those for all; the nameless row is none."""
    return SavedView.objects.filter(Q(user=user) | Q(is_shared=True)).exclude(name=NAMELESS)


def find_view(user, key: str) -> SavedView | None:
    """The list that a parameter names; None for a ready one, nonsense, or another colleague's."""
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        return None
    return visible_views(user).filter(pk=int(key)).first()


def columns_for(user, view: SavedView | None) -> list[str]:
    """What the list shows: its own columns, else those the colleague likes, else the standard ones."""
    chosen = lead_columns.known(view.columns) if view else []
    if not chosen:
        mine = SavedView.objects.filter(user=user, name=NAMELESS).first()
        chosen = lead_columns.known(mine.columns) if mine else []
    return chosen or lead_columns.known(lead_columns.STANDARD)


def tabs(user, current: str) -> list[Tab]:
    """All, the ready ones, then the saved ones. One query."""
    found = [Tab(key="", name=_("All"), url=index_url(), is_current=not current)]
    found += [
        Tab(key=key, name=str(name), url=_url(query, key), is_current=key == current) for key, name, query in ready()
    ]
    for view in visible_views(user).order_by("name", "pk"):
        key = str(view.pk)
        may_edit = may_edit_view(user, view)
        edit = reverse("wagtail_leads_saved_view", args=(view.pk,)) if may_edit else ""
        found.append(
            Tab(
                key=key, name=view.name, url=_url(view.query, key), is_current=key == current, is_shared=view.is_shared,
                edit_url=edit,
            )
        )  # fmt: skip
    return found


def _url(query: str, key: str) -> str:
    return f"{index_url()}?{query}{'&' if query else ''}{urlencode({VIEW: key})}"


def may_edit_view(user, view: SavedView) -> bool:
    return view.user_id == user.pk


def query_of(params: QueryDict) -> str:
    """What of the present query string belongs to a list: filters, search and order."""
    kept = params.copy()
    for name in _PASSING:
        kept.pop(name, None)
    for name in [name for name, values in kept.lists() if not any(values)]:
        kept.pop(name)
    return kept.urlencode()


# --- screens --------------------------------------------------------------------------------------------------------


class ViewForm(forms.ModelForm):
    columns = forms.Field(required=False)

    class Meta:
        model = SavedView
        fields = ["name", "is_shared"]

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        if not may(user, "change", Lead):
            self.fields.pop("is_shared")
        self.fields["name"].widget.attrs |= {"autofocus": True, "autocomplete": "off"}

    def clean_name(self):
        name = " ".join(self.cleaned_data["name"].split())
        same = SavedView.objects.filter(user=self.user, name=name).exclude(pk=self.instance.pk)
        if same.exists():
            raise forms.ValidationError(_("You have a list of this name already."))
        return name


class Screen(WagtailAdminTemplateMixin):
    _show_breadcrumbs = True
    header_icon = "list-ul"

    def dispatch(self, request, *args, **kwargs):
        if not may_view(request.user, Lead):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_breadcrumbs_items(self):
        return [
            *self.breadcrumbs_items,
            {"url": index_url(), "label": _("Leads")},
            {"url": "", "label": self.get_page_title()},
        ]

    def chosen_columns(self) -> list[str]:
        """The names as they were sent: ticked, and in the order of their numbers."""
        names = self.request.POST.getlist("column")
        place = {name: _number(self.request.POST.get(f"place-{name}", "")) for name in names}
        return lead_columns.known(sorted(names, key=lambda name: place[name]))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 999


class ViewEdit(Screen, FormView):
    """Save the present list under a name (`q` in the form), or change one of one's own."""

    template_name = "wagtail_leads/admin/leads/saved_view.html"
    form_class = ViewForm

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.view = None
        if "pk" in kwargs:
            self.view = visible_views(request.user).filter(pk=kwargs["pk"]).first()
            if self.view is None or not may_edit_view(request.user, self.view):
                raise Http404

    def get_page_title(self):
        return _("Change the list") if self.view else _("Save this list")

    def get_form_kwargs(self):
        instance = self.view or SavedView(user=self.request.user, created_at=timezone.now())
        return super().get_form_kwargs() | {"instance": instance, "user": self.request.user}

    def get_context_data(self, **kwargs):
        posted = self.request.method == "POST"
        base = find_view(self.request.user, self.request.GET.get(VIEW, "")) or self.view
        shown = self.chosen_columns() if posted else columns_for(self.request.user, base)
        return super().get_context_data(**kwargs) | {
            "query": self._query(),
            "column_choices": lead_columns.choices(shown),
            "saved": self.view,
            "index_url": index_url(),
            "with_form": True,
        }

    def _query(self) -> str:
        if self.request.method == "POST":
            return query_of(QueryDict(self.request.POST.get("query", "")[:MOST_QUERY]))
        return self.view.query if self.view else query_of(self.request.GET)[:MOST_QUERY]

    def form_valid(self, form):
        if self.view is None and SavedView.objects.filter(user=self.request.user).count() >= MOST_OWN:
            messages.error(self.request, _("You have very many lists. Please delete one first."))
            return redirect(index_url())
        view = form.save(commit=False)
        view.query, view.columns = self._query(), self.chosen_columns()
        view.save()
        messages.success(self.request, _("The list “%(name)s” is saved.") % {"name": view.name})
        return redirect(_url(view.query, str(view.pk)))


class ViewDelete(Screen, View):
    http_method_names = ["post"]

    def post(self, request, pk):
        view = visible_views(request.user).filter(pk=pk).first()
        if view is None or not may_edit_view(request.user, view):
            raise Http404
        view.delete()
        messages.success(
            request, _("The list “%(name)s” is gone. The leads in it are not touched.") % {"name": view.name}
        )
        return redirect(index_url())


class ColumnsView(Screen, FormView):
    """The columns that this colleague sees wherever a saved list does not say others."""

    template_name = "wagtail_leads/admin/leads/saved_view.html"
    form_class = forms.Form
    page_title = gettext_lazy("Choose columns")

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {
            "column_choices": lead_columns.choices(columns_for(self.request.user, None)),
            "index_url": index_url(),
            "query": query_of(self.request.GET),
        }

    def form_valid(self, form):
        if "standard" in self.request.POST:
            SavedView.objects.filter(user=self.request.user, name=NAMELESS).delete()
        else:
            self._keep(self.chosen_columns())
        messages.success(self.request, _("The columns are saved."))
        query = query_of(QueryDict(self.request.POST.get("query", "")[:MOST_QUERY]))
        return redirect(f"{index_url()}?{query}" if query else index_url())

    def _keep(self, columns: list[str]) -> None:
        mine = SavedView.objects.filter(user=self.request.user, name=NAMELESS)
        if not mine.update(columns=columns):
            SavedView.objects.create(user=self.request.user, columns=columns, created_at=timezone.now())
