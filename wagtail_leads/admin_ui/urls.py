"""Our own admin pages; lists and editors of models come with their viewsets."""

from django.urls import path

from wagtail_leads.admin_ui import health, notice, page_marks, settings_hub, today, today_actions

urlpatterns = [
    path("leads/today/", today.TodayView.as_view(), name="wagtail_leads_today"),
    path("leads/today/todos/<int:pk>/start/", today_actions.start_todo, name="wagtail_leads_todo_start"),
    path("leads/today/todos/<int:pk>/finish/", today_actions.finish_todo, name="wagtail_leads_todo_finish"),
    path("leads/today/todos/<int:pk>/snooze/", today_actions.snooze_todo, name="wagtail_leads_todo_snooze"),
    path("leads/today/leads/<int:pk>/contact/", today_actions.record_contact, name="wagtail_leads_lead_contact"),
    path("leads/today/leads/<int:pk>/snooze/", today_actions.snooze_lead, name="wagtail_leads_lead_snooze"),
    path("leads/today/leads/<int:pk>/dismiss/", today_actions.dismiss_lead, name="wagtail_leads_lead_dismiss"),
    path("leads/today/mark/", today_actions.mark_guessed, name="wagtail_leads_mark_guessed"),
    path("leads/today/inquiry/<int:pk>/", today_actions.make_inquiry, name="wagtail_leads_make_inquiry"),
    path("leads/submissions/<int:pk>/release/", today_actions.release_submission, name="wagtail_leads_submission_release"),
    path("leads/today/test-mail/", today_actions.send_test_mail, name="wagtail_leads_test_mail"),
    path("leads/pages/<int:page_id>/", page_marks.PageMarksView.as_view(), name="wagtail_leads_page_marks"),
    path("leads/settings/", settings_hub.SettingsHubView.as_view(), name="wagtail_leads_settings"),
    path(
        "leads/settings/marked-pages/", settings_hub.MarkedPagesView.as_view(), name="wagtail_leads_marked_pages"
    ),
    path(
        "leads/settings/marked-pages/results/",
        settings_hub.MarkedPagesView.as_view(results_only=True),
        name="wagtail_leads_marked_pages_results",
    ),
    path("leads/settings/left-out/", settings_hub.LeftOutView.as_view(), name="wagtail_leads_left_out"),
    path(
        "leads/settings/left-out/results/",
        settings_hub.LeftOutView.as_view(results_only=True),
        name="wagtail_leads_left_out_results",
    ),
    path("leads/settings/notice/", notice.NoticeView.as_view(), name="wagtail_leads_notice"),
    path("leads/settings/health/", health.HealthView.as_view(), name="wagtail_leads_health"),
]
