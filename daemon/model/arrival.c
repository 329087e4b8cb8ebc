#include "daemon/model/arrival.h"

#include <stdlib.h>

#include "common/strbuf.h"

#define GRAIN_US 1000u
#define US_MAX (1ull << 53) /* 285 years */

/* ---- collecting ---- */

/* Pieces of a stream that begin within one grain become one. */
static size_t merge(struct arrival *v, size_t n, uint64_t grain_us)
{
	size_t kept = 0;

	for (size_t i = 1; i < n; i++) {
		if (v[i].us - v[kept].us < grain_us)
			v[kept].len += v[i].len;
		else
			v[++kept] = v[i];
	}
	return n ? kept + 1 : 0;
}

/* Until half of the places are free. The grain that there is comes first: streams that take turns
 * fill the places whatever it is. */
static void thin(struct arrivals *a)
{
	for (;; a->grain_us *= 2) {
		for (int i = 0; i < 2; i++)
			a->n[i] = merge(a->v[i], a->n[i], a->grain_us);
		if (a->n[0] <= ARRIVALS_MAX / 2 && a->n[1] <= ARRIVALS_MAX / 2)
			return;
	}
}

void arrivals_add(struct arrivals *a, bool is_stderr, size_t len, uint64_t us)
{
	size_t n = a->n[is_stderr];
	struct arrival *last = n ? &a->v[is_stderr][n - 1] : NULL;

	if (!a->grain_us)
		a->grain_us = GRAIN_US;
	us = us < US_MAX ? us : US_MAX;
	if (last && us < last->us)
		us = last->us;
	if (last && a->last == is_stderr && us - last->us < a->grain_us) {
		last->len += len;
		return;
	}
	if (n == ARRIVALS_MAX) {
		thin(a);
		n = a->n[is_stderr];
	}
	a->v[is_stderr] = xgrow(a->v[is_stderr], &a->cap[is_stderr], n + 1, sizeof(*last));
	a->v[is_stderr][n] = (struct arrival){ len, us };
	a->n[is_stderr] = n + 1;
	a->last = is_stderr;
}

void arrivals_reset(struct arrivals *a)
{
	a->n[0] = a->n[1] = 0;
	a->grain_us = 0;
}

void arrivals_release(struct arrivals *a)
{
	free(a->v[0]);
	free(a->v[1]);
	*a = (struct arrivals){ .last = false };
}

/* ---- the text ---- */

const char *arrivals_text(
        const struct arrivals *a, bool is_stderr, uint64_t cut_at, uint64_t total, struct arena *to)
{
	const struct arrival *v = a->v[is_stderr];
	size_t n = a->n[is_stderr];
	uint64_t sent = 0, before_us = 0, end = 0;
	AUTO_STRBUF b = STRBUF_INIT;

	for (size_t i = 0; i < n; i++)
		sent += v[i].len;
	for (size_t i = 0; i < n; i++) {
		uint64_t len = v[i].len;

		end += len;
		if (total > sent && (end > cut_at || i + 1 == n)) {
			len += total - sent;
			sent = total;
		}
		strbuf_printf(&b, "%s%llu:%llu", i ? " " : "", (unsigned long long)len,
		        (unsigned long long)(v[i].us - before_us));
		before_us = v[i].us;
	}
	return n ? arena_strdup(to, b.s) : NULL;
}

/* Digits at *at, and the character behind them. */
static bool number(const char **at, char stop, uint64_t *out)
{
	char *end;

	if (**at < '0' || **at > '9')
		return false;
	*out = strtoull(*at, &end, 10);
	if (*end != stop && !(stop == ' ' && *end == '\0'))
		return false;
	*at = *end ? end + 1 : end;
	return true;
}

bool arrival_next(struct arrival_reader *r)
{
	uint64_t len, us;

	if (!r->at || !number(&r->at, ':', &len) || !number(&r->at, ' ', &us)) {
		r->at = NULL;
		return false;
	}
	r->end += len;
	us = us < US_MAX ? r->us + us : US_MAX;
	r->us = us < US_MAX ? us : US_MAX;
	return true;
}

uint64_t arrival_of(struct arrival_reader *r, uint64_t pos)
{
	while (r->end <= pos && arrival_next(r))
		;
	return r->us;
}
