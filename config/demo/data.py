"""
What the demo shows. Sources: facts.md of the agency; street addresses (but Lahti's), desks and
most hours are invented, and the pages say so.
"""

import datetime
from typing import NamedTuple

FULL_DAY = (datetime.time(8), datetime.time(16, 15))


class Point(NamedTuple):
    slug: str
    names: tuple[str, str, str]
    address: tuple[str, str, str]
    coordinates: tuple[str, str]
    desks: int
    public_desks: int
    # The days until the first free time that the demo's bookings should give.
    wait_days: int
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)


POINTS = [
    Point(
        "helsinki",
        ("Helsinki (Malmi)", "Helsingfors (Malm)", "Helsinki (Malmi)"),
        ("Malmin raitti 19", "00700", "Helsinki"),
        ("60.25120", "25.01040"),
        12,
        4,
        98,
    ),
    Point(
        "turku",
        ("Turku (Raisio)", "Åbo (Reso)", "Turku (Raisio)"),
        ("Raisiontori 5", "21200", "Raisio"),
        ("60.48590", "22.16900"),
        5,
        2,
        95,
    ),
    Point(
        "tampere",
        ("Tampere", "Tammerfors", "Tampere"),
        ("Yliopistonkatu 38", "33100", "Tampere"),
        ("61.49780", "23.76100"),
        5,
        2,
        104,
    ),
    Point(
        "oulu",
        ("Oulu", "Uleåborg", "Oulu"),
        ("Torikatu 34", "90100", "Oulu"),
        ("65.01210", "25.46510"),
        3,
        1,
        84,
    ),
    Point(
        "kuopio",
        ("Kuopio", "Kuopio", "Kuopio"),
        ("Asemakatu 21", "70100", "Kuopio"),
        ("62.89240", "27.67700"),
        2,
        1,
        77,
    ),
    Point(
        "lappeenranta",
        ("Lappeenranta", "Villmanstrand", "Lappeenranta"),
        ("Kauppakatu 40", "53100", "Lappeenranta"),
        ("61.05870", "28.18870"),
        2,
        1,
        90,
    ),
    Point(
        "vaasa",
        ("Vaasa", "Vasa", "Vaasa"),
        ("Hovioikeudenpuistikko 11", "65100", "Vaasa"),
        ("63.09600", "21.61580"),
        2,
        1,
        70,
    ),
    Point(
        "rovaniemi",
        ("Rovaniemi", "Rovaniemi", "Rovaniemi"),
        ("Hallituskatu 5", "96100", "Rovaniemi"),
        ("66.50390", "25.72940"),
        2,
        1,
        63,
    ),
    Point(
        "lahti",
        ("Lahti", "Lahtis", "Lahti"),
        ("Kirkkokatu 12 D", "15140", "Lahti"),
        ("60.98270", "25.66120"),
        3,
        1,
        105,
        (0, 1, 2, 4),
    ),
]

# A visiting service: Tuesday to Friday, every six or seven weeks from the load.
MARIEHAMN = Point(
    "mariehamn",
    ("Maarianhamina", "Mariehamn", "Mariehamn"),
    ("Torggatan 16", "22100", "Mariehamn"),
    ("60.09730", "19.93480"),
    1,
    1,
    60,
    (1, 2, 3, 4),
)
VISITING_WEEKS = (3, 9, 16, 22)

# The pilot of 2021 at the Swedish state service centres, five months long: general matters only.
PARTNERS = [
    Point(
        "borlange",
        ("Borlänge", "Borlänge", "Borlänge"),
        ("Vattugatan 2", "784 33", "Borlänge"),
        ("60.48580", "15.43710"),
        2,
        1,
        20,
    ),
    Point(
        "mariestad",
        ("Mariestad", "Mariestad", "Mariestad"),
        ("Nygatan 10", "542 30", "Mariestad"),
        ("58.70970", "13.82370"),
        2,
        1,
        14,
    ),
    Point(
        "visby",
        ("Visby", "Visby", "Visby"),
        ("Hästgatan 1", "621 56", "Visby"),
        ("57.63480", "18.29480"),
        2,
        1,
        10,
    ),
]
PARTNER_NAME = "Statens servicecenter"
PARTNER_LANGUAGES = ["sv", "en"]
PARTNER_SERVICES = ("card-renewal", "permanent-card-renewal")

