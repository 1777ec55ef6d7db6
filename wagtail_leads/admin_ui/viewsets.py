"""Every list and editor of a model, for `wagtail_hooks` to register and for the menu and the settings hub to link to.

URL names: `wagtail_leads_leads:{index,add,inspect,edit,history,note,result,snooze}`,
`wagtail_leads_companies:{index,inspect,edit,history}`, `wagtail_leads_mail:{list,add,edit,inspect,test,…}`,
`wagtail_leads_scenarios:{list,add,edit,inspect,…}`, `wagtail_leads_rules:{index,add,edit}`,
`wagtail_leads_topics:{index,add,edit,delete}`, `wagtail_leads_forms:{list,add,edit,…}`; ledgers: `leads_<name>_modeladmin_index`.
"""

from wagtail_leads.admin_ui import ledgers
from wagtail_leads.admin_ui.accesses import AccessLedger
from wagtail_leads.admin_ui.buying_stages import ProblemViewSet
from wagtail_leads.admin_ui.companies import CompanyViewSet
from wagtail_leads.admin_ui.forms import LeadFormViewSet
from wagtail_leads.admin_ui.goals import GoalViewSet
from wagtail_leads.admin_ui.lead_fields import LeadFieldViewSet, LeadSourceViewSet, LeadTagViewSet
from wagtail_leads.admin_ui.leads import LeadViewSet
from wagtail_leads.admin_ui.mail import EmailViewSet
from wagtail_leads.admin_ui.pop_ups import PopUpViewSet
from wagtail_leads.admin_ui.rules import RuleViewSet, TopicViewSet
from wagtail_leads.admin_ui.scenarios import ScenarioViewSet
from wagtail_leads.admin_ui.visits import VisitLedger

VIEWSETS = [
    LeadViewSet(),
    CompanyViewSet(),
    RuleViewSet(),
    TopicViewSet(),
    GoalViewSet(),
    ProblemViewSet(),
    LeadFieldViewSet(),
    LeadTagViewSet(),
    LeadSourceViewSet(),
    PopUpViewSet(),
]
SNIPPET_VIEWSETS = [EmailViewSet, ScenarioViewSet, LeadFormViewSet]
MODELADMINS = [ledger() for ledger in (*ledgers.LEDGERS, VisitLedger, AccessLedger)]

MENU_URLS = {
    "leads": "wagtail_leads_leads:index",
    "companies": "wagtail_leads_companies:index",
    "mail": "wagtail_leads_mail:list",
    "scenarios": "wagtail_leads_scenarios:list",
}
SETTINGS_URLS = {
    "rules": "wagtail_leads_rules:index",
    "forms": "wagtail_leads_forms:list",
    "topics": "wagtail_leads_topics:index",
    "fields": "wagtail_leads_fields:index",
    "tags": "wagtail_leads_tags:index",
    "sources": "wagtail_leads_sources:index",
    "goals": "wagtail_leads_goals:index",
    "pop_ups": "wagtail_leads_pop_ups:index",
    "sent_mail": ledgers.MessageLedger.url_name(),
    "consents": ledgers.ConsentLedger.url_name(),
    "activities": ledgers.ActivityLedger.url_name(),
    "suppressions": ledgers.SuppressionLedger.url_name(),
    "submissions": ledgers.SubmissionLedger.url_name(),
    "stage_changes": ledgers.StageChangeLedger.url_name(),
    "visits": VisitLedger.url_name(),
}
