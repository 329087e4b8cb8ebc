#define PCRE2_CODE_UNIT_WIDTH 8
#include "daemon/core/regex.h"

#include <pcre2.h>
#include <stdbool.h>
#include <string.h>

#include "common/mem.h"

#define MATCH_LIMIT 1000000u
#define HEAP_LIMIT_KIB (16u << 10)
#define JIT_STACK_MAX \
	(1u << 20) /* the built-in 32 KiB overflow on alternations over large subjects */

struct regex {
	pcre2_code *code;
};

struct regex *regex_new(const char *pattern, size_t *at, struct err *e)
{
	uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_DOLLAR_ENDONLY | PCRE2_MATCH_INVALID_UTF |
	                   PCRE2_NEVER_BACKSLASH_C;
	PCRE2_SIZE offset = 0;
	PCRE2_UCHAR text[256];
	int code = 0;
	pcre2_code *compiled =
	        pcre2_compile((PCRE2_SPTR)pattern, strlen(pattern), options, &code, &offset, NULL);

	if (!compiled) {
		pcre2_get_error_message(code, text, sizeof(text));
		*at = offset;
		err_set(e, ERR_INVALID, "regular expression: %s at offset %zu", (const char *)text,
		        (size_t)offset);
		return NULL;
	}
	/* Without JIT (hardened kernels) the interpreter does the same, slower. */
	(void)pcre2_jit_compile(compiled, PCRE2_JIT_COMPLETE);
	struct regex *r = xcalloc(1, sizeof(*r));
	r->code = compiled;
	return r;
}

void regex_free(struct regex *r)
{
	if (!r)
		return;
	pcre2_code_free(r->code);
	free(r);
}

static int refuse(int rc, struct err *e)
{
	PCRE2_UCHAR text[256];

	pcre2_get_error_message(rc, text, sizeof(text));
	return err_set(e, ERR_LIMIT, "regular expression: %s", (const char *)text);
}

static void take_spans(
        const pcre2_match_data *data, size_t matched, struct regex_span *spans, size_t n)
{
	const PCRE2_SIZE *v = pcre2_get_ovector_pointer((pcre2_match_data *)(uintptr_t)data);

	for (size_t i = 0; i < n; i++) {
		bool took_part = i < matched && v[2 * i] != PCRE2_UNSET;

		/* \K may set the start behind the end. */
		spans[i] = (struct regex_span){ REGEX_NONE, REGEX_NONE };
		if (took_part && v[2 * i] <= v[2 * i + 1])
			spans[i] = (struct regex_span){ v[2 * i], v[2 * i + 1] };
	}
}

int regex_find(const struct regex *r, const char *s, size_t n, size_t from,
        struct regex_span *spans, size_t n_spans, struct err *e)
{
	pcre2_match_context *ctx = pcre2_match_context_create(NULL);
	pcre2_match_data *data = pcre2_match_data_create_from_pattern(r->code, NULL);
	pcre2_jit_stack *stack =
	        n > 4096 ? pcre2_jit_stack_create(32u << 10, JIT_STACK_MAX, NULL) : NULL;

	pcre2_set_match_limit(ctx, MATCH_LIMIT);
	pcre2_set_heap_limit(ctx, HEAP_LIMIT_KIB);
	if (stack)
		pcre2_jit_stack_assign(ctx, NULL, stack);
	int rc = pcre2_match(r->code, (PCRE2_SPTR)s, n, from, 0, data, ctx);
	if (rc > 0)
		take_spans(data, (size_t)rc, spans, n_spans);
	pcre2_match_data_free(data);
	pcre2_match_context_free(ctx);
	if (stack)
		pcre2_jit_stack_free(stack);
	if (rc >= 0)
		return 1;
	return rc == PCRE2_ERROR_NOMATCH ? 0 : refuse(rc, e);
}

int regex_match(
        const struct regex *r, const char *s, size_t n, size_t *start, size_t *end, struct err *e)
{
	struct regex_span whole = { 0, 0 };
	int rc = regex_find(r, s, n, 0, &whole, 1, e);

	if (rc > 0 && start)
		*start = whole.start;
	if (rc > 0 && end)
		*end = whole.end;
	return rc;
}