# Invented, so that the wish for an accessible point can be seen to do something.
NOT_STEP_FREE = ("vaasa", "visby")

# What everybody brings; what depends on the situation is in BRING_ITEMS.
BRING_PERMIT = (
    "Voimassa oleva passi\nPassikuva tai valokuvakoodi\nHakemuksen liitteiden alkuperäiskappaleet",
    "Giltigt pass\nPassfoto eller fotokod\nOriginalen av ansökans bilagor",
    "A valid passport\nA passport photo or a photo code\nThe originals of your attachments",
)
BRING_CARD = (
    "Voimassa oleva passi\nNykyinen oleskelulupakorttisi\nPassikuva tai valokuvakoodi",
    "Giltigt pass\nDitt nuvarande uppehållstillståndskort\nPassfoto eller fotokod",
    "A valid passport\nYour current residence permit card\nA passport photo or a photo code",
)
BRING_EU = (
    "Voimassa oleva passi tai henkilökortti\nOleskelusi perusteen todistavat asiakirjat",
    "Giltigt pass eller identitetskort\nHandlingar som visar grunden för din vistelse",
    "A valid passport or identity card\nDocuments that show the grounds for your stay",
)
BRING_TRAVEL = (
    "Nykyinen matkustusasiakirjasi, jos sinulla on sellainen\nOleskelulupakorttisi\n"
    "Passikuva tai valokuvakoodi",
    "Ditt nuvarande resedokument, om du har ett\nDitt uppehållstillståndskort\n"
    "Passfoto eller fotokod",
    "Your current travel document, if you have one\nYour residence permit card\n"
    "A passport photo or a photo code",
)


# By situation: (slug of the service or "" for all, in Finnish, in Swedish, in English).
BRING_ITEMS = {
    "online": [
        (
            "",
            "Käy palvelupisteessä kolmen kuukauden kuluessa hakemisesta",
            "Besök ett serviceställe inom tre månader från ansökan",
            "Visit the service point within three months of applying",
        ),
        (
            "work",
            "Jos haet pikakaistalla, käy viiden työpäivän kuluessa",
            "Om du använder snabbfilen, besök oss inom fem arbetsdagar",
            "On the fast track, visit within five working days",
        ),
    ],
    "paper": [
        (
            "",
            "Täytetty ja allekirjoitettu hakemuslomake",
            "En ifylld och undertecknad ansökningsblankett",
            "The application form, filled in and signed",
        ),
        ("", "Kopiot kaikista liitteistä", "Kopior av alla bilagor", "Copies of all attachments"),
    ],
    "child": [
        (
            "",
            "Lapsi tulee itse paikalle huoltajan kanssa",
            "Barnet kommer själv, tillsammans med en vårdnadshavare",
            "The child comes in person, with a guardian",
        ),
        (
            "",
            "Huoltajan henkilöllisyystodistus",
            "Vårdnadshavarens identitetsbevis",
            "The guardian's identity document",
        ),
    ],
    "translation": [
        (
            "",
            "Käännös asiakirjasta suomeksi, ruotsiksi tai englanniksi",
            "En översättning av handlingen till finska, svenska eller engelska",
            "A translation of the document into Finnish, Swedish or English",
        ),
    ],
}


class DemoService(NamedTuple):
    slug: str
    category: str
    names: tuple[str, str, str]
    minutes: int
    bring: tuple[str, str, str]
    can_be_urgent: bool = False
    without_visit: bool = False


