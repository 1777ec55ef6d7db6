"""Our own admin pages; lists and editors of models come with their viewsets."""

from django.db.transaction import non_atomic_requests
from django.urls import path

from wagtail_leads.admin_ui import (
    buying_stages,
    content_map,
    document_marks,
    duplicates,
    form_report,
    health,
    held_forms,
    imports,
    lead_bulk,
    left_out,
    marked_pages,
    network_files,
    networks,
    notice,
    page_marks,
    requests,
    retention,
    saved_views,
    settings_hub,
    target_accounts,
    today,
    today_actions,
    your_address,
)

urlpatterns = [
    path("leads/lists/save/", saved_views.ViewEdit.as_view(), name="wagtail_leads_save_view"),
    path("leads/lists/columns/", saved_views.ColumnsView.as_view(), name="wagtail_leads_columns"),
    path("leads/lists/<int:pk>/", saved_views.ViewEdit.as_view(), name="wagtail_leads_saved_view"),
    path("leads/lists/<int:pk>/delete/", saved_views.ViewDelete.as_view(), name="wagtail_leads_saved_view_delete"),
    # in chunks, each in a transaction of its own
    path("leads/bulk/<slug:action>/", non_atomic_requests(lead_bulk.BulkView.as_view()), name="wagtail_leads_bulk"),
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
    path("leads/submissions/held/", held_forms.HeldFormsView.as_view(), name="wagtail_leads_held_forms"),
    path("leads/forms/<int:pk>/report/", form_report.FormReportView.as_view(), name="wagtail_leads_form_report"),
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
    path("leads/settings/retention/", retention.RetentionView.as_view(), name="wagtail_leads_retention"),
    path("leads/requests/", requests.RequestsView.as_view(), name="wagtail_leads_requests"),
    path("leads/requests/new/", requests.NewView.as_view(), name="wagtail_leads_request_new"),
    path("leads/requests/<int:pk>/", requests.RequestView.as_view(), name="wagtail_leads_request"),
    path("leads/requests/<int:pk>/check/", requests.CheckIdentity.as_view(), name="wagtail_leads_request_check"),
    path("leads/requests/<int:pk>/download/", requests.Download.as_view(), name="wagtail_leads_request_download"),
    path("leads/requests/<int:pk>/handed/", requests.HandedOver.as_view(), name="wagtail_leads_request_handed"),
    path("leads/requests/<int:pk>/send/", requests.SendData.as_view(), name="wagtail_leads_request_send"),
    path("leads/requests/<int:pk>/correct/", requests.CorrectView.as_view(), name="wagtail_leads_request_correct"),
    path("leads/requests/<int:pk>/stop/", requests.Stop.as_view(), name="wagtail_leads_request_stop"),
    path("leads/requests/<int:pk>/refuse/", requests.Refuse.as_view(), name="wagtail_leads_request_refuse"),
    # a person is erased in pieces, each in a transaction of its own
    path(
        "leads/requests/<int:pk>/erase/",
        non_atomic_requests(requests.EraseView.as_view()),
        name="wagtail_leads_request_erase",
    ),
    path("leads/requests/of/<int:pk>/use-again/", requests.UseAgain.as_view(), name="wagtail_leads_request_use_again"),
    # an upload is kept in pieces, each in a transaction of its own
    path("leads/import/", non_atomic_requests(imports.ImportsView.as_view()), name="wagtail_leads_imports"),
    path("leads/import/<int:pk>/", imports.ImportView.as_view(), name="wagtail_leads_import"),
    path("leads/import/<int:pk>/columns/", imports.ColumnsView.as_view(), name="wagtail_leads_import_columns"),
    path("leads/import/<int:pk>/check/", imports.CheckView.as_view(), name="wagtail_leads_import_check"),
    path("leads/import/<int:pk>/to-correct/", imports.BadRowsView.as_view(), name="wagtail_leads_import_bad_rows"),
    path("leads/import/<int:pk>/first-mail/", imports.FirstMailView.as_view(), name="wagtail_leads_import_first_mail"),
]
