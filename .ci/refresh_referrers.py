"""Make wagtail_leads/logic/data/referrers.json from a checkout of matomo's searchengine-and-social-list (CC0-1.0).

    pip install pyyaml
    python .ci/refresh_referrers.py FOLDER_WITH_THE_YML_FILES

https://github.com/matomo-org/searchengine-and-social-list
"""

import json
import sys
from pathlib import Path

import yaml

TARGET = Path(__file__).parent.parent / "wagtail_leads" / "logic" / "data" / "referrers.json"


def main(folder: Path) -> None:
    data = {
        "origin": "https://github.com/matomo-org/searchengine-and-social-list (made by .ci/refresh_referrers.py)",
        "licence": "CC0-1.0",
        "search": engines(read(folder / "SearchEngines.yml")),
        "social": hosts(read(folder / "Socials.yml")),
        "ai": hosts(read(folder / "AIAssistants.yml")),
    }
    TARGET.parent.mkdir(exist_ok=True)
    text = json.dumps(data, ensure_ascii=False, indent=0, sort_keys=True)
    TARGET.write_text(text + "\n", encoding="utf-8")
    print(TARGET, {kind: len(data[kind]) for kind in ("search", "social", "ai")})


def read(path: Path) -> dict:
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
