"""Makes demo.mmdb: companies and a provider that do not exist, in networks that are kept for documentation (RFC 5737).

    python example_site/seed_assets/make_demo_mmdb.py      (needs mmdb_writer, netaddr)
"""

from pathlib import Path

from mmdb_writer import MMDBWriter
from netaddr import IPSet

PROVIDER = {"asn": "AS64501", "as_name": "みらいネット(接続サービス)", "as_domain": "mirai-net.example", "as_type": "isp"}

#: network -> (name, domain, kind, prefecture or state, country)
NETWORKS = {
    "203.0.113.0/27": ("瀬戸内スチール株式会社", "setouchi-steel.example", "business", "広島県", "JP"),
    "203.0.113.64/27": ("三ツ葉乳業株式会社", "mitsuba-milk.example", "business", "北海道", "JP"),
    "198.51.100.0/26": ("東都エンジニアリング株式会社", "toto-eng.example", "business", "東京都", "JP"),
    "198.51.100.128/26": ("Brackenridge Tools Inc.", "brackenridge-tools.example", "business", "Ohio", "US"),
    "192.0.2.0/26": ("国立あさひ工科大学", "asahi-tech.example", "education", "石川県", "JP"),
    "192.0.2.128/25": ("みらいネット(接続サービス)", "mirai-net.example", "isp", "大阪府", "JP"),
}


def main() -> None:
    writer = MMDBWriter(
        ip_version=4, database_type="demo company (nobody real)", languages=["ja", "en"], description="Made for the demo"
    )
    for network, (name, domain, kind, region, country) in NETWORKS.items():
        writer.insert_network(
            IPSet([network]),
            {**PROVIDER, "name": name, "domain": domain, "type": kind, "region": region, "country": country},
        )
    writer.to_db_file(str(Path(__file__).with_name("demo.mmdb")))


if __name__ == "__main__":
    main()
