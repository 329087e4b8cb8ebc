/* GET /v1/health: the daemon's part of the doctor (cli.md 3.11). The engine tells what the kernel
 * gives; the rest is here. Every remedy is a command that can be pasted. */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include "common/build.h"
#include "common/clock.h"
#include "common/num.h"
#include "daemon/server/fresh.h"
#include "daemon/server/handlers.h"
#include "daemon/server/survey.h"
#include "daemon/wire/wire.h"

#define GIB (1ull << 30)
#define MIB (1ull << 20)
#define FEW_WATCHES 8192
#define FEW_INSTANCES 64
#define FEW_INODES 10000
#define FEW_FILES 1024
#define CLOCK_EPOCH_NS (1735689600ll * NS_PER_S) /* 2025-01-01: before this program was written */
#define CLOCK_SLACK_NS (60 * NS_PER_S)

enum grade { OK, WARN, FAIL };
static const char *const grades[] = { "ok", "warn", "fail" };

struct checks {
	const struct request *r;
	const struct survey *s;
	struct json *j;
};

static void add(
        struct checks *c, const char *id, enum grade grade, const char *message, const char *fix)
{
	json_obj(c->j, NULL);
	json_str(c->j, "id", id);
	json_str(c->j, "status", grades[grade]);
	json_str(c->j, "message", message);
	json_str(c->j, "fix", grade == OK ? NULL : fix);
	json_end(c->j);
}

/* ---- the checks ---- */

static void check_inotify(struct checks *c)
{
	long watches = c->s->watches, instances = c->s->instances;
	char text[128];

	if (watches < 0 || instances < 0) {
		add(c, "inotify", WARN, "its limits cannot be read",
		        "sudo mount -t proc proc /proc");
		return;
	}
	snprintf(
	        text, sizeof(text), "%ld watches, %ld instances for this user", watches, instances);
	add(c, "inotify", watches < FEW_WATCHES || instances < FEW_INSTANCES ? WARN : OK, text,
	        "printf "
	        "'fs.inotify.max_user_watches=524288\\nfs.inotify.max_user_instances=512\\n' "
	        "| sudo tee /etc/sysctl.d/60-clnrm.conf && sudo sysctl --system");
}

static void check_space(struct checks *c, const char *id, const char *path,
        const struct survey_space *v, uint64_t few)
{
	AUTO_STRBUF text = STRBUF_INIT;
	AUTO_STRBUF fix = STRBUF_INIT;
	enum grade grade = v->bytes < few / 16 || v->inodes < FEW_INODES / 16 ? FAIL
	                   : v->bytes < few || v->inodes < FEW_INODES         ? WARN
	                                                                      : OK;

	strbuf_adds(&fix, "du -xh --max-depth=2 ");
	strbuf_shell_quote(&fix, path);
	strbuf_adds(&fix, " | sort -h | tail");
	if (!v->known) {
		strbuf_printf(&text, "'%s' cannot be looked at", path);
		add(c, id, FAIL, text.s, fix.s);
		return;
	}
	size_format(&text, v->bytes);
	strbuf_adds(&text, " free");
	if (v->inodes != UINT64_MAX)
		strbuf_printf(&text, ", %llu inodes", (unsigned long long)v->inodes);
	strbuf_printf(&text, " at '%s'", path);
	add(c, id, grade, text.s, fix.s);
}

static void check_run_dir(struct checks *c)
{
	const char *dir = c->r->d->run_dir;
	AUTO_STRBUF fix = STRBUF_INIT;

	strbuf_adds(&fix, "chmod 700 ");
	strbuf_shell_quote(&fix, dir);
	if (c->s->run_dir.code == ERR_NONE)
		add(c, "runtime_directory", OK, dir, NULL);
	else if (c->s->run_dir.code == ERR_DENIED && access(dir, W_OK) == 0)
		add(c, "runtime_directory", FAIL, c->s->run_dir.msg, fix.s);
	else
		add(c, "runtime_directory", FAIL, c->s->run_dir.msg,
		        "export CLNRM_SOCKET=\"$HOME/.clnrm.sock.d/clnrmd.sock\"; clnrm daemon "
		        "start");
}

