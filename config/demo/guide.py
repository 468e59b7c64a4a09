"""
The demo's guide before booking. Sources: mission.md and facts.md of the agency: first permits
are applied for abroad, extensions need no visit with a bank log-in, only what expires within
three months is urgent, asylum is for the police or the border guard.
"""

import datetime
import random
import uuid
from typing import NamedTuple

from django.utils import timezone

from accounts.models import User
from servicepoints import guide_operations
from servicepoints.guide_models import Choice, Ending, EndingReached, GuideVersion, Question
from servicepoints.models import Service

Texts = tuple[str, str, str]
NONE: Texts = ("", "", "")
Kind = Ending.Kind
ONLINE_SERVICE = "https://enterfinland.fi"


class DemoEnding(NamedTuple):
    kind: Kind
    title: Texts
    why: Texts
    steps: Texts
    url: str = ""
    # About how often it is reached in a day, in the made-up figures.
    daily: int = 0


class DemoAnswer(NamedTuple):
    text: Texts
    leads_to: str
    service: str = ""
    hint: Texts = NONE


class DemoQuestion(NamedTuple):
    text: Texts
    answers: list[DemoAnswer]
    help: Texts = NONE


YES: Texts = ("Kyllä", "Ja", "Yes")
NO: Texts = ("Ei", "Nej", "No")

