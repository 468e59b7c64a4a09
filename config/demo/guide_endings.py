"""What the demo's guide consists of, and where its paths end."""

from typing import NamedTuple

from servicepoints.guide_models import Ending

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
