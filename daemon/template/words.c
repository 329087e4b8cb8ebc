#include "daemon/template/words.h"

#include "common/cleanup.h"

/* Lists are read as text. */
/* clang-format off */

static const char *const first_names[] = {
	"Ada", "Adrian", "Agnes", "Aisha", "Alan", "Albert", "Alma", "Amir", "Anita", "Arjun",
	"Astrid", "Beatrice", "Benjamin", "Boris", "Bruno", "Camille", "Carlos", "Celia", "Chen",
	"Clara", "Conrad", "Daniel", "Daphne", "Diego", "Dora", "Edgar", "Eleanor", "Elias", "Emma",
	"Erik", "Esther", "Fatima", "Felix", "Flora", "Frank", "Gabriel", "Gita", "Grace", "Gustav",
	"Hannah", "Hassan", "Helena", "Henry", "Hugo", "Ida", "Igor", "Ines", "Irene", "Isaac",
	"Ivan", "Jana", "Jasper", "Joan", "Jonas", "Julia", "Kaito", "Karen", "Katya", "Kenji",
	"Klara", "Kofi", "Laila", "Lars", "Laura", "Leo", "Lena", "Linus", "Louise", "Lucas",
	"Magda", "Malik", "Marcus", "Maria", "Martin", "Maya", "Mila", "Miriam", "Nadia", "Naomi",
	"Nina", "Noah", "Olga", "Oliver", "Omar", "Oscar", "Paula", "Pedro", "Petra", "Philip",
	"Priya", "Quentin", "Rachel", "Ravi", "Rebecca", "Robert", "Rosa", "Ruth", "Samir",
	"Sandra", "Simon", "Sofia", "Stefan", "Susan", "Tamar", "Tara", "Theodore", "Thomas",
	"Tobias", "Uma", "Ursula", "Valentin", "Vera", "Victor", "Vivian", "Walter", "Wendy",
	"William", "Xenia", "Yara", "Yusuf", "Zara", "Zoe",
};

static const char *const last_names[] = {
	"Abbott", "Adler", "Ahmed", "Albright", "Almeida", "Amari", "Andersen", "Archer", "Baker",
	"Barros", "Bauer", "Becker", "Bell", "Bennett", "Berg", "Bianchi", "Blake", "Bloom",
	"Brandt", "Brooks", "Calder", "Campos", "Carter", "Castillo", "Chandra", "Clark", "Cole",
	"Costa", "Cruz", "Dahl", "Dalton", "Delgado", "Dietrich", "Dixon", "Dubois", "Eaton",
	"Ekberg", "Ellis", "Engel", "Falk", "Farrell", "Ferrari", "Fischer", "Flores", "Foster",
	"Fuchs", "Gallo", "Garcia", "Gibson", "Grant", "Greene", "Gupta", "Haas", "Hale", "Hansen",
	"Harper", "Hayashi", "Hill", "Hoffman", "Holm", "Hughes", "Ibarra", "Ito", "Jansen",
	"Jensen", "Jordan", "Kaplan", "Kapoor", "Keller", "Kim", "Klein", "Kovacs", "Kumar",
	"Lambert", "Lane", "Larsen", "Laurent", "Lee", "Lind", "Lopez", "Lund", "Maier", "Marino",
	"Marsh", "Mason", "Mehta", "Meyer", "Mills", "Moreau", "Moreno", "Murphy", "Nakamura",
	"Nash", "Novak", "Oakley", "Okafor", "Olsen", "Ortega", "Osman", "Palmer", "Park", "Pavlov",
	"Perez", "Petrov", "Porter", "Quinn", "Ramos", "Reed", "Ricci", "Rivera", "Rossi", "Roth",
	"Ryan", "Sato", "Schmidt", "Shaw", "Silva", "Singh", "Sloan", "Sorensen", "Stone", "Suzuki",
	"Tanaka", "Taylor", "Torres", "Turner", "Underwood", "Vargas", "Vidal", "Vogel", "Wagner",
	"Walsh", "Weber", "West", "Winter", "Wolf", "Yamada", "Young", "Zeller", "Ziegler",
};

