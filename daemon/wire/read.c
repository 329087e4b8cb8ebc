#include <time.h>

#include "common/base64.h"
#include "common/clock.h"
#include "common/num.h"
#include "daemon/wire/wire_priv.h"

const char *read_str(const json_t *o, const char *key, struct arena *a)
{
	const json_t *v = json_object_get(o, key);

	return json_is_string(v) ? arena_strndup(a, json_string_value(v), json_string_length(v))
	                         : NULL;
}

const char *read_str_or(const json_t *o, const char *key, struct arena *a, const char *fallback)
{
	const char *s = read_str(o, key, a);

	return s ? s : fallback;
}

double read_num(const json_t *o, const char *key)
{
	return json_number_value(json_object_get(o, key));
}

int64_t read_int(const json_t *o, const char *key, int64_t fallback)
{
	const json_t *v = json_object_get(o, key);

	return json_is_integer(v) ? json_integer_value(v) : fallback;
}

unsigned read_uint(const json_t *o, const char *key)
{
	int64_t v = read_int(o, key, 0);

	return v < 0 ? 0 : v > UINT32_MAX ? UINT32_MAX : (unsigned)v;
}

uint64_t read_u64(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);
	uint64_t n = 0;
	struct err e;

	if (json_is_integer(v))
		return json_integer_value(v) < 0 ? 0 : (uint64_t)json_integer_value(v);
	if (json_is_string(v) && str_to_u64(json_string_value(v), 0, UINT64_MAX, &n, &e) < 0)
		return 0;
	return n;
}

bool read_bool(const json_t *o, const char *key)
{
	return json_is_true(json_object_get(o, key));
}

/* "2026-01-14T10:41:07.204113Z"; anything else is 0. */
int64_t read_when(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));
	struct tm tm = { 0 };
	const char *rest = s ? strptime(s, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;
	int64_t ns = 0, unit = NS_PER_S / 10;

	if (!rest)
		return 0;
	if (*rest == '.')
		for (rest++; *rest >= '0' && *rest <= '9'; rest++, unit /= 10)
			ns += (*rest - '0') * unit;
	return (int64_t)timegm(&tm) * NS_PER_S + ns;
}

const json_t *read_array(const json_t *o, const char *key, size_t *n)
{
	const json_t *v = json_object_get(o, key);

	*n = json_array_size(v);
	return json_is_array(v) ? v : NULL;
}

void read_strings(const json_t *v, struct arena *a, struct str_list *out)
{
	size_t n = json_array_size(v);

	out->v = arena_array(a, n + 1, sizeof *out->v);
	out->n = 0;
	for (size_t i = 0; i < n; i++) {
		const json_t *s = json_array_get(v, i);

		if (json_is_string(s))
			out->v[out->n++] =
			        arena_strndup(a, json_string_value(s), json_string_length(s));
	}
}

void read_list(const json_t *o, const char *key, struct arena *a, struct str_list *out)
{
	read_strings(json_object_get(o, key), a, out);
}

void read_vars(const json_t *o, const char *key, struct arena *a, struct env_var **out, size_t *n)
{
	json_t *v = json_object_get(o, key), *value;
	const char *name;

	*n = 0;
	*out = arena_array(a, json_object_size(v) + 1, sizeof **out);
	json_object_foreach(v, name, value) if (json_is_string(value))(*out)[(*n)++] =
	        (struct env_var){
		        .name = arena_strdup(a, name),
		        .value = arena_strdup(a, json_string_value(value)),
	        };
}

unsigned read_name(
        const json_t *o, const char *key, const char *const *names, unsigned n, unsigned fallback)
{
	const char *s = json_string_value(json_object_get(o, key));

	for (unsigned i = 0; s && i < n; i++)
		if (names[i] && strcmp(names[i], s) == 0)
			return i;
	return fallback;
}

void read_bytes(const json_t *o, const char *key, const char *encoding_key, struct arena *a,
        const char **data, size_t *len)
{
	const json_t *v = json_object_get(o, key);
	const char *encoding = json_string_value(json_object_get(o, encoding_key));
	AUTO_STRBUF raw = STRBUF_INIT;
	struct err e;

	*data = "";
	*len = 0;
	if (!json_is_string(v))
		return;
	if (encoding && strcmp(encoding, "base64") == 0) {
		if (base64_decode(&raw, json_string_value(v), json_string_length(v), &e) < 0)
			return;
		*data = arena_memdup(a, raw.s, raw.len + 1);
		*len = raw.len;
		return;
	}
	*data = arena_memdup(a, json_string_value(v), json_string_length(v) + 1);
	*len = json_string_length(v);
}
