/* strftime as templates have it: English names, no locale, flags on single numbers only. */
#include "daemon/template/datetime.h"

#define NS_PER_S 1000000000u

enum pad {
	PAD_NONE,
	PAD_ZERO,
	PAD_SPACE,
};

struct moment {
	const struct datetime *t;
	struct civil c;
	const char *abbreviation;
};

/* ---- numbers ---- */

static int64_t two_last(int64_t year)
{
	return (year % 100 + 100) % 100;
}

static int64_t century(int64_t year)
{
	return (year - two_last(year)) / 100;
}

/* Weeks that begin on a weekday; those days before the first are week 0. */
static int64_t week_from(const struct civil *c, unsigned first)
{
	return (c->year_day + 6 - (c->weekday + 7 - first) % 7) / 7;
}

/* ISO 8601: a week belongs to the year its Thursday is in. */
static int64_t iso_week(const struct civil *c, int64_t *year)
{
	int64_t thursday = c->year_day + 3 - (c->weekday + 6) % 7; /* day of this year */
	int64_t days = datetime_days(c->year + 1, 1, 1) - datetime_days(c->year, 1, 1);

	*year = c->year;
	if (thursday < 1) {
		*year -= 1;
		thursday += datetime_days(c->year, 1, 1) - datetime_days(c->year - 1, 1, 1);
	} else if (thursday > days) {
		*year += 1;
		thursday -= days;
	}
	return (thursday - 1) / 7 + 1;
}

static int64_t get_year(const struct moment *m)
{
	return m->c.year;
}

static int64_t get_century(const struct moment *m)
{
	return century(m->c.year);
}

static int64_t get_short_year(const struct moment *m)
{
	return two_last(m->c.year);
}

static int64_t get_iso_year(const struct moment *m)
{
	int64_t year;

	iso_week(&m->c, &year);
	return year;
}

static int64_t get_short_iso_year(const struct moment *m)
{
	return two_last(get_iso_year(m));
}

static int64_t get_iso_week(const struct moment *m)
{
	int64_t year;

	return iso_week(&m->c, &year);
}

static int64_t get_quarter(const struct moment *m)
{
	return (m->c.month - 1) / 3 + 1;
}

static int64_t get_month(const struct moment *m)
{
	return m->c.month;
}

static int64_t get_day(const struct moment *m)
{
	return m->c.day;
}

static int64_t get_year_day(const struct moment *m)
{
	return m->c.year_day;
}

static int64_t get_sunday_week(const struct moment *m)
{
	return week_from(&m->c, 0);
}

static int64_t get_monday_week(const struct moment *m)
{
	return week_from(&m->c, 1);
}

static int64_t get_weekday(const struct moment *m)
{
	return m->c.weekday;
}

static int64_t get_iso_weekday(const struct moment *m)
{
	return m->c.weekday ? m->c.weekday : 7;
}

static int64_t get_hour(const struct moment *m)
{
	return m->c.hour;
}

static int64_t get_hour12(const struct moment *m)
{
	return m->c.hour % 12 ? m->c.hour % 12 : 12;
}

static int64_t get_minute(const struct moment *m)
{
	return m->c.minute;
}

static int64_t get_second(const struct moment *m)
{
	return m->c.second;
}

static int64_t get_ns(const struct moment *m)
{
	return m->t->ns % NS_PER_S;
}

static int64_t get_unix(const struct moment *m)
{
	return m->t->unix_s;
}

static const struct numeric {
	char letter;
	uint8_t width;
	enum pad pad;
	int64_t (*get)(const struct moment *m);
} numerics[] = {
	{ 'C', 2, PAD_ZERO, get_century },
	{ 'G', 4, PAD_ZERO, get_iso_year },
	{ 'H', 2, PAD_ZERO, get_hour },
	{ 'I', 2, PAD_ZERO, get_hour12 },
	{ 'M', 2, PAD_ZERO, get_minute },
	{ 'S', 2, PAD_ZERO, get_second },
	{ 'U', 2, PAD_ZERO, get_sunday_week },
	{ 'V', 2, PAD_ZERO, get_iso_week },
	{ 'W', 2, PAD_ZERO, get_monday_week },
	{ 'Y', 4, PAD_ZERO, get_year },
	{ 'd', 2, PAD_ZERO, get_day },
	{ 'e', 2, PAD_SPACE, get_day },
	{ 'f', 9, PAD_ZERO, get_ns },
	{ 'g', 2, PAD_ZERO, get_short_iso_year },
	{ 'j', 3, PAD_ZERO, get_year_day },
	{ 'k', 2, PAD_SPACE, get_hour },
	{ 'l', 2, PAD_SPACE, get_hour12 },
	{ 'm', 2, PAD_ZERO, get_month },
	{ 'q', 1, PAD_NONE, get_quarter },
	{ 's', 9, PAD_NONE, get_unix },
	{ 'u', 1, PAD_NONE, get_iso_weekday },
	{ 'w', 1, PAD_NONE, get_weekday },
	{ 'y', 2, PAD_ZERO, get_short_year },
};