ENDINGS = {
    "no_visit": DemoEnding(
        Kind.NO_VISIT,
        (
            "Sinun ei tarvitse käydä palvelupisteessä",
            "Du behöver inte besöka ett serviceställe",
            "You do not need a visit",
        ),
        (
            "Kun haet jatkolupaa verkossa ja tunnistaudut verkkopankkitunnuksilla, "
            "henkilöllisyytesi on varmistettu. Käynti ei nopeuta asiaasi.",
            "När du ansöker om fortsatt tillstånd på nätet och identifierar dig med bankkoder är "
            "din identitet bekräftad. Ett besök gör inte att ärendet går snabbare.",
            "When you apply for an extended permit online and sign in with your bank, your "
            "identity has been proved. A visit does not make your matter faster.",
        ),
        (
            "Kirjaudu verkkopalveluun verkkopankkitunnuksillasi.\n"
            "Täytä hakemus, lisää liitteet ja maksa käsittelymaksu.\n"
            "Jos sinulla on jo aika palvelupisteeseen, peru se, niin joku muu saa sen.",
            "Logga in i e-tjänsten med dina bankkoder.\n"
            "Fyll i ansökan, lägg till bilagorna och betala handläggningsavgiften.\n"
            "Om du redan har en tid på ett serviceställe, avboka den så att någon annan får den.",
            "Sign in to the online service with your bank log-in.\n"
            "Fill in the application, add the attachments and pay the fee.\n"
            "If you already have a time at a service point, cancel it so that someone else gets "
            "it.",
        ),
        ONLINE_SERVICE,
        daily=17,
    ),
    "urgent": DemoEnding(
        Kind.URGENT,
        (
            "Hae vuoronumero palvelupisteestä",
            "Hämta ett könummer på ett serviceställe",
            "Get a queue number at a service point",
        ),
        (
            "Asiasi on kiireellinen, koska lupasi, korttisi tai matkustusasiakirjasi on "
            "vanhentunut tai vanhenee kolmen kuukauden kuluessa. Kiireellisiä asioita palvellaan "
            "samana päivänä.",
            "Ditt ärende är brådskande, eftersom ditt tillstånd, kort eller resedokument har gått "
            "ut eller går ut inom tre månader. Brådskande ärenden betjänas samma dag.",
            "Your matter is urgent, because your permit, card or travel document has expired or "
            "expires within three months. Urgent matters are served the same day.",
        ),
        (
            "Täytä hakemus verkossa ennen kuin tulet, jos voit.\n"
            "Tule palvelupisteeseen aukioloaikana, mielellään aamulla: numeroita on niin monta "
            "kuin päivän aikana ehditään palvella.\n"
            "Ota vuoronumero aulan automaatista ja näytä asiakirjasi tiskillä.",
            "Fyll i ansökan på nätet innan du kommer, om du kan.\n"
            "Kom till ett serviceställe när det är öppet, gärna på morgonen: numren är så många "
            "som hinner betjänas under dagen.\n"
            "Ta ett könummer ur automaten i väntrummet och visa din handling vid disken.",
            "Fill in the application online before you come, if you can.\n"
            "Come to a service point when it is open, best in the morning: there are as many "
            "numbers as the day can serve.\n"
            "Take a number from the kiosk in the lobby, and show your document at the desk.",
        ),
        daily=30,
    ),
    "book": DemoEnding(
        Kind.BOOK,
        ("Varaa aika", "Boka en tid", "Book a visit"),
        (
            "Sinun on todistettava henkilöllisyytesi palvelupisteessä, eikä asiasi ole "
            "kiireellinen.",
            "Du måste bevisa din identitet på ett serviceställe, och ditt ärende är inte "
            "brådskande.",
            "You must prove your identity at a service point, and your matter is not urgent.",
        ),
        (
            "Täytä hakemus verkossa, jos voit. Käy sitten palvelupisteessä kolmen kuukauden "
            "kuluessa.\n"
            "Varaa aika. Mikä tahansa palvelupiste käy, ei vain lähin.\n"
            "Ota mukaan passi ja alkuperäiset asiakirjat. Näet tarkan luettelon, kun olet varannut "
            "ajan.",
            "Fyll i ansökan på nätet, om du kan. Besök sedan ett serviceställe inom tre månader.\n"
            "Boka en tid. Vilket serviceställe som helst går bra, inte bara det närmaste.\n"
            "Ta med dig pass och originalhandlingar. Du ser hela listan när du har bokat tiden.",
            "Fill in the application online, if you can. Then visit a service point within three "
            "months.\n"
            "Book a time. Any service point will do, not only the nearest.\n"
            "Bring your passport and the original documents. You see the whole list when you have "
            "booked.",
        ),
        daily=70,
    ),
    "book_never_urgent": DemoEnding(
        Kind.BOOK,
        (
            "Varaa aika: asia ei ole koskaan kiireellinen",
            "Boka en tid: ärendet är aldrig brådskande",
            "Book a visit: this is never urgent",
        ),
        (
            "Kansalaisuutta ja EU-rekisteröintiä varten sinun on todistettava henkilöllisyytesi "
            "palvelupisteessä. Ne eivät ole koskaan kiireellisiä asioita, joten vuoronumeroa ei "
            "saa.",
            "För medborgarskap och EU-registrering måste du bevisa din identitet på ett "
            "serviceställe. De är aldrig brådskande ärenden, så du kan inte få ett könummer.",
            "For citizenship and EU registration you must prove your identity at a service point. "
            "They are never urgent, so there are no queue numbers for them.",
        ),
        (
            "Täytä hakemus verkossa, jos voit. Käy sitten palvelupisteessä kolmen kuukauden "
            "kuluessa.\n"
            "Varaa aika. Mikä tahansa palvelupiste käy, ei vain lähin.",
            "Fyll i ansökan på nätet, om du kan. Besök sedan ett serviceställe inom tre månader.\n"
            "Boka en tid. Vilket serviceställe som helst går bra, inte bara det närmaste.",
            "Fill in the application online, if you can. Then visit a service point within three "
            "months.\n"
            "Book a time. Any service point will do, not only the nearest.",
        ),
        daily=45,
    ),
    "mission": DemoEnding(
        Kind.OTHER_AUTHORITY,
        (
            "Hae lupaa Suomen edustustossa",
            "Sök tillståndet på en finländsk beskickning",
            "Apply at a Finnish mission abroad",
        ),
        (
            "Ensimmäistä oleskelulupaa haetaan yleensä ennen Suomeen tuloa. Henkilöllisyytesi "
            "tarkistetaan Suomen edustustossa, ei palvelupisteessä.",
            "Det första uppehållstillståndet söks vanligen innan man kommer till Finland. Din "
            "identitet kontrolleras på en finländsk beskickning, inte på ett serviceställe.",
            "A first residence permit is usually applied for before coming to Finland. Your "
            "identity is checked at a Finnish mission, not at a service point.",
        ),
        (
            "Täytä hakemus verkkopalvelussa.\n"
            "Varaa aika Suomen edustustoon siinä maassa, jossa asut laillisesti.\n"
            "Ota edustustoon mukaan passi ja liitteiden alkuperäiskappaleet.",
            "Fyll i ansökan i e-tjänsten.\n"
            "Boka tid på Finlands beskickning i det land där du bor lagligt.\n"
            "Ta med dig pass och originalen av bilagorna till beskickningen.",
            "Fill in the application in the online service.\n"
            "Book a time at the Finnish mission in the country where you live legally.\n"
            "Bring your passport and the originals of your attachments to the mission.",
        ),
        "https://um.fi",
        daily=12,
    ),
    "asylum": DemoEnding(
        Kind.OTHER_AUTHORITY,
        (
            "Käänny poliisin tai rajatarkastusviranomaisen puoleen",
            "Vänd dig till polisen eller gränskontrollmyndigheten",
            "Go to the police or the border guard",
        ),
        (
            "Turvapaikkahakemuksen ottaa vastaan poliisi tai rajatarkastusviranomainen. "
            "Palvelupisteissä ei oteta vastaan hakemuksia eikä pidetä turvapaikkapuhutteluja.",
            "En asylansökan tas emot av polisen eller gränskontrollmyndigheten. Serviceställena "
            "tar inte emot ansökningar och håller inga asylsamtal.",
            "An application for asylum is taken by the police or the border guard. Service points "
            "take no applications for asylum and hold no asylum interviews.",
        ),
        (
            "Kerro poliisille tai rajatarkastusviranomaiselle, että haet turvapaikkaa. Tee se heti "
            "Suomeen tultuasi tai mahdollisimman pian sen jälkeen.\n"
            "Jos olet jo hakenut turvapaikkaa, et varaa aikaa itse: saat kutsun.",
            "Berätta för polisen eller gränskontrollmyndigheten att du söker asyl. Gör det genast "
            "när du kommer till Finland eller så snart som möjligt därefter.\n"
            "Om du redan har sökt asyl bokar du ingen tid själv: du får en kallelse.",
            "Tell the police or the border guard that you apply for asylum, as soon as you arrive "
            "in Finland or as soon as you can after that.\n"
            "If you have applied for asylum already, you book no time yourself: you are invited.",
        ),
        "https://poliisi.fi",
        daily=4,
    ),
    "partner_card": DemoEnding(
        Kind.PARTNER,
        (
            "Asioi kumppanitoimipaikassa",
            "Besök ett partnerkontor",
            "Visit a partner office",
        ),
        (
            "Kumppanitoimipaikat auttavat oleskelulupakortin uusimisessa, ja niihin saa ajan usein "
            "nopeammin.",
            "Partnerkontoren hjälper till när uppehållstillståndskortet förnyas, och dit får man "
            "ofta tid snabbare.",
            "Partner offices help with the renewal of a residence permit card, and they often have "
            "times sooner.",
        ),
        (
            "Valitse toimipaikka alta ja varaa sieltä aika.\n"
            "Ota mukaan passi ja nykyinen oleskelulupakorttisi.",
            "Välj ett kontor nedan och boka tid där.\n"
            "Ta med dig pass och ditt nuvarande uppehållstillståndskort.",
            "Choose an office below and book a time there.\n"
            "Bring your passport and your current residence permit card.",
        ),
        daily=5,
    ),
    "partner_help": DemoEnding(
        Kind.PARTNER,
        (
            "Kumppanitoimipaikka auttaa",
            "Ett partnerkontor hjälper dig",
            "A partner office helps you",
        ),
        (
            "Kumppanitoimipaikat neuvovat verkkopalvelun käytössä, tulostavat lomakkeita ja "
            "välittävät paperisi meille. Siihen ei tarvita aikaa palvelupisteeseen.",
            "Partnerkontoren hjälper dig med e-tjänsten, skriver ut blanketter och skickar dina "
            "papper vidare till oss. Du behöver ingen tid på ett serviceställe för det.",
            "Partner offices help you with the online service, print forms and forward your papers "
            "to us. You need no time at a service point for that.",
        ),
        (
            "Mene lähimpään kumppanitoimipaikkaan sen aukioloaikana.\n"
            "Jos et pääse sinne, tule palvelupisteeseen ja ota vuoronumero: henkilökunta auttaa "
            "varaamaan ajan.",
            "Gå till närmaste partnerkontor när det är öppet.\n"
            "Om du inte kan ta dig dit, kom till ett serviceställe och ta ett könummer: personalen "
            "hjälper dig att boka en tid.",
            "Go to the nearest partner office when it is open.\n"
            "If you cannot go there, come to a service point and take a number: the staff books a "
            "time for you.",
        ),
        daily=9,
    ),
}

