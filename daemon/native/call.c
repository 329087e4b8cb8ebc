/* Questions to the launcher that are not about one sandbox: the sweep, the probes. */
#include "common/mem.h"
#include "daemon/native/native_priv.h"

static struct native_call *new_call(struct native *n, void *arg)
{
	struct native_call *c = xcalloc(1, sizeof(*c));

	c->native = n;
	c->arg = arg;
	return c;
}

static void await(struct native_call *c)
{
	c->next = c->native->calls;
	c->native->calls = c;
}

/* From the loop, never from inside the question. */
static void tell(void *arg)
{
	struct native_call *c = arg;

	if (c->swept)
		c->swept(c->arg, c->n, c->failure.code == ERR_NONE ? NULL : &c->failure);
	else
		c->probed(c->arg);
	free(c);
}

/* Takes the calls of that id out of the list and tells them. */
static void settle(struct native *n, uint64_t id, unsigned count, const struct err *e)
{
	for (struct native_call **at = &n->calls; *at;) {
		struct native_call *c = *at;

		if (c->id != id) {
			at = &c->next;
			continue;
		}
		*at = c->next;
		c->n = count;
		if (e)
			c->failure = *e;
		loop_post(n->loop, tell, c);
	}
}

/* ---- the sweep ---- */

void native_sweep(struct engine *en, bool dry_run, native_swept_fn *done, void *arg)
{
	struct native *n = (struct native *)en;
	struct native_call *c = new_call(n, arg);
	struct launch_sweep m = { .h = { .length = sizeof(m),
		                          .op = LAUNCH_SWEEP,
		                          .version = LAUNCH_VERSION,
		                          .id = ++n->next_id },
		.dry_run = dry_run };

	c->swept = done;
	c->id = m.h.id;
	if (n->lost && !n->replacing) {
		err_set(&c->failure, ERR_SYS, "the launcher is gone: clnrm daemon restart");
		loop_post(n->loop, tell, c);
		return;
	}
	await(c);
	native_send(n, &m, sizeof(m), -1);
}

void native_on_swept(struct native *n, const struct launch_swept *m)
{
	struct err e = { 0 };

	if (m->failed)
		err_set(&e, ERR_BUSY, "the launcher could not sweep: try again");
	if (m->h.id)
		settle(n, m->h.id, m->n, m->failed ? &e : NULL);
}

/* ---- the probes ---- */

void native_ask_probes(struct native *n)
{
	struct launch_header h = {
		.length = sizeof(h), .op = LAUNCH_PROBE, .version = LAUNCH_VERSION
	};

	native_send(n, &h, sizeof(h), -1);
}

void native_when_probed(struct engine *en, loop_fn *fn, void *arg)
{
	struct native *n = (struct native *)en;
	struct native_call *c = new_call(n, arg);

	c->probed = fn;
	if (n->probed || (n->lost && !n->replacing)) {
		loop_post(n->loop, tell, c);
		return;
	}
	await(c);
	/* Not asked yet: whoever wants to know does not wait for the delay. */
	if (n->probe_timer) {
		loop_timer_del(n->probe_timer);
		n->probe_timer = NULL;
		native_ask_probes(n);
	}
}

void native_on_probed(struct native *n, const struct launch_probed *m)
{
	n->probes = *m;
	n->probed = true;
	settle(n, 0, 0, NULL);
}

void native_calls_lost(struct native *n)
{
	struct err e;

	err_set(&e, ERR_SYS, "the launcher is gone: clnrm daemon restart");
	while (n->calls)
		settle(n, n->calls->id, 0, &e);
}
