/* The readers of daemon/config against others, on one document of the kind that tests are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <yaml.h>

#include "bench/contestants.h"
#include "common/clock.h"
#include "common/fs.h"
#include "common/mem.h"
#include "daemon/cache/cache.h"
#include "daemon/config/config.h"
#include "daemon/config/node.h"

#define PASSES 10 /* a sample is the mean of so many */

struct document {
	struct strbuf toml, yaml;
	char *toml_path;
};

static void write_toml(struct strbuf *b, unsigned scenarios)
{
	strbuf_adds(b, "[meta]\nname = \"shop\"\ntags = [\"db\", \"slow\"]\ntimeout = \"2m\"\n");
	for (unsigned i = 0; i < scenarios; i++) {
		strbuf_printf(b,
		        "\n[[scenario]]\nname = \"order %u\"\ntimeout_ms = 30000\nsteps = [\n"
		        "  { name = \"make\", command = [\"make\", \"-s\", \"all\"] },\n"
		        "  { name = \"order\", command = [\"./client\", \"order\", \"%u\"], "
		        "expected_output_regex = '^ok \\d+$', timeout = \"5s\", retries = 2 "
		        "},\n]\n",
		        i, i);
	}
}

static void write_yaml(struct strbuf *b, unsigned scenarios)
{
	strbuf_adds(b, "meta:\n  name: shop\n  tags: [db, slow]\n  timeout: 2m\nscenario:\n");
	for (unsigned i = 0; i < scenarios; i++) {
		strbuf_printf(b,
		        "  - name: order %u\n    timeout_ms: 30000\n    steps:\n"
		        "      - { name: make, command: [make, -s, all] }\n"
		        "      - name: order\n        command: [./client, order, \"%u\"]\n"
		        "        expected_output_regex: '^ok \\d+$'\n        timeout: 5s\n"
		        "        retries: 2\n",
		        i, i);
	}
}

int prepare_parse(struct entry *en, struct err *e)
{
	struct document *d = xcalloc(1, sizeof(*d));

	en->state = d;
	d->toml = (struct strbuf)STRBUF_INIT;
	d->yaml = (struct strbuf)STRBUF_INIT;
	write_toml(&d->toml, en->is->files);
	write_yaml(&d->yaml, en->is->files);
	d->toml_path = xasprintf("%s/parse-%u.toml", en->w->dir, en->is->files);
	return fs_write_atomic(d->toml_path, d->toml.s, d->toml.len, 0644, e);
}

void parse_release(struct entry *en)
{
	struct document *d = en->state;

	if (!d)
		return;
	strbuf_release(&d->toml);
	strbuf_release(&d->yaml);
	free(d->toml_path);
	free(d);
	en->state = NULL;
}

/* ---- large documents: what is in them decides what reading costs ---- */

#define LARGE (2u << 20) /* bytes, at least */

/* Headers of two parts, dotted keys and a value of each kind. */
static void write_tables(struct strbuf *b)
{
	for (unsigned i = 0; b->len < LARGE; i++) {
		strbuf_printf(b,
		        "[[service.%s]]\nname = \"service-%u\"\nport = %u\nenabled = true\n"
		        "weight = %u.25\nsince = 2026-01-31T07:32:00Z\nlimits.memory = "
		        "\"512MiB\"\ntags = [\"db\", \"slow\", \"nightly\"]\n\n",
		        i % 2 ? "web" : "db", i, 1024 + i % 60000, i % 97);
	}
}

static void write_strings(struct strbuf *b)
{
	static const char line[] =
	        "the quick brown fox jumps over the lazy dog, 0123456789 times; ";

	for (unsigned i = 0; b->len < LARGE; i++) {
		strbuf_printf(b, "[text%u]\nplain = \"", i);
		for (unsigned k = 0; k < 8; k++)
			strbuf_adds(b, line);
		strbuf_adds(b, "\"\nescaped = \"");
		for (unsigned k = 0; k < 4; k++)
			strbuf_printf(b, "%s\\t\\\"%s\\\"\\n", line, line);
		strbuf_adds(b, "\"\nmany = \"\"\"\n");
		for (unsigned k = 0; k < 8; k++)
			strbuf_printf(b, "%s\n", line);
		strbuf_adds(b, "\"\"\"\n");
	}
}

static void write_integers(struct strbuf *b)
{
	for (unsigned i = 0; b->len < LARGE; i++) {
		strbuf_printf(b, "list%u = [", i);
		for (unsigned k = 0; k < 200; k++)
			strbuf_printf(b, "%s%lld", k ? ", " : "",
			        (long long)(i * 7919ull + k) * 104729 * (k % 2 ? 1 : -1));
		strbuf_adds(b, "]\n");
	}
}

static void write_floats(struct strbuf *b)
{
	for (unsigned i = 0; b->len < LARGE; i++) {
		strbuf_printf(b, "list%u = [", i);
		for (unsigned k = 0; k < 200; k++)
			strbuf_printf(
			        b, "%s%.7g", k ? ", " : "", (i * 7919.5 + k) * 1.0371 / (k + 3));
		strbuf_adds(b, "]\n");
	}
}

static void write_comments(struct strbuf *b)
{
	for (unsigned i = 0; b->len < LARGE; i++) {
		strbuf_printf(b,
		        "# What follows is entry %u, which is there because the others are; see "
		        "the "
		        "notes of the release.\n\nkey%u = \"value\" # and so it is, until somebody "
		        "changes it\n",
		        i, i);
	}
}

static int prepare_large(struct entry *en, void (*write)(struct strbuf *b))
{
	struct document *d = xcalloc(1, sizeof(*d));

	en->state = d;
	d->toml = (struct strbuf)STRBUF_INIT;
	d->yaml = (struct strbuf)STRBUF_INIT;
	write(&d->toml);
	return 0;
}

