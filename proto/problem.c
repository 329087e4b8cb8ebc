#include "proto/problem.h"

#include <string.h>

#define PROBLEM(code, status, exit, title) { code, status, exit, title },
static const struct problem_kind kinds[] = { PROBLEMS(PROBLEM) };
#undef PROBLEM

/* Findings that stand alone as a problem: their code has a dot and is not in the table. */
static const struct problem_kind finding = { "invalid-files", 422, 2, "files are invalid" };
static const struct problem_kind missing[] = {
	{ "file.not_found", 422, 3, "a file does not exist" },
	{ "file.unreadable", 422, 3, "a file cannot be read" },
};

static const struct problem_kind *look_up(
        const struct problem_kind *table, size_t n, const char *code)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(table[i].code, code) == 0)
			return &table[i];
	return NULL;
}

const struct problem_kind *problem_kind(const char *code)
{
	const struct problem_kind *k = look_up(kinds, ARRAY_LEN(kinds), code);

	if (k)
		return k;
	if (!strchr(code, '.'))
		return NULL;
	k = look_up(missing, ARRAY_LEN(missing), code);
	return k ? k : &finding;
}

const char *problem_of_err(enum err_code code)
{
	static const char *const names[] = {
		[ERR_NONE] = "internal",
		[ERR_INVALID] = "bad-request",
		[ERR_NOT_FOUND] = "not-found",
		[ERR_BUSY] = "busy",
		[ERR_LIMIT] = "limit",
		[ERR_TIMEOUT] = "timeout",
		[ERR_DENIED] = "denied",
		[ERR_UNSUPPORTED] = "refused",
		[ERR_SYS] = "internal",
	};

	return (size_t)code < ARRAY_LEN(names) ? names[code] : "internal";
}
