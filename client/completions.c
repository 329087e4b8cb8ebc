#include <string.h>

#include "client/help.h"

/* Calls each(out, parent, cmd) for every command and subcommand that is built and shown. */
static void each_command(
        struct strbuf *out, void (*each)(struct strbuf *, const struct cmd *, const struct cmd *))
{
	for (const struct cmd *c = commands; c->name; c++) {
		if (c->hidden || c->issue != ISSUE_FOUNDATION)
			continue;
		each(out, NULL, c);
		for (const struct cmd *s = c->subs; s && s->name; s++) {
			if (s->issue == ISSUE_FOUNDATION)
				each(out, c, s);
		}
	}
}

static bool is_shown(const struct cmd *cmd, const struct flag *f)
{
	return flag_is_shown(cmd, f) && f->issue == ISSUE_FOUNDATION;
}

static void command_names(struct strbuf *out, const struct cmd *list)
{
	for (const struct cmd *c = list; c->name; c++) {
		if (!c->hidden && c->issue == ISSUE_FOUNDATION)
			strbuf_printf(out, "%s%s", c == list ? "" : " ", c->name);
	}
}

static void flag_names(struct strbuf *out, const struct cmd *cmd)
{
	const struct flag *sets[FLAG_SETS];

	flag_sets(cmd, sets);
	for (size_t i = 0; i < FLAG_SETS && sets[i]; i++) {
		for (const struct flag *f = sets[i]; f->name; f++) {
			if (is_shown(cmd, f))
				strbuf_printf(out, "--%s ", f->name);
		}
	}
}

static const char *offer_name(enum offer o)
{
	static const char *const names[] = { "none", "file", "dir", "test", "run", "image",
		"command" };

	return names[o];
}

/* ---- bash ---- */

static const char bash_head[] =
        "# bash completion of clnrm; made by 'clnrm completions bash'\n"
        "_clnrm_offer() {\n"
        "    case $1 in\n"
        "    run|image) COMPREPLY=($(compgen -W \"$(clnrm __complete \"$1\" 2>/dev/null)\" -- "
        "\"$cur\")) ;;\n"
        "    dir) COMPREPLY=($(compgen -d -- \"$cur\")) ;;\n"
        "    test) for w in toml yaml yml; do\n"
        "            COMPREPLY+=($(compgen -f -X \"!*.clnrm.$w\" -- \"$cur\"))\n"
        "        done\n"
        "        COMPREPLY+=($(compgen -d -- \"$cur\"))\n"
        "        [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- \"$cur\")) ;;\n"
        "    file) COMPREPLY=($(compgen -f -- \"$cur\")) ;;\n"
        "    command) COMPREPLY=($(compgen -W \"$commands\" -- \"$cur\")) ;;\n"
        "    esac\n"
        "}\n\n"
        "_clnrm() {\n"
        "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} cmd= sub= "
        "joined= i w\n"
        "    local commands=\"";

static const char bash_words[] = "\"\n"
                                 "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
                                 "        w=${COMP_WORDS[i]}\n"
                                 "        case $w in\n"
                                 "        --) return ;;\n"
                                 "        =) ((i++)) ;;\n"
                                 "        ";

static const char bash_rest[] =
        ") [ \"${COMP_WORDS[i+1]}\" = = ] || ((i++)) ;;\n"
        "        -*) ;;\n"
        "        *) if [ -z \"$cmd\" ]; then cmd=$w; elif [ -z \"$sub\" ]; then sub=$w; fi ;;\n"
        "        esac\n"
        "    done\n"
        "    COMPREPLY=()\n"
        "    # readline takes '--flag=value' apart; zsh does not\n"
        "    if [ \"$cur\" = = ]; then cur=\n"
        "    elif [ \"$prev\" = = ]; then prev=${COMP_WORDS[COMP_CWORD-2]}\n"
        "    elif [[ $cur == --*=* ]]; then joined=${cur%%=*}= prev=${cur%%=*} cur=${cur#*=}; fi\n"
        "    _clnrm_words\n"
        "    [ -z \"$joined\" ] || [ ${#COMPREPLY[@]} -eq 0 ] || "
        "COMPREPLY=(\"${COMPREPLY[@]/#/$joined}\")\n"
        "}\n\n"
        "_clnrm_words() {\n"
        "    case \"$cmd $prev\" in\n";

/* "-C|--cwd|...": the word after one of these is no command. */
static void bash_valued(struct strbuf *out, const struct flag *flags, bool first)
{
	for (const struct flag *f = flags; f->name; f++) {
		if (!f->metavar || f->optional)
			continue;
		if (f->letter)
			strbuf_printf(out, "%s-%c", first ? "" : "|", f->letter);
		strbuf_printf(out, "%s--%s", first && !f->letter ? "" : "|", f->name);
		first = false;
	}
}

