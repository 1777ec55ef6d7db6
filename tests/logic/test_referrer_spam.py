import importlib.util
import json
import time
from importlib import resources
from pathlib import Path

import pytest

from wagtail_leads.logic.referrer_spam import FAMILIES, is_spam
from wagtail_leads.logic.referrers import bare


def data(name):
    return json.loads(resources.files("wagtail_leads.logic").joinpath("data", name).read_text("utf-8"))


def test_the_list_names_its_origin_and_licence():
    found = data("referrer_spam.json")
    assert "matomo" in found["origin"] and found["licence"] == "public domain" and len(found["hosts"]) > 200


@pytest.mark.parametrize(
    "host",
    [
        "semalt.com",
        "site.semalt.com",
        "semaltmedia.com",
        "buttons-for-website.com",
        "buttons-for-your-website.com",
        "free-share-buttons.com",
        "free-social-buttons-ab.xyz",
        "get-your-social-buttons.info",
        "floating-share-buttons.com",
        "get-free-traffic-now.com",
        "get-free-social-traffic.com",
        "buy-cheap-website-traffic.top",
        "webmaster-traffic.com",
        "100dollars-seo.com",
        "best-seo-offer.com",
        "every-lang-seo.com",
        "rank-checker.online",
        "keywords-monitoring-success.com",
        "copyrightclaims.xyz",
        "law-enforcement-check-three.xyz",
        "eu-cookie-law-enforcement2.xyz",
        "o-o-11-o-o.com",
        "ilovevitaly.co",
        "pornhub-forum.ga",
        "xn--80adgcaax6acohn6r.xn--p1ai",
        # sellers of visits
        "trafficbot.life",
        "bot-traffic.icu",
        "bot-traffic.xyz",
        "bottraffic.live",
        "bottraffic4free.club",
        "websitebottraffic.host",
        "traffic-cash.xyz",
        "social-traffic-3.xyz",
        "get-more-freeer-visitors.info",
        # one sender of 2024
        "news.grets.store",
        "static.seders.website",
        "rida.tokyo",
        "kar.razas.site",
        # seen in logs
        "ru.drugspowerstore.com",
        "sofit-dmd.ru",
        "kherson-apartments.ru",
        "odessa-apartments.com.ua",
        "blackwitchcraft.ru",
        "danceuniverse.ru",
        # optimisers
        "1-99seo.com",
        "9-best-seo.com",
        "12-reasons-for-seo.net",
        "auto-b2b-seo-service.com",
        "autoseo-traffic.com",
        "seo-services-b2b.com",
        "cheap-trusted-backlinks.com",
        "track-rankings.online",
        # threats
        "law-six.xyz",
        "compliance-alex.xyz",
        "compliance-john.top",
        "cookie-law-enforcement-aa.xyz",
        # medicine
        "buy-cheap-pills-order-online.com",
        "cheappills24h.com",
        "meds-online24.com",
        "buyviagra.online",
        "cheap-cialis-online.com",
        "viagra-soft.ru",
        "vardenafil20.com",
        "drugs-no-rx.info",
        "apteka-pharm.ru",
        # gambling
        "v-casino.site",
        "casino-x.host",
        "royal-cazino.online",
        "gk-casino.ru",
        "1xbetportugal.com",
        "1xslots-africa.site",
        "in-mostbet.ru",
        "vavada-casino.top",
        "pinupcasinos.ru",
        "vulkan-casino.club",
        # and the rest
        "hydraruzonion2020.com",
        "sex-videochats.ru",
        "gays-video-chat.ru",
        "pornoklad.ru",
        "kabinet-online-sberbank.ru",
        "login-tinkoff.ru",
    ],
)
def test_spam_is_known_by_host_or_family(host):
    assert is_spam(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "google.com",
        "best-seo.com",
        "seo-japan.com",
        "real-time-traffic.info",
        "traffic.jp",
        "social-media.com",
        "buttonfactory.co.jp",
        "workshop.xyz",
        "compliance-training.org",
        "drupa.com",
        "lifehacker.com",
        "share.jp",
        "notsemalt.com",
        "econom.jp",
        "free.fr",
    ],
)
def test_real_sites_are_not(host):
    assert not is_spam(host)


