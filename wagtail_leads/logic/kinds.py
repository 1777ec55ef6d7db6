"""The closed lists of the package: what can happen, and in which states a thing can be."""

from enum import Enum


class Kind(str, Enum):
    """A string enum that prints as its value (``StrEnum`` needs Python 3.11)."""

    __str__ = str.__str__


class ActivityKind(Kind):
    """One line of the ledger. Only facts from outside are activities."""

    PAGE_VIEWED = "page_viewed"  #: A page was opened.
    PAGE_READ = "page_read"  #: A page view was closed; ``value`` is its visible time in milliseconds.
    GATE_SHOWN = "gate_shown"  #: A gated page showed its teaser and form.
    FORM_SEEN = "form_seen"  #: A form came into view; ``object_id`` is the form.
    FORM_BEGUN = "form_begun"  #: The first field was filled in.
    FORM_LEFT = "form_left"  #: Begun and not sent; ``data["field"]`` names the last field, never what was in it.
    FORM_SUBMITTED = "form_submitted"  #: A person sent a form.
    INQUIRY_MADE = "inquiry_made"  #: A form that is an inquiry: the main conversion.
    ASSET_DOWNLOADED = "asset_downloaded"  #: A document was fetched.
    SITE_SEARCHED = "site_searched"  #: The site's own search was asked; ``title`` holds the words.
    LINK_CLICKED = "link_clicked"  #: A link to another site; ``data["url"]`` without its query.
    FILE_CLICKED = "file_clicked"  #: A link to a file that Wagtail does not serve.
    SHARED = "shared"  #: A share button; ``title`` names the network.
    VISITOR_LINKED = "visitor_linked"  #: A browser was linked with a lead; earlier visits may count from here.
    ADDRESS_CONFIRMED = "address_confirmed"  #: A link in our mail was confirmed: the address is the person's.
    CONSENT_GIVEN = "consent_given"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    EMAIL_SENT = "email_sent"  #: A mail left us.
    EMAIL_OPENED = "email_opened"  #: A person opened a mail (verdict human).
    EMAIL_CLICKED = "email_clicked"  #: A person clicked a link in a mail (verdict human).
    EMAIL_BOUNCED = "email_bounced"
    EMAIL_UNSUBSCRIBED = "email_unsubscribed"
    SALES_CONTACT = "sales_contact"  #: A colleague called, met or wrote; ``data`` holds the result.
    CUSTOM = "custom"  #: An event of the host site, through ``wagtail_leads.track``.


class DropReason(Kind):
    """Why a request was not recorded as a visit. Every reason has a test and is counted."""

    METHOD = "method"  #: Not a GET.
    STATUS = "status"  #: Not a page that was found (redirects, errors).
    NOT_HTML = "not_html"
    PREFETCH = "prefetch"  #: The browser guessed; nobody looked.
    PREVIEW = "preview"
    STAFF = "staff"  #: An editor or colleague.
    OWN_NETWORK = "own_network"
    IGNORED_PATH = "ignored_path"
    IGNORED_AGENT = "ignored_agent"
    PROBE_PATH = "probe_path"  #: Somebody looks for holes (``/wp-login.php``).
    EMPTY_AGENT = "empty_agent"
    BOT_AGENT = "bot_agent"  #: A known crawler, library or tool.
    NOT_A_BROWSER = "not_a_browser"  #: The agent has not the shape of a browser's.
    MISSING_HEADERS = "missing_headers"  #: A browser's agent without what each such browser sends.
    DATA_CENTRE = "data_centre"  #: From a data centre's network, and nothing showed a person.
    TOO_FAST = "too_fast"  #: More pages a minute than anybody opens.
    BEHAVIOUR = "behaviour"  #: Reads robots.txt, looks for holes, or page after page without one image.
    REFERRER_SPAM = "referrer_spam"
    OPTED_OUT = "opted_out"
    NO_CONSENT = "no_consent"  #: The site asks first, and this browser has not said yes.
    SITE_OFF = "site_off"  #: Recording is switched off for this site.
    MALFORMED = "malformed"  #: A beacon or log line that cannot be read.
    FORGED = "forged"  #: A beacon for somebody else's view, or a cookie we did not sign.
    BUFFER_FULL = "buffer_full"
    UNNOTED = "unnoted"  #: An answer to the notice beyond what one network may send: it holds, without a row.
    STORE_FAILED = "store_failed"  #: The database would not take it.


class Stage(Kind):
    """Lifecycle stage of a lead."""

    LATENT = "latent"  #: 潜在: we know a name, nothing shows a need.
    INTERESTED = "interested"  #: 顕在: shows a need.
    PROSPECT = "prospect"  #: 見込み: worth a call.
    OPPORTUNITY = "opportunity"  #: 商談
    CUSTOMER = "customer"  #: 受注
    DORMANT = "dormant"  #: 休眠
    DISQUALIFIED = "disqualified"  #: 対象外: no prospect, said a person.


class Evidence(Kind):
    """Why a browser is linked with a lead, strongest first."""

    LOGIN = "login"
    CONFIRMED = "confirmed"  #: Double opt-in.
    FORM = "form"
    MAIL_LINK = "mail_link"  #: Weak: mails are forwarded.
    MANUAL = "manual"