static const char *const titles[] = {
	"Mr.", "Mrs.", "Ms.", "Miss", "Dr.", "Prof.",
};

static const char *const suffixes[] = {
	"Jr.", "Sr.", "I", "II", "III", "IV", "V", "MD", "DDS", "PhD", "DVM",
};

static const char *const latin[] = {
	"ager", "amor", "animus", "annus", "aqua", "arbor", "ars", "aurum", "avis", "bellum",
	"bonus", "caelum", "campus", "canis", "caput", "carmen", "castra", "causa", "civis",
	"clarus", "collis", "color", "copia", "corpus", "crux", "cura", "dies", "digitus", "dolor",
	"domus", "donum", "equus", "fabula", "factum", "fama", "femina", "ferrum", "fides", "finis",
	"flamma", "flos", "flumen", "folium", "forma", "fortis", "fortuna", "forum", "frater",
	"fructus", "gaudium", "genus", "gladius", "gloria", "gratia", "herba", "homo", "honor",
	"hora", "hortus", "hostis", "ignis", "imago", "imperium", "insula", "ira", "iter", "iudex",
	"labor", "lacus", "laus", "legatus", "lex", "liber", "lignum", "lingua", "littera", "locus",
	"longus", "ludus", "lumen", "luna", "lux", "magister", "magnus", "manus", "mare", "mater",
	"medius", "memoria", "mensa", "mens", "mons", "mos", "mundus", "murus", "natura", "nauta",
	"navis", "nihil", "nomen", "novus", "nox", "numerus", "oculus", "omen", "opus", "ora",
	"ordo", "otium", "pars", "pater", "pax", "pectus", "pes", "populus", "porta", "portus",
	"primus", "puer", "pugna", "ratio", "regina", "res", "rex", "ripa", "rosa", "rus",
	"sanguis", "sapientia", "saxum", "scientia", "semper", "senex", "sensus", "silva", "sol",
	"solum", "somnus", "sonus", "species", "spes", "stella", "studium", "summus", "tabula",
	"tempus", "terra", "timor", "turba", "umbra", "unda", "unus", "urbs", "usus", "vallis",
	"ventus", "ver", "verbum", "verus", "via", "vinum", "vir", "virtus", "vis", "vita", "vox",
	"vulnus",
};

static const char *const cities[] = {
	"Aberdeen", "Accra", "Adelaide", "Amman", "Antwerp", "Athens", "Auckland", "Austin",
	"Bamako", "Bangkok", "Barcelona", "Basel", "Beirut", "Belgrade", "Bergen", "Berlin",
	"Bilbao", "Bogota", "Bologna", "Boston", "Bristol", "Brno", "Brussels", "Bucharest",
	"Budapest", "Cairo", "Calgary", "Canberra", "Caracas", "Cardiff", "Chennai", "Chicago",
	"Cologne", "Cordoba", "Dakar", "Dallas", "Delhi", "Denver", "Dhaka", "Dresden", "Dublin",
	"Durban", "Edinburgh", "Fez", "Florence", "Geneva", "Genoa", "Ghent", "Glasgow",
	"Gothenburg", "Granada", "Graz", "Hamburg", "Hanoi", "Harare", "Havana", "Helsinki",
	"Hobart", "Houston", "Istanbul", "Jakarta", "Kampala", "Karachi", "Kigali", "Kingston",
	"Kobe", "Krakow", "Kyoto", "Lagos", "Leeds", "Leipzig", "Lille", "Lima", "Lisbon",
	"Ljubljana", "London", "Lusaka", "Lyon", "Madrid", "Malmo", "Managua", "Manila", "Maputo",
	"Marseille", "Melbourne", "Memphis", "Milan", "Minsk", "Montreal", "Munich", "Nairobi",
	"Nantes", "Naples", "Nashville", "Odense", "Osaka", "Oslo", "Ottawa", "Oxford", "Palermo",
	"Paris", "Perth", "Phoenix", "Porto", "Prague", "Pune", "Quito", "Rabat", "Riga", "Rome",
	"Rotterdam", "Salzburg", "Santiago", "Sapporo", "Seattle", "Seoul", "Seville", "Sofia",
	"Split", "Stockholm", "Sydney", "Taipei", "Tallinn", "Tampa", "Tbilisi", "Tirana", "Tokyo",
	"Toronto", "Toulouse", "Trieste", "Tripoli", "Tucson", "Tunis", "Turin", "Utrecht",
	"Valencia", "Vancouver", "Venice", "Vienna", "Vilnius", "Warsaw", "Zagreb", "Zurich",
};