#: Names as honest sites have them, of the kinds that a careless pattern would take: pharmacies, casinos, agencies for
#: search and traffic, flats, dark-sounding software, places and people.
HONEST = """
pharmacy2u.co.uk chemist-4-u.com chemistwarehouse.com.au buymeds.co.uk medexpress.co.uk onlinepharmacy.co.uk
canadapharmacy.com pharmacyonline.com.au medino.com drugstore.com drugs.com drugmart.com discountdrugstores.com.au
apotheke.de shop-apotheke.com docmorris.de docmorris.com pharmacie-en-ligne.fr farmacia.es apteka.ru apteka-plus.ru
apteka-24.com.ua gemini.pl doz.pl viagra.com cialis.com levitra.com viatris.com pfizer.co.jp matsukiyo.co.jp
matsukiyococokara-online.com welcia.co.jp tsuruha.co.jp sundrug-online.com kenko.com minacolor.com kusuriexpress.com
qol-net.co.jp ainj.co.jp nicho.co.jp pharmacy.nihon-u.ac.jp yakuji.co.jp yakkyoku.jp pillsbury.com pillpack.com
medscape.com meds.se mediplus.co.jp e-pharma.jp farmapram.com rxlist.com rx-pad.com rxjs.dev norx.co.jp
prescriptiondoctor.com orderyourmeds.org capsule.com boots.com walgreens.com cvs.com superdrug.com rossmann.de
casino.org casino.fr groupe-casino.fr geantcasino.fr casinosupermarche.fr supercasino.fr casinodrive.fr
casino-technology.com casinocitytimes.com casinobarriere.com casinosbarriere.com grandcasino-luzern.ch
grandcasinobaden.ch casinos.at casino-baden-baden.de casino-bern.ch kursaal-casino.be montecarlosbm.com
casinoclub.com.ar casinolife.com casinodesigns.co.uk montecasino.co.za monte-cassino.it cassinomuseum.it
casino-mag.jp ir-casino.co.jp casino-ir-japan.com casinoanalyst.co.uk casinoroyaleresort.com hotelcasino.es
slots-inc.com slotcar.jp slotcars.co.uk slotted-angle.com time-slots.io aslot.co.jp pachinko-slot.jp
bet.com betfair.com bethesda.net betterhelp.com bettersystems.co.jp 1x1.com 1win.com onexbet.jp mostbetter.com
vulkan-tutorial.com vulkan-lang.org vulkan.org vulkan.lunarg.com khronos.org pin-up-store.de pinup-girls.com
pinup-fashion.de pinuphouse.com fortuna.cz stavki.org azart.org lotto.de jra.go.jp boatrace.jp keirin.jp
moz.com ahrefs.com semrush.com seobook.com seo.com seo-hacker.com seohacks.net seojapan.com seo-tokyo.jp seo-kobo.jp
best-seo.jp seobest.co.jp top-seo.co.jp seo-service.co.jp seo-services.com.au seoservices.com seo-agency.co.uk
seoagentur.de seo-kueche.de seo-suedwest.de aioseo.com rankmath.com yoast.com seoclarity.net searchmetrics.com
sistrix.de seomoz.org webseo.co.jp auto-seo.jp ecommerceseo.com local-seo.org seo-checker.jp seocheck.jp
rank-tracker.jp rankcheck.co.jp keyword-tool.com keywordtool.io backlink.jp backlinko.com majestic.com linkassistant.com
traffic.jp traffic.com.au trafficsim.co.jp traffic-control.co.jp traffictech.co.jp trafficjam.com realtime-traffic.info
real-time-traffic.info web-traffic-analysis.jp website-traffic-checker.com air-traffic-control.eu road-traffic.go.jp
traffic-light.de trafficsign.us freetrafficdata.org bot.co.jp botmanager.com botkit.ai chatbot.com chatbot.co.jp
robot-traffic.jp robottraining.eu trafficbotics.com social.com social-share.org sharebuttons.net.au addtoany.com
sharethis.com addthis.com buttonmasher.co.jp button.jp botan-ya.jp socialbuttonsplugin.io socialwidget.dev
buffer.com sharepoint.com share.jp sharewidget.co.jp free.fr free-culture.cc freetraffic.fr
compliance.com compliance-training.org compliance-week.com compliance-online.com compliance.co.jp cookie-law.info
cookielaw.org copyright.com copyright.gov copyrightclaims.co.uk law.com law-school.jp law-office.xyz lawcheck.de
sberbank.ru online.sberbank.ru vtb.ru online.vtb.ru tinkoff.ru gosuslugi.ru lk.gosuslugi.ru kabinet-vracha.ru
kabinett.de kabinet-psihologa.ru login-page.com onlinebank.com bonus-card.de online-school.ru
hydra.cc hydra-project.org hydraulics.com hydraulik-shop.de hydra-billing.ru hydraconf.com hydra2010.org hydrangea.jp
hydra-market.gr hydra-island.com onion-hydroponics.com onion.co.jp onionpowder.jp empire-market.co.uk empirestate.com
dumpster.co.jp cvv.com cards.jp card-dump.org darktable.org
apartments.com apartments-paris.fr kyoto-apartments.com london-apartments.co.uk apartments24.de chintai.net
leopalace21.com realestate-tokyo.com vacation-apartments.eu apartmenttherapy.com villas-and-apartments.hr
specialist.xyz specialistes.top socialist.top socialistworld.xyz specialistsonline.online socialiste.site
pornic.fr ville-pornic.fr pornichet.fr ot-pornic.com siriporn.co.th somporn-food.com pornthip.ac.th pornostar-nein.de
sexauer.com sexton.co.uk essex.ac.uk middlesex.edu sussex.ac.uk sexuality-education.org sextant.jp sexyhair.com
sexy-hair.top prostitutescollective.net prostate.org erotomania.jp eros-museum.de aero-videochat.ru videochat.jp
video-chat.co.jp v-cube.com zoom.us escort-rs.com ford-escort.de escort.jp escortradar.com xxxl.de xxxlutz.at xxl.se
money.com makemoney.jp earnest.com richard.co.uk richquick.band moneyforward.com freee.co.jp mining.com crypto.com
crypto-mining.jp bitcoin.org bitbank.cc coincheck.com iphone-repair.jp iphonefree.jp
keyence.co.jp misumi.jp monotaro.com omron.co.jp fanuc.co.jp yaskawa.co.jp mitsubishielectric.co.jp hitachi.co.jp
toshiba.co.jp panasonic.com nec.com fujitsu.com ricoh.co.jp canon.jp epson.jp daikin.co.jp komatsu.jp kubota.co.jp
denso.com aisin.com jtekt.co.jp nsk.com ntn.co.jp thk.com smcworld.com ckd.co.jp azbil.com yokogawa.co.jp
shimadzu.co.jp horiba.com advantest.com tel.co.jp screen.co.jp disco.co.jp lasertec.co.jp nidec.com murata.com tdk.com
kyocera.co.jp rohm.co.jp renesas.com ibiden.co.jp kinto-metal.co.jp tokyo-kiban.jp kiban-shisaku.co.jp print-kiban.com
ipros.com ipros.jp metoree.com aperza.com mono-wheel.jp nikkan.co.jp nikkei.com itmedia.co.jp monoist.itmedia.co.jp
techplus.jp impress.co.jp eetimes.itmedia.co.jp jetro.go.jp meti.go.jp smrj.go.jp jcci.or.jp tokyo-cci.or.jp
boxil.jp itreview.jp it-trend.jp aspic-japan.org itmarketing.jp ferret-plus.com webtan.impress.co.jp markezine.jp
prtimes.jp atpress.ne.jp value-press.com dreamnews.jp baseconnect.in salesnow.jp wantedly.com en-gage.net
partner.ru zavod.ru stanki.ru metall.ru gost.ru hse.ru msu.ru spbu.ru yandex-team.ru kamaz.ru gazprom.ru rzd.ru
lviv.ua kyiv.ua nure.ua knu.ua rozetka.com.ua prom.ua example.xyz abc.xyz startup.online studio.site design.top
hotel.club foodtruck.site school.website law.top engineering.space machine-tools.online bakery.xyz conf2026.site
""".split()


