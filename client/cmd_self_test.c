/* clnrm self-test: the test files that come with clnrm, run by the daemon as any others.
 *
 * They are not the user's: nothing of a project, of a user file or of the environment counts for
 * them, and their runs are not in the history.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/body.h"
#include "client/call.h"
#include "client/rehearse.h"
#include "client/start.h"
#include "common/fs.h"
#include "common/mem.h"

static const struct suite {
	const char *name, *also; /* also: the original's name */
	enum issue issue;
} suites[] = {
	{ "framework", NULL, ISSUE_FOUNDATION },
	{ "sandbox", "container", ISSUE_FOUNDATION },
	{ "template", NULL, ISSUE_FOUNDATION },
	{ "cache", NULL, ISSUE_FOUNDATION },
	{ "cli", NULL, ISSUE_FOUNDATION },
	{ "services", "plugin", ISSUE_SERVICES },
	{ "otel", NULL, ISSUE_TELEMETRY },
};

struct self_test {
	const char *suite; /* as asked for */
	char *paths[ARRAY_LEN(suites)];
	size_t n_paths;
	bool report; /* an HTML page, too */
	struct rehearsal seen;
};

/* ---- where the files are ---- */

/* Below the prefix that holds this program; in a build tree, in the sources. */
static char *suites_dir(struct fault *f)
{
	static const char *const places[] = { "../share/clnrm/self-test", "../../share/self-test" };
	char self[PATH_MAX], dir[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	self[n > 0 ? n : 0] = '\0';
	if (strrchr(self, '/'))
		*strrchr(self, '/') = '\0';
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		AUTO_STR path = fs_join(self, places[i]);

		if (realpath(path, dir))
			return xstrdup(dir);
	}
	AUTO_STR installed = fs_join(self, places[0]);
	AUTO_STR shown = fs_normalize(installed);

	fault_set(f, "not-found", "the test files of clnrm are not at '%s'", shown);
	fault_help(f, "'make install' puts them there");
	return NULL;
}

static bool is_meant(const struct suite *s, const char *word)
{
	return strcmp(word, s->name) == 0 || (s->also && strcmp(word, s->also) == 0);
}

static int choose(struct self_test *t, const struct ctx *c, struct fault *f)
{
	const char *word = args_value(&c->args, "suite");
	bool all = !word || strcmp(word, "all") == 0;
	AUTO_STR root = suites_dir(f);

	if (!root)
		return -1;
	t->suite = word ? word : "all";
	for (size_t i = 0; i < ARRAY_LEN(suites); i++) {
		const struct suite *s = &suites[i];

		if (!all && !is_meant(s, word))
			continue;
		if (s->issue == ISSUE_FOUNDATION) {
			t->paths[t->n_paths++] = fs_join(root, s->name);
		} else if (!all) {
			AUTO_STR what = xasprintf("--suite %s", word);

			return fault_needs(f, what, s->issue);
		}
	}
	return 0;
}

/* ---- the run ---- */

static void write_body(
        const struct ctx *c, const void *arg, const char *need_env, struct strbuf *out)
{
	static const char *const on[] = { "force", "keep_going", "no_history", "no_config",
		"skip_refused" };
	const struct self_test *t = arg;
	struct json j = JSON_INIT(out);

	(void)c, (void)need_env;
	json_obj(&j, NULL);
	json_arr(&j, "paths");
	for (size_t i = 0; i < t->n_paths; i++)
		json_str(&j, NULL, t->paths[i]);
	json_end(&j);
	if (t->report) {
		json_arr(&j, "reports");
		json_obj(&j, NULL);
		json_str(&j, "kind", "html");
		json_end(&j);
		json_end(&j);
	}
	body_cwd(&j);
	json_obj(&j, "env");
	if (t->seen.dir)
		json_str(&j, "CLNRM_SELF_TEST", t->seen.dir);
	json_end(&j);
	json_obj(&j, "options");
	for (size_t i = 0; i < ARRAY_LEN(on); i++)
		json_bool(&j, on[i], true);
	json_end(&j);
	json_obj(&j, "labels");
	json_str(&j, "self-test", t->suite);
	json_end(&j);
	json_end(&j);
}

/* The daemon is started with all that the user's environment says of it, before commands that get
 * only a part. */
static int have_daemon(const struct ctx *c, struct fault *f)
{
	struct started s = { 0 };
	int fd;

	fd = call_connect(c, c->may_start, &s, f);
	started_release(&s);
	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

static int rehearse_all(struct self_test *t, const struct ctx *c, struct fault *f)
{
	if (have_daemon(c, f) < 0)
		return -1;
	for (size_t i = 0; i < t->n_paths; i++) {
		if (rehearse(c, t->paths[i], &t->seen, f) < 0)
			return -1;
	}
	return 0;
}

static void advise(const struct ctx *c, int rc)
{
	if ((rc != 1 && rc != 2) || c->format != FORMAT_HUMAN || c->verbose <= -2)
		return;
	say("help", "clnrm health: what this machine lacks, and the remedy");
	say("help", "clnrm self-test --suite SUITE: one suite again (its seen.clnrm.toml cannot be "
	            "run without)");
}

static int run_suites(struct self_test *t, struct ctx *c)
{
	const char *out = args_value(&c->args, "output");
	const char *const page = out ? out : "clnrm-report.html";
	const struct request req = { .method = "POST",
		.path = "/v1/runs",
		.body = write_body,
		.arg = t,
		.files = &page,
		.n_files = t->report,
		.names_output = t->report,
		.is_run = true };
	AUTO_FAULT f = FAULT_INIT;
	int rc;

	if (choose(t, c, &f) < 0 || rehearse_all(t, c, &f) < 0)
		return t->seen.signal ? 128 + t->seen.signal : fault_print(&f, c->format);
	rc = call(c, &req);
	advise(c, rc);
	return rc;
}

int cmd_self_test(struct ctx *c)
{
	struct self_test t = { .report = args_bool(&c->args, "report", false) };
	int rc = run_suites(&t, c);

	rehearsal_end(&t.seen);
	for (size_t i = 0; i < t.n_paths; i++)
		free(t.paths[i]);
	return rc;
}