static const char *const states[] = {
	"Alabama", "Alaska", "Arizona", "Arkansas", "California", "Colorado", "Connecticut",
	"Delaware", "Florida", "Georgia", "Hawaii", "Idaho", "Illinois", "Indiana", "Iowa",
	"Kansas", "Kentucky", "Louisiana", "Maine", "Maryland", "Massachusetts", "Michigan",
	"Minnesota", "Mississippi", "Missouri", "Montana", "Nebraska", "Nevada", "New Hampshire",
	"New Jersey", "New Mexico", "New York", "North Carolina", "North Dakota", "Ohio",
	"Oklahoma", "Oregon", "Pennsylvania", "Rhode Island", "South Carolina", "South Dakota",
	"Tennessee", "Texas", "Utah", "Vermont", "Virginia", "Washington", "West Virginia",
	"Wisconsin", "Wyoming",
};

static const char *const countries[] = {
	"Albania", "Algeria", "Angola", "Argentina", "Armenia", "Australia", "Austria",
	"Bangladesh", "Belgium", "Benin", "Bolivia", "Botswana", "Brazil", "Bulgaria", "Cambodia",
	"Cameroon", "Canada", "Chad", "Chile", "China", "Colombia", "Costa Rica", "Croatia", "Cuba",
	"Cyprus", "Czechia", "Denmark", "Ecuador", "Egypt", "Estonia", "Ethiopia", "Fiji",
	"Finland", "France", "Gabon", "Georgia", "Germany", "Ghana", "Greece", "Guatemala", "Haiti",
	"Honduras", "Hungary", "Iceland", "India", "Indonesia", "Iraq", "Ireland", "Israel",
	"Italy", "Jamaica", "Japan", "Jordan", "Kenya", "Kuwait", "Laos", "Latvia", "Lebanon",
	"Lesotho", "Libya", "Lithuania", "Luxembourg", "Madagascar", "Malawi", "Malaysia", "Mali",
	"Malta", "Mexico", "Moldova", "Mongolia", "Morocco", "Mozambique", "Namibia", "Nepal",
	"Netherlands", "New Zealand", "Nicaragua", "Niger", "Nigeria", "Norway", "Oman", "Pakistan",
	"Panama", "Paraguay", "Peru", "Philippines", "Poland", "Portugal", "Qatar", "Romania",
	"Rwanda", "Senegal", "Serbia", "Singapore", "Slovakia", "Slovenia", "South Africa",
	"South Korea", "Spain", "Sri Lanka", "Sweden", "Switzerland", "Tanzania", "Thailand",
	"Togo", "Tunisia", "Turkey", "Uganda", "Ukraine", "United Kingdom", "United States",
	"Uruguay", "Vietnam", "Zambia", "Zimbabwe",
};