static void check_daemon(struct checks *c)
{
	AUTO_STRBUF text = STRBUF_INIT;

	strbuf_printf(&text, "clnrmd %s (%s), pid %d, up ", c->r->d->version, build_commit(),
	        (int)getpid());
	dur_format(&text, clock_wall_ns() - c->r->d->started_wall_ns);
	add(c, "daemon", OK, text.s, NULL);
}

static void check_images(struct checks *c)
{
	struct image_store *store = c->r->d->images;
	AUTO_STRBUF text = STRBUF_INIT;
	struct err e;

	if (!image_look(store, "host", &e)) {
		add(c, "image_store", FAIL, e.msg, "clnrm daemon restart");
		return;
	}
	if (!image_look(store, "clnrm/base", &e)) {
		strbuf_printf(&text, "no 'clnrm/base': %s", e.msg);
		add(c, "image_store", WARN, text.s, "sudo apt install busybox-static");
		return;
	}
	add(c, "image_store", OK, "host, scratch, clnrm/base", NULL);
}

static void check_history(struct checks *c)
{
	const struct store_figures *h = &c->s->history;
	AUTO_STRBUF text = STRBUF_INIT;
	AUTO_STRBUF fix = STRBUF_INIT;

	if (!c->r->d->store) {
		add(c, "history", WARN, "off: runs are not stored", "clnrm daemon restart");
		return;
	}
	if (h->failed) {
		strbuf_adds(&fix, "mv ");
		strbuf_shell_quote(&fix, c->r->d->state_dir);
		strbuf_adds(&fix, "/history.db{,.broken}; clnrm daemon restart");
		add(c, "history", FAIL, h->message, fix.s);
		return;
	}
	size_format(&text, h->bytes);
	strbuf_printf(&text, ", %u runs", h->runs);
	if (h->pending)
		strbuf_printf(&text, ", %llu records on their way", (unsigned long long)h->pending);
	add(c, "history", OK, text.s, NULL);
}

static void check_clock(struct checks *c)
{
	int64_t now = clock_wall_ns();
	AUTO_STRBUF text = STRBUF_INIT;
	char at[RFC3339_LEN];

	clock_rfc3339(now, at);
	if (now < CLOCK_EPOCH_NS) {
		strbuf_printf(&text, "it says %s", at);
		add(c, "clock", FAIL, text.s, "sudo timedatectl set-ntp true");
	} else if (c->s->ahead_ns > CLOCK_SLACK_NS) {
		strbuf_adds(&text, "it was set back: what was written before is ");
		dur_format(&text, c->s->ahead_ns);
		strbuf_adds(&text, " ahead");
		add(c, "clock", WARN, text.s, "sudo timedatectl set-ntp true");
	} else {
		add(c, "clock", OK, at, NULL);
	}
}

/* ---- with -v ---- */

static void check_kernel(struct checks *c)
{
	struct utsname u;
	char text[200] = "unknown";

	if (uname(&u) == 0)
		snprintf(text, sizeof(text), "%.60s %.60s %.60s", u.sysname, u.release, u.machine);
	add(c, "kernel", OK, text, NULL);
}

static void check_files(struct checks *c)
{
	struct rlimit l = { 0 };
	char text[64];

	(void)getrlimit(RLIMIT_NOFILE, &l);
	snprintf(text, sizeof(text), "%llu for the daemon", (unsigned long long)l.rlim_cur);
	add(c, "open_files", l.rlim_cur < FEW_FILES ? WARN : OK, text,
	        "ulimit -n 4096; clnrm daemon restart");
}

static void check_memory(struct checks *c)
{
	const struct footprint *f = &c->s->footprint;
	AUTO_STRBUF text = STRBUF_INIT;

	size_format(&text, f->daemon + f->launcher + f->sandboxes);
	strbuf_printf(&text, " in %u processes", f->processes);
	add(c, "memory", OK, text.s, NULL);
}

static void add_own(struct checks *c)
{
	const struct server_deps *d = c->r->d;

	check_inotify(c);
	check_space(c, "state_space", d->state_dir, &c->s->state, GIB);
	check_space(c, "image_space", d->data_dir, &c->s->data, GIB);
	check_space(c, "runtime_space", d->run_dir, &c->s->run, 16 * MIB);
	check_run_dir(c);
	check_daemon(c);
	check_images(c);
	check_history(c);
	check_clock(c);
	if (!request_flag(c->r, "verbose"))
		return;
	check_kernel(c);
	check_files(c);
	check_memory(c);
}

