#include "daemon/server/history.h"

int history_resolve(struct store *s, const char *ref, char out[16], struct err *e)
{
	if (!s)
		return err_set(e, ERR_NOT_FOUND,
		        "no run '%s': this daemon was started with --no-history", ref);
	store_sync(s);
	return store_resolve(s, ref, out, e);
}

struct run_result *history_load(struct store *s, const char *ref, struct err *e)
{
	char id[16];

	return history_resolve(s, ref, id, e) < 0 ? NULL : store_load(s, id, e);
}

void history_refuse(struct request *r, const struct err *e)
{
	if (e->code == ERR_NOT_FOUND)
		answer_problem(r, "not-found", 3, e->msg, "clnrm runs list", NULL);
	else
		answer_err(r, e);
}
