/* client/cmd.h - what a command gets, and the commands.
 *
 * A command is a function and an entry in table.c. It returns the exit status of the program.
 */
#ifndef CLIENT_CMD_H
#define CLIENT_CMD_H

#include "client/args.h"
#include "client/term.h"
#include "client/where.h"

struct ctx {
	struct args args;
	enum format format; /* never FORMAT_AUTO */
	bool format_open;   /* nobody said one: a project may */
	struct term term;
	struct where where; /* socket and files of the daemon */
	int verbose;        /* -v minus -q */
	bool may_start;     /* --daemon auto */
	char *const *env;   /* of this process */
};

int cmd_run(struct ctx *c);
int cmd_dev(struct ctx *c);
struct request;
/* The session that a run becomes where the project says cli.watch; NULL: a flag speaks against it.
 */
const struct request *dev_instead(const struct ctx *c);
int cmd_try(struct ctx *c);
int cmd_validate(struct ctx *c);
int cmd_render(struct ctx *c);
int cmd_dry_run(struct ctx *c);
int cmd_fmt(struct ctx *c);
int cmd_lint(struct ctx *c);
int cmd_schema(struct ctx *c);
int cmd_init(struct ctx *c);
int cmd_template(struct ctx *c);
int cmd_ps(struct ctx *c);
int cmd_shell(struct ctx *c);
int cmd_exec(struct ctx *c);
int cmd_cp(struct ctx *c);
int cmd_rm(struct ctx *c);
int cmd_runs_list(struct ctx *c);
int cmd_runs_show(struct ctx *c);
int cmd_runs_rm(struct ctx *c);
int cmd_report(struct ctx *c);
int cmd_flaky(struct ctx *c);
int cmd_flaky_quarantine(struct ctx *c);
int cmd_flaky_release(struct ctx *c);
int cmd_logs(struct ctx *c);
int cmd_attach(struct ctx *c);
int cmd_cancel(struct ctx *c);
int cmd_config_show(struct ctx *c);
int cmd_config_path(struct ctx *c);
int cmd_pool_status(struct ctx *c);
int cmd_pool_fill(struct ctx *c);
int cmd_pool_drain(struct ctx *c);
int cmd_images_ls(struct ctx *c);
int cmd_images_inspect(struct ctx *c);
int cmd_images_import(struct ctx *c);
int cmd_images_rm(struct ctx *c);
int cmd_images_prune(struct ctx *c);
int cmd_daemon_start(struct ctx *c);
int cmd_daemon_stop(struct ctx *c);
int cmd_daemon_restart(struct ctx *c);
int cmd_daemon_status(struct ctx *c);
int cmd_daemon_logs(struct ctx *c);
int cmd_daemon_reload(struct ctx *c);
int cmd_daemon_gc(struct ctx *c);
int cmd_cache_show(struct ctx *c);
int cmd_cache_clear(struct ctx *c);
int cmd_cache_why(struct ctx *c);
int cmd_why(struct ctx *c);
int cmd_self_test(struct ctx *c);
int cmd_health(struct ctx *c);
int cmd_metrics(struct ctx *c);
int cmd_version(struct ctx *c);
int cmd_completions(struct ctx *c);
int cmd_complete(struct ctx *c);
int cmd_help(struct ctx *c);

#endif