class ContactWish(Kind):
    """How a person wants to be spoken to; binds to-dos and scenarios."""

    NOT_SAID = ""
    MAIL_ONLY = "mail_only"  #: No calls.
    PHONE_FINE = "phone_fine"
    NO_CONTACT = "no_contact"  #: Only what was asked for.


class AddressFlag(Kind):
    """What is odd about a mail address that was taken all the same."""

    NONE = ""
    OLD_CARRIER = "old_carrier"  #: Against the RFC, as docomo and au gave them out: mail may not arrive.
    DISPOSABLE = "disposable"  #: A throw-away address.
    NO_MAIL_SERVER = "no_mail_server"  #: Its domain takes no mail (MX asked, by a setting).
    ROLE = "role"  #: info@, sales@: a company's, not a person's.


class MessageState(Kind):
    """States of the outbox. ``sending`` is committed before SMTP; a lost one becomes ``unknown``."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    DEFERRED = "deferred"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


class SkipReason(Kind):
    NO_BASIS = "no_basis"  #: 配信根拠なし
    SUPPRESSED = "suppressed"
    BOUNCED = "bounced"
    NO_SENDER = "no_sender"
    STOPPED_USE = "stopped_use"
    BAD_ADDRESS = "bad_address"
    ERASED = "erased"
    PAUSED = "paused"  #: The reader asked for a pause.
    TOPIC_REFUSED = "topic_refused"  #: The reader wants nothing about this topic.
    CONTACT_WISH = "contact_wish"  #: The person wants no contact.


class ReactionKind(Kind):
    OPEN = "open"
    CLICK = "click"
    UNSUBSCRIBE = "unsubscribe"


class Verdict(Kind):
    UNKNOWN = "unknown"
    HUMAN = "human"
    MACHINE = "machine"


class MailPurpose(Kind):
    MARKETING = "marketing"
    TRANSACTIONAL = "transactional"


class Basis(Kind):
    """Why we may write to an address (特定電子メール法 art. 3)."""

    CONSENT = "consent"
    BUSINESS_CARD = "business_card"
    CUSTOMER = "customer"
    PUBLISHED = "published"


class EnrolmentState(Kind):
    RUNNING = "running"
    WAITING = "waiting"
    DONE = "done"
    EXITED = "exited"
    FAILED = "failed"


class ConsentMode(Kind):
    """How a site asks before it records; set for each Wagtail Site."""

    OFF = "off"  #: Nothing is recorded.
    COOKIELESS = "cookieless"  #: No cookie; a browser is known for one day by a salted hash.
    NOTICE = "notice"  #: A cookie at once, a notice, and a way out. The default.
    OPT_IN = "opt_in"  #: Nothing is stored before a yes.


class SellsTo(Kind):
    """Whom the site's owner sells to; hides what does not apply."""

    BOTH = "both"
    COMPANIES = "companies"
    PEOPLE = "people"


class NetworkAction(Kind):
    """What a person said of a network."""

    COMPANY = "company"  #: It is this company's.
    IGNORE = "ignore"  #: Our own office, a monitoring service: visits are left out.
    NEVER = "never"  #: An access provider, a café, a shared office: never name a company.


class GateBy(Kind):
    """Who passes a gate."""

    FORM = "form"  #: Whoever fills in the form.
    STAGE = "stage"  #: Leads of certain lifecycle stages: a members' page.


class GoalKind(Kind):
    """What counts as a conversion."""

    INQUIRY = "inquiry"  #: Any inquiry: the main conversion.
    FORM = "form"
    PAGE = "page"
    DOCUMENT = "document"
    EVENT = "event"  #: `wagtail_leads.track` with this title.


class ImportState(Kind):
    """States of a file of leads on its way in."""

    DRAFT = "draft"  #: Uploaded; columns and basis are not confirmed yet.
    WAITING = "waiting"
    RUNNING = "running"
    STOPPED = "stopped"  #: By a person; goes on where it was.
    DONE = "done"
    FAILED = "failed"  #: The file could not be read to its end; `problem` says why.


class RowOutcome(Kind):
    """What became of one row of an imported file."""

    MADE = "made"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    BAD = "bad"


class RequestKind(Kind):
    """What a person may ask of us (APPI art. 33-35, GDPR art. 15-21)."""

    ACCESS = "access"
    CORRECT = "correct"
    STOP = "stop"
    ERASE = "erase"


class PurchaseStage(Kind):
    """Keys of the purchase stages that ship: seven of buying psychology (seed 003), and AIDMA's (seed 000)."""

    ATTENTION = "attention"  #: 興味
    INTEREST = "interest"  #: 関心
    IMAGINATION = "imagination"  #: 連想
    DESIRE = "desire"  #: 欲望
    COMPARISON = "comparison"  #: 比較
    CONVICTION = "conviction"  #: 確信
    MEMORY = "memory"  #: 記憶 (AIDMA only)
    ACTION = "action"  #: 行動


class ContentKind(Kind):
    ARTICLE = "article"
    PRODUCT = "product"
    PRICE = "price"
    CASE_STUDY = "case_study"
    REVIEW = "review"
    CATALOGUE = "catalogue"
    HOW_TO_USE = "how_to_use"
    HOW_MADE = "how_made"
    MAKER = "maker"
    TRACK_RECORD = "track_record"
    ORDERING = "ordering"
    OTHER = "other"
