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

#: Access providers of Japan by the names under which they register networks, former ones and trade names too: letters and
#: digits only, without legal forms, as `carrier_names.plain` writes them.
JAPANESE_PROVIDERS = frozenset(
    """
    ocn opencomputernetwork ntt nttcommunications nttcom nttdocomo docomo nttdocomobusiness nttpc
    nttpccommunications ntteast nttwest nttplala plala nttme wakwak xepion nttmediasupply nttsmartconnect nttneomeit
    nippontelegraphandtelephone nippontelegraphandtelephoneeast nippontelegraphandtelephonewest
    日本電信電話 東日本電信電話 西日本電信電話 ntt東日本 ntt西日本 nttコミュニケーションズ
    エヌティティコミュニケーションズ nttドコモ ドコモ nttドコモビジネス エヌティティpcコミュニケーションズ
    nttpcコミュニケーションズ nttぷらら ぷらら オープンコンピュータネットワーク nttメディアサプライ
    nttスマートコネクト kddi aunet auone auonenet ケイディーディーアイ kddiウェブコミュニケーションズ
    uqcommunications uqコミュニケーションズ wireandwireless ワイヤアンドワイヤレス okinawacellular
    okinawacellulartelephone 沖縄セルラー電話 沖縄セルラー jcom jupitertelecommunications ジェイコム
    ジュピターテレコム jcomイースト jcomウエスト jcn ジャパンケーブルネット biglobe ビッグローブ necbiglobe
    necビッグローブ softbank softbankbb softbanktelecom softbankmobile yahoobb ybb odn japantelecom ymobile willcom
    emobile ソフトバンク ソフトバンクbb ソフトバンクテレコム ソフトバンクモバイル ワイモバイル ウィルコム
    日本テレコム sonet sonetentertainment sonynetworkcommunications sonycommunicationnetwork nuro ソネット
    ソネットエンタテインメント ソニーネットワークコミュニケーションズ iij internetinitiativejapan internetinitiative
    iijmio インターネットイニシアティブ iijグローバルソリューションズ arteria arterianetworks ucom vectant
    marubeniaccesssolutions tsunagunetworkcommunications アルテリア アルテリアネットワークス
    丸紅アクセスソリューションズ つなぐネットコミュニケーションズ ユーコム optage kopticom eonet オプテージ
    ケイオプティコム エネルギアコミュニケーションズ energiacommunications enecom エネコム megaegg
    chubutelecommunications commufa 中部テレコミュニケーション コミュファ qtnet kyushutelecommunicationnetwork bbiq
    キューティーネット 九州通信ネットワーク stnet pikara エスティネット tohknet tohokuintelligenttelecommunication
    トークネット 東北インテリジェント通信 hotnet hokkaidotelecommunicationnetwork 北海道総合通信網
    hokurikutelecommunicationnetwork htnet 北陸通信ネットワーク otnet okinawatelecommunicationnetwork
    沖縄通信ネットワーク poweredcom パワードコム tepcohikari nifty ニフティ atnifty asahinet 朝日ネット
    asahiinternet dti dreamtraininternet ドリームトレインインターネット freebit フリービット hiho ハイホー bbexcite
    panasonicnetworkservices パナソニックネットワークサービシズ tcom tokaicommunications victokai biccorp
    tokaiコミュニケーションズ ビック東海 ビックtokai sannet rimnet リムネット bekkoame ベッコアメ
    ベッコアメインターネット highwayinternet ハイウェイインターネット gmointernet gmoインターネット とくとくbb
    ocnモバイルone broadbandtower ブロードバンドタワー internetmultifeed インターネットマルチフィード mfeed jpne
    japannetworkenabler 日本ネットワークイネイブラー jpix japaninternetexchange 日本インターネットエクスチェンジ
    jpnap bbix transix rakutenmobile 楽天モバイル rakutencommunications 楽天コミュニケーションズ
    fusioncommunications フュージョンコミュニケーションズ usencommunications usennetworks usenネットワークス
    unext光 itscom itscommunications イッツコミュニケーションズ イッツコム tokyocablenetwork
    東京ケーブルネットワーク cabletelevisionshinagawa ケーブルテレビ品川 communitynetworkcenter
    コミュニティネットワークセンター cnci starcat スターキャット スターキャットケーブルネットワーク zaq
    kansaimultimediaservice 関西マルチメディアサービス baycommunications ベイコミュニケーションズ
    kintetsucablenetwork kcn 近鉄ケーブルネットワーク himawarinetwork ひまわりネットワーク catvy lcv エルシーブイ
    mictv cableone ケーブルワン tvtsuyama ccnet シーシーエヌ chupicom ちゅピcom ちゅピコム cableworld nccable
    ogakicabletelevision tvmatsumoto テレビ松本ケーブルビジョン
    """.split()
)
