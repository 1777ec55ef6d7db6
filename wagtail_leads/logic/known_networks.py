"""Operators that are known by the number of their network (AS), for files that name only the operator.

A short list of the large ones; each number was held against GeoLite2-ASN (December 2019). A file that says what kind a
network is (MaxMind, IPinfo) is asked as well, and needs no list.
"""

#: Rented machines: what comes from there is a program, or a person behind a VPN.
HOSTING = frozenset(
    {
        *(16509, 14618),  # Amazon
        *(15169, 396982),  # Google
        8075,  # Microsoft
        31898,  # Oracle
        *(45102, 37963),  # Alibaba
        *(132203, 45090),  # Tencent
        *(
            24940,
            16276,
            14061,
            63949,
            20473,
            51167,
            12876,
        ),  # Hetzner, OVH, DigitalOcean, Linode, Vultr, Contabo, Scaleway
        *(36351, 33070, 27357, 19994),  # SoftLayer, Rackspace
        *(60068, 9009, 8100, 36352, 53667, 40676, 35916),  # Datacamp, M247, QuadraNet, ColoCrossing, FranTech, Psychz …
        *(30633, 60781, 28753, 16265, 395954, 49981, 29802),  # Leaseweb, WorldStream, Hivelocity
        *(8560, 26496, 47583, 55293, 26347, 46606, 197540, 202053, 24961),  # Ionos, GoDaddy, Hostinger, A2, netcup …
        *(9370, 9371, 7684),  # SAKURA Internet
        *(4694, 131921, 24282, 23661),  # IDC Frontier, GMO Cloud, KAGOYA, Clara Online
    }
)
#: Ways out of relays, secure gateways and content networks: people of any company, and machines.
RELAYS = frozenset(
    {
        *(13335, 209242),  # Cloudflare (WARP, part of Private Relay)
        *(54113, 20940, 36183),  # Fastly, Akamai (part of Private Relay)
        *(22616, 53813, 62044, 55256),  # Zscaler, Netskope
    }
)
#: Telephones only; carriers that run fixed lines under the same number are not here.
MOBILE = frozenset({9605, 138384, 21928, 6167, 22394, 20057})  # docomo, Rakuten Mobile, T-Mobile US, Verizon, AT&T
#: The large Japanese operators, for a file that has a number and no name.
CALLED = {
    4713: "OCN (NTT)",
    2516: "KDDI",
    17676: "SoftBank",
    9605: "NTT docomo",
    2527: "So-net",
    9600: "So-net",
    2497: "IIJ",
    2519: "ARTERIA",
    18126: "Commufa (CTC)",
    17511: "OPTAGE (eo)",
    2518: "BIGLOBE",
    4685: "ASAHI-net",
    138384: "Rakuten Mobile",
    9370: "SAKURA Internet",
    9371: "SAKURA Internet",
    7684: "SAKURA Internet",
}
