#include "daemon/template/fake.h"

#include <string.h>

#include "daemon/template/ident.h"
#include "daemon/template/moment.h"
#include "daemon/template/words.h"

#define MAKE(name) static void name(struct prng *r, const int64_t *args, struct fake_value *out)
/* A value that takes no argument. */
#define PLAIN(name)                                                                   \
	static void plain_##name(struct prng *r, struct strbuf *b);                   \
	static void name(struct prng *r, const int64_t *args, struct fake_value *out) \
	{                                                                             \
		(void)args;                                                           \
		plain_##name(r, &out->text);                                          \
	}                                                                             \
	static void plain_##name(struct prng *r, struct strbuf *b)

static unsigned below(struct prng *r, unsigned n)
{
	return (unsigned)prng_below(r, n);
}

/* Both included; min <= max. */
static int64_t between(struct prng *r, int64_t min, int64_t max)
{
	uint64_t n = (uint64_t)max - (uint64_t)min + 1;

	/* All of 64 bits: every output is in range. */
	return (int64_t)((uint64_t)min + (n ? prng_below(r, n) : prng_next(r)));
}

static const char *pick(struct prng *r, const struct words *w)
{
	return w->v[prng_below(r, w->n)];
}

static char pick_char(struct prng *r, const char *set)
{
	return set[prng_below(r, strlen(set))];
}

static void add_lower(struct strbuf *b, const char *s)
{
	for (; *s; s++)
		strbuf_addc(b, (char)(*s >= 'A' && *s <= 'Z' ? *s + ('a' - 'A') : *s));
}

/* ---- words of a list ---- */

