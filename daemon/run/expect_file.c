/* What must stand at a path when a step has ended (config.md 3.4), against what the init saw. */
#include <string.h>
#include <sys/stat.h>

#include "daemon/run/expect_priv.h"

/* The number is what the init says. */
static const char *why(uint32_t error)
{
	const char *text = strerrordesc_np((int)error);

	return text ? text : "an unknown error";
}

struct judged_file {
	const struct attempt *at;
	struct step_result *res;
	struct arena *a;
	const struct file_check *want;
	const struct file_look *got;
};

static struct failure *fail(const struct judged_file *j, const char *key, const char *message)
{
	const char *name =
	        *key ? arena_printf(j->a, "%s.%s", j->want->assertion, key) : j->want->assertion;
	struct failure *f = judge_fail(j->at, j->res, REASON_FILE, name, j->want->pos, j->a);

	f->message = message;
	return f;
}

static void differs(const struct judged_file *j, const char *key, const char *what,
        const char *expected, const char *actual)
{
	struct failure *f = fail(j, key,
	        arena_printf(j->a, "file '%s' %s %s, expected %s", j->want->path, what, actual,
	                expected));

	f->expected = expected;
	f->actual = actual;
}

static const char *kind_name(uint32_t mode)
{
	return S_ISREG(mode)   ? "a file"
	       : S_ISDIR(mode) ? "a directory"
	       : S_ISLNK(mode) ? "a link"
	                       : "something else";
}

/* False: nothing more can be said of it. */
static bool check_there(const struct judged_file *j)
{
	const struct file_check *want = j->want;
	const struct agent_facts *self = &j->got->self;

	if (!want->exists) {
		if (!self->error)
			fail(j, "exists",
			        arena_printf(j->a, "'%s' exists (%s), and should not", want->path,
			                kind_name(self->mode)));
		else if (self->error != ENOENT && self->error != ENOTDIR)
			fail(j, "exists",
			        arena_printf(j->a, "'%s': %s", want->path, why(self->error)));
		return false;
	}
	if (self->error == ENOENT || self->error == ENOTDIR)
		fail(j, "", arena_printf(j->a, "file '%s' does not exist", want->path));
	else if (self->error)
		fail(j, "", arena_printf(j->a, "'%s': %s", want->path, why(self->error)));
	return !self->error;
}

static bool is_of_link(const struct file_check *want)
{
	return want->type == FILE_TYPE_LINK || want->link_target;
}

static void check_link(const struct judged_file *j)
{
	const char *target = j->want->link_target;

	if (!S_ISLNK(j->got->self.mode))
		differs(j, j->want->type == FILE_TYPE_LINK ? "type" : "link_target", "is", "a link",
		        kind_name(j->got->self.mode));
	else if (target && strcmp(target, j->got->link) != 0)
		differs(j, "link_target", "points to", expect_quoted(target, strlen(target), j->a),
		        expect_quoted(j->got->link, strlen(j->got->link), j->a));
}

static bool check_type(const struct judged_file *j, const struct agent_facts *facts)
{
	const char *want = j->want->type == FILE_TYPE_FILE ? "a file" : "a directory";
	bool fine = j->want->type == FILE_TYPE_ANY ||
	            (j->want->type == FILE_TYPE_FILE ? S_ISREG(facts->mode) : S_ISDIR(facts->mode));

	if (!fine)
		differs(j, "type", "is", want, kind_name(facts->mode));
	return fine;
}

static void check_facts(const struct judged_file *j, const struct agent_facts *facts)
{
	const struct file_check *w = j->want;

	if (w->has_mode && (facts->mode & 07777) != w->mode)
		differs(j, "mode", "has mode", arena_printf(j->a, "%04o", w->mode),
		        arena_printf(j->a, "%04o", facts->mode & 07777));
	if (w->has_owner && (facts->uid != w->uid || facts->gid != w->gid))
		differs(j, "owner", "belongs to", arena_printf(j->a, "%u:%u", w->uid, w->gid),
		        arena_printf(j->a, "%u:%u", facts->uid, facts->gid));
	if (!expect_bound_holds(&w->size, facts->size))
		differs(j, "size", "has a size of", expect_bound_text(&w->size, j->a),
		        arena_printf(j->a, "%llu", (unsigned long long)facts->size));
}

static void check_content(const struct judged_file *j, const struct agent_facts *facts)
{
	const struct file_check *w = j->want;
	const struct file_look *g = j->got;
	struct text_subject t = {
		.what = arena_printf(j->a, "file '%s'", w->path),
		.s = g->content.s,
		.n = g->content.len,
		.head = g->content.len,
		.cut = g->cut,
		.total = facts->size > g->content.len ? facts->size : g->content.len + 1,
		.is_file = true,
	};

	if (!w->content.n && !w->sha256)
		return;
	if (!S_ISREG(facts->mode) || g->error) {
		fail(j, "content",
		        g->error
		                ? arena_printf(j->a, "cannot read '%s': %s", w->path, why(g->error))
		                : arena_printf(j->a, "'%s' is %s and has no content", w->path,
		                          kind_name(facts->mode)));
		return;
	}
	if (w->sha256 && !g->whole)
		fail(j, "sha256",
		        arena_printf(j->a, "file '%s' is too large to be digested", w->path));
	else if (w->sha256 && strcmp(w->sha256, g->sha256) != 0)
		differs(j, "sha256", "has SHA-256", w->sha256, arena_strdup(j->a, g->sha256));
	if (w->content.n)
		expect_text(&w->content, &t, j->at, j->res, j->a);
}

static void check_one(const struct judged_file *j)
{
	const struct agent_facts *facts = &j->got->target;

	if (!check_there(j))
		return;
	if (is_of_link(j->want)) {
		check_link(j);
		facts = &j->got->self;
	} else if (facts->error) {
		fail(j, "",
		        arena_printf(j->a, "'%s' is a link to '%s', which leads nowhere",
		                j->want->path, j->got->link));
		return;
	} else if (!check_type(j, facts)) {
		return;
	}
	check_facts(j, facts);
	check_content(j, facts);
}

void expect_files(const struct attempt *at, struct step_result *res, struct arena *a)
{
	for (size_t i = 0; i < at->n_looks; i++) {
		const struct judged_file j = { at, res, a, &at->def->files[i], &at->looks[i] };

		check_one(&j);
	}
}