static const char *const streets[] = {
	"Abbey Road", "Acacia Avenue", "Alder Lane", "Ash Street", "Aspen Drive", "Baker Lane",
	"Bank Street", "Beech Avenue", "Birch Road", "Bridge Street", "Brook Lane", "Canal Street",
	"Castle Road", "Cedar Avenue", "Chapel Lane", "Cherry Lane", "Church Street", "Clay Road",
	"Cliff Drive", "Copper Lane", "Court Street", "Depot Street", "Dock Road", "East Street",
	"Elm Street", "Farm Road", "Ferry Lane", "Field Road", "Forest Drive", "Garden Street",
	"Gate Lane", "Glen Road", "Granite Street", "Grove Street", "Harbour Road", "Hazel Lane",
	"High Street", "Hill Road", "Hollow Lane", "Iron Street", "Ivy Lane", "Juniper Drive",
	"King Street", "Lake Road", "Larch Avenue", "Laurel Lane", "Lime Street", "Linden Avenue",
	"Lock Lane", "Maple Street", "Market Street", "Meadow Lane", "Mill Road", "Mint Street",
	"North Street", "Oak Avenue", "Orchard Road", "Park Avenue", "Pearl Street", "Pine Street",
	"Pond Lane", "Poplar Avenue", "Quarry Road", "Queen Street", "Ridge Road", "River Road",
	"Rose Lane", "School Lane", "Shore Drive", "Silver Street", "South Street", "Spring Street",
	"Spruce Drive", "Station Road", "Stone Lane", "Sunset Drive", "Tower Street",
	"Union Street", "Valley Road", "Vine Street", "Walnut Street", "Water Street",
	"West Street", "Willow Lane", "Windmill Road",
};

static const char *const zones[] = {
	"Africa/Abidjan", "Africa/Accra", "Africa/Algiers", "Africa/Cairo", "Africa/Casablanca",
	"Africa/Johannesburg", "Africa/Lagos", "Africa/Maputo", "Africa/Nairobi", "Africa/Tunis",
	"America/Anchorage", "America/Argentina/Buenos_Aires", "America/Bogota", "America/Caracas",
	"America/Chicago", "America/Denver", "America/Guatemala", "America/Halifax",
	"America/Havana", "America/Jamaica", "America/La_Paz", "America/Lima",
	"America/Los_Angeles", "America/Mexico_City", "America/Montevideo", "America/New_York",
	"America/Panama", "America/Phoenix", "America/Santiago", "America/Sao_Paulo",
	"America/St_Johns", "America/Toronto", "America/Vancouver", "Asia/Almaty", "Asia/Amman",
	"Asia/Baghdad", "Asia/Baku", "Asia/Bangkok", "Asia/Beirut", "Asia/Colombo", "Asia/Dhaka",
	"Asia/Dubai", "Asia/Hong_Kong", "Asia/Jakarta", "Asia/Jerusalem", "Asia/Kabul",
	"Asia/Karachi", "Asia/Kathmandu", "Asia/Kolkata", "Asia/Manila", "Asia/Riyadh",
	"Asia/Seoul", "Asia/Shanghai", "Asia/Singapore", "Asia/Taipei", "Asia/Tashkent",
	"Asia/Tbilisi", "Asia/Tehran", "Asia/Tokyo", "Asia/Vladivostok", "Atlantic/Azores",
	"Atlantic/Reykjavik", "Australia/Adelaide", "Australia/Brisbane", "Australia/Darwin",
	"Australia/Perth", "Australia/Sydney", "Europe/Amsterdam", "Europe/Athens",
	"Europe/Belgrade", "Europe/Berlin", "Europe/Brussels", "Europe/Bucharest",
	"Europe/Budapest", "Europe/Copenhagen", "Europe/Dublin", "Europe/Helsinki",
	"Europe/Istanbul", "Europe/Lisbon", "Europe/London", "Europe/Madrid", "Europe/Moscow",
	"Europe/Oslo", "Europe/Paris", "Europe/Prague", "Europe/Riga", "Europe/Rome",
	"Europe/Sofia", "Europe/Stockholm", "Europe/Tallinn", "Europe/Vienna", "Europe/Vilnius",
	"Europe/Warsaw", "Europe/Zurich", "Pacific/Auckland", "Pacific/Fiji", "Pacific/Guam",
	"Pacific/Honolulu", "Pacific/Tongatapu",
};

static const char *const mail_domains[] = {
	"gmail.com", "yahoo.com", "hotmail.com", "outlook.com", "icloud.com", "aol.com",
	"proton.me", "gmx.net", "mail.com", "zoho.com",
};

static const char *const domain_suffixes[] = {
	"com", "net", "org", "info", "biz", "io", "dev", "app", "co.uk", "de", "fr", "eu",
};

static const char *const company_suffixes[] = {
	"Inc", "LLC", "Ltd", "Group", "GmbH", "Corp", "PLC", "Co", "AG", "Partners",
};