def test_honest_sites_of_all_kinds_are_not_dropped():
    assert len(HONEST) > 400
    assert [host for host in HONEST if is_spam(host)] == []
    assert [host for host in HONEST if is_spam(f"www2.{host}")] == []


@pytest.mark.parametrize(
    "host", ["-".join("a" * 120), "casino-" * 30 + "com", "a." * 120 + "com", "1x" * 120, "buy-" * 60]
)
def test_no_pattern_takes_long(host):
    began = time.perf_counter()
    is_spam(host)
    assert time.perf_counter() - began < 0.2


def test_no_engine_network_or_assistant_is_taken_for_spam():
    lists = data("referrers.json")
    hosts = [bare(url.split("/")[0]) for kind in ("search", "social", "ai") for url in lists[kind]]
    assert [host for host in hosts if is_spam(host)] == []


def test_families_find_what_the_list_does_not_have_yet():
    found = [host for host in data("referrer_spam.json")["hosts"] if any(f.search(host) for f in FAMILIES)]
    assert len(found) >= 50


def test_the_script_takes_a_newer_list_without_the_honest_names_on_it(tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location("refresh", Path(__file__).parents[2] / ".ci/refresh_referrers.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    monkeypatch.setattr(script, "DATA", tmp_path / "data")
    (tmp_path / "spammers.txt").write_text("semalt.com\nQiwi.xyz\nmarinetraffic.com\n\nsemalt.com \n", "utf-8")
    script.main(tmp_path)
    made = json.loads((tmp_path / "data/referrer_spam.json").read_text("utf-8"))
    assert made["hosts"] == ["qiwi.xyz", "semalt.com"] and made["licence"] == "public domain"
