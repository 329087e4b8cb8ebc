#include "daemon/model/artifact.h"

#include <string.h>

#include "daemon/core/digest.h"

#define PART_MAX 100u /* bytes of a part that are kept */
#define TOLD_APART 8u /* hex digits */

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       strchr("._-+ @=,", c);
}

static void add_part(struct strbuf *out, const char *part)
{
	size_t n = strlen(part), kept = n < PART_MAX ? n : PART_MAX;
	bool same = n > 0 && kept == n && part[0] != '.' && part[0] != ' ' && part[n - 1] != ' ';
	char hex[DIGEST_HEX];
	struct digest d;

	strbuf_addc(out, '/');
	for (size_t i = 0; i < kept; i++) {
		bool plain = part[i] && is_plain(part[i]) && (i > 0 || part[i] != '.');

		strbuf_addc(out, plain ? part[i] : '_');
		same = same && plain;
	}
	if (same)
		return;
	digest_of(part, n, &d);
	digest_hex(&d, hex);
	strbuf_addc(out, '-');
	strbuf_add(out, hex, TOLD_APART);
}

void artifact_path(struct strbuf *out, const char *dir, const struct scenario_result *s,
        const struct artifact *a)
{
	strbuf_adds(out, dir);
	add_part(out, s->test ? s->test : "");
	add_part(out, s->name ? s->name : "");
	if (s->repetition)
		strbuf_printf(out, "/%u", s->repetition);
	add_part(out, a->name);
}
