#include "client/help.h"

#include <string.h>

#define WIDTH 80
#define HELP_AT 30 /* column of a flag's help */
#define SUMMARY_AT 16

static const char intro[] = "clnrm runs tests in sandboxes that have never run anything.\n";

/* ---- pieces ---- */

static void pad_to(struct strbuf *out, size_t line, size_t column)
{
	size_t at = out->len - line;

	strbuf_addn(out, ' ', at < column ? column - at : 1);
}

/* Words of text from column `at` on, never beyond WIDTH. */
static void wrap(struct strbuf *out, size_t line, size_t at, const char *text)
{
	pad_to(out, line, at);
	while (*text) {
		size_t n = strcspn(text, " ");

		if (out->len - line + n > WIDTH) {
			while (out->s[out->len - 1] == ' ')
				strbuf_truncate(out, out->len - 1);
			strbuf_addc(out, '\n');
			line = out->len;
			strbuf_addn(out, ' ', at);
		}
		strbuf_add(out, text, n);
		text += n;
		if (*text) {
			strbuf_addc(out, ' ');
			text++;
		}
	}
	strbuf_addc(out, '\n');
}

void cmd_full_name(struct strbuf *out, const struct cmd *parent, const struct cmd *cmd)
{
	if (parent)
		strbuf_printf(out, "%s ", parent->name);
	strbuf_adds(out, cmd->name);
}

void cmd_arguments(struct strbuf *out, const struct cmd *cmd)
{
	strbuf_adds(out, cmd->args);
	for (const struct flag *f = cmd->flags; f && f->name; f++)
		if (f->required)
			strbuf_printf(out, " --%s %s", f->name, f->metavar);
}

void cmd_usage(struct strbuf *out, const struct cmd *parent, const struct cmd *cmd)
{
	strbuf_adds(out, "usage: clnrm ");
	cmd_full_name(out, parent, cmd);
	strbuf_adds(out, cmd->subs ? " " : " [flags] ");
	cmd_arguments(out, cmd);
}

void flag_spelling(struct strbuf *out, const struct flag *f)
{
	if (f->letter)
		strbuf_printf(out, "-%c, ", f->letter);
	else
		strbuf_adds(out, "    ");
	strbuf_printf(out, "--%s", f->name);
	if (f->metavar)
		strbuf_printf(out, f->optional ? "[=%s]" : " %s", f->metavar);
	if (f->list)
		strbuf_adds(out, " ...");
}

static void flag_note(struct strbuf *text, const struct flag *f)
{
	strbuf_adds(text, f->help);
	if (f->type == FLAG_ENUM) {
		const char *sep = ": ";

		for (const char *v = f->values; *v;) {
			size_t n = strcspn(v, " ");

			strbuf_adds(text, sep);
			strbuf_add(text, v, n);
			sep = ", ";
			v += n + strspn(v + n, " ");
		}
	}
	if (f->dflt)
		strbuf_printf(text, " (%s)", f->dflt);
	if (f->issue != ISSUE_FOUNDATION)
		strbuf_printf(text, " [not built: needs %s]", issue_name(f->issue));
}

/* A letter that means another flag after this command is not shown. */
static struct flag as_after(const struct cmd *cmd, const struct flag *f)
{
	struct flag shown = *f;

	if (f->letter && flag_find_letter(cmd, f->letter) != f)
		shown.letter = 0;
	return shown;
}

static void help_flag(struct strbuf *out, const struct cmd *cmd, const struct flag *f)
{
	const struct flag shown = as_after(cmd, f);
	AUTO_STRBUF text = STRBUF_INIT;
	size_t line = out->len;

	strbuf_adds(out, "  ");
	flag_spelling(out, &shown);
	flag_note(&text, f);
	if (out->len - line >= HELP_AT) {
		strbuf_addc(out, '\n');
		line = out->len;
	}
	wrap(out, line, HELP_AT, text.s);
}

/* All flags of one group, those that are not built last. */
static void help_group(struct strbuf *out, const struct cmd *cmd, enum flag_group group)
{
	const struct flag *sets[FLAG_SETS];
	bool titled = false;

	flag_sets(cmd, sets);
	for (int later = 0; later < 2; later++) {
		for (size_t i = 0; i < FLAG_SETS && sets[i]; i++) {
			for (const struct flag *f = sets[i]; f->name; f++) {
				if (f->group != group || !flag_is_shown(cmd, f) ||
				        (f->issue != ISSUE_FOUNDATION) != later)
					continue;
				if (!titled)
					strbuf_printf(out, "\n%s:\n", flag_group_name(group));
				titled = true;
				help_flag(out, cmd, f);
			}
		}
	}
}

const char *exit_meaning(unsigned code)
{
	static const char *const meanings[] = { "asked and answered yes",
		"no: failed, invalid, not running", "wrong usage, or refused",
		"something named does not exist", "data cannot be parsed",
		"internal or write error", "the daemon cannot be started or reached" };

	return code < ARRAY_LEN(meanings) ? meanings[code] : "";
}

const struct exit_of_command exits_of_command[EXITS_OF_COMMAND] = {
	{ "N", "the command's own, 128+n when signal n ended it" },
	{ "125", "clnrm's own failure" },
	{ "126", "the command cannot be executed" },
	{ "127", "the command is not found" },
};