static void bash_value(struct strbuf *out, const char *pattern, const struct flag *f)
{
	if (f->type == FLAG_ENUM)
		strbuf_printf(out,
		        "    %s) COMPREPLY=($(compgen -W \"%s\" -- \"$cur\")); return ;;\n",
		        pattern, f->values);
	else if (f->metavar && f->offer != OFFER_NONE)
		strbuf_printf(
		        out, "    %s) _clnrm_offer %s; return ;;\n", pattern, offer_name(f->offer));
}

/* cmd: NULL for flags of every command. */
static void bash_values(
        struct strbuf *out, const char *name, const struct cmd *cmd, const struct flag *flags)
{
	for (const struct flag *f = flags; f && f->name; f++) {
		AUTO_STRBUF pattern = STRBUF_INIT;

		strbuf_printf(&pattern, "%s\\ --%s", name, f->name);
		if (is_shown(cmd, f))
			bash_value(out, pattern.s, f);
	}
}

static void bash_command_values(struct strbuf *out, const struct cmd *parent, const struct cmd *cmd)
{
	bash_values(out, parent ? parent->name : cmd->name, cmd, cmd->flags);
}

/* "run\ *": flags after a dash; else subcommands or what the arguments are. */
static void bash_command(struct strbuf *out, const struct cmd *parent, const struct cmd *cmd)
{
	if (parent)
		strbuf_printf(out, "    %s\\ %s)\n", parent->name, cmd->name);
	else
		strbuf_printf(out, "    %s\\ *)\n", cmd->name);
	strbuf_adds(out, "        if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W \"");
	flag_names(out, cmd->default_sub ? cmd_find(cmd->subs, cmd->default_sub) : cmd);
	strbuf_adds(out, "\" -- \"$cur\"))\n        else ");
	if (cmd->subs) {
		strbuf_adds(out, "COMPREPLY=($(compgen -W \"");
		command_names(out, cmd->subs);
		strbuf_adds(out, "\" -- \"$cur\"))");
	} else if (cmd->words) {
		strbuf_printf(out, "COMPREPLY=($(compgen -W \"%s\" -- \"$cur\"))", cmd->words);
	} else {
		strbuf_printf(out, "_clnrm_offer %s", offer_name(cmd->offer));
	}
	strbuf_adds(out, "; fi ;;\n");
}

static void bash_subcommand(struct strbuf *out, const struct cmd *parent, const struct cmd *cmd)
{
	if (parent)
		bash_command(out, parent, cmd);
}

static void bash_plain(struct strbuf *out, const struct cmd *parent, const struct cmd *cmd)
{
	if (!parent)
		bash_command(out, NULL, cmd);
}

static void bash_script(struct strbuf *out)
{
	strbuf_adds(out, bash_head);
	command_names(out, commands);
	strbuf_adds(out, bash_words);
	bash_valued(out, global_flags, true);
	bash_valued(out, shared_flags, false);
	strbuf_adds(out, bash_rest);
	each_command(out, bash_command_values);
	bash_values(out, "*", NULL, shared_flags);
	bash_values(out, "*", NULL, global_flags);
	strbuf_adds(out, "    esac\n    case \"$cmd $sub\" in\n");
	each_command(out, bash_subcommand); /* before the patterns with '*' */
	each_command(out, bash_plain);
	strbuf_adds(out, "    *) if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W \"");
	flag_names(out, NULL);
	strbuf_adds(
	        out, "\" -- \"$cur\"))\n        else _clnrm_offer command; fi ;;\n    esac\n}\n");
	strbuf_adds(out, "complete -o filenames -F _clnrm clnrm\n");
}

/* ---- zsh: through bash's ---- */

/* In a folder of $fpath the script is what runs at the first TAB: it must offer, too. */
static void zsh_script(struct strbuf *out)
{
	strbuf_adds(out, "#compdef clnrm\n# made by 'clnrm completions zsh'\nautoload -Uz "
	                 "bashcompinit && bashcompinit\n");
	bash_script(out);
	strbuf_adds(out, "[ \"${funcstack[1]}\" != _clnrm ] || "
	                 "_bash_complete -o filenames -F _clnrm\n");
}

/* ---- fish ---- */

static void fish_text(struct strbuf *out, const char *text)
{
	strbuf_addc(out, '\'');
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			strbuf_addc(out, '\\');
		strbuf_addc(out, *text);
	}
	strbuf_addc(out, '\'');
}

