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
	unsigned valid, errors, warnings;
	struct strbuf json, text;
};

static void write_file(struct validation *v, struct json *j, const struct test_file *f)
{
	bool valid = f->tests != NULL;
	size_t scenarios = test_file_scenarios(f);

	json_obj(j, NULL);
	json_str(j, "path", f->path);
	json_bool(j, "valid", valid);
	json_uint(j, "tests", f->n_tests);
	json_uint(j, "scenarios", scenarios);
	wire_diags(j, "diagnostics", &f->diags);
	json_end(j);
	if (valid && v->style.verbosity >= 0) {
		text_line(&v->text, f->path, strlen(f->path));
		strbuf_printf(&v->text, ": ok (%zu test%s, %zu scenario%s)\n", f->n_tests,
		        f->n_tests == 1 ? "" : "s", scenarios, scenarios == 1 ? "" : "s");
	}
	diags_text(&f->diags, &v->style, v->style.out, &v->text);
	v->valid += valid;
	v->errors += (unsigned)f->diags.errors;
	v->warnings += (unsigned)f->diags.warnings;
}

static void add_totals(struct validation *v)
{
	size_t n = v->set.found.n, bad = n - v->valid;

	if (bad)
		strbuf_printf(&v->text, "%zu of %zu file%s invalid, ", bad, n, n == 1 ? "" : "s");
	else
		strbuf_printf(&v->text, "%u file%s valid, ", v->valid, v->valid == 1 ? "" : "s");
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
		file_set_select(&v->set, &found->v[i], f);
		test_file_unref(f);
	}
	json_end(&j);
	wire_diags(&j, "diagnostics", &v->set.diags);
	json_bool(&j, "valid", v->valid == found->n);
	json_end(&j);
	strbuf_addc(&v->json, '\n');
	if (v->style.verbosity > -2)
		add_totals(v);
}

static void reply(struct offload *o)
{
	struct validation *v = (struct validation *)o;
	bool valid = v->valid == v->set.found.n;

	if (file_set_refused(&v->set, o->r) || (valid && file_set_missed(&v->set, o->r)))
		return;
	answer(o->r, valid ? 0 : 1, &v->json, &v->text);
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