SERVICES = [
    DemoService(
        "citizenship",
        "citizenship",
        ("Kansalaisuusasiat", "Medborgarskapsärenden", "Citizenship matters"),
        20,
        BRING_EU,
    ),
    DemoService(
        "eu-citizen",
        "eu_registration",
        (
            "EU-kansalaisen rekisteröinti",
            "Registrering av EU-medborgare",
            "Registration of an EU citizen",
        ),
        30,
        BRING_EU,
    ),
    DemoService(
        "eu-family-card",
        "eu_registration",
        (
            "EU-kansalaisen perheenjäsenen kortti",
            "Kort för familjemedlem till EU-medborgare",
            "Card for a family member of an EU citizen",
        ),
        30,
        BRING_EU,
    ),
    DemoService(
        "brexit",
        "eu_registration",
        ("Brexit-ajanvaraukset", "Brexit-tidsbokning", "Brexit appointments"),
        30,
        BRING_EU,
    ),
    DemoService(
        "work",
        "residence_permit",
        ("Oleskelulupa: työ", "Uppehållstillstånd: arbete", "Residence permit: work"),
        30,
        BRING_PERMIT,
        can_be_urgent=True,
        without_visit=True,
    ),
    DemoService(
        "family",
        "residence_permit",
        ("Oleskelulupa: perhe", "Uppehållstillstånd: familj", "Residence permit: family"),
        30,
        BRING_PERMIT,
        can_be_urgent=True,
        without_visit=True,
    ),
    DemoService(
        "study",
        "residence_permit",
        ("Oleskelulupa: opiskelu", "Uppehållstillstånd: studier", "Residence permit: study"),
        30,
        BRING_PERMIT,
        can_be_urgent=True,
        without_visit=True,
    ),
    DemoService(
        "other-grounds",
        "residence_permit",
        (
            "Oleskelulupa: muut perusteet",
            "Uppehållstillstånd: andra grunder",
            "Residence permit: other grounds",
        ),
        30,
        BRING_PERMIT,
        can_be_urgent=True,
    ),
    DemoService(
        "permanent",
        "residence_permit",
        ("Pysyvä oleskelulupa", "Permanent uppehållstillstånd", "Permanent residence permit"),
        30,
        BRING_PERMIT,
        can_be_urgent=True,
        without_visit=True,
    ),
    DemoService(
        "card-renewal",
        "residence_permit",
        (
            "Oleskelulupakortin uusiminen",
            "Förnyelse av uppehållstillståndskort",
            "Renewal of a residence permit card",
        ),
        30,
        BRING_CARD,
        can_be_urgent=True,
    ),
    DemoService(
        "permanent-card-renewal",
        "residence_permit",
        (
            "Pysyvän oleskelulupakortin uusiminen",
            "Förnyelse av permanent uppehållstillståndskort",
            "Renewal of a permanent residence permit card",
        ),
        20,
        BRING_CARD,
        can_be_urgent=True,
    ),
    DemoService(
        "temporary-protection-card",
        "temporary_protection",
        (
            "Tilapäinen suojelu: oleskelulupakortti",
            "Tillfälligt skydd: uppehållstillståndskort",
            "Temporary protection: residence permit card",
        ),
        30,
        BRING_CARD,
        can_be_urgent=True,
    ),
    DemoService(
        "aliens-passport",
        "travel_document",
        ("Muukalaispassi", "Främlingspass", "Alien's passport"),
        30,
        BRING_TRAVEL,
        can_be_urgent=True,
    ),
    DemoService(
        "refugee-travel-document",
        "travel_document",
        (
            "Pakolaisen matkustusasiakirja",
            "Resedokument för flykting",
            "Refugee travel document",
        ),
        30,
        BRING_TRAVEL,
        can_be_urgent=True,
    ),
]

CITIZENSHIP_AND_EU = ("citizenship", "eu-citizen", "eu-family-card", "brexit")

NAMES = [
    "Nguyễn Thị Hương",
    "Олена Коваль",
    "Ahmad Rezai",
    "Sakura Tanaka",
    "Fatima Al-Hassan",
    "Ivan Petrov",
    "Maria da Silva",
    "Priya Sharma",
    "Zhang Wei",
    "Amina Mohamed Ali",
    "Jonas Bērziņš",
    "Aylin Yıldız",
    "Suharto",
    "Grace Okonkwo",
    "Katarzyna Wójcik",
    "Bilal Hussain",
    "Thandiwe Dlamini",
    "Carlos Núñez",
    "سارا احمدی",
    "Tomasz Lewandowski",
    "Mehmet Öztürk",
    "Elena Popescu",
    "Abdi Warsame",
    "Linh Trần",
]