static const struct numeric *find_numeric(char letter)
{
	for (size_t i = 0; i < ARRAY_LEN(numerics); i++)
		if (numerics[i].letter == letter)
			return &numerics[i];
	return NULL;
}

/* A year of more or less than four digits has a sign. */
static void add_numeric(
        const struct moment *m, const struct numeric *n, enum pad pad, struct tbuf *out)
{
	int64_t v = n->get(m);
	bool sign = n->width == 4 && (v < 0 || v > 9999);
	int width = pad == PAD_NONE ? 0 : n->width + sign;

	if (pad == PAD_ZERO)
		tbuf_printf(out, sign ? "%+0*ld" : "%0*ld", width, v);
	else
		tbuf_printf(out, sign ? "%+*ld" : "%*ld", width, v);
}

/* ---- texts ---- */

static const char *const months[] = { "January", "February", "March", "April", "May", "June",
	"July", "August", "September", "October", "November", "December" };
static const char *const weekdays[] = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday",
	"Friday", "Saturday" };

enum offset_form {
	OFFSET_PLAIN,   /* +0930, to the nearest minute */
	OFFSET_COLON,   /* +09:30, the same */
	OFFSET_SECONDS, /* +09:30:00 */
	OFFSET_HOURS,   /* +09 */
};

static void add_offset(const struct moment *m, enum offset_form form, struct tbuf *out)
{
	int32_t s = m->t->offset_s;
	char sign = s < 0 ? '-' : '+';

	s = s < 0 ? -s : s;
	if (form == OFFSET_PLAIN || form == OFFSET_COLON)
		s = (s + 30) / 60 * 60;
	tbuf_printf(out, "%c%02d", sign, s / 3600);
	if (form != OFFSET_HOURS)
		tbuf_printf(out, form == OFFSET_PLAIN ? "%02d" : ":%02d", s / 60 % 60);
	if (form == OFFSET_SECONDS)
		tbuf_printf(out, ":%02d", s % 60);
}

static void add_zone(const struct moment *m, struct tbuf *out)
{
	if (m->abbreviation)
		tbuf_adds(out, m->abbreviation);
	else
		add_offset(m, m->t->offset_s % 60 ? OFFSET_SECONDS : OFFSET_COLON, out);
}

/* As many groups of three digits as needed; nothing for zero. */
static void add_fraction(const struct moment *m, struct tbuf *out)
{
	uint32_t ns = m->t->ns % NS_PER_S;

	if (ns == 0)
		return;
	if (ns % 1000000 == 0)
		tbuf_printf(out, ".%03u", ns / 1000000);
	else if (ns % 1000 == 0)
		tbuf_printf(out, ".%06u", ns / 1000);
	else
		tbuf_printf(out, ".%09u", ns);
}

static void add_ampm(const struct moment *m, bool upper, struct tbuf *out)
{
	static const char *const texts[2][2] = { { "am", "pm" }, { "AM", "PM" } };

	tbuf_adds(out, texts[upper][m->c.hour >= 12]);
}

/* Letters for a single text. false: none of them. */
static bool add_text(const struct moment *m, char letter, struct tbuf *out)
{
	const char *month = months[m->c.month - 1], *weekday = weekdays[m->c.weekday];

	switch (letter) {
	case 'A':
		tbuf_adds(out, weekday);
		return true;
	case 'B':
		tbuf_adds(out, month);
		return true;
	case 'P':
	case 'p':
		add_ampm(m, letter == 'p', out);
		return true;
	case 'Z':
		add_zone(m, out);
		return true;
	case 'a':
		tbuf_add(out, weekday, 3);
		return true;
	case 'b':
	case 'h':
		tbuf_add(out, month, 3);
		return true;
	case 'n':
		tbuf_addc(out, '\n');
		return true;
	case 't':
		tbuf_addc(out, '\t');
		return true;
	case 'z':
		add_offset(m, OFFSET_PLAIN, out);
		return true;
	case '%':
		tbuf_addc(out, '%');
		return true;
	default:
		return false;
	}
}

