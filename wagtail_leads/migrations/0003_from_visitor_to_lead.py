# Hand-finished: pages as in 0001; forms get their locale from the language they had; their fields get the blocks of today.

import django.db.models.deletion
import uuid

import swapper
import wagtail.fields
import wagtail_leads.capture.blocks
from django.conf import settings
from django.db import migrations, models

from wagtail_leads.migrations._forms_of_0003 import give_locale, rename_fields

swapper.set_app_prefix("wagtailcore", "wagtail")
PAGE_MODEL = swapper.get_model_name("wagtailcore", "Page")


class Migration(migrations.Migration):

    dependencies = [
        ('wagtail_leads', '0002_who_came'),
        ('wagtailcore', '0094_alter_page_locale'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        migrations.swappable_dependency(PAGE_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BuyingStage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.SlugField(max_length=20, unique=True, verbose_name='short name')),
                ('name', models.CharField(blank=True, max_length=60, verbose_name='name')),
                ('explanation', models.CharField(blank=True, max_length=200, verbose_name='explanation')),
                ('position', models.PositiveIntegerField(default=0, verbose_name='position')),
            ],
            options={
                'verbose_name': 'purchase stage',
                'verbose_name_plural': 'purchase stages',
                'ordering': ['position', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='LeadField',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.SlugField(max_length=40, unique=True, verbose_name='short name')),
                ('label', models.CharField(max_length=100, verbose_name='label')),
                ('kind', models.CharField(choices=[('text', 'Text, one line'), ('long', 'Text, several lines'), ('number', 'Number'), ('date', 'Date'), ('yes_no', 'Yes or no'), ('choice', 'One of a list'), ('choices', 'Several of a list')], default='text', max_length=10, verbose_name='kind')),
                ('choices', models.TextField(blank=True, help_text='One a line; for lists only.', verbose_name='choices')),
                ('help_text', models.CharField(blank=True, max_length=200, verbose_name='help')),
                ('position', models.PositiveIntegerField(default=0, verbose_name='position')),
            ],
            options={
                'verbose_name': 'own field of leads',
                'verbose_name_plural': 'own fields of leads',
                'ordering': ['position', 'label'],
            },
        ),
        migrations.CreateModel(
            name='LeadSource',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=150, unique=True, verbose_name='name')),
                ('kind', models.CharField(choices=[('exhibition', 'Exhibition'), ('seminar', 'Seminar'), ('cards', 'Business cards'), ('referral', 'Referral'), ('campaign', 'Advertisement or campaign'), ('customers', 'List of customers'), ('other', 'Something else')], default='other', max_length=20, verbose_name='kind')),
                ('happened_on', models.DateField(blank=True, null=True, verbose_name='date')),
                ('cost', models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True, verbose_name='cost')),
                ('campaign', models.CharField(blank=True, help_text='Visits with this campaign name count for this source.', max_length=100, verbose_name='utm_campaign')),
                ('note', models.TextField(blank=True, verbose_name='note')),
                ('created_at', models.DateTimeField(editable=False)),
            ],
            options={
                'verbose_name': 'source of leads',
                'verbose_name_plural': 'sources of leads',
                'ordering': ['-happened_on', 'name'],
            },
        ),
        migrations.CreateModel(
            name='LeadTag',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, unique=True, verbose_name='tag')),
            ],
            options={
                'verbose_name': 'tag',
                'verbose_name_plural': 'tags',
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='LeadTagging',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'tag of a lead',
                'verbose_name_plural': 'tags of leads',
            },
        ),
        migrations.CreateModel(
            name='MailPreference',
            fields=[
                ('address_key', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('frequency', models.CharField(choices=[('all', 'as it comes'), ('weekly', 'once a week at the most'), ('monthly', 'once a month at the most')], default='all', max_length=10, verbose_name='how often')),
                ('paused_until', models.DateTimeField(blank=True, null=True, verbose_name='paused until')),
                ('refused_topics', models.JSONField(default=list)),
                ('updated_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'mail preference',
                'verbose_name_plural': 'mail preferences',
            },
        ),
        migrations.CreateModel(
            name='NotDuplicate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'two people',
                'verbose_name_plural': 'two people',
            },
        ),
        migrations.CreateModel(
            name='PopUp',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='For you; visitors do not see it.', max_length=100, verbose_name='name')),
                ('is_on', models.BooleanField(default=False, verbose_name='is shown')),
                ('after_seconds', models.PositiveIntegerField(default=20, verbose_name='after seconds')),
                ('after_scroll', models.PositiveIntegerField(default=60, help_text='0: only by time.', verbose_name='or after so much of the page (%)')),
                ('again_after_days', models.PositiveIntegerField(default=14, verbose_name='not again for days')),
            ],
            options={
                'verbose_name': 'pop-up',
                'verbose_name_plural': 'pop-ups',
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='PrivacyRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('access', 'wants to know what is stored'), ('correct', 'wants something corrected'), ('stop', 'wants us to stop using the data'), ('erase', 'wants the data erased')], max_length=10, verbose_name='request')),
                ('email_key', models.CharField(blank=True, db_index=True, editable=False, max_length=64)),
                ('channel', models.CharField(choices=[('self', 'by the page itself'), ('mail', 'by mail'), ('phone', 'by phone'), ('letter', 'by letter'), ('in_person', 'in person')], default='mail', max_length=10, verbose_name='how it came')),
                ('details', models.TextField(blank=True, verbose_name='what exactly')),
                ('received_at', models.DateTimeField(verbose_name='received')),
                ('due_on', models.DateField(verbose_name='due')),
                ('identity_checked_at', models.DateTimeField(blank=True, null=True, verbose_name='identity checked')),
                ('identity_evidence', models.CharField(blank=True, max_length=300, verbose_name='how identity was checked')),
                ('state', models.CharField(choices=[('open', 'Open'), ('done', 'Done'), ('refused', 'Refused')], default='open', max_length=10, verbose_name='state')),
                ('answer', models.TextField(blank=True, verbose_name='what was done, or why not')),
                ('done_at', models.DateTimeField(blank=True, null=True, verbose_name='answered')),
            ],
            options={
                'verbose_name': 'request about personal data',
                'verbose_name_plural': 'requests about personal data',
            },
        ),
        migrations.CreateModel(
            name='Problem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, unique=True, verbose_name='problem')),
                ('position', models.PositiveIntegerField(default=0, verbose_name='position')),
            ],
            options={
                'verbose_name': 'problem',
                'verbose_name_plural': 'problems',
                'ordering': ['position', 'name'],
            },
        ),
        migrations.CreateModel(
            name='Retention',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('visits_months', models.PositiveIntegerField(default=13, verbose_name='visits, in months')),
                ('idle_leads_months', models.PositiveIntegerField(default=36, help_text='Counted from the last visit, form, mail reaction or contact by a colleague. They are erased.', verbose_name='leads of whom nothing was heard, in months')),
                ('consents_months', models.PositiveIntegerField(default=36, verbose_name='proof of consent, in months after the last mail')),
                ('held_forms_days', models.PositiveIntegerField(default=90, verbose_name='forms held back as spam, in days')),
                ('accesses_months', models.PositiveIntegerField(default=36, verbose_name='who looked at whom, in months')),
                ('imports_days', models.PositiveIntegerField(default=90, verbose_name='imported files and their rows, in days')),
                ('changes_months', models.PositiveIntegerField(default=36, verbose_name='history of changes, in months')),
            ],
            options={
                'verbose_name': 'How long data is kept',
            },
        ),
        migrations.CreateModel(
            name='SavedView',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('is_shared', models.BooleanField(default=False, verbose_name='for all colleagues')),
                ('query', models.TextField(blank=True)),
                ('columns', models.JSONField(default=list)),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'saved list',
                'verbose_name_plural': 'saved lists',
                'ordering': ['name'],
            },
        ),
        migrations.AlterModelOptions(
            name='lead',
            options={'permissions': [('export_lead', 'Can export leads'), ('import_lead', 'Can import leads'), ('change_any_lead', 'Can change leads of other owners'), ('handle_requests', "Can answer people's requests about their data")], 'verbose_name': 'lead', 'verbose_name_plural': 'leads'},
        ),
        migrations.AddField(
            model_name='consent',
            name='confirmed_at',
            field=models.DateTimeField(null=True, verbose_name='confirmed'),
        ),
        migrations.AddField(
            model_name='consent',
            name='form_version',
            field=models.PositiveIntegerField(null=True, verbose_name='version of the form'),
        ),
        migrations.AddField(
            model_name='consent',
            name='page_url',
            field=models.CharField(blank=True, max_length=500, verbose_name='page'),
        ),
        migrations.AddField(
            model_name='email',
            name='topic',
            field=models.ForeignKey(blank=True, help_text='Readers may refuse single topics; then they do not get this mail.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='wagtail_leads.topic', verbose_name='topic'),
        ),
        migrations.AddField(
            model_name='formsubmission',
            name='awaits_confirmation',
            field=models.BooleanField(default=False, verbose_name='waits for confirmation'),
        ),
        migrations.AddField(
            model_name='formsubmission',
            name='confirmed_at',
            field=models.DateTimeField(null=True, verbose_name='confirmed'),
        ),
        migrations.AddField(
            model_name='lead',
            name='address',
            field=models.CharField(blank=True, max_length=300, verbose_name='address'),
        ),
        migrations.AddField(
            model_name='lead',
            name='address_flag',
            field=models.CharField(blank=True, choices=[('', ''), ('old_carrier', 'old carrier address, mail may not arrive'), ('disposable', 'throw-away address'), ('no_mail_server', 'its domain takes no mail'), ('role', 'address of a department, not of a person')], editable=False, max_length=20, verbose_name='about the address'),
        ),
        migrations.AddField(
            model_name='lead',
            name='address_key',
            field=models.CharField(blank=True, editable=False, max_length=32),
        ),
        migrations.AddField(
            model_name='lead',
            name='contact_wish',
            field=models.CharField(blank=True, choices=[('', 'Not said'), ('mail_only', 'By mail only'), ('phone_fine', 'A call is fine'), ('no_contact', 'No contact, please')], max_length=20, verbose_name='wishes to be contacted'),
        ),
        migrations.AddField(
            model_name='lead',
            name='extra',
            field=models.JSONField(blank=True, default=dict, editable=False),
        ),
        migrations.AddField(
            model_name='lead',
            name='family_kana',
            field=models.CharField(blank=True, max_length=100, verbose_name='family name (kana)'),
        ),
        migrations.AddField(
            model_name='lead',
            name='family_name',
            field=models.CharField(blank=True, max_length=100, verbose_name='family name'),
        ),
        migrations.AddField(
            model_name='lead',
            name='given_kana',
            field=models.CharField(blank=True, max_length=100, verbose_name='given name (kana)'),
        ),
        migrations.AddField(
            model_name='lead',
            name='given_name',
            field=models.CharField(blank=True, max_length=100, verbose_name='given name'),
        ),
        migrations.AddField(
            model_name='lead',
            name='mobile',
            field=models.CharField(blank=True, max_length=50, verbose_name='mobile'),
        ),
        migrations.AddField(
            model_name='lead',
            name='mobile_key',
            field=models.CharField(blank=True, editable=False, max_length=32),
        ),
        migrations.AddField(
            model_name='lead',
            name='person_key',
            field=models.CharField(blank=True, editable=False, max_length=32),
        ),
        migrations.AddField(
            model_name='lead',
            name='phone_key',
            field=models.CharField(blank=True, editable=False, max_length=32),
        ),
        migrations.AddField(
            model_name='lead',
            name='postal_code',
            field=models.CharField(blank=True, max_length=20, verbose_name='postal code'),
        ),
        migrations.AddField(
            model_name='lead',
            name='prefecture',
            field=models.CharField(blank=True, max_length=40, verbose_name='prefecture'),
        ),
        migrations.AddField(
            model_name='lead',
            name='updated_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='changed'),
        ),
        migrations.AddField(
            model_name='leadform',
            name='ask_at_most',
            field=models.PositiveIntegerField(default=0, help_text='Whoever is known already is not asked again, and for at most so many things that we do not know. 0: always the whole form.', verbose_name='new questions at most'),
        ),
        migrations.AddField(
            model_name='leadform',
            name='delivery',
            field=models.CharField(choices=[('at_once', 'At once, and by mail'), ('by_mail', 'By mail only (shows that the address is right)')], default='at_once', max_length=10, verbose_name='what was asked for is given'),
        ),
        migrations.AddField(
            model_name='leadform',
            name='document_id',
            field=models.PositiveBigIntegerField(blank=True, null=True, verbose_name='document'),
        ),
        migrations.AddField(
            model_name='leadform',
            name='double_opt_in',
            field=models.BooleanField(default=False, help_text='A permission counts only once the reader has confirmed it by a link in a mail (double opt-in).', verbose_name='confirm the address'),
        ),
        migrations.AddField(
            model_name='leadform',
            name='due_hours',
            field=models.PositiveIntegerField(blank=True, help_text='Empty: as in the settings (24).', null=True, verbose_name='to-do is due after hours'),
        ),
        migrations.AddField(
            model_name='leadform',
            name='expire_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='expiry date/time'),
        ),
        migrations.AddField(
            model_name='leadform',
            name='expired',
            field=models.BooleanField(default=False, editable=False, verbose_name='expired'),
        ),
        migrations.AddField(
            model_name='leadform',
            name='first_published_at',
            field=models.DateTimeField(blank=True, db_index=True, null=True, verbose_name='first published at'),
        ),
        migrations.AddField(
            model_name='leadform',
            name='go_live_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='go live date/time'),
        ),
        migrations.AddField(
            model_name='leadform',
            name='has_unpublished_changes',
            field=models.BooleanField(default=False, editable=False, verbose_name='has unpublished changes'),
        ),
        migrations.AddField(
            model_name='leadform',
            name='kiosk',
            field=models.BooleanField(default=False, help_text='On a tablet at an exhibition: the browser is linked with nobody.', verbose_name='used by many on one device'),
        ),
        migrations.AddField(
            model_name='leadform',
            name='last_published_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='last published at'),
        ),
        migrations.AddField(
            model_name='leadform',
            name='latest_revision',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='wagtailcore.revision', verbose_name='latest revision'),
        ),
        migrations.AddField(
            model_name='leadform',
            name='live',
            field=models.BooleanField(default=True, editable=False, verbose_name='live'),
        ),
        migrations.AddField(
            model_name='leadform',
            name='live_revision',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='wagtailcore.revision', verbose_name='live revision'),
        ),
        migrations.AddField(
            model_name='leadform',
            name='locked',
            field=models.BooleanField(default=False, editable=False, verbose_name='locked'),
        ),
        migrations.AddField(
            model_name='leadform',
            name='locked_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='locked at'),
        ),
        migrations.AddField(
            model_name='leadform',
            name='locked_by',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='locked_%(class)ss', to=settings.AUTH_USER_MODEL, verbose_name='locked by'),
        ),
        migrations.AddField(
            model_name='leadform',
            name='notify',
            field=models.TextField(blank=True, help_text='One address a line, besides those in the sender details.', verbose_name='notices also go to'),
        ),
        migrations.AddField(
            model_name='leadform',
            name='slug',
            field=models.SlugField(allow_unicode=True, blank=True, help_text="The form's own page is at this address. Empty: it has none.", max_length=80, verbose_name='address'),
        ),
        migrations.AddField(
            model_name='leadform',
            name='thanks_heading',
            field=models.CharField(blank=True, max_length=200, verbose_name='heading of the thank-you page'),
        ),
        migrations.AddField(
            model_name='leadform',
            name='thanks_page',
            field=models.ForeignKey(blank=True, help_text='Instead of ours: a page of your site.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=PAGE_MODEL, verbose_name='own thank-you page'),
        ),
        migrations.AddField(
            model_name='leadform',
            name='thanks_text',
            field=models.TextField(blank=True, verbose_name='text of the thank-you page'),
        ),
        migrations.AddField(
            model_name='pagepolicy',
            name='applies_below',
            field=models.BooleanField(default=False, help_text='Pages below that are not marked themselves get these marks, new ones too.', verbose_name='Also for the pages below'),
        ),
        migrations.AddField(
            model_name='pagepolicy',
            name='gate_by',
            field=models.CharField(choices=[('form', 'Whoever fills in the form'), ('stage', "Leads of certain stages (a members' page)")], default='form', max_length=10, verbose_name='Who gets in'),
        ),
        migrations.AddField(
            model_name='pagepolicy',
            name='gate_stages',
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name='pagepolicy',
            name='inherited_from',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=PAGE_MODEL),
        ),
        migrations.AddField(
            model_name='pagepolicy',
            name='show_teaser',
            field=models.BooleanField(default=True, help_text='Off: only the title and the form are shown.', verbose_name='Show a teaser'),
        ),
        migrations.AddField(
            model_name='visitor',
            name='shared_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='visitorlink',
            name='created_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='visitorlink',
            name='revoked_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='visitorlink',
            name='revoked_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='activity',
            name='kind',
            field=models.CharField(choices=[('page_viewed', 'opened a page'), ('page_read', 'read a page'), ('gate_shown', 'saw the form of a gated page'), ('form_seen', 'saw a form'), ('form_begun', 'began to fill in a form'), ('form_left', 'left a form half filled in'), ('form_submitted', 'sent a form'), ('inquiry_made', 'made an inquiry'), ('asset_downloaded', 'downloaded a document'), ('site_searched', 'searched the site'), ('link_clicked', 'followed a link to another site'), ('file_clicked', 'opened a file'), ('shared', 'shared a page'), ('visitor_linked', 'became known by name'), ('address_confirmed', 'confirmed the address'), ('consent_given', 'allowed mail'), ('consent_withdrawn', 'withdrew the permission for mail'), ('email_sent', 'was sent a mail'), ('email_opened', 'opened a mail'), ('email_clicked', 'clicked a link in a mail'), ('email_bounced', 'could not be reached by mail'), ('email_unsubscribed', 'unsubscribed from mail'), ('sales_contact', 'was contacted by a colleague'), ('custom', 'did something else')], max_length=30, verbose_name='what'),
        ),
        migrations.AlterField(
            model_name='leadform',
            name='fields',
            field=wagtail.fields.StreamField([('email', 3), ('name', 4), ('names', 6), ('company', 7), ('department', 8), ('job_title', 9), ('phone', 10), ('mobile', 11), ('postal_code', 12), ('prefecture', 13), ('address', 14), ('own_field', 16), ('message', 17), ('line', 19), ('lines', 20), ('number', 21), ('url', 22), ('other_email', 23), ('tick', 24), ('ticks', 26), ('select', 27), ('multiselect', 28), ('radio', 29), ('date', 30), ('datetime', 31), ('hidden', 34), ('agreement', 39), ('contact_wish', 40), ('topics', 43)], block_lookup={0: ('wagtail.blocks.CharBlock', (), {'help_text': 'Empty: our standard label for this kind.', 'label': 'Label', 'max_length': 100, 'required': False}), 1: ('wagtail.blocks.BooleanBlock', (), {'default': True, 'label': 'Must be filled', 'required': False}), 2: ('wagtail.blocks.CharBlock', (), {'help_text': 'A short line under the field.', 'label': 'Help', 'max_length': 200, 'required': False}), 3: ('wagtail.blocks.StructBlock', [[('label', 0), ('required', 1), ('help_text', 2)]], {'description': 'Every form needs it: people are told apart by it.', 'group': 'About the person', 'icon': 'mail', 'label': 'E-mail'}), 4: ('wagtail.blocks.StructBlock', [[('label', 0), ('required', 1), ('help_text', 2)]], {'description': 'The whole name in one field.', 'group': 'About the person', 'icon': 'user', 'label': 'Name'}), 5: ('wagtail.blocks.BooleanBlock', (), {'help_text': 'In katakana (フリガナ); for forms in Japanese.', 'label': 'Ask for the reading, too', 'required': False}), 6: ('wagtail.blocks.StructBlock', [[('label', 0), ('required', 1), ('help_text', 2), ('kana', 5)]], {'description': 'Two fields side by side, and the reading where you want it.', 'group': 'About the person', 'icon': 'user', 'label': 'Family and given name'}), 7: ('wagtail.blocks.StructBlock', [[('label', 0), ('required', 1), ('help_text', 2)]], {'description': 'The company or organisation the person works for.', 'group': 'About the person', 'icon': 'group', 'label': 'Company'}), 8: ('wagtail.blocks.StructBlock', [[('label', 0), ('required', 1), ('help_text', 2)]], {'description': 'Where in the company the person works.', 'group': 'About the person', 'icon': 'group', 'label': 'Department'}), 9: ('wagtail.blocks.StructBlock', [[('label', 0), ('required', 1), ('help_text', 2)]], {'description': 'The position; counts for the fit score.', 'group': 'About the person', 'icon': 'user', 'label': 'Job title'}), 10: ('wagtail.blocks.StructBlock', [[('label', 0), ('required', 1), ('help_text', 2)]], {'description': 'The number of the office or at home.', 'group': 'About the person', 'icon': 'mobile-alt', 'label': 'Phone'}), 11: ('wagtail.blocks.StructBlock', [[('label', 0), ('required', 1), ('help_text', 2)]], {'description': 'The number of the mobile phone.', 'group': 'About the person', 'icon': 'mobile-alt', 'label': 'Mobile phone'}), 12: ('wagtail.blocks.StructBlock', [[('label', 0), ('required', 1), ('help_text', 2)]], {'description': 'Written as 123-4567, however it is typed.', 'group': 'About the person', 'icon': 'site', 'label': 'Postal code'}), 13: ('wagtail.blocks.StructBlock', [[('label', 0), ('required', 1), ('help_text', 2)]], {'description': 'One of the 47 prefectures of Japan.', 'group': 'About the person', 'icon': 'site', 'label': 'Prefecture'}), 14: ('wagtail.blocks.StructBlock', [[('label', 0), ('required', 1), ('help_text', 2)]], {'description': 'City, street and building.', 'group': 'About the person', 'icon': 'home', 'label': 'Address'}), 15: ('wagtail.blocks.ChoiceBlock', [], {'choices': wagtail_leads.capture.blocks.own_field_choices, 'help_text': 'Made under Leads settings, “Own fields of leads”. The answer is kept with the lead.', 'label': 'Field'}), 16: ('wagtail.blocks.StructBlock', [[('label', 0), ('required', 1), ('help_text', 2), ('field', 15)]], {'description': 'A field that you made for your leads: it can be filtered, imported and exported.', 'group': 'Fields of your own', 'label': 'Own field of leads'}), 17: ('wagtail.blocks.StructBlock', [[('label', 0), ('required', 1), ('help_text', 2)]], {'description': 'What the person wants to say; quoted in the to-do.', 'group': 'Own questions', 'icon': 'edit', 'label': 'Message'}), 18: ('wagtail.blocks.CharBlock', (), {'label': 'Question', 'max_length': 100}), 19: ('wagtail.blocks.StructBlock', [[('label', 18), ('required', 1), ('help_text', 2)]], {'description': 'A short answer in words.', 'group': 'Own questions', 'icon': 'pilcrow', 'label': 'Own question, one line'}), 20: ('wagtail.blocks.StructBlock', [[('label', 18), ('required', 1), ('help_text', 2)]], {'description': 'A longer answer in words.', 'group': 'Own questions', 'icon': 'edit', 'label': 'Own question, several lines'}), 21: ('wagtail.blocks.StructBlock', [[('label', 18), ('required', 1), ('help_text', 2)]], {'description': 'Only a number can be entered.', 'group': 'Own questions', 'icon': 'order', 'label': 'Number'}), 22: ('wagtail.blocks.StructBlock', [[('label', 18), ('required', 1), ('help_text', 2)]], {'description': 'The address of a page.', 'group': 'Own questions', 'icon': 'link', 'label': 'Web address'}), 23: ('wagtail.blocks.StructBlock', [[('label', 18), ('required', 1), ('help_text', 2)]], {'description': 'For example of a colleague; nobody is written to by it.', 'group': 'Own questions', 'icon': 'mail', 'label': 'Another mail address'}), 24: ('wagtail.blocks.StructBlock', [[('label', 18), ('required', 1), ('help_text', 2)]], {'description': 'A single box to tick.', 'group': 'Own questions', 'icon': 'check', 'label': 'One box'}), 25: ('wagtail.blocks.TextBlock', (), {'help_text': 'One a line.', 'label': 'Answers to choose from', 'rows': 4}), 26: ('wagtail.blocks.StructBlock', [[('label', 18), ('required', 1), ('help_text', 2), ('choices', 25)]], {'description': 'As many answers as the person likes.', 'group': 'Own questions', 'icon': 'list-ul', 'label': 'Several boxes'}), 27: ('wagtail.blocks.StructBlock', [[('label', 18), ('required', 1), ('help_text', 2), ('choices', 25)]], {'description': 'One answer of a list.', 'group': 'Own questions', 'icon': 'arrow-down', 'label': 'Drop-down list'}), 28: ('wagtail.blocks.StructBlock', [[('label', 18), ('required', 1), ('help_text', 2), ('choices', 25)]], {'description': 'Several answers of a long list.', 'group': 'Own questions', 'icon': 'list-ol', 'label': 'List for several answers'}), 29: ('wagtail.blocks.StructBlock', [[('label', 18), ('required', 1), ('help_text', 2), ('choices', 25)]], {'description': 'All answers are seen at once; one is chosen.', 'group': 'Own questions', 'icon': 'radio-full', 'label': 'One of several'}), 30: ('wagtail.blocks.StructBlock', [[('label', 18), ('required', 1), ('help_text', 2)]], {'description': 'A day, with a calendar.', 'group': 'Own questions', 'icon': 'date', 'label': 'Date'}), 31: ('wagtail.blocks.StructBlock', [[('label', 18), ('required', 1), ('help_text', 2)]], {'description': 'A day and an hour, with a calendar.', 'group': 'Own questions', 'icon': 'time', 'label': 'Date and time'}), 32: ('wagtail.blocks.CharBlock', (), {'help_text': 'For your colleagues; visitors do not see it.', 'label': 'Name', 'max_length': 100}), 33: ('wagtail.blocks.CharBlock', (), {'help_text': 'Is sent along with the answers.', 'label': 'Value', 'max_length': 200, 'required': False}), 34: ('wagtail.blocks.StructBlock', [[('label', 32), ('value', 33)]], {'description': 'Sent along, not shown.', 'group': 'Own questions', 'icon': 'view', 'label': 'Hidden value'}), 35: ('wagtail.blocks.TextBlock', (), {'help_text': 'Such as “I agree to the privacy policy”. Nobody can send the form without ticking the box.', 'label': 'Text beside the box', 'max_length': 500, 'rows': 2}), 36: ('wagtail.blocks.CharBlock', (), {'label': 'Text of the link', 'max_length': 100, 'required': False}), 37: ('wagtail.blocks.PageChooserBlock', (), {'label': 'Page', 'required': False}), 38: ('wagtail.blocks.URLBlock', (), {'label': 'or address', 'required': False}), 39: ('wagtail.blocks.StructBlock', [[('text', 35), ('link_text', 36), ('page', 37), ('url', 38)]], {'description': 'A box that must be ticked, for example for the privacy policy. It is no permission to write.', 'group': 'Permission and wishes', 'label': 'Agreement'}), 40: ('wagtail.blocks.StructBlock', [[('label', 0), ('required', 1), ('help_text', 2)]], {'description': 'By mail only, a call is fine, no contact: binds your to-dos.', 'group': 'Permission and wishes', 'icon': 'mail', 'label': 'How may we contact you?'}), 41: ('wagtail.blocks.BooleanBlock', (), {'default': False, 'label': 'Must be filled', 'required': False}), 42: ('wagtail.blocks.MultipleChoiceBlock', [], {'choices': wagtail_leads.capture.blocks.topic_choices, 'help_text': 'Empty: all topics.', 'label': 'Topics', 'required': False}), 43: ('wagtail.blocks.StructBlock', [[('label', 0), ('required', 41), ('help_text', 2), ('topics', 42)]], {'description': 'Which of your topics the person wants mail about.', 'group': 'Permission and wishes', 'icon': 'tag', 'label': 'What would you like to hear about?'})}, verbose_name='fields'),
        ),
        migrations.AlterField(
            model_name='leadform',
            name='purpose',
            field=models.CharField(choices=[('document', 'Document request'), ('inquiry', 'Inquiry'), ('seminar', 'Seminar or event'), ('newsletter', 'Newsletter')], default='document', max_length=20, verbose_name='purpose'),
        ),
        migrations.AlterField(
            model_name='message',
            name='skip_reason',
            field=models.CharField(blank=True, choices=[('no_basis', 'no permission to write to this address'), ('suppressed', 'the reader unsubscribed'), ('bounced', 'the address does not exist'), ('no_sender', 'the sender details are not complete'), ('stopped_use', 'the person asked us to stop using their data'), ('bad_address', 'the address is not valid'), ('erased', 'the person was erased'), ('paused', 'the reader asked for a pause'), ('topic_refused', 'the reader does not want this topic'), ('contact_wish', 'the person wishes no contact')], max_length=20, verbose_name='why not'),
        ),
        migrations.AlterField(
            model_name='pagepolicy',
            name='purchase_stage',
            field=models.CharField(blank=True, max_length=20, verbose_name='Purchase stage'),
        ),
        migrations.CreateModel(
            name='AccessRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('what', models.CharField(choices=[('viewed', 'looked at'), ('exported', 'exported'), ('answered', 'gave the person their data')], max_length=10, verbose_name='what')),
                ('count', models.PositiveIntegerField(default=1, verbose_name='how many')),
                ('leads', models.JSONField(default=list)),
                ('detail', models.CharField(blank=True, max_length=300, verbose_name='detail')),
                ('at', models.DateTimeField(verbose_name='time')),
                ('lead', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='wagtail_leads.lead', verbose_name='lead')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who')),
            ],
            options={
                'verbose_name': 'access to personal data',
                'verbose_name_plural': 'accesses to personal data',
            },
        ),
        migrations.CreateModel(
            name='DocumentPolicy',
            fields=[
                ('document_id', models.PositiveBigIntegerField(primary_key=True, serialize=False)),
                ('gated', models.BooleanField(default=True, help_text='Visitors get the file once they leave their name; its own address shows the form.', verbose_name='Gated')),
                ('form_id', models.PositiveIntegerField(blank=True, null=True, verbose_name='Form')),
                ('teaser', models.TextField(blank=True, help_text='Shown above the form.', verbose_name='Teaser')),
                ('updated_at', models.DateTimeField()),
                ('topics', models.ManyToManyField(blank=True, related_name='+', to='wagtail_leads.topic', verbose_name='Topics')),
            ],
            options={
                'verbose_name': 'document mark',
                'verbose_name_plural': 'document marks',
            },
        ),
        migrations.CreateModel(
            name='Goal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('kind', models.CharField(choices=[('inquiry', 'Any inquiry'), ('form', 'A form is sent'), ('page', 'A page is opened'), ('document', 'A document is fetched'), ('event', 'An event of the site (track)')], max_length=10, verbose_name='kind')),
                ('document_id', models.PositiveBigIntegerField(blank=True, null=True, verbose_name='document')),
                ('event', models.CharField(blank=True, help_text='As your developer names it in track().', max_length=255, verbose_name='title of the event')),
                ('value', models.DecimalField(decimal_places=2, default=0, max_digits=12, verbose_name='worth')),
                ('is_main', models.BooleanField(default=False, verbose_name='main goal')),
                ('is_on', models.BooleanField(default=True, verbose_name='counts')),
                ('created_at', models.DateTimeField(editable=False)),
                ('form', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='wagtail_leads.leadform', verbose_name='form')),
                ('page', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=PAGE_MODEL, verbose_name='page')),
            ],
            options={
                'verbose_name': 'goal',
                'verbose_name_plural': 'goals',
                'ordering': ['-is_main', 'name'],
            },
        ),
        migrations.CreateModel(
            name='Conversion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('activity_id', models.PositiveBigIntegerField()),
                ('value', models.DecimalField(decimal_places=2, default=0, max_digits=12, verbose_name='worth')),
                ('at', models.DateTimeField(verbose_name='time')),
                ('lead', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='wagtail_leads.lead', verbose_name='lead')),
                ('visitor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='wagtail_leads.visitor')),
                ('goal', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='wagtail_leads.goal', verbose_name='goal')),
            ],
            options={
                'verbose_name': 'conversion',
                'verbose_name_plural': 'conversions',
            },
        ),
        migrations.CreateModel(
            name='LeadChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('field', models.CharField(max_length=60, verbose_name='field')),
                ('before', models.CharField(blank=True, max_length=300, verbose_name='before')),
                ('after', models.CharField(blank=True, max_length=300, verbose_name='after')),
                ('by_what', models.CharField(max_length=20, verbose_name='by')),
                ('at', models.DateTimeField(verbose_name='time')),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('lead', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='wagtail_leads.lead')),
            ],
            options={
                'verbose_name': 'change of a lead',
                'verbose_name_plural': 'changes of leads',
            },
        ),
        migrations.CreateModel(
            name='LeadFormVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='version')),
                ('fingerprint', models.CharField(max_length=64)),
                ('definition', models.JSONField()),
                ('consent_wording', models.TextField(blank=True)),
                ('purpose_text', models.TextField(blank=True)),
                ('language', models.CharField(blank=True, max_length=10)),
                ('made_at', models.DateTimeField(verbose_name='published')),
                ('form', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='wagtail_leads.leadform')),
            ],
            options={
                'verbose_name': 'version of a form',
                'verbose_name_plural': 'versions of forms',
            },
        ),
        migrations.AddField(
            model_name='formsubmission',
            name='version',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='wagtail_leads.leadformversion'),
        ),
        migrations.CreateModel(
            name='LeadImport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=255, verbose_name='file')),
                ('size', models.PositiveBigIntegerField(default=0)),
                ('format', models.CharField(default='csv', max_length=4)),
                ('encoding', models.CharField(blank=True, max_length=20, verbose_name='encoding')),
                ('delimiter', models.CharField(blank=True, max_length=1)),
                ('sheet', models.CharField(blank=True, max_length=100, verbose_name='sheet')),
                ('header', models.JSONField(default=list)),
                ('mapping', models.JSONField(default=dict)),
                ('policy', models.CharField(choices=[('fill', 'Fill in what we do not know yet'), ('update', 'The file is right: overwrite'), ('skip', 'Leave known leads as they are')], default='fill', max_length=10, verbose_name='known leads')),
                ('basis', models.CharField(blank=True, choices=[('consent', 'consent'), ('business_card', 'business card'), ('customer', 'customer'), ('published', 'published address')], max_length=20, verbose_name='why may we write to them?')),
                ('basis_detail', models.CharField(blank=True, help_text='Kept with each address as proof.', max_length=200, verbose_name='when and how was it given?')),
                ('state', models.CharField(default='draft', max_length=10)),
                ('problem', models.CharField(blank=True, max_length=300)),
                ('total_rows', models.PositiveIntegerField(null=True)),
                ('done_rows', models.PositiveIntegerField(default=0)),
                ('made', models.PositiveIntegerField(default=0, verbose_name='new')),
                ('updated', models.PositiveIntegerField(default=0, verbose_name='updated')),
                ('unchanged', models.PositiveIntegerField(default=0, verbose_name='unchanged')),
                ('skipped', models.PositiveIntegerField(default=0, verbose_name='left out')),
                ('bad', models.PositiveIntegerField(default=0, verbose_name='not readable')),
                ('leased_until', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(verbose_name='uploaded')),
                ('started_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='owner of new leads')),
                ('origin', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='wagtail_leads.leadsource', verbose_name='acquired at')),
            ],
            options={
                'verbose_name': 'import of leads',
                'verbose_name_plural': 'imports of leads',
                'ordering': ['-created_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='ImportRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='row')),
                ('outcome', models.CharField(choices=[('made', 'made'), ('updated', 'updated'), ('unchanged', 'unchanged'), ('skipped', 'skipped'), ('bad', 'bad')], max_length=10)),
                ('notes', models.JSONField(default=list)),
                ('cells', models.JSONField(default=list)),
                ('lead', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='wagtail_leads.lead', verbose_name='lead')),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='wagtail_leads.leadimport')),
            ],
            options={
                'verbose_name': 'row of an import',
                'verbose_name_plural': 'rows of imports',
            },
        ),
        migrations.CreateModel(
            name='ImportPiece',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('data', models.BinaryField()),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='wagtail_leads.leadimport')),
            ],
        ),
        migrations.CreateModel(
            name='LeadMerge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('log', models.JSONField(default=dict)),
                ('at', models.DateTimeField(verbose_name='time')),
                ('undone_at', models.DateTimeField(null=True, verbose_name='taken back')),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('loser', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='wagtail_leads.lead')),
                ('survivor', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='wagtail_leads.lead')),
                ('undone_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'merge of leads',
                'verbose_name_plural': 'merges of leads',
            },
        ),
        migrations.AddField(
            model_name='lead',
            name='origin',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='wagtail_leads.leadsource', verbose_name='acquired at'),
        ),
        migrations.AddField(
            model_name='leadform',
            name='origin',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='wagtail_leads.leadsource', verbose_name='source of its new leads'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(fields=['address_key'], name='leads_lead_address'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(fields=['phone_key'], name='leads_lead_phone'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(fields=['mobile_key'], name='leads_lead_mobile'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(fields=['person_key'], name='leads_lead_person'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(fields=['stage', '-created_at'], name='leads_lead_stage'),
        ),
        migrations.AddField(
            model_name='leadimport',
            name='tag',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='wagtail_leads.leadtag', verbose_name='tag'),
        ),
        migrations.AddField(
            model_name='leadform',
            name='tag',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='wagtail_leads.leadtag', verbose_name='tag for its leads'),
        ),
        migrations.AddField(
            model_name='leadtagging',
            name='lead',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='wagtail_leads.lead'),
        ),
        migrations.AddField(
            model_name='leadtagging',
            name='tag',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='wagtail_leads.leadtag'),
        ),
        migrations.AddField(
            model_name='notduplicate',
            name='by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='notduplicate',
            name='first',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='wagtail_leads.lead'),
        ),
        migrations.AddField(
            model_name='notduplicate',
            name='second',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='wagtail_leads.lead'),
        ),
        migrations.AddField(
            model_name='popup',
            name='below',
            field=models.ForeignKey(blank=True, help_text='Empty: on every page of the site.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=PAGE_MODEL, verbose_name='on this page and below'),
        ),
        migrations.AddField(
            model_name='popup',
            name='form',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='wagtail_leads.leadform', verbose_name='form'),
        ),
        migrations.AddField(
            model_name='privacyrequest',
            name='done_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='privacyrequest',
            name='identity_checked_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='privacyrequest',
            name='lead',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='wagtail_leads.lead', verbose_name='lead'),
        ),
        migrations.AddField(
            model_name='pagepolicy',
            name='problem',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='wagtail_leads.problem', verbose_name='Problem it answers'),
        ),
        migrations.AddField(
            model_name='savedview',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='accessrecord',
            index=models.Index(fields=['lead', '-at'], name='leads_access_lead'),
        ),
        migrations.AddIndex(
            model_name='accessrecord',
            index=models.Index(fields=['-at'], name='leads_access_at'),
        ),
        migrations.AddIndex(
            model_name='conversion',
            index=models.Index(fields=['-at'], name='leads_conversion_at'),
        ),
        migrations.AddConstraint(
            model_name='conversion',
            constraint=models.UniqueConstraint(fields=('goal', 'activity_id'), name='leads_conversion_once'),
        ),
        migrations.AddIndex(
            model_name='leadchange',
            index=models.Index(fields=['lead', '-at'], name='leads_change_lead'),
        ),
        migrations.AddConstraint(
            model_name='leadformversion',
            constraint=models.UniqueConstraint(fields=('form', 'number'), name='leads_form_version_once'),
        ),
        migrations.AddIndex(
            model_name='importrow',
            index=models.Index(fields=['file', 'outcome', 'number'], name='leads_import_outcome'),
        ),
        migrations.AddConstraint(
            model_name='importrow',
            constraint=models.UniqueConstraint(fields=('file', 'number'), name='leads_import_row_once'),
        ),
        migrations.AddConstraint(
            model_name='importpiece',
            constraint=models.UniqueConstraint(fields=('file', 'number'), name='leads_import_piece_once'),
        ),
        migrations.AddIndex(
            model_name='leadmerge',
            index=models.Index(fields=['-at'], name='leads_merge_at'),
        ),
        migrations.AddConstraint(
            model_name='leadtagging',
            constraint=models.UniqueConstraint(fields=('lead', 'tag'), name='leads_one_tag_once'),
        ),
        migrations.AddConstraint(
            model_name='notduplicate',
            constraint=models.UniqueConstraint(fields=('first', 'second'), name='leads_two_people_once'),
        ),
        migrations.AddIndex(
            model_name='privacyrequest',
            index=models.Index(fields=['state', 'due_on'], name='leads_request_due'),
        ),
        migrations.AddField(
            model_name='leadform',
            name='locale',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='wagtailcore.locale', verbose_name='locale'),
        ),
        migrations.AddField(
            model_name='leadform',
            name='translation_key',
            field=models.UUIDField(editable=False, null=True),
        ),
        migrations.RunPython(give_locale, migrations.RunPython.noop),
        migrations.AlterField(
            model_name='leadform',
            name='locale',
            field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='wagtailcore.locale', verbose_name='locale'),
        ),
        migrations.AlterField(
            model_name='leadform',
            name='translation_key',
            field=models.UUIDField(default=uuid.uuid4, editable=False),
        ),
        migrations.AlterUniqueTogether(
            name='leadform',
            unique_together={('translation_key', 'locale')},
        ),
        migrations.RemoveField(
            model_name='leadform',
            name='language',
        ),
        migrations.RunPython(rename_fields, migrations.RunPython.noop),
    ]
