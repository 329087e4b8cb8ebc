/* POST /v1/validate: everything about files that needs no sandbox, on a worker thread. */
#include <string.h>

#include "daemon/server/files.h"
#include "daemon/server/handlers.h"
#include "daemon/server/offload.h"
#include "daemon/wire/wire.h"

struct validation {
	struct offload o;
	struct file_set set;
	struct text_style style;
	/* What the worker finds. */
	unsigned valid, unchecked, errors, warnings;
	struct strbuf json, text;
};

static void say_file(struct validation *v, const struct test_file *f, bool unchecked)
{
	if (v->style.verbosity < 0 || (!f->test && !unchecked))
		return;
	strbuf_add_visible(&v->text, f->path, strlen(f->path));
	if (unchecked)
		strbuf_adds(&v->text, ": not checked\n");
	else
		strbuf_printf(&v->text, ": ok (1 test, %zu scenario%s)\n", f->test->n_scenarios,
		        f->test->n_scenarios == 1 ? "" : "s");
}

/* What this build lacks is no error here (cli.md 3.4), but a template that it cannot render has not
 * been found valid either. */
static void write_file(struct validation *v, struct json *j, const struct test_file *f)
{
	const struct test *t = f->test;
	bool unchecked = f->unrendered && !f->diags.errors;

	json_obj(j, NULL);
	json_str(j, "path", f->path);
	json_bool(j, "valid", t || unchecked);
	json_bool(j, "checked", !unchecked);
	json_uint(j, "tests", t ? 1 : 0);
	json_uint(j, "scenarios", t ? t->n_scenarios : 0);
	wire_diags(j, "diagnostics", &f->diags);
	json_end(j);
	say_file(v, f, unchecked);
	diags_text(&f->diags, &v->style, v->style.out, &v->text);
	v->valid += t != NULL;
	v->unchecked += unchecked;
	v->errors += (unsigned)f->diags.errors;
	v->warnings += (unsigned)f->diags.warnings;
}

static void add_totals(struct validation *v)
{
	size_t n = v->set.found.n, bad = n - v->valid - v->unchecked;

	if (bad)
		strbuf_printf(&v->text, "%zu of %zu file%s invalid, ", bad, n, n == 1 ? "" : "s");
	else if (v->valid || !v->unchecked)
		strbuf_printf(&v->text, "%u file%s valid, ", v->valid, v->valid == 1 ? "" : "s");
	if (v->unchecked)
		strbuf_printf(&v->text, "%u file%s not checked, ", v->unchecked,
		        v->unchecked == 1 ? "" : "s");
	strbuf_printf(&v->text, "%u error%s, %u warning%s\n", v->errors, v->errors == 1 ? "" : "s",
	        v->warnings, v->warnings == 1 ? "" : "s");
}

static void work(struct offload *o)
{
	struct validation *v = (struct validation *)o;
	const struct found *found = &v->set.found;
	struct json j = JSON_INIT(&v->json);

	file_set_find(&v->set);
	if (v->set.refused)
		return;
	diags_text(&v->set.diags, &v->style, v->style.out, &v->text);
	v->warnings += (unsigned)v->set.diags.warnings;
	json_obj(&j, NULL);
	json_str(&j, "schema", "clnrm.validate/1");
	json_arr(&j, "files");
	for (size_t i = 0; i < found->n; i++) {
		struct test_file *f = file_set_load(&v->set, &found->v[i]);

		write_file(v, &j, f);
		test_file_unref(f);
	}
	json_end(&j);
	wire_diags(&j, "diagnostics", &v->set.diags);
	json_bool(&j, "valid", v->valid + v->unchecked == found->n);
	json_end(&j);
	strbuf_addc(&v->json, '\n');
	if (v->style.verbosity > -2)
		add_totals(v);
}

static void reply(struct offload *o)
{
	struct validation *v = (struct validation *)o;

	if (!file_set_refused(&v->set, o->r))
		answer(o->r, v->valid + v->unchecked == v->set.found.n ? 0 : 1, &v->json, &v->text);
}

static void release(struct offload *o)
{
	struct validation *v = (struct validation *)o;

	strbuf_release(&v->json);
	strbuf_release(&v->text);
	file_set_release(&v->set);
	free(v);
}

void handle_validate(struct request *r)
{
	struct validation *v = xcalloc(1, sizeof(*v));

	v->o = (struct offload){ .work = work, .answer = reply, .release = release };
	v->json = v->text = (struct strbuf)STRBUF_INIT;
	v->style = r->style;
	if (file_set_init(&v->set, r, FILES_VALIDATE) == 0)
		offload(r, &v->o);
	else
		release(&v->o);
}
