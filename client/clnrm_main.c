/* clnrm: reads the command line, then does what the named command says. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/cmd.h"
#include "client/help.h"
#include "client/print.h"
#include "common/build.h"
#include "common/fs.h"
#include "common/mem.h"
#include "common/utf8.h"

#define FILE_MAX (64u << 10) /* of one whose text is the value of a flag */

extern char **environ;

static const char *env_value(const char *name)
{
	const char *v = getenv(name);

	return v && *v ? v : NULL;
}

static enum format format_of(const char *name)
{
	for (int i = FORMAT_HUMAN; name && i < FORMAT_COUNT; i++) {
		if (strcmp(format_names[i], name) == 0)
			return (enum format)i;
	}
	return FORMAT_HUMAN;
}

/* The form of errors, as far as the command line was understood. */
static enum format format_wished(const struct args *a)
{
	const char *v = args_value(a, "format");

	return format_of(v ? v : env_value("CLNRM_FORMAT"));
}

static int pick_format(struct ctx *c, struct fault *f)
{
	const struct cmd *cmd = c->args.cmd;
	const char *v = args_value(&c->args, "format");
	const char *name = v ? v : env_value("CLNRM_FORMAT");

	c->format = format_of(name);
	c->format_open = !name || strcmp(name, "auto") == 0;
	if (name && !values_have("auto human json ndjson junit tap github sarif", name))
		return fault_set(f, "invalid-value", "CLNRM_FORMAT: '%s' is not a format", name);
	if (cmd->formats & (1u << c->format))
		return 0;
	const struct cmd *parent = c->args.parent;
	fault_set(f, "invalid-value", "'clnrm %s%s%s' has no format '%s'",
	        parent ? parent->name : "", parent ? " " : "", cmd->name, name);
	strbuf_adds(&f->help, "it has:");
	for (unsigned i = FORMAT_HUMAN; i < FORMAT_COUNT; i++) {
		if (cmd->formats & (1u << i))
			strbuf_printf(&f->help, " %s", format_names[i]);
	}
	c->format = format_of(name);
	return -1;
}

static int enter_cwd(const struct args *a, struct fault *f)
{
	const char *dir = args_value(a, "cwd");
	const char *config = args_value(a, "config");

	if (dir && chdir(dir) < 0)
		return fault_set(f, "not-found", "cannot work in '%s': %m", dir);
	if (config && access(config, R_OK) < 0)
		return fault_set(f, "not-found", "cannot read '%s': %m", config);
	return 0;
}

/* What is said of a file is about what it holds; a request lives as long as we do. */
static int read_files(struct args *a, struct fault *f)
{
	for (size_t i = 0; i < a->n_given; i++) {
		struct given *g = &a->given[i];
		AUTO_STRBUF text = STRBUF_INIT;
		struct err e;

		if (g->flag->type != FLAG_FILE)
			continue;
		if (fs_read_file(g->value, FILE_MAX, &text, &e) < 0)
			return fault_set(f,
			        e.code == ERR_LIMIT       ? "too-large"
			        : e.code == ERR_NOT_FOUND ? "not-found"
			                                  : "file.unreadable",
			        "--%s: %s", g->flag->name, e.msg);
		if (strlen(text.s) != text.len || !utf8_valid(text.s, text.len))
			return fault_set(f, "invalid-value", "--%s: '%s' is not UTF-8 text",
			        g->flag->name, g->value);
		g->file = g->value;
		g->value = strbuf_detach(&text, NULL);
	}
	return 0;
}

/* CLNRM_CONFIG is as the flag. */
static void config_from_env(struct args *a)
{
	const char *v = env_value("CLNRM_CONFIG");

	if (!v || args_last(a, "config") || args_last(a, "no-config"))
		return;
	a->given = xgrow(a->given, &a->cap_given, a->n_given + 1, sizeof(*a->given));
	a->given[a->n_given++] = (struct given){
		.flag = flag_find(NULL, "config", strlen("config")), .value = v, .on = true
	};
}

static int prepare(struct ctx *c, struct fault *f)
{
	const struct args *a = &c->args;
	const char *out = args_value(a, "output");
	const char *daemon = args_value(a, "daemon");
	const struct term_wish wish = {
		.color = args_value(a, "color"),
		.progress = args_value(a, "progress"),
		.width = (unsigned)args_uint(a, "width", 0),
		.to_file = out && strcmp(out, "-") != 0,
	};

	c->env = environ;
	c->verbose = args_count(a, "verbose") - args_count(a, "quiet");
	c->may_start = !daemon || strcmp(daemon, "auto") == 0;
	config_from_env(&c->args);
	if (pick_format(c, f) < 0 || enter_cwd(a, f) < 0 || read_files(&c->args, f) < 0 ||
	        where_init(&c->where, args_value(a, "socket"), f) < 0)
		return -1;
	return term_init(&c->term, &wish, f);
}

static int show_help(const struct args *a)
{
	AUTO_STRBUF out = STRBUF_INIT;

	if (a->cmd)
		help_command(&out, a->parent, a->cmd);
	else
		help_all(&out);
	return print_out(&out);
}

static int show_version(void)
{
	AUTO_STRBUF out = STRBUF_INIT;

	strbuf_printf(&out, "clnrm %s (%s, %s)\n", build_version(), build_commit(), build_mode());
	return print_out(&out);
}

static int show_short_help(void)
{
	AUTO_STRBUF out = STRBUF_INIT;

	help_short(&out);
	return write(STDERR_FILENO, out.s, out.len) < 0 ? 5 : 2;
}

static int clnrm(struct ctx *c, int argc, char **argv)
{
	AUTO_FAULT f = FAULT_INIT;
	struct args *a = &c->args;

	if (args_parse(a, argc, argv, &f) < 0)
		return fault_print(&f, format_wished(a));
	if (a->help)
		return show_help(a);
	if (a->version)
		return show_version();
	if (!a->cmd)
		return show_short_help();
	if (prepare(c, &f) < 0)
		return fault_print(&f, c->format);
	return a->cmd->run(c);
}

/* The kernel takes the memory back faster than we could. */
int main(int argc, char **argv)
{
	static struct ctx c;

	_exit(clnrm(&c, argc, argv));
}