#define PREPARE(what)                                            \
	int prepare_toml_##what(struct entry *en, struct err *e) \
	{                                                        \
		(void)e;                                         \
		return prepare_large(en, write_##what);          \
	}
PREPARE(tables)
PREPARE(strings)
PREPARE(integers)
PREPARE(floats)
PREPARE(comments)

/* ---- reading ---- */

typedef struct node *reader(const char *text, size_t len, const char *name,
        const struct parse_limits *lim, struct arena *a, struct diags *d);

static int read_once(reader *fn, const struct strbuf *text, double *us, struct err *e)
{
	static const struct parse_limits limits = PARSE_LIMITS_DEFAULT;
	int64_t began = clock_ns();

	for (unsigned i = 0; i < PASSES; i++) {
		CLEANUP(arena_free) struct arena *a = arena_new();
		struct diags d;

		diags_init(&d, a);

		const struct node *root = fn(text->s, text->len, "bench", &limits, a, &d);

		diags_release(&d);
		if (!root)
			return err_set(e, ERR_INVALID, "the document does not parse");
	}
	*us = (double)(clock_ns() - began) / NS_PER_US / PASSES;
	return 0;
}

int toml_once(struct entry *en, double *out, struct err *e)
{
	const struct document *d = en->state;

	return read_once(toml_read, &d->toml, out, e);
}

/* Milliseconds for a megabyte. */
int toml_large_once(struct entry *en, double *out, struct err *e)
{
	const struct document *d = en->state;

	if (read_once(toml_read, &d->toml, out, e) < 0)
		return -1;
	*out = *out * 1000 / (double)d->toml.len;
	return 0;
}

int yaml_once(struct entry *en, double *out, struct err *e)
{
	const struct document *d = en->state;

	return read_once(yaml_read, &d->yaml, out, e);
}

/* ---- whole files, checked ---- */

struct loaded_file {
	char *path;
	struct config_cache *cache;
	struct settings *s;
};

static const struct client_env no_env = { .asked = true };
static const struct config_flags no_flags;

/* A usual test: some scenarios of some steps. */
int prepare_load(struct entry *en, struct err *e)
{
	struct loaded_file *f = xcalloc(1, sizeof(*f));
	AUTO_STRBUF text = STRBUF_INIT;

	en->state = f;
	f->path = xasprintf("%s/load.clnrm.toml", en->w->dir);
	write_toml(&text, 5);
	f->cache = config_cache_new(NULL, 100, 16u << 20, NULL);
	f->s = config_cache_settings(f->cache, en->w->dir, &no_env, &no_flags, getuid());
	return fs_write_atomic(f->path, text.s, text.len, 0644, e);
}

void load_release(struct entry *en)
{
	struct loaded_file *f = en->state;

	if (!f)
		return;
	settings_unref(f->s);
	config_cache_free(f->cache);
	free(f->path);
	free(f);
	en->state = NULL;
}

static int load_file(struct loaded_file *f, bool force, double *us, struct err *e)
{
	int64_t began = clock_ns();

	for (unsigned i = 0; i < PASSES; i++) {
		CLEANUP(arena_free) struct arena *a = arena_new();
		struct str_list need = { 0 };
		bool hit;
		struct test_file *x = config_cache_load(f->cache, "load.clnrm.toml", f->path, f->s,
		        &no_env, &no_flags, force, &hit, &need, a);
		bool good = x->tests != NULL;

		test_file_unref(x);
		if (!good)
			return err_set(e, ERR_INVALID, "the test file has errors");
	}
	*us = (double)(clock_ns() - began) / NS_PER_US / PASSES;
	return 0;
}

int load_once(struct entry *en, double *out, struct err *e)
{
	return load_file(en->state, true, out, e);
}

int load_again_once(struct entry *en, double *out, struct err *e)
{
	return load_file(en->state, false, out, e);
}

/* ---- others ---- */

/* The library's own tree. */
int libyaml_once(struct entry *en, double *out, struct err *e)
{
	const struct document *d = en->state;
	int64_t began = clock_ns();

	for (unsigned i = 0; i < PASSES; i++) {
		yaml_parser_t parser;
		yaml_document_t tree;

		if (!yaml_parser_initialize(&parser))
			return err_set(e, ERR_SYS, "no memory for libyaml");
		yaml_parser_set_input_string(
		        &parser, (const unsigned char *)d->yaml.s, d->yaml.len);
		if (!yaml_parser_load(&parser, &tree)) {
			yaml_parser_delete(&parser);
			return err_set(e, ERR_INVALID, "libyaml: %s", parser.problem);
		}
		yaml_document_delete(&tree);
		yaml_parser_delete(&parser);
	}
	out[0] = (double)(clock_ns() - began) / NS_PER_US / PASSES;
	return 0;
}

/* It times itself: the start of Python is not what is compared. */
int tomllib_once(struct entry *en, double *out, struct err *e)
{
	static const char script[] = "import sys, time, tomllib\n"
	                             "t = open(sys.argv[1]).read()\n"
	                             "tomllib.loads(t)\n"
	                             "b = time.perf_counter_ns()\n"
	                             "for _ in range(10): tomllib.loads(t)\n"
	                             "print((time.perf_counter_ns() - b) / 10000)\n";
	const struct document *d = en->state;
	AUTO_STRBUF text = STRBUF_INIT;

	if (RUN(&text, e, "python3", "-c", script, d->toml_path) < 0)
		return -1;
	out[0] = strtod(text.s, NULL);
	return out[0] > 0 ? 0 : err_set(e, ERR_INVALID, "python3 printed no number");
}
