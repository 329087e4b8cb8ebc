#include "daemon/model/pace.h"

#include <string.h>

static bool same_words(const struct str_list *a, const struct str_list *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->v[i], b->v[i]) != 0)
			return false;
	return true;
}

bool pace_add(struct pace *p, const char *name, const struct str_list *argv, double took_ms)
{
	for (size_t i = 0; i < p->n_steps; i++) {
		struct pace_step *s = &p->steps[i];

		if (strcmp(s->name, name) != 0 || !same_words(s->argv, argv))
			continue;
		if (s->passes >= PACE_PASSES)
			return false;
		if (s->passes++ == 0 || took_ms > s->slowest_ms)
			s->slowest_ms = took_ms;
		return true;
	}
	return false;
}

bool pace_is_full(const struct pace *p)
{
	for (size_t i = 0; i < p->n_steps; i++)
		if (p->steps[i].passes < PACE_PASSES)
			return false;
	return true;
}

struct silence pace_silence(
        const struct pace_step *s, const struct deadline *deadline, int64_t floor_ns)
{
	bool stated = deadline->source == DEADLINE_FILE || deadline->source == DEADLINE_FLAG;
	struct silence out = { .floor_ns = floor_ns, .passes = s->passes };
	double slowest_ns = s->slowest_ms * 1e6;

	if (!s->passes || !floor_ns || stated || slowest_ns < 0 ||
	        slowest_ns > (double)deadline->ns)
		return (struct silence){ 0 };
	out.slowest_ns = (int64_t)slowest_ns;
	out.ns = out.slowest_ns * PACE_FACTOR;
	if (out.ns < floor_ns)
		out.ns = floor_ns;
	return out.ns < deadline->ns ? out : (struct silence){ 0 };
}
