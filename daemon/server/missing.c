#include "daemon/server/missing.h"

#include <string.h>

#include "common/suggest.h"
#include "daemon/wire/wire.h"
#include "proto/problem.h"

#define MAX_SIMILAR 3

void answer_missing(struct request *r, const struct missing *m)
{
	const char *near[MAX_SIMILAR];
	size_t n = suggest_nearest(m->name, m->known, near, MAX_SIMILAR);
	AUTO_STRBUF extra = STRBUF_INIT;
	AUTO_STRBUF help = STRBUF_INIT;

	strbuf_adds(&extra, ",\"kind\":");
	json_quote(&extra, m->kind, strlen(m->kind));
	strbuf_adds(&extra, ",\"name\":");
	json_quote(&extra, m->name, strlen(m->name));
	strbuf_adds(&extra, ",\"similar\":[");
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			strbuf_addc(&extra, ',');
		json_quote(&extra, near[i], strlen(near[i]));
	}
	strbuf_addc(&extra, ']');
	/* What is here, and cannot be used, is near to itself. */
	if (n > 0 && strcmp(near[0], m->name) != 0)
		strbuf_printf(&help, "did you mean '%s'?", near[0]);
	else
		strbuf_adds(&help, m->help);
	answer_problem_with(
	        r, m->code, problem_kind(m->code)->exit, m->detail, help.s, NULL, extra.s);
}
