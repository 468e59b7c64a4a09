"""What the demo's guide asks."""

from config.demo.guide_endings import NO, YES, DemoAnswer, DemoQuestion

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