/* ---- formats ---- */

/* Letters that stand for a format of their own. */
static const struct {
	char letter;
	const char *format;
} composites[] = {
	{ 'D', "%m/%d/%y" },
	{ 'F', "%Y-%m-%d" },
	{ 'R', "%H:%M" },
	{ 'T', "%H:%M:%S" },
	{ 'X', "%H:%M:%S" },
	{ 'c', "%a %b %e %H:%M:%S %Y" },
	{ 'r', "%I:%M:%S %p" },
	{ 'v', "%e-%b-%Y" },
	{ 'x', "%m/%d/%y" },
	{ '+', "%Y-%m-%dT%H:%M:%S%.f%:z" },
};

static const char *find_composite(char letter)
{
	for (size_t i = 0; i < ARRAY_LEN(composites); i++)
		if (composites[i].letter == letter)
			return composites[i].format;
	return NULL;
}

/* What is longer than one letter. Returns its length, or 0. */
static size_t add_long(const struct moment *m, const char *p, size_t n, struct tbuf *out)
{
	static const struct {
		const char *text;
		enum offset_form form;
	} offsets[] = { { ":z", OFFSET_COLON }, { "::z", OFFSET_SECONDS },
		{ ":::z", OFFSET_HOURS } };
	uint32_t ns = m->t->ns % NS_PER_S;
	size_t dot = *p == '.';

	for (size_t i = 0; i < ARRAY_LEN(offsets); i++) {
		size_t len = strlen(offsets[i].text);

		if (n >= len && memcmp(p, offsets[i].text, len) == 0) {
			add_offset(m, offsets[i].form, out);
			return len;
		}
	}
	if (n >= 2 && memcmp(p, ".f", 2) == 0) {
		add_fraction(m, out);
		return 2;
	}
	if (n < dot + 2 || p[dot + 1] != 'f' || !strchr("369", p[dot]) || !p[dot])
		return 0;
	for (int unused = p[dot] - '0'; unused < 9; unused++)
		ns /= 10;
	tbuf_printf(out, dot ? ".%0*u" : "%0*u", p[dot] - '0', ns);
	return dot + 2;
}

static int add_format(const struct moment *m, const char *p, size_t n, struct tbuf *out);

/* What stands behind a '%'. Returns its length, or 0 when it means nothing. */
static size_t add_directive(const struct moment *m, const char *p, size_t n, struct tbuf *out)
{
	static const char flags[] = "-0_";
	const char *flag = n > 1 && *p ? strchr(flags, *p) : NULL;
	const struct numeric *number = n ? find_numeric(p[flag != NULL]) : NULL;
	const char *composite;

	if (number) {
		add_numeric(m, number, flag ? (enum pad)(flag - flags) : number->pad, out);
		return flag ? 2 : 1;
	}
	if (n == 0 || flag)
		return 0;
	composite = find_composite(*p);
	if (composite)
		return add_format(m, composite, strlen(composite), out) < 0 ? 0 : 1;
	return add_text(m, *p, out) ? 1 : add_long(m, p, n, out);
}

static int add_format(const struct moment *m, const char *p, size_t n, struct tbuf *out)
{
	for (size_t at = 0; at < n;) {
		const char *percent = memchr(p + at, '%', n - at);
		size_t literal = percent ? (size_t)(percent - p) - at : n - at, len;

		tbuf_add(out, p + at, literal);
		at += literal;
		if (!percent)
			break;
		len = add_directive(m, p + at + 1, n - at - 1, out);
		if (len == 0)
			return -1;
		at += 1 + len;
	}
	return 0;
}

int datetime_format(const char *format, size_t n, const struct datetime *t,
        const char *abbreviation, struct tbuf *out)
{
	struct moment m = { .t = t, .abbreviation = abbreviation };

	if (!datetime_civil(t, &m.c))
		return -1;
	return add_format(&m, format, n, out);
}
