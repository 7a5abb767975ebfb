"""The raw material of the synthetic customer: names, firms, places and sentences. None of it is a real person's."""

from __future__ import annotations

FIRST_NAMES = (
    "Ada", "Amir", "Ana", "Anders", "Beatriz", "Ben", "Carla", "Chen", "Chloé", "Dana", "David", "Diego", "Elena",
    "Emma", "Eric", "Fatima", "Felix", "Fiona", "Gabriel", "Grace", "Hana", "Hugo", "Ines", "Ivan", "Jack", "Jana",
    "Jonas", "José", "Julia", "Kai", "Karin", "Kofi", "Lara", "Leo", "Lin", "Lucía", "Malik", "Maria", "Mateo",
    "Maya", "Mia", "Nadia", "Nils", "Noah", "Olga", "Omar", "Paula", "Pedro", "Priya", "Quinn", "Rachel", "Ravi",
    "Rosa", "Samir", "Sara", "Sven", "Tara", "Theo", "Uma", "Vera", "Victor", "Wei", "Yara", "Zoë",
)  # fmt: skip
LAST_NAMES = (
    "Abbott", "Adeyemi", "Almeida", "Andersson", "Baker", "Becker", "Bianchi", "Brandt", "Castillo", "Chandra",
    "Clarke", "Costa", "Dahl", "Davies", "Demir", "Dubois", "Eriksen", "Evans", "Ferrari", "Fischer", "Fontaine",
    "García", "Gupta", "Haddad", "Hansen", "Hoffmann", "Ibrahim", "Ito", "Jansen", "Jensen", "Kaur", "Keller",
    "Kowalski", "Larsen", "Lehmann", "López", "Marino", "Mbeki", "Meyer", "Moreau", "Nakamura", "Novak", "Nowak",
    "Okafor", "Olsen", "Patel", "Pereira", "Petrov", "Quist", "Ramos", "Reyes", "Rossi", "Sato", "Schmidt", "Silva",
    "Singh", "Tanaka", "Torres", "Ueda", "Vargas", "Weber", "Wójcik", "Yilmaz", "Zhang",
)  # fmt: skip

FIRM_WORDS = (
    "Alder", "Amber", "Aspen", "Basalt", "Beacon", "Birch", "Bramble", "Canyon", "Cedar", "Cinder", "Clover",
    "Cobalt", "Copper", "Coral", "Cypress", "Delta", "Dune", "Elm", "Ember", "Falcon", "Fern", "Flint", "Garnet",
    "Granite", "Harbor", "Hazel", "Heron", "Indigo", "Ivory", "Jasper", "Juniper", "Kestrel", "Lagoon", "Linden",
    "Lotus", "Maple", "Marble", "Meadow", "Mesa", "Nickel", "Oak", "Onyx", "Opal", "Orchard", "Pebble", "Pine",
    "Plover", "Quarry", "Raven", "Reef", "Willow",
)  # fmt: skip
FIRM_TRADES = (
    "Analytics", "Bakery", "Brewing", "Components", "Construction", "Dental", "Design", "Electric", "Energy",
    "Foods", "Freight", "Health", "Homes", "Instruments", "Labs", "Logistics", "Media", "Outdoors", "Packaging",
    "Robotics", "Software", "Supply", "Textiles", "Tools",
)  # fmt: skip
LEGAL_FORMS = ("Inc.", "LLC", "Ltd.", "Corp.", "GmbH", "")

SPECIAL_FIRMS = (
    ("Acme Inc.", "acme.example"),
    ("Larkspur Foods Inc.", "larkspur.example"),
    ("Larkspur Foods GmbH", "larkspur-de.example"),
    ("Nguyen &amp; Sons", "nguyen-sons.example"),
    ("Müller Bau GmbH", "mueller-bau.example"),
    ("Smith, Jones & Partners", "smith-jones.example"),
)
"""Firms whose names are there for a reason: equal but for the legal form, an HTML entity, umlauts, a comma."""

UNRECORDED_FIRMS = (
    "Tumbleweed Events", "Saffron Studio", "Northgate Clinic", "Riverbend Farms", "Acacia Partners", "Wren & Co",
    "Zephyr Cycles", "Old Mill Press",
)  # fmt: skip
"""Firms that contacts name but the accounts file does not hold."""

PLACES = (
    ("Denver", "CO", "United States", "80202"),
    ("Boulder", "CO", "United States", "80301"),
    ("Cambridge", "MA", "United States", "02138"),
    ("Newark", "NJ", "United States", "07102"),
    ("Austin", "TX", "United States", "78701"),
    ("Portland", "OR", "United States", "97201"),
    ("Toronto", "ON", "Canada", "M5V 2T6"),
    ("London", "", "United Kingdom", "SW1A 2AA"),
    ("Berlin", "", "Germany", "10115"),
    ("São Paulo", "SP", "Brazil", "01310-100"),
)
STREETS = ("Market Street", "Pine Avenue", "Station Road", "Mill Lane", "Lake Drive", "High Street", "Canal Walk")

TITLES = (
    "Marketing Manager", "Head of Sales", "CEO", "Office Manager", "Buyer", "IT Lead", "Operations Director", "CFO",
    "Product Owner", "R&amp;D Engineer", "Assistant", "VP Growth",
)  # fmt: skip
LEAD_STAGES = ("New", "Engaged", "Marketing Qualified", "Sales Accepted", "Customer", "Dormant")
LEAD_SOURCES = ("Website", "Trade Fair", "Referral", "Webinar", "Paid Search", "Cold Call")
LISTS = ("Newsletter", "Product Updates", "Trade Fair 2025", "Partners", "Webinar Invitations")
REGIONS = ("North", "South", "East", "West")
INTERESTS = ("Starter", "Team", "Business", "Enterprise")
TOPICS = ("Automation", "Analytics", "E-mail", "Sales & Service", "Security", "Integrations")
INDUSTRIES = ("Manufacturing", "Food & Drink", "Health", "Software", "Construction", "Transport")
PRODUCTS = ("Classic kit", "Pro kit", "Travel case", "Spare sensor", "Wall mount", "Field guide", "Starter pack")

SENTENCES = (
    "Asked for a demo of the reporting module and wants to see how exports are scheduled.",
    "Uses a home-grown spreadsheet today and would like to be rid of it before the end of the year.",
    "Prefers a call in the morning, Mountain Time.",
    "Budget is decided in the third quarter together with the IT department.",
    "Was a customer of ours under another firm until 2022.",
    "Compares us with two other suppliers; price matters less than delivery time.",
    "Met at the trade fair, where we promised a trial account for five people.",
    "Needs all documents in English and German.",
)