/* One that is not reached by a word of its own: a command's default is meant where no other
 * subcommand stands. */
static void fish_condition(struct strbuf *out, const struct cmd *parent, const struct cmd *cmd)
{
	if (!cmd)
		return;
	strbuf_printf(
	        out, " -n '__fish_seen_subcommand_from %s", parent ? parent->name : cmd->name);
	if (parent && parent->default_sub && strcmp(parent->default_sub, cmd->name) == 0) {
		for (const struct cmd *s = parent->subs; s->name; s++)
			if (s != cmd)
				strbuf_printf(
				        out, "; and not __fish_seen_subcommand_from %s", s->name);
	} else if (parent) {
		strbuf_printf(out, "; and __fish_seen_subcommand_from %s", cmd->name);
	}
	strbuf_addc(out, '\'');
}

static void fish_flags(struct strbuf *out, const struct cmd *parent, const struct cmd *cmd,
        const struct flag *flags)
{
	for (const struct flag *f = flags; f && f->name; f++) {
		if (!is_shown(cmd, f))
			continue;
		strbuf_adds(out, "complete -c clnrm");
		fish_condition(out, parent, cmd);
		strbuf_printf(out, " -l %s", f->name);
		if (f->letter)
			strbuf_printf(out, " -s %c", f->letter);
		if (f->type == FLAG_ENUM)
			strbuf_printf(out, " -x -a '%s'", f->values);
		else if (f->offer == OFFER_RUN || f->offer == OFFER_IMAGE)
			strbuf_printf(out, " -x -a '(clnrm __complete %s 2>/dev/null)'",
			        offer_name(f->offer));
		else if (f->metavar)
			strbuf_adds(out, f->offer == OFFER_NONE ? " -x" : " -r -F");
		strbuf_adds(out, " -d ");
		fish_text(out, f->help);
		strbuf_addc(out, '\n');
	}
}

/* What is offered for arguments; nothing: files as the shell has them. */
static void fish_offer(struct strbuf *out, const struct cmd *cmd)
{
	if (cmd->words)
		strbuf_adds(out, cmd->words);
	else if (cmd->offer == OFFER_RUN || cmd->offer == OFFER_IMAGE)
		strbuf_printf(out, "(clnrm __complete %s 2>/dev/null)", offer_name(cmd->offer));
	else if (cmd->offer == OFFER_TEST) /* all files, these first */
		strbuf_adds(out, "(__fish_complete_suffix .clnrm.toml)");
	else if (cmd->offer == OFFER_COMMAND)
		command_names(out, commands);
}

static void fish_arguments(struct strbuf *out, const struct cmd *parent, const struct cmd *cmd)
{
	AUTO_STRBUF offer = STRBUF_INIT;

	fish_offer(&offer, cmd);
	if (!offer.len)
		return;
	strbuf_adds(out, "complete -c clnrm");
	fish_condition(out, parent, cmd);
	strbuf_printf(out, " -f -k -a '%s'\n", offer.s);
}

static void fish_command(struct strbuf *out, const struct cmd *parent, const struct cmd *cmd)
{
	strbuf_adds(out, "complete -c clnrm -f");
	if (parent) {
		strbuf_printf(out,
		        " -n '__fish_seen_subcommand_from %s; and not "
		        "__fish_seen_subcommand_from",
		        parent->name);
		for (const struct cmd *s = parent->subs; s->name; s++)
			strbuf_printf(out, " %s", s->name);
		strbuf_addc(out, '\'');
	} else {
		strbuf_adds(out, " -n __fish_use_subcommand");
	}
	strbuf_printf(out, " -a %s -d ", cmd->name);
	fish_text(out, cmd->summary);
	strbuf_addc(out, '\n');
	fish_flags(out, parent, cmd, cmd->flags);
	if (cmd->listing)
		fish_flags(out, parent, cmd, listing_flags);
	fish_arguments(out, parent, cmd);
}

static void fish_script(struct strbuf *out)
{
	strbuf_adds(out, "# fish completion of clnrm; made by 'clnrm completions fish'\n");
	fish_flags(out, NULL, NULL, shared_flags);
	fish_flags(out, NULL, NULL, global_flags);
	each_command(out, fish_command);
}

bool completion_script(struct strbuf *out, const char *shell)
{
	static const struct {
		const char *shell;
		void (*write)(struct strbuf *out);
	} scripts[] = { { "bash", bash_script }, { "zsh", zsh_script }, { "fish", fish_script } };

	for (size_t i = 0; i < ARRAY_LEN(scripts); i++) {
		if (strcmp(scripts[i].shell, shell) != 0)
			continue;
		scripts[i].write(out);
		return true;
	}
	return false;
}
