#include <jansson.h>
#include <string.h>

#include "bench/bench.h"

#define WORSE 1.10 /* what is slower than this with 95 % confidence fails */

static json_t *load(const char *path, struct err *e)
{
	json_error_t why;
	json_t *j = json_load_file(path, 0, &why);
	const char *schema = json_string_value(json_object_get(j, "schema"));

	if (!j)
		err_set(e, ERR_INVALID, "'%s': %s", path, why.text);
	else if (!schema || strcmp(schema, "clnrm.bench/1") != 0)
		err_set(e, ERR_INVALID, "'%s' is no result of the bench", path);
	else
		return j;
	json_decref(j);
	return NULL;
}

static const char *text_of(json_t *series, const char *key)
{
	const char *s = json_string_value(json_object_get(series, key));

	return s ? s : "";
}

/* The series of this bench and name; the first metric when metric is NULL. */
static json_t *find(json_t *file, const char *bench, const char *name, const char *metric)
{
	json_t *s;
	size_t i;

	json_array_foreach(json_object_get(file, "series"), i,
	        s) if (strcmp(text_of(s, "bench"), bench) == 0 &&
	               strcmp(text_of(s, "name"), name) == 0 &&
	               (!metric || strcmp(text_of(s, "metric"), metric) == 0)) return s;
	return NULL;
}

static struct samples samples_of(json_t *series)
{
	struct samples s = { 0 };
	json_t *v;
	size_t i;

	json_array_foreach(json_object_get(series, "samples"), i, v)
	        samples_add(&s, json_number_value(v));
	return s;
}

/* The yardstick's samples: machines and days differ, the ratio to it less so. */
static struct samples yardstick_of(json_t *file, json_t *series)
{
	return samples_of(find(file, text_of(series, "bench"), text_of(series, "against"), NULL));
}

static const char *judge(const struct interval *r)
{
	if (r->lo > WORSE)
		return "SLOWER";
	if (r->lo > 1)
		return "slower";
	return r->hi < 1 ? "faster" : "same";
}

static bool compare_series(json_t *base, json_t *now, json_t *series, FILE *to)
{
	json_t *other = find(
	        base, text_of(series, "bench"), text_of(series, "name"), text_of(series, "metric"));
	struct samples a = samples_of(series), ra = yardstick_of(now, series);
	struct samples b = samples_of(other), rb = yardstick_of(base, other);
	struct interval r = { 1, 1, 1 };

	if (a.n && b.n) {
		/* One of them without its yardstick: neither has one. */
		bool both = ra.n && rb.n;

		r = stats_ratio(&a, both ? &ra : NULL, &b, both ? &rb : NULL);
		fprintf(to, "  %-16s %-36s %-8s %6.3f  [%.3f, %.3f]  %s\n",
		        text_of(series, "bench"), text_of(series, "name"),
		        text_of(series, "metric"), r.mid, r.lo, r.hi, judge(&r));
	}
	samples_release(&a);
	samples_release(&ra);
	samples_release(&b);
	samples_release(&rb);
	return r.lo <= WORSE;
}

int compare_files(const char *base, const char *now, FILE *to, struct err *e)
{
	json_t *old = load(base, e), *new = old ? load(now, e) : NULL, *series;
	bool fine = true;
	size_t i;

	if (new) {
		fprintf(to, "  now / base, with the 95 %% interval of the ratio of medians\n");
		json_array_foreach(json_object_get(new, "series"), i, series) fine =
		        compare_series(old, new, series, to) && fine;
	}
	json_decref(old);
	json_decref(new);
	return !new ? -1 : fine ? 0 : 1;
}
