"""Table of contents: the public import path of the tables for the host site. Nobody inside imports it."""

from wagtail_leads.activity.models import Activity
from wagtail_leads.background import Lane
from wagtail_leads.capture.models import FormPageSource, FormSubmission, LeadForm
from wagtail_leads.companies.models import (
    Company,
    CompanyDomain,
    CompanyMerge,
    CompanyNetwork,
    Market,
    Network,
    PendingLookup,
)
from wagtail_leads.content.models import PagePolicy, Topic
from wagtail_leads.identity.models import Consent, Lead, Visitor, VisitorLink
from wagtail_leads.mailing.models import (
    Email,
    EmailVersion,
    Link,
    Message,
    Reaction,
    SenderDetails,
    Suppression,
    Switches,
)
from wagtail_leads.sales.models import FollowUp, TargetAlert, Todo
from wagtail_leads.scenarios.models import Enrolment, Scenario, ScenarioVersion, StepRun
from wagtail_leads.scoring.models import LeadScore, ScoreEntry, ScoreRule
from wagtail_leads.segments.models import StageChange
from wagtail_leads.tracking.models import (
    DailySalt,
    DropCount,
    DropExample,
    ImportedLog,
    NoticeText,
    OutsideService,
    PageView,
    ParkedHit,
    Refusal,
    TrackingSettings,
    Visit,
)

__all__ = [
    "Activity",
    "Company",
    "CompanyDomain",
    "CompanyMerge",
    "CompanyNetwork",
    "Consent",
    "DailySalt",
    "DropCount",
    "DropExample",
    "Email",
    "EmailVersion",
    "Enrolment",
    "FollowUp",
    "FormPageSource",
    "FormSubmission",
    "ImportedLog",
    "Lane",
    "Lead",
    "LeadForm",
    "LeadScore",
    "Link",
    "Market",
    "Message",
    "Network",
    "NoticeText",
    "OutsideService",
    "PagePolicy",
    "PageView",
    "ParkedHit",
    "PendingLookup",
    "Reaction",
    "Refusal",
    "Scenario",
    "ScenarioVersion",
    "ScoreEntry",
    "ScoreRule",
    "SenderDetails",
    "StageChange",
    "StepRun",
    "Suppression",
    "Switches",
    "TargetAlert",
    "Todo",
    "Topic",
    "TrackingSettings",
    "Visit",
    "Visitor",
    "VisitorLink",
]
