/* Scalars of the YAML 1.2 core schema, as config.md section 6 narrows it: integers have no leading
 * zero, the booleans of YAML 1.1 are strings. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/config/yaml_priv.h"

#define TAG_PREFIX "tag:yaml.org,2002:"
#define FLOAT_MAX_CHARS 400 /* more digits than any double tells apart */

const char *yaml_tag_name(const char *tag)
{
	static const char *const names[] = { "str", "int", "float", "bool", "null", "seq", "map" };
	size_t n = strlen(TAG_PREFIX);

	if (strncmp(tag, TAG_PREFIX, n) != 0)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(tag + n, names[i]) == 0)
			return names[i];
	return NULL;
}

static bool is_word(const char *s, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(s, *words) == 0)
			return true;
	return false;
}

static bool is_null(const char *s)
{
	static const char *const words[] = { "", "~", "null", "Null", "NULL", NULL };

	return is_word(s, words);
}

static bool read_bool(const char *s, bool *out)
{
	static const char *const yes[] = { "true", "True", "TRUE", NULL };
	static const char *const no[] = { "false", "False", "FALSE", NULL };

	*out = is_word(s, yes);
	return *out || is_word(s, no);
}

static bool only(const char *s, const char *of)
{
	return *s && s[strspn(s, of)] == '\0';
}

enum parsed { NOT_THIS, PARSED, OUT_OF_RANGE };

static enum parsed read_digits(const char *s, int base, int64_t *out)
{
	errno = 0;
	*out = strtoll(s, NULL, base);
	return errno ? OUT_OF_RANGE : PARSED;
}

/* [-+]?(0|[1-9][0-9]*), 0o17, 0x1f */
static enum parsed read_int(const char *s, int64_t *out)
{
	const char *digits = s + (*s == '-' || *s == '+');

	if (strncmp(s, "0o", 2) == 0 && only(s + 2, "01234567"))
		return read_digits(s + 2, 8, out);
	if (strncmp(s, "0x", 2) == 0 && only(s + 2, "0123456789abcdefABCDEF"))
		return read_digits(s + 2, 16, out);
	if (!only(digits, "0123456789") || (digits[0] == '0' && digits[1]))
		return NOT_THIS;
	return read_digits(s, 10, out);
}

static bool special_float(const char *s, double *out)
{
	static const char *const inf[] = { ".inf", ".Inf", ".INF", NULL };
	static const char *const nan_words[] = { ".nan", ".NaN", ".NAN", NULL };

	if (is_word(s, nan_words)) {
		*out = NAN;
		return true;
	}
	if (!is_word(s + (*s == '-' || *s == '+'), inf))
		return false;
	*out = *s == '-' ? -INFINITY : INFINITY;
	return true;
}

/* [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? with a point or an exponent in it. */
static bool read_float(const char *s, double *out)
{
	const char *p = s + (*s == '-' || *s == '+');
	size_t whole = strspn(p, "0123456789"), fraction = 0;
	bool point, exponent;

	if (special_float(s, out))
		return true;
	p += whole;
	point = *p == '.';
	if (point) {
		fraction = strspn(++p, "0123456789");
		p += fraction;
	}
	exponent = *p == 'e' || *p == 'E';
	if (exponent) {
		p++;
		p += *p == '-' || *p == '+';
		if (!only(p, "0123456789"))
			return false;
		p = "";
	}
	if (!whole && !fraction)
		return false;
	if ((!point && !exponent) || *p || strlen(s) > FLOAT_MAX_CHARS)
		return false;
	*out = strtod(s, NULL);
	return true;
}

static int too_large(struct yaml *y, const struct node *n)
{
	return yaml_fail(y, "yaml.syntax", n->pos, "'%.80s' does not fit into 64 bits", n->text);
}

static int set_string(struct node *n, size_t len)
{
	n->type = NODE_STRING;
	n->s = n->text;
	n->len = len;
	return 0;
}

static int guess(struct yaml *y, struct node *n, size_t len)
{
	bool flag;
	int64_t i;
	double f;

	n->plain = true;
	if (strlen(n->text) != len)
		return set_string(n, len);
	if (is_null(n->text)) {
		n->type = NODE_NULL;
		return 0;
	}
	if (read_bool(n->text, &flag)) {
		n->type = NODE_BOOL;
		n->b = flag;
		return 0;
	}
	switch (read_int(n->text, &i)) {
	case OUT_OF_RANGE:
		return too_large(y, n);
	case PARSED:
		n->type = NODE_INT;
		n->i = i;
		return 0;
	default:
		break;
	}
	if (!read_float(n->text, &f))
		return set_string(n, len);
	n->type = NODE_FLOAT;
	n->f = f;
	return 0;
}

static int tag_mismatch(struct yaml *y, const struct node *n, const char *tag)
{
	return yaml_fail(y, "yaml.tag", n->pos, "'%.80s' is no value of '!!%s'", n->text, tag);
}

static int force(struct yaml *y, struct node *n, const char *tag, size_t len)
{
	enum parsed got;
	int64_t i;
	double f;
	bool flag;

	if (strcmp(tag, "str") == 0)
		return set_string(n, len);
	if (strcmp(tag, "null") == 0 && is_null(n->text)) {
		n->type = NODE_NULL;
		return 0;
	}
	if (strcmp(tag, "bool") == 0 && read_bool(n->text, &flag)) {
		n->type = NODE_BOOL;
		n->b = flag;
		return 0;
	}
	got = read_int(n->text, &i);
	if (strcmp(tag, "int") == 0 && got != NOT_THIS) {
		n->type = NODE_INT;
		n->i = i;
		return got == PARSED ? 0 : too_large(y, n);
	}
	if (strcmp(tag, "float") == 0 && (read_float(n->text, &f) || got == PARSED)) {
		n->type = NODE_FLOAT;
		n->f = got == PARSED ? (double)i : f;
		return 0;
	}
	return tag_mismatch(y, n, tag);
}

int yaml_scalar(struct yaml *y, struct node *n, const char *tag, bool plain)
{
	size_t len = n->len;

	if (tag)
		return force(y, n, tag, len);
	return plain ? guess(y, n, len) : set_string(n, len);
}