QUESTIONS = {
    "matter": DemoQuestion(
        ("Mitä asiasi koskee?", "Vad gäller ditt ärende?", "What is your matter about?"),
        [
            DemoAnswer(
                ("Oleskelulupa", "Uppehållstillstånd", "A residence permit"),
                "has_permit",
                hint=(
                    "Ensimmäinen lupa, jatkolupa tai pysyvä lupa",
                    "Första tillstånd, fortsatt eller permanent tillstånd",
                    "A first, extended or permanent permit",
                ),
            ),
            DemoAnswer(
                (
                    "Oleskelulupakortin uusiminen",
                    "Förnyelse av uppehållstillståndskort",
                    "Renewing a residence permit card",
                ),
                "card",
                hint=(
                    "Lupa on voimassa, mutta kortti vanhenee tai on kadonnut",
                    "Tillståndet gäller, men kortet går ut eller har försvunnit",
                    "The permit is valid, but the card expires or is lost",
                ),
            ),
            DemoAnswer(
                ("EU-rekisteröinti", "EU-registrering", "EU registration"),
                "eu",
                hint=(
                    "EU-kansalaisille, heidän perheenjäsenilleen ja brexit-asioihin",
                    "För EU-medborgare, deras familjemedlemmar och brexitärenden",
                    "For EU citizens, their family members and Brexit matters",
                ),
            ),
            DemoAnswer(
                ("Suomen kansalaisuus", "Finskt medborgarskap", "Finnish citizenship"),
                "book_never_urgent",
                service="citizenship",
            ),
            DemoAnswer(
                (
                    "Muukalaispassi tai pakolaisen matkustusasiakirja",
                    "Främlingspass eller resedokument för flykting",
                    "An alien's passport or a refugee travel document",
                ),
                "travel",
            ),
            DemoAnswer(("Turvapaikka", "Asyl", "Asylum"), "asylum"),
            DemoAnswer(
                (
                    "Neuvonta, lomakkeet tai papereiden jättäminen",
                    "Råd, blanketter eller inlämning av papper",
                    "Advice, forms or handing in papers",
                ),
                "partner_help",
            ),
        ],
    ),
    "has_permit": DemoQuestion(
        (
            "Onko sinulla jo oleskelulupa Suomeen?",
            "Har du redan uppehållstillstånd i Finland?",
            "Do you already have a residence permit in Finland?",
        ),
        [
            DemoAnswer(
                ("Kyllä, haen jatkoa", "Ja, jag söker förlängning", "Yes, I apply for more time"),
                "extended",
            ),
            DemoAnswer(
                (
                    "Ei, ja olen ulkomailla",
                    "Nej, och jag är utomlands",
                    "No, and I am abroad",
                ),
                "mission",
            ),
            DemoAnswer(
                (
                    "Ei, mutta oleskelen jo laillisesti Suomessa",
                    "Nej, men jag vistas redan lagligt i Finland",
                    "No, but I am already legally in Finland",
                ),
                "first",
            ),
        ],
    ),
    "extended": DemoQuestion(
        (
            "Millaista lupaa haet?",
            "Hurdant tillstånd söker du?",
            "What kind of permit do you apply for?",
        ),
        [
            DemoAnswer(("Työ", "Arbete", "Work"), "bank", service="work"),
            DemoAnswer(("Perhe", "Familj", "Family"), "bank", service="family"),
            DemoAnswer(("Opiskelu", "Studier", "Study"), "bank", service="study"),
            DemoAnswer(
                ("Pysyvä oleskelulupa", "Permanent uppehållstillstånd", "A permanent permit"),
                "bank",
                service="permanent",
            ),
            DemoAnswer(
                ("Muu peruste", "Någon annan grund", "Other grounds"),
                "expires",
                service="other-grounds",
            ),
        ],
    ),
    "first": DemoQuestion(
        (
            "Millä perusteella haet ensimmäistä lupaasi?",
            "På vilken grund söker du ditt första tillstånd?",
            "On what grounds do you apply for your first permit?",
        ),
        [
            DemoAnswer(("Työ", "Arbete", "Work"), "book", service="work"),
            DemoAnswer(("Perhe", "Familj", "Family"), "book", service="family"),
            DemoAnswer(("Opiskelu", "Studier", "Study"), "book", service="study"),
            DemoAnswer(
                ("Muu peruste", "Någon annan grund", "Other grounds"),
                "book",
                service="other-grounds",
            ),
        ],
    ),
    "bank": DemoQuestion(
        (
            "Voitko hakea verkossa ja tunnistautua suomalaisilla verkkopankkitunnuksilla?",
            "Kan du ansöka på nätet och identifiera dig med finländska bankkoder?",
            "Can you apply online and sign in with a Finnish bank?",
        ),
        [DemoAnswer(YES, "no_visit"), DemoAnswer(NO, "expires")],
        help=(
            "Vahva tunnistautuminen riittää, kun haet jatkoa luvallesi.",
            "Stark autentisering räcker när du söker förlängning av ditt tillstånd.",
            "Strong identification is enough when you apply for more time.",
        ),
    ),
    "expires": DemoQuestion(
        (
            "Onko nykyinen lupasi, korttisi tai matkustusasiakirjasi vanhentunut, tai vanheneeko "
            "se kolmen kuukauden kuluessa?",
            "Har ditt nuvarande tillstånd, kort eller resedokument gått ut, eller går det ut inom "
            "tre månader?",
            "Has your present permit, card or travel document expired, or does it expire within "
            "three months?",
        ),
        [DemoAnswer(YES, "urgent"), DemoAnswer(NO, "book")],
        help=(
            "Vain Suomen myöntämä lupa, kortti tai matkustusasiakirja lasketaan.",
            "Endast ett tillstånd, kort eller resedokument från Finland räknas.",
            "Only a permit, card or travel document issued by Finland counts.",
        ),
    ),
    "card": DemoQuestion(
        (
            "Minkä kortin uusit?",
            "Vilket kort förnyar du?",
            "Which card do you renew?",
        ),
        [
            DemoAnswer(
                ("Oleskelulupakortti", "Uppehållstillståndskort", "A residence permit card"),
                "partner",
                service="card-renewal",
            ),
            DemoAnswer(
                (
                    "Pysyvä oleskelulupakortti",
                    "Permanent uppehållstillståndskort",
                    "A permanent residence permit card",
                ),
                "partner",
                service="permanent-card-renewal",
            ),
            DemoAnswer(
                (
                    "Tilapäisen suojelun oleskelulupakortti",
                    "Uppehållstillståndskort för tillfälligt skydd",
                    "A residence permit card for temporary protection",
                ),
                "expires",
                service="temporary-protection-card",
            ),
        ],
    ),
    "partner": DemoQuestion(
        (
            "Pääsetkö helposti johonkin kumppanitoimipaikkaan?",
            "Kommer du lätt till något av partnerkontoren?",
            "Can you easily go to one of our partner offices?",
        ),
        [DemoAnswer(YES, "partner_card"), DemoAnswer(NO, "expires")],
        help=(
            "Kumppanitoimipaikat ovat Borlängessä, Mariestadissa ja Visbyssä.",
            "Partnerkontoren finns i Borlänge, Mariestad och Visby.",
            "The partner offices are in Borlänge, Mariestad and Visby.",
        ),
    ),
    "travel": DemoQuestion(
        (
            "Mitä matkustusasiakirjaa haet?",
            "Vilket resedokument söker du?",
            "Which travel document do you apply for?",
        ),
        [
            DemoAnswer(
                ("Muukalaispassi", "Främlingspass", "An alien's passport"),
                "expires",
                service="aliens-passport",
            ),
            DemoAnswer(
                (
                    "Pakolaisen matkustusasiakirja",
                    "Resedokument för flykting",
                    "A refugee travel document",
                ),
                "expires",
                service="refugee-travel-document",
            ),
        ],
    ),
    "eu": DemoQuestion(
        (
            "Kenen asiaa EU-rekisteröinti koskee?",
            "Vems ärende gäller EU-registreringen?",
            "Whose matter is the EU registration?",
        ),
        [
            DemoAnswer(
                ("EU-kansalaisen", "En EU-medborgares", "An EU citizen's"),
                "book_never_urgent",
                service="eu-citizen",
            ),
            DemoAnswer(
                (
                    "EU-kansalaisen perheenjäsenen",
                    "En familjemedlems till en EU-medborgare",
                    "A family member's of an EU citizen",
                ),
                "book_never_urgent",
                service="eu-family-card",
            ),
            DemoAnswer(
                (
                    "Brexit-sopimukseen perustuva oikeus",
                    "En rätt som grundar sig på brexitavtalet",
                    "A right under the Brexit agreement",
                ),
                "book_never_urgent",
                service="brexit",
            ),
        ],
    ),
}
DAYS_OF_FIGURES = 60


