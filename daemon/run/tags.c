/* --tag: alternatives of tags that a scenario has to have, or must not have. */
#include <string.h>

#include "common/mem.h"
#include "daemon/run/select_priv.h"

static const char *trimmed(const char *s, size_t n, struct arena *a)
{
	while (n && (*s == ' ' || *s == '\t'))
		s++, n--;
	while (n && (s[n - 1] == ' ' || s[n - 1] == '\t'))
		n--;
	return arena_strndup(a, s, n);
}

static size_t count_commas(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += *s == ',';
	return n;
}

static int rule_make(struct tag_rule *r, const char *text, struct arena *a, struct err *e)
{
	r->terms = arena_array(a, count_commas(text) + 1, sizeof(*r->terms));
	for (const char *at = text;; at++) {
		size_t n = strcspn(at, ",");
		const char *tag = trimmed(at, n, a);
		bool without = *tag == '!';

		if (without)
			tag = trimmed(tag + 1, strlen(tag + 1), a);
		if (!*tag)
			return err_set(e, ERR_INVALID,
			        "--tag '%s' names no tag: write T, 'T,U' for both, '!T' for "
			        "without",
			        text);
		r->terms[r->n++] = (struct tag_term){ tag, without };
		at += n;
		if (!*at)
			return 0;
	}
}

int tag_rules_make(
        struct tag_rules *out, const struct str_list *texts, struct arena *a, struct err *e)
{
	out->v = arena_array(a, texts->n + 1, sizeof(*out->v));
	for (out->n = 0; out->n < texts->n; out->n++)
		if (rule_make(&out->v[out->n], texts->v[out->n], a, e) < 0)
			return -1;
	return 0;
}

static bool has_tag(const struct str_list *tags, const char *tag)
{
	for (size_t i = 0; i < tags->n; i++)
		if (strcmp(tags->v[i], tag) == 0)
			return true;
	return false;
}

static bool rule_holds(const struct tag_rule *r, const struct str_list *tags)
{
	for (size_t i = 0; i < r->n; i++)
		if (has_tag(tags, r->terms[i].tag) == r->terms[i].without)
			return false;
	return true;
}

bool tag_rules_match(const struct tag_rules *rules, const struct str_list *tags)
{
	for (size_t i = 0; i < rules->n; i++)
		if (rule_holds(&rules->v[i], tags))
			return true;
	return rules->n == 0;
}