static const char *const buzzwords[] = {
	"adaptive", "agile", "balanced", "bespoke", "collaborative", "compact", "composable",
	"connected", "continuous", "cross-platform", "customizable", "decentralized", "digital",
	"distributed", "dynamic", "edge-ready", "elastic", "end-to-end", "enterprise-wide",
	"ergonomic", "event-driven", "extensible", "fault-tolerant", "federated", "flexible",
	"focused", "frictionless", "global", "holistic", "horizontal", "immersive", "incremental",
	"innovative", "integrated", "interactive", "intuitive", "lean", "modular", "multi-tenant",
	"next-generation", "object-oriented", "observable", "open-source", "optimized",
	"persistent", "pluggable", "predictive", "proactive", "reactive", "real-time", "redundant",
	"reliable", "resilient", "robust", "scalable", "seamless", "secure", "self-service",
	"serverless", "smart", "stateless", "streamlined", "sustainable", "synergistic",
	"transparent", "turnkey", "unified", "user-centric", "versatile", "virtual", "visionary",
	"zero-trust",
};

static const char *const industries[] = {
	"Accounting", "Aerospace", "Agriculture", "Animation", "Architecture", "Automotive",
	"Aviation", "Banking", "Biotechnology", "Broadcasting", "Ceramics", "Chemicals",
	"Civil Engineering", "Construction", "Consulting", "Cosmetics", "Dairy", "Defense",
	"Education", "Electronics", "Energy", "Entertainment", "Events", "Fashion", "Film",
	"Fishing", "Food Production", "Forestry", "Furniture", "Gaming", "Glass", "Health Care",
	"Hospitality", "Import and Export", "Insurance", "Internet", "Jewelry", "Law", "Libraries",
	"Logistics", "Machinery", "Marketing", "Medical Devices", "Mining", "Museums", "Music",
	"Nanotechnology", "Oil and Gas", "Packaging", "Paper", "Pharmaceuticals", "Photography",
	"Plastics", "Printing", "Publishing", "Railways", "Real Estate", "Recreation", "Recruiting",
	"Renewables", "Research", "Restaurants", "Retail", "Robotics", "Security", "Semiconductors",
	"Shipbuilding", "Shipping", "Software", "Sports", "Steel", "Telecommunications", "Textiles",
	"Tobacco", "Tourism", "Translation", "Transport", "Utilities", "Venture Capital",
	"Veterinary", "Warehousing", "Water", "Wholesale", "Wine", "Wireless",
};

static const char *const professions[] = {
	"accountant", "actor", "architect", "archivist", "astronomer", "baker", "barber",
	"beekeeper", "biologist", "blacksmith", "bookbinder", "bricklayer", "butcher", "carpenter",
	"cartographer", "chemist", "clockmaker", "cobbler", "composer", "conductor", "cook",
	"curator", "dentist", "designer", "detective", "diver", "economist", "editor",
	"electrician", "engineer", "farmer", "firefighter", "fisher", "florist", "forester",
	"gardener", "geologist", "glazier", "historian", "interpreter", "jeweller", "journalist",
	"judge", "lawyer", "lecturer", "librarian", "locksmith", "machinist", "mason", "mechanic",
	"meteorologist", "midwife", "miner", "musician", "nurse", "optician", "painter",
	"pharmacist", "photographer", "physician", "physicist", "pilot", "plumber", "poet",
	"police officer", "postal worker", "potter", "printer", "programmer", "psychologist",
	"sailor", "scientist", "sculptor", "secretary", "shepherd", "shopkeeper", "singer",
	"statistician", "surgeon", "surveyor", "tailor", "teacher", "technician", "translator",
	"vet", "waiter", "weaver", "welder", "writer", "zoologist",
};

static const char *const browsers[] = {
	"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
	"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0",
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Safari/537.36",
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
	"Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:128.0) Gecko/20100101 Firefox/128.0",
	"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
	"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
	"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
	"Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
	"Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36",
	"Mozilla/5.0 (Android 14; Mobile; rv:128.0) Gecko/128.0 Firefox/128.0",
};

