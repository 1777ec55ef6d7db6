"""Our own admin pages; lists and editors of models come with their viewsets."""

from django.db.transaction import non_atomic_requests
from django.urls import path

from wagtail_leads.admin_ui import (
    document_marks,
    buying_stages,
    content_map,
    duplicates,
    health,
    imports,
    left_out,
    marked_pages,
    network_files,
    networks,
    notice,
    page_marks,
    settings_hub,
    target_accounts,
    today,
    today_actions,
    your_address,
)

urlpatterns = [
    path("leads/duplicates/", duplicates.DuplicatesView.as_view(), name="wagtail_leads_duplicates"),
    path(
        "leads/duplicates/<int:first>/<int:second>/", duplicates.CompareView.as_view(), name="wagtail_leads_compare"
    ),
    path(
        "leads/duplicates/<int:first>/<int:second>/two/",
        duplicates.TwoPeople.as_view(),
        name="wagtail_leads_two_people",
    ),
    path(
        "leads/duplicates/two/<int:pk>/undo/",
        duplicates.TwoPeopleUndo.as_view(),
        name="wagtail_leads_two_people_undo",
    ),
    path("leads/duplicates/merged/", duplicates.MergesView.as_view(), name="wagtail_leads_merges"),
    path("leads/duplicates/merged/<int:pk>/undo/", duplicates.MergeUndo.as_view(), name="wagtail_leads_merge_undo"),
    path("leads/duplicates/of/<int:pk>/", duplicates.SamePersonView.as_view(), name="wagtail_leads_same_person"),
    path("leads/browsers/<int:pk>/take-back/", duplicates.LinkTakeBack.as_view(), name="wagtail_leads_link_take_back"),
    path("leads/browsers/<int:pk>/restore/", duplicates.LinkRestore.as_view(), name="wagtail_leads_link_restore"),
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
        "leads/settings/marked-pages/", marked_pages.MarkedPagesView.as_view(), name="wagtail_leads_marked_pages"
    ),
    path(
        "leads/settings/marked-pages/results/",
        marked_pages.MarkedPagesView.as_view(results_only=True),
        name="wagtail_leads_marked_pages_results",
    ),
    path("leads/settings/content-map/", content_map.MatrixView.as_view(), name="wagtail_leads_content_map"),
    path("leads/settings/kinds/", content_map.KindsView.as_view(), name="wagtail_leads_kinds"),
    path("leads/settings/stages/", buying_stages.StagesView.as_view(), name="wagtail_leads_stages"),
    path("leads/settings/left-out/", left_out.LeftOutView.as_view(), name="wagtail_leads_left_out"),
    path("leads/settings/left-out/days/", left_out.LeftOutDays.as_view(), name="wagtail_leads_left_out_days"),
    path(
        "leads/settings/left-out/days/results/",
        left_out.LeftOutDays.as_view(results_only=True),
        name="wagtail_leads_left_out_days_results",
    ),
    path(
        "leads/settings/left-out/examples/", left_out.LeftOutExamples.as_view(), name="wagtail_leads_left_out_examples"
    ),
    path(
        "leads/settings/left-out/examples/results/",
        left_out.LeftOutExamples.as_view(results_only=True),
        name="wagtail_leads_left_out_examples_results",
    ),
    path("leads/settings/notice/", notice.NoticeView.as_view(), name="wagtail_leads_notice"),
    path("leads/companies/networks/", networks.NetworksView.as_view(), name="wagtail_leads_networks"),
    path("leads/companies/networks/own/", networks.OwnNetworksView.as_view(), name="wagtail_leads_own_networks"),
    path("leads/companies/networks/own/add/", networks.NetworkEdit.as_view(), name="wagtail_leads_own_network_add"),
    path(
        "leads/companies/networks/own/<int:pk>/", networks.NetworkEdit.as_view(), name="wagtail_leads_own_network_edit"
    ),
    path(
        "leads/companies/networks/own/import/",
        network_files.NetworksImport.as_view(),
        name="wagtail_leads_own_networks_import",
    ),
    path(
        "leads/companies/networks/own/export/",
        network_files.NetworksExport.as_view(),
        name="wagtail_leads_own_networks_export",
    ),
    path("leads/companies/targets/", target_accounts.TargetsView.as_view(), name="wagtail_leads_targets"),
    path("leads/companies/targets/import/", target_accounts.TargetsImport.as_view(), name="wagtail_leads_targets_import"),
    path("leads/companies/your-address/", your_address.YourAddressView.as_view(), name="wagtail_leads_your_address"),
    path("leads/documents/", document_marks.GatedDocumentsView.as_view(), name="wagtail_leads_gated_documents"),
    path(
        "leads/documents/results/",
        document_marks.GatedDocumentsView.as_view(results_only=True),
        name="wagtail_leads_gated_documents_results",
    ),
    path(
        "leads/documents/<int:pk>/", document_marks.DocumentMarksView.as_view(), name="wagtail_leads_document_marks"
    ),
    path("leads/settings/health/", health.HealthView.as_view(), name="wagtail_leads_health"),
    # an upload is kept in pieces, each in a transaction of its own
    path("leads/import/", non_atomic_requests(imports.ImportsView.as_view()), name="wagtail_leads_imports"),
    path("leads/import/<int:pk>/", imports.ImportView.as_view(), name="wagtail_leads_import"),
    path("leads/import/<int:pk>/columns/", imports.ColumnsView.as_view(), name="wagtail_leads_import_columns"),
    path("leads/import/<int:pk>/check/", imports.CheckView.as_view(), name="wagtail_leads_import_check"),
    path("leads/import/<int:pk>/to-correct/", imports.BadRowsView.as_view(), name="wagtail_leads_import_bad_rows"),
    path("leads/import/<int:pk>/first-mail/", imports.FirstMailView.as_view(), name="wagtail_leads_import_first_mail"),
]