static void help_exits(struct strbuf *out, unsigned exits, bool of_command)
{
	if (!exits)
		return;
	strbuf_adds(out, "\nExit codes:\n");
	for (unsigned code = 0; code < 32; code++) {
		if (exits & (1u << code))
			strbuf_printf(out, "  %-4u%s\n", code, exit_meaning(code));
	}
	for (size_t i = 0; of_command && i < EXITS_OF_COMMAND; i++)
		strbuf_printf(
		        out, "  %-4s%s\n", exits_of_command[i].code, exits_of_command[i].meaning);
	strbuf_adds(out, "  130 SIGINT, 143 SIGTERM, 129 SIGHUP, 141 nobody reads the output\n");
}

/* ---- commands ---- */

static void help_list(struct strbuf *out, const struct cmd *list, bool built)
{
	for (const struct cmd *c = list; c->name; c++) {
		size_t line = out->len;
		AUTO_STRBUF text = STRBUF_INIT;

		if (c->hidden || (c->issue == ISSUE_FOUNDATION) != built)
			continue;
		strbuf_printf(out, "  %s", c->name);
		strbuf_adds(&text, c->summary);
		if (!built)
			strbuf_printf(&text, " [needs %s]", issue_name(c->issue));
		wrap(out, line, SUMMARY_AT, text.s);
	}
}

static bool has_later(const struct cmd *list)
{
	for (const struct cmd *c = list; c->name; c++) {
		if (c->issue != ISSUE_FOUNDATION)
			return true;
	}
	return false;
}

static void help_lists(struct strbuf *out, const struct cmd *list)
{
	strbuf_adds(out, "\nCommands:\n");
	help_list(out, list, true);
	if (!has_later(list))
		return;
	strbuf_adds(out, "\nNot in this build:\n");
	help_list(out, list, false);
}

void help_command(struct strbuf *out, const struct cmd *parent, const struct cmd *cmd)
{
	cmd_usage(out, parent, cmd);
	strbuf_printf(out, "\n\n%s.\n", cmd->summary);
	if (cmd->issue != ISSUE_FOUNDATION) {
		strbuf_printf(out, "\nNot in this build: it needs %s.\n", issue_name(cmd->issue));
		return;
	}
	if (cmd->about)
		strbuf_printf(out, "%s\n", cmd->about);
	if (cmd->subs)
		help_lists(out, cmd->subs);
	if (cmd->default_sub)
		strbuf_printf(out, "\n'clnrm %s' alone is 'clnrm %s %s'.\n", cmd->name, cmd->name,
		        cmd->default_sub);
	for (int g = 0; g < GROUP_COUNT; g++) {
		if (!cmd->subs || g == GROUP_GLOBAL)
			help_group(out, cmd, (enum flag_group)g);
	}
	if (cmd->examples[0]) {
		strbuf_adds(out, "\nExamples:\n");
		for (size_t i = 0; i < ARRAY_LEN(cmd->examples); i++)
			strbuf_printf(out, "  %s\n", cmd->examples[i]);
	}
	help_exits(out, cmd->exits, cmd->rest || cmd->may_rest);
}

void help_short(struct strbuf *out)
{
	strbuf_adds(out, intro);
	strbuf_adds(out, "\nusage: clnrm [flags] COMMAND [flags] [arguments]\n");
	strbuf_adds(out, "\nCommands:\n");
	help_list(out, commands, true);
	strbuf_adds(out, "\n'clnrm --help' shows everything, 'clnrm help COMMAND' one command.\n");
}

void help_all(struct strbuf *out)
{
	strbuf_adds(out, intro);
	strbuf_adds(out, "\nusage: clnrm [flags] COMMAND [flags] [arguments]\n");
	help_lists(out, commands);
	help_group(out, NULL, GROUP_GLOBAL);
	strbuf_adds(out, "\nExamples:\n  clnrm run tests/\n  clnrm try -- uname -a\n");
	help_exits(out, 0x7f, false);
}

/* ---- dump ---- */

static const char *type_name(const struct flag *f)
{
	static const char *const names[] = { "bool", "count", "text", "int", "time", "enum", "pair",
		"var", "file" };

	return names[f->type];
}

static void dump_flags(struct strbuf *out, const char *cmd, const struct flag *flags)
{
	for (const struct flag *f = flags; f && f->name; f++) {
		const char letter[] = { f->letter ? '-' : '\0', f->letter, '\0' };

		strbuf_printf(out, "%s\t--%s\t%s\t%s\t%s\t%s\t%s\n", cmd, f->name,
		        f->letter ? letter : "-", type_name(f), f->values ? f->values : "-",
		        issue_name(f->issue),
		        f->alias_of ? f->alias_of
		        : f->hidden ? "hidden"
		                    : "-");
	}
}

static void dump_command(struct strbuf *out, const struct cmd *parent, const struct cmd *c)
{
	AUTO_STRBUF name = STRBUF_INIT;

	cmd_full_name(&name, parent, c);
	strbuf_printf(out, "%s\t-\t-\t-\t-\t%s\t%s\n", name.s, issue_name(c->issue),
	        c->hidden ? "hidden" : "-");
	if (!c->shares_flags)
		dump_flags(out, name.s, c->flags);
	if (c->listing)
		dump_flags(out, name.s, listing_flags);
	for (const struct cmd *s = c->subs; s && s->name; s++)
		dump_command(out, c, s);
}

void help_dump(struct strbuf *out)
{
	dump_flags(out, "-", global_flags);
	dump_flags(out, "-", shared_flags);
	for (const struct cmd *c = commands; c->name; c++)
		dump_command(out, NULL, c);
	for (const struct variable *v = variables; v->name; v++)
		strbuf_printf(out, "environment\t%s\t-\ttext\t-\t%s\t-\n", v->name,
		        issue_name(ISSUE_FOUNDATION));
}
