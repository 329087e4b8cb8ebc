/* What the sandboxes of a scenario have to show (--require-receipt). Nothing runs in one that is
 * not as demanded. */
#include "daemon/run/exec_priv.h"
#include "daemon/wire/wire.h"

#define DIFFERENCES_MAX 16

static void fail(struct exec *x, const struct receipt_difference *d)
{
	struct failure f = {
		.code = REASON_RECEIPT,
		.assertion = arena_printf(x->a, "receipt.%s", d->member),
		.message =
		        arena_printf(x->a, "the receipt has another '%s' than required", d->member),
		.expected = d->wanted,
		.actual = d->got,
		.file = arena_strdup(x->a, x->pl->file->path),
		.pos = x->pl->sc->pos,
		.hint = "no step has run; --require-receipt names what every sandbox must show",
	};

	exec_raise(x, VERDICT_FAIL, REASON_RECEIPT);
	exec_fail(x, &f);
}

bool exec_receipt_holds(struct exec *x, const struct receipt *r)
{
	struct receipt_difference v[DIFFERENCES_MAX];
	size_t n;

	if (!x->run->demand)
		return true;
	n = receipt_differs(x->run->demand, r, x->a, v, DIFFERENCES_MAX);
	for (size_t i = 0; i < n; i++)
		fail(x, &v[i]);
	if (n)
		exec_finish(x);
	return n == 0;
}