#define WORD(name, list)                                \
	PLAIN(name)                                     \
	{                                               \
		strbuf_adds(b, pick(r, &words_##list)); \
	}
WORD(first_name, first_names)
WORD(last_name, last_names)
WORD(title, titles)
WORD(suffix, suffixes)
WORD(word, latin)
WORD(city, cities)
WORD(state, states)
WORD(country, countries)
WORD(street, streets)
WORD(zone, zones)
WORD(domain_suffix, domain_suffixes)
WORD(company_suffix, company_suffixes)
WORD(buzzword, buzzwords)
WORD(industry, industries)
WORD(profession, professions)
WORD(user_agent, browsers)
WORD(currency_code, currency_codes)
WORD(currency_name, currency_names)
WORD(currency_symbol, currency_symbols)
WORD(extension, extensions)
WORD(mime_type, mime_types)
WORD(color, colors)

/* ---- people ---- */

PLAIN(full_name)
{
	plain_first_name(r, b);
	strbuf_addc(b, ' ');
	plain_last_name(r, b);
}

PLAIN(username)
{
	add_lower(b, pick(r, &words_first_names));
	strbuf_addc(b, pick_char(r, "._"));
	add_lower(b, pick(r, &words_last_names));
	strbuf_printf(b, "%u", below(r, 100));
}

static void add_local_part(struct prng *r, struct strbuf *b)
{
	add_lower(b, pick(r, &words_first_names));
	strbuf_addc(b, '.');
	add_lower(b, pick(r, &words_last_names));
	strbuf_addc(b, '@');
}

PLAIN(email)
{
	static const char *const safe[] = { "com", "net", "org" };

	add_local_part(r, b);
	strbuf_printf(b, "example.%s", safe[below(r, 3)]);
}

PLAIN(free_email)
{
	add_local_part(r, b);
	strbuf_adds(b, pick(r, &words_mail_domains));
}

MAKE(password)
{
	/* Nothing that a shell word in quotes, TOML or a template would take for its own. */
	static const char set[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	                          "!#$%&()*+,-./:;<=>?@^_|~";

	for (int64_t n = between(r, args[0], args[1]); n > 0; n--)
		strbuf_addc(&out->text, pick_char(r, set));
}

PLAIN(phone)
{
	strbuf_printf(b, "+1-555-%03u-", below(r, 1000));
	strbuf_printf(b, "%04u", below(r, 10000));
}

PLAIN(cell_phone)
{
	strbuf_printf(b, "(555) %03u-", below(r, 1000));
	strbuf_printf(b, "%04u", below(r, 10000));
}

/* ---- the internet ---- */

PLAIN(domain)
{
	plain_word(r, b);
	strbuf_addc(b, '.');
	plain_domain_suffix(r, b);
}

PLAIN(url)
{
	strbuf_adds(b, "https://");
	plain_domain(r, b);
}

PLAIN(ipv4)
{
	for (int i = 0; i < 4; i++)
		strbuf_printf(b, i ? ".%u" : "%u", below(r, 256));
}

PLAIN(ipv6)
{
	for (int i = 0; i < 8; i++)
		strbuf_printf(b, i ? ":%x" : "%x", below(r, 65536));
}

PLAIN(ip)
{
	if (below(r, 2))
		plain_ipv6(r, b);
	else
		plain_ipv4(r, b);
}

PLAIN(mac_address)
{
	for (int i = 0; i < 6; i++)
		strbuf_printf(b, i ? ":%02X" : "%02X", below(r, 256));
}

PLAIN(uuid)
{
	struct uuid u = uuid_v4(r);

	uuid_put(&u, b);
}

MAKE(port)
{
	(void)args;
	out->type = FAKE_INT;
	out->i = between(r, 1024, 65535);
}

/* ---- places, firms ---- */

PLAIN(street_address)
{
	strbuf_printf(b, "%u ", 1 + below(r, 999));
	plain_street(r, b);
}

PLAIN(address)
{
	plain_street_address(r, b);
	strbuf_adds(b, ", ");
	plain_city(r, b);
}

PLAIN(zip)
{
	strbuf_printf(b, "%05u", below(r, 100000));
}

/* Degrees with six digits behind the point, in [-limit, limit]. */
static void add_degrees(struct prng *r, int64_t limit, struct strbuf *b)
{
	int64_t micro = between(r, -limit * 1000000, limit * 1000000);
	int64_t size = micro < 0 ? -micro : micro;

	strbuf_printf(
	        b, "%s%d.%06d", micro < 0 ? "-" : "", (int)(size / 1000000), (int)(size % 1000000));
}

PLAIN(latitude)
{
	add_degrees(r, 90, b);
}

PLAIN(longitude)
{
	add_degrees(r, 180, b);
}

PLAIN(company)
{
	plain_last_name(r, b);
	strbuf_addc(b, ' ');
	plain_company_suffix(r, b);
}

/* ---- text ---- */

static void add_words(struct prng *r, int64_t n, struct strbuf *b)
{
	for (int64_t i = 0; i < n; i++) {
		if (i)
			strbuf_addc(b, ' ');
		plain_word(r, b);
	}
}

MAKE(words)
{
	add_words(r, args[0], &out->text);
}

static void add_sentence(struct prng *r, int64_t min, int64_t max, struct strbuf *b)
{
	size_t start = b->len;

	add_words(r, between(r, min, max), b);
	if (b->len > start)
		b->s[start] = (char)(b->s[start] - ('a' - 'A'));
	strbuf_addc(b, '.');
}

MAKE(sentence)
{
	add_sentence(r, args[0], args[1], &out->text);
}

MAKE(paragraph)
{
	int64_t n = between(r, args[0], args[1]);

	for (int64_t i = 0; i < n; i++) {
		if (i)
			strbuf_addc(&out->text, ' ');
		add_sentence(r, 4, 10, &out->text);
	}
}

MAKE(string)
{
	for (int64_t i = 0; i < args[0]; i++)
		strbuf_addc(&out->text, (char)('a' + below(r, 26)));
}

/* ---- numbers ---- */

MAKE(integer)
{
	(void)args;
	out->type = FAKE_INT;
	out->i = (int64_t)prng_below(r, 1000);
}

MAKE(int_range)
{
	out->type = FAKE_INT;
	out->i = between(r, args[0], args[1]);
}

MAKE(real)
{
	(void)args;
	out->type = FAKE_FLOAT;
	out->f = prng_float(r) * 1000;
}

MAKE(boolean)
{
	out->type = FAKE_BOOL;
	out->b = prng_float(r) * 100 < (double)args[0];
}

PLAIN(semver)
{
	unsigned major = below(r, 10), minor = below(r, 20);

	strbuf_printf(b, "%u.%u.%u", major, minor, below(r, 100));
}

/* 16 digits; the last makes the sum of Luhn (ISO/IEC 7812-1) a multiple of ten. */
PLAIN(credit_card)
{
	unsigned sum = 0;

	for (int i = 0; i < 15; i++) {
		unsigned digit = i ? below(r, 10) : 4, twice = digit * 2;

		strbuf_addc(b, (char)('0' + digit));
		sum += i % 2 ? digit : twice - (twice > 9 ? 9 : 0);
	}
	strbuf_addc(b, (char)('0' + (10 - sum % 10) % 10));
}

/* ---- time: all of one moment in the years 1970 to 2037 ---- */

#define UNTIL_2038 2145916800

static struct moment any_moment(struct prng *r)
{
	return (struct moment){ .s = (int64_t)prng_below(r, UNTIL_2038) };
}

PLAIN(date)
{
	struct moment m = any_moment(r);

	moment_date(&m, b);
}

PLAIN(time_of_day)
{
	struct moment m = any_moment(r);

	moment_time(&m, b);
}

PLAIN(datetime)
{
	struct moment m = any_moment(r);

	moment_rfc3339(&m, b);
}

MAKE(timestamp)
{
	(void)args;
	out->type = FAKE_INT;
	out->i = any_moment(r).s;
}

/* ---- files, colours ---- */

PLAIN(filename)
{
	plain_word(r, b);
	strbuf_addc(b, '.');
	plain_extension(r, b);
}

PLAIN(file_path)
{
	strbuf_addc(b, '/');
	plain_word(r, b);
	strbuf_addc(b, '/');
	plain_filename(r, b);
}

PLAIN(hex_color)
{
	strbuf_printf(b, "#%06X", below(r, 1u << 24));
}

PLAIN(rgb_color)
{
	unsigned red = below(r, 256), green = below(r, 256);

	strbuf_printf(b, "rgb(%u, %u, %u)", red, green, below(r, 256));
}

/* ---- tables ---- */

#define COUNT(n, d)                                                                 \
	{                                                                           \
		.name = (n), .dflt = (d), .min = 0, .max = INT64_MAX, .count = true \
	}
#define NUMBER(n, d)                                                         \
	{                                                                    \
		.name = (n), .dflt = (d), .min = INT64_MIN, .max = INT64_MAX \
	}

static const struct fake functions[] = {
	{ "fake_name", .make = full_name },
	{ "fake_first_name", .make = first_name },
	{ "fake_last_name", .make = last_name },
	{ "fake_title", .make = title },
	{ "fake_suffix", .make = suffix },
	{ "fake_email", .make = email },
	{ "fake_username", .make = username },
	{ "fake_password", { COUNT("min", 8), COUNT("max", 20) }, password },
	{ "fake_domain", .make = domain },
	{ "fake_url", .make = url },
	{ "fake_ipv4", .make = ipv4 },
	{ "fake_ipv6", .make = ipv6 },
	{ "fake_mac_address", .make = mac_address },
	{ "fake_user_agent", .make = user_agent },
	{ "fake_street", .make = street },
	{ "fake_city", .make = city },
	{ "fake_state", .make = state },
	{ "fake_country", .make = country },
	{ "fake_zip", .make = zip },
	{ "fake_address", .make = address },
	{ "fake_latitude", .make = latitude },
	{ "fake_longitude", .make = longitude },
	{ "fake_phone", .make = phone },
	{ "fake_cell_phone", .make = cell_phone },
	{ "fake_company", .make = company },
	{ "fake_company_suffix", .make = company_suffix },
	{ "fake_industry", .make = industry },
	{ "fake_profession", .make = profession },
	{ "fake_word", .make = word },
	{ "fake_words", { COUNT("count", 3) }, words },
	{ "fake_sentence", { COUNT("min", 4), COUNT("max", 10) }, sentence },
	{ "fake_paragraph", { COUNT("min", 3), COUNT("max", 7) }, paragraph },
	{ "fake_int", .make = integer },
	{ "fake_int_range", { NUMBER("min", 0), NUMBER("max", 100) }, int_range },
	{ "fake_port", .make = port },
	{ "fake_float", .make = real },
	{ "fake_bool", { NUMBER("ratio", 50) }, boolean },
	{ "fake_date", .make = date },
	{ "fake_time", .make = time_of_day },
	{ "fake_datetime", .make = datetime },
	{ "fake_timestamp", .make = timestamp },
	{ "fake_credit_card", .make = credit_card },
	{ "fake_currency_code", .make = currency_code },
	{ "fake_currency_name", .make = currency_name },
	{ "fake_currency_symbol", .make = currency_symbol },
	{ "fake_filename", .make = filename },
	{ "fake_extension", .make = extension },
	{ "fake_mime_type", .make = mime_type },
	{ "fake_file_path", .make = file_path },
	{ "fake_color", .make = color },
	{ "fake_hex_color", .make = hex_color },
	{ "fake_rgb_color", .make = rgb_color },
	{ "fake_string", { COUNT("len", 10) }, string },
	{ "fake_semver", .make = semver },
	{ "fake_uuid", .make = uuid },
};

static const struct fake_kind kinds[] = {
	{ "name.full", .make = full_name },
	{ "name.first", .make = first_name },
	{ "name.last", .make = last_name },
	{ "name.title", .make = title },
	{ "internet.email.safe", .make = email },
	{ "internet.email.free", .make = free_email },
	{ "internet.username", .make = username },
	{ "internet.domain.suffix", .make = domain_suffix },
	{ "internet.ip.any", .make = ip },
	{ "internet.ip.v4", .make = ipv4 },
	{ "internet.ip.v6", .make = ipv6 },
	{ "internet.password", password, { 8, 20 } },
	{ "address.city", .make = city },
	{ "address.country", .make = country },
	{ "address.street.name", .make = street },
	{ "address.street.address", .make = street_address },
	{ "address.zip", .make = zip },
	{ "address.tz", .make = zone },
	{ "company.name", .make = company },
	{ "company.buzzword", .make = buzzword },
	{ "company.industry", .make = industry },
	{ "company.profession", .make = profession },
	{ "lorem.word", .make = word },
	{ "lorem.sentence", sentence, { 4, 10 } },
	{ "lorem.paragraph", paragraph, { 3, 7 } },
	{ "phone.number", .make = phone },
	{ "uuid.v4", .make = uuid },
};

const struct fake *fake_functions(size_t *n)
{
	*n = ARRAY_LEN(functions);
	return functions;
}

const struct fake *fake_function(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(functions); i++)
		if (strcmp(functions[i].name, name) == 0)
			return &functions[i];
	return NULL;
}

const struct fake_kind *fake_kinds(size_t *n)
{
	*n = ARRAY_LEN(kinds);
	return kinds;
}

const struct fake_kind *fake_kind(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strlen(kinds[i].name) == len && memcmp(kinds[i].name, name, len) == 0)
			return &kinds[i];
	return NULL;
}