def load_guide(services: dict[str, Service], chance: random.Random) -> None:
    """Write and publish the guide, and make up what it has led to in the last two months."""
    editor = User.objects.filter(is_superuser=True).first()
    draft = guide_operations.start_draft(editor)
    questions = {slug: _question(draft, row) for slug, row in QUESTIONS.items()}
    endings = {slug: _ending(draft, row) for slug, row in ENDINGS.items()}
    for slug, question in QUESTIONS.items():
        for position, answer in enumerate(question.answers, 1):
            choice = Choice(
                question=questions[slug],
                position=position,
                service=services[answer.service] if answer.service else None,
                next_question=questions.get(answer.leads_to),
                ending=endings.get(answer.leads_to),
                **translated("text", answer.text),
                **translated("hint", answer.hint),
            )
            guide_operations.save(draft, choice)
    draft.refresh_from_db()
    guide_operations.publish(draft, revision=draft.revision, by=editor)
    _reach(endings, chance)
    began_at = timezone.now() - datetime.timedelta(days=DAYS_OF_FIGURES + 1)
    GuideVersion.objects.filter(pk=draft.pk).update(created_at=began_at, published_at=began_at)


def _question(draft: GuideVersion, row: DemoQuestion) -> Question:
    question = Question(
        version=draft, **translated("text", row.text), **translated("help", row.help)
    )
    guide_operations.save(draft, question)
    return question


def _ending(draft: GuideVersion, row: DemoEnding) -> Ending:
    ending = Ending(
        version=draft,
        kind=row.kind,
        url=row.url,
        **translated("title", row.title),
        **translated("why", row.why),
        **translated("steps", row.steps),
    )
    guide_operations.save(draft, ending)
    return ending


def _reach(endings: dict[str, Ending], chance: random.Random) -> None:
    today = timezone.localdate()
    EndingReached.objects.bulk_create(
        EndingReached(
            id=uuid.UUID(int=chance.getrandbits(128), version=4),
            ending=ending,
            date=today - datetime.timedelta(days=days),
        )
        for days in range(1, DAYS_OF_FIGURES + 1)
        for slug, ending in endings.items()
        for _ in range(chance.randint(ENDINGS[slug].daily // 2, ENDINGS[slug].daily * 3 // 2))
    )


def translated(field: str, texts: Texts) -> dict[str, str]:
    """Return `texts` by the columns that hold them: in Finnish, Swedish and English."""
    return dict(zip((f"{field}_fi", f"{field}_sv", f"{field}_en"), texts, strict=True))
