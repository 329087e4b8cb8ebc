#include "client/help.h"

#include <string.h>

#include "common/build.h"

/* Text for roff: '-' and '\' are themselves, a line must not begin with a control character. */
static void roff(struct strbuf *out, const char *text)
{
	for (; *text; text++) {
		bool first = out->len == 0 || out->s[out->len - 1] == '\n';

		if (first && (*text == '.' || *text == '\''))
			strbuf_adds(out, "\\&");
		if (*text == '-' || *text == '\\')
			strbuf_addc(out, '\\');
		strbuf_addc(out, *text == '\\' ? 'e' : *text);
	}
}

static void section(struct strbuf *out, const char *title)
{
	strbuf_printf(out, ".SH \"%s\"\n", title);
}

static void title(struct strbuf *out, const char *name)
{
	strbuf_printf(out, ".TH \"%s\" 1 \"\" \"clnrm %s\" \"clnrm\"\n", name, build_version());
}

static void man_flag(struct strbuf *out, const struct flag *f)
{
	AUTO_STRBUF spelling = STRBUF_INIT;

	flag_spelling(&spelling, f);
	strbuf_adds(out, ".TP\n.B ");
	roff(out, spelling.s + strspn(spelling.s, " "));
	strbuf_addc(out, '\n');
	roff(out, f->help);
	if (f->type == FLAG_ENUM) {
		strbuf_adds(out, "; one of: ");
		roff(out, f->values);
	}
	if (f->dflt) {
		strbuf_adds(out, ". Default: ");
		roff(out, f->dflt);
	}
	strbuf_adds(out, ".\n");
	if (f->issue != ISSUE_FOUNDATION)
		strbuf_printf(out, "Not in this build: it needs %s.\n", issue_name(f->issue));
}

static void man_group(struct strbuf *out, const struct cmd *cmd, enum flag_group group)
{
	const struct flag *sets[FLAG_SETS];
	bool titled = false;

	flag_sets(cmd, sets);
	for (size_t i = 0; i < FLAG_SETS && sets[i]; i++) {
		for (const struct flag *f = sets[i]; f->name; f++) {
			if (f->group != group || !flag_is_shown(cmd, f))
				continue;
			if (!titled)
				strbuf_printf(out, ".SS %s\n", flag_group_name(group));
			titled = true;
			man_flag(out, f);
		}
	}
}

static void man_exits(struct strbuf *out, unsigned exits, bool of_command)
{
	section(out, "EXIT STATUS");
	for (unsigned code = 0; code < 32; code++) {
		if (exits & (1u << code))
			strbuf_printf(out, ".TP\n.B %u\n%s\n", code, exit_meaning(code));
	}
	for (size_t i = 0; of_command && i < EXITS_OF_COMMAND; i++)
		strbuf_printf(out, ".TP\n.B %s\n%s\n", exits_of_command[i].code,
		        exits_of_command[i].meaning);
	strbuf_adds(out, ".TP\n.B 130, 143, 129\nSIGINT, SIGTERM, SIGHUP\n.TP\n.B 141\nnobody "
	                 "reads the output\n");
}

static void man_text(struct strbuf *out, const char *text)
{
	roff(out, text);
	strbuf_addc(out, '\n');
}

static void man_examples(struct strbuf *out, const struct cmd *cmd)
{
	if (!cmd->examples[0])
		return;
	section(out, "EXAMPLES");
	strbuf_adds(out, ".nf\n");
	for (size_t i = 0; i < ARRAY_LEN(cmd->examples); i++)
		man_text(out, cmd->examples[i]);
	strbuf_adds(out, ".fi\n");
}

static void man_synopsis(struct strbuf *out, const struct cmd *parent, const struct cmd *cmd)
{
	AUTO_STRBUF name = STRBUF_INIT;
	AUTO_STRBUF arguments = STRBUF_INIT;

	cmd_full_name(&name, parent, cmd);
	cmd_arguments(&arguments, cmd);
	strbuf_adds(out, ".B clnrm ");
	roff(out, name.s);
	strbuf_adds(out, cmd->subs ? "\n" : "\n[flags] ");
	roff(out, arguments.s);
	strbuf_adds(out, "\n.br\n");
}