static const char *const currency_codes[] = {
	"AED", "ARS", "AUD", "BDT", "BGN", "BRL", "CAD", "CHF", "CLP", "CNY", "COP", "CZK", "DKK",
	"EGP", "EUR", "GBP", "GEL", "GHS", "HKD", "HUF", "IDR", "ILS", "INR", "ISK", "JPY", "KES",
	"KRW", "KZT", "MAD", "MXN", "MYR", "NGN", "NOK", "NZD", "PEN", "PHP", "PKR", "PLN", "RON",
	"RSD", "SAR", "SEK", "SGD", "THB", "TND", "TRY", "TWD", "UAH", "USD", "UYU", "VND", "ZAR",
};

static const char *const currency_names[] = {
	"dirham", "Argentine peso", "Australian dollar", "taka", "Bulgarian lev", "real",
	"Canadian dollar", "Swiss franc", "Chilean peso", "yuan", "Colombian peso", "Czech koruna",
	"Danish krone", "Egyptian pound", "euro", "pound sterling", "lari", "cedi",
	"Hong Kong dollar", "forint", "rupiah", "new shekel", "Indian rupee", "Icelandic krona",
	"yen", "Kenyan shilling", "won", "tenge", "Moroccan dirham", "Mexican peso", "ringgit",
	"naira", "Norwegian krone", "New Zealand dollar", "sol", "Philippine peso",
	"Pakistani rupee", "zloty", "Romanian leu", "Serbian dinar", "Saudi riyal", "Swedish krona",
	"Singapore dollar", "baht", "Tunisian dinar", "Turkish lira", "New Taiwan dollar",
	"hryvnia", "US dollar", "Uruguayan peso", "dong", "rand",
};

static const char *const currency_symbols[] = {
	"د.إ", "$", "A$", "৳", "лв", "R$", "C$", "CHF", "$", "¥", "$", "Kč", "kr", "£", "€", "£",
	"₾", "₵", "HK$", "Ft", "Rp", "₪", "₹", "kr", "¥", "KSh", "₩", "₸", "DH", "$", "RM", "₦",
	"kr", "NZ$", "S/", "₱", "Rs", "zł", "lei", "din.", "SR", "kr", "S$", "฿", "DT", "₺", "NT$",
	"₴", "$", "$U", "₫", "R",
};

static const char *const extensions[] = {
	"txt", "md", "csv", "json", "xml", "yaml", "toml", "html", "css", "js", "c", "h", "py",
	"rs", "go", "java", "sh", "sql", "log", "pdf", "png", "jpg", "gif", "svg", "mp3", "wav",
	"mp4", "zip", "tar", "gz",
};

static const char *const mime_types[] = {
	"text/plain", "text/markdown", "text/csv", "application/json", "application/xml",
	"application/yaml", "text/html", "text/css", "text/javascript", "application/pdf",
	"image/png", "image/jpeg", "image/gif", "image/svg+xml", "image/webp", "audio/mpeg",
	"audio/wav", "audio/ogg", "video/mp4", "video/webm", "application/zip", "application/gzip",
	"application/x-tar", "application/octet-stream", "font/woff2",
};

static const char *const colors[] = {
	"amber", "aqua", "azure", "beige", "black", "blue", "brass", "bronze", "brown", "burgundy",
	"charcoal", "cherry", "chocolate", "cobalt", "copper", "coral", "cream", "crimson", "cyan",
	"ebony", "emerald", "fuchsia", "gold", "gray", "green", "indigo", "ivory", "jade", "khaki",
	"lavender", "lemon", "lilac", "lime", "magenta", "maroon", "mauve", "mint", "mustard",
	"navy", "ochre", "olive", "orange", "orchid", "peach", "pink", "plum", "purple", "red",
	"rose", "ruby", "rust", "saffron", "salmon", "sapphire", "scarlet", "silver", "tan", "teal",
	"turquoise", "violet", "white", "yellow",
};

/* clang-format on */

#define LIST(name) const struct words words_##name = { name, ARRAY_LEN(name) };
WORD_LISTS(LIST)
#undef LIST
