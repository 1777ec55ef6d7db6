"""Make the data files of wagtail_leads/logic/data: who sends visitors, and who only pretends to.

    pip install pyyaml
    python .ci/refresh_referrers.py FOLDER

FOLDER holds what there is of: SearchEngines.yml, Socials.yml and AIAssistants.yml (a checkout of
https://github.com/matomo-org/searchengine-and-social-list, CC0-1.0), and spammers.txt (a checkout of
https://github.com/matomo-org/referrer-spam-list, public domain; its older form piwik.spam.json, as npm's package
express-spam-referral-blocker has it in `lib`, will do). A file is made of what is there; the other one stays as it is.
"""

import json
import sys
from pathlib import Path

DATA = Path(__file__).parent.parent / "wagtail_leads" / "logic" / "data"
#: On the list of spammers, and real: trade fairs, universities, ad networks, registrars, news, services, shared suffixes.
NOT_SPAM = frozenset(
    "drupa.com research.ifmo.ru tsatu.edu.ua uasb.ru adcash.com popads.net clicksor.com adf.ly resellerclub.com site5.com "
    "nethouse.ru ucoz.ru myftpupload.com wallinside.top ci.ua ua.tc kharkov.ua iminent.com tedxrj.com sanjosestartups.com "
    "masterseek.com fbdownloader.com uptime.com hexometer.com marinetraffic.com sneakerfreaker.com plagscan.com workona.com "
    "scripted.com stocktwists.com searchencrypt.com sweet.tv samara-airport.com stoletie.ru dailystorm.ru vladtime.ru "
    "rspectr.com politika.bg maltadailypost.com epicdiving.com meteocast.net krasota.ru pay.ru prlog.ru scansafe.net "
    "wallabag.malooma.bzh isotoner.com amtel-vredestein.com pirelli-matador.ru insider.pro falcoware.com "
    "free-games-download.falcoware.com thelotter.su dodge-forum.eu sqadia.com rulate.ru onlinedic.net".split()
)


def main(folder: Path) -> None:
    done = [make(folder) for make in (referrers, spam)]
    if not any(done):
        sys.exit(f"{folder} holds none of the files; see the head of this script")


def referrers(folder: Path) -> bool:
    if not (folder / "SearchEngines.yml").exists():
        return False
    data = {
        "origin": "https://github.com/matomo-org/searchengine-and-social-list (made by .ci/refresh_referrers.py)",
        "licence": "CC0-1.0",
        "search": engines(read(folder / "SearchEngines.yml")),
        "social": hosts(read(folder / "Socials.yml")),
        "ai": hosts(read(folder / "AIAssistants.yml")),
    }
    write(DATA / "referrers.json", data)
    return True


def spam(folder: Path) -> bool:
    hosts = spammers(folder)
    if not hosts:
        return False
    data = {
        "origin": "https://github.com/matomo-org/referrer-spam-list (made by .ci/refresh_referrers.py)",
        "licence": "public domain",
        "hosts": sorted(hosts - NOT_SPAM),
    }
    write(DATA / "referrer_spam.json", data)
    return True


def spammers(folder: Path) -> set[str]:
    """Host names in ASCII and lower case."""
    plain, old = folder / "spammers.txt", folder / "piwik.spam.json"
    if plain.exists():
        names = plain.read_text(encoding="utf-8").split()
    elif old.exists():
        names = json.loads(old.read_text(encoding="utf-8"))["spamReferrers"]
    else:
        return set()
    return {name.strip().lower().encode("idna").decode("ascii") for name in names if name.strip()}


def write(path: Path, data: dict) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(data, ensure_ascii=False, indent=0, sort_keys=True) + "\n", encoding="utf-8")
    print(path, {name: len(values) for name, values in data.items() if not isinstance(values, str)})


def read(path: Path) -> dict:
    import yaml  # only the lists of sites are YAML

    return yaml.safe_load(path.read_text(encoding="utf-8"))


def engines(document: dict) -> dict[str, list]:
    """Address pattern -> [name, [parameters with the search words]]. ``{}`` stands for a country's ending."""
    return {
        str(url): [name, [p for p in block.get("params") or [] if not p.startswith("/")]]
        for name, blocks in document.items()
        for block in blocks
        for url in block["urls"]
    }


def hosts(document: dict) -> dict[str, str]:
    return {str(url): str(name).replace("%2B", "+") for name, urls in document.items() for url in urls}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