static void man_subcommand(struct strbuf *out, const struct cmd *parent, const struct cmd *cmd)
{
	strbuf_adds(out, ".SH \"");
	for (const char *p = cmd->name; *p; p++)
		strbuf_addc(out, *p >= 'a' && *p <= 'z' ? (char)(*p - 32) : *p);
	strbuf_adds(out, "\"\n");
	man_synopsis(out, parent, cmd);
	strbuf_adds(out, ".PP\n");
	roff(out, cmd->summary);
	strbuf_adds(out, ".\n");
	if (cmd->issue != ISSUE_FOUNDATION)
		strbuf_printf(out, "Not in this build: it needs %s.\n", issue_name(cmd->issue));
	for (const struct flag *f = cmd->flags; f && f->name; f++) {
		if (flag_is_shown(cmd, f))
			man_flag(out, f);
	}
}

void man_command(struct strbuf *out, const struct cmd *cmd)
{
	AUTO_STRBUF name = STRBUF_INIT;

	strbuf_printf(&name, "clnrm-%s", cmd->name);
	title(out, name.s);
	section(out, "NAME");
	roff(out, name.s);
	strbuf_adds(out, " \\- ");
	man_text(out, cmd->summary);
	section(out, "SYNOPSIS");
	man_synopsis(out, NULL, cmd);
	section(out, "DESCRIPTION");
	man_text(out, cmd->about ? cmd->about : cmd->summary);
	if (cmd->default_sub)
		strbuf_printf(out, ".PP\nWithout a subcommand: %s.\n", cmd->default_sub);
	for (const struct cmd *s = cmd->subs; s && s->name; s++)
		man_subcommand(out, cmd, s);
	if (!cmd->subs)
		section(out, "OPTIONS");
	for (int g = 0; !cmd->subs && g < GROUP_GLOBAL; g++)
		man_group(out, cmd, (enum flag_group)g);
	man_exits(out, cmd->exits, cmd->rest || cmd->may_rest);
	man_examples(out, cmd);
	section(out, "SEE ALSO");
	strbuf_adds(out, ".BR clnrm (1),\n.BR clnrmd (8),\n.BR clnrm.toml (5)\n");
}

static void man_list(struct strbuf *out, bool built)
{
	for (const struct cmd *c = commands; c->name; c++) {
		if (c->hidden || (c->issue == ISSUE_FOUNDATION) != built)
			continue;
		strbuf_adds(out, ".TP\n.B ");
		man_text(out, c->name);
		roff(out, c->summary);
		strbuf_printf(out, built ? ".\n" : " (needs %s).\n", issue_name(c->issue));
	}
}

void man_all(struct strbuf *out)
{
	title(out, "CLNRM");
	section(out, "NAME");
	strbuf_adds(out, "clnrm \\- run tests in sandboxes that have never run anything\n");
	section(out, "SYNOPSIS");
	strbuf_adds(out, ".B clnrm\n[flags] COMMAND [flags] [arguments]\n");
	section(out, "COMMANDS");
	strbuf_adds(out, "Each has a page of its own, such as\n.BR clnrm\\-run (1).\n");
	man_list(out, true);
	section(out, "NOT IN THIS BUILD");
	man_list(out, false);
	section(out, "GLOBAL OPTIONS");
	strbuf_adds(out, "They stand before or after the command.\n");
	for (const struct flag *f = global_flags; f->name; f++)
		man_flag(out, f);
	section(out, "ENVIRONMENT");
	for (const struct variable *v = variables; v->name; v++) {
		strbuf_printf(out, ".TP\n.B %s\n", v->name);
		man_text(out, v->effect);
	}
	man_exits(out, 0x7f, false);
	section(out, "SEE ALSO");
	strbuf_adds(out, ".BR clnrm\\-run (1),\n.BR clnrmd (8),\n.BR clnrm.toml (5)\n");
}