/* ---- answer ---- */

static const char *text_of(const json_t *check, const char *name)
{
	const char *s = json_string_value(json_object_get(check, name));

	return s ? s : "";
}

/* "user_namespaces" as "user namespaces". */
static void add_title(struct strbuf *out, const char *id, size_t width)
{
	size_t n = strlen(id);

	for (size_t i = 0; i < n; i++)
		strbuf_addc(out, id[i] == '_' ? ' ' : id[i]);
	strbuf_addn(out, ' ', width > n ? width - n : 0);
}

struct tally {
	unsigned ok, warn, fail;
};

static void check_text(const json_t *check, size_t width, struct tally *t, struct strbuf *out)
{
	const char *status = text_of(check, "status"), *fix = text_of(check, "fix");

	if (strcmp(status, "ok") == 0)
		t->ok++;
	else if (strcmp(status, "warn") == 0)
		t->warn++;
	else
		t->fail++;
	strbuf_printf(out, "%-6s", strcmp(status, "fail") == 0 ? "FAIL" : status);
	add_title(out, text_of(check, "id"), width);
	strbuf_add_visible(out, text_of(check, "message"), strlen(text_of(check, "message")));
	strbuf_addc(out, '\n');
	if (*fix)
		strbuf_printf(out, "      fix: %s\n", fix);
}

static struct tally health_text(const json_t *checks, struct strbuf *out)
{
	struct tally t = { 0 };
	size_t i, width = 0;
	json_t *check;

	json_array_foreach(checks, i, check)
	{
		size_t n = strlen(text_of(check, "id")) + 2;

		width = n > width ? n : width;
	}
	json_array_foreach(checks, i, check) check_text(check, width, &t, out);
	strbuf_printf(out, "%u ok, %u warn, %u FAIL\n", t.ok, t.warn, t.fail);
	return t;
}

/* The engine's items come as text, without the brackets around them. */
static void write_checks(struct request *r, const struct survey *s, struct strbuf *out)
{
	AUTO_STRBUF engine = STRBUF_INIT;
	AUTO_STRBUF own = STRBUF_INIT;
	struct json j = JSON_INIT(&own);
	struct checks c = { r, s, &j };

	r->d->engine->ops->health(r->d->engine, &engine);
	json_arr(&j, NULL);
	add_own(&c);
	json_end(&j);
	strbuf_addc(out, '[');
	strbuf_add(out, engine.s, engine.len);
	if (engine.len)
		strbuf_addc(out, ',');
	strbuf_add(out, own.s + 1, own.len - 1);
}

static void answer_health(struct request *r, const struct survey *s)
{
	AUTO_STRBUF checks = STRBUF_INIT;
	AUTO_STRBUF json = STRBUF_INIT;
	AUTO_STRBUF text = STRBUF_INIT;
	struct json j = JSON_INIT(&json);
	json_t *tree;

	write_checks(r, s, &checks);
	tree = json_loadb(checks.s, checks.len, 0, NULL);

	struct tally t = health_text(tree, &text);

	json_decref(tree);
	json_obj(&j, NULL);
	json_str(&j, "schema", "clnrm.health/1");
	json_raw(&j, "checks", checks.s, checks.len);
	json_end(&j);
	answer(r, t.fail ? 1 : 0, &json, &text);
}

/* ---- the engine may still be looking around ---- */

struct patience {
	struct request *r; /* NULL: the client has left */
};

static void survey_health(struct request *r)
{
	survey_start(r, answer_health);
}

static void on_looked(void *arg)
{
	struct patience *p = arg;

	if (p->r) {
		exchange_on_closed(p->r->x, NULL, NULL);
		fresh_image(p->r, NULL, survey_health);
	}
	free(p);
}

static void on_left(void *arg)
{
	struct patience *p = arg;

	p->r = NULL;
}

void handle_health_show(struct request *r)
{
	struct patience *p = xmalloc(sizeof(*p));

	p->r = r;
	exchange_on_closed(r->x, on_left, p);
	exchange_wait(r->x);
	r->d->looked(r->d->arg, on_looked, p);
}
