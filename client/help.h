/* client/help.h - texts made from the table: --help, man pages, completions, the dump. */
#ifndef CLIENT_HELP_H
#define CLIENT_HELP_H

#include "client/table.h"
#include "common/strbuf.h"

/* parent is NULL for what is no subcommand. Lines are at most 80 columns. */
void help_command(struct strbuf *out, const struct cmd *parent, const struct cmd *cmd);
void help_all(struct strbuf *out);
/* What `clnrm` alone says. */
void help_short(struct strbuf *out);
/* One line a flag: command, flag, letter, type, values, issue, hidden, apart by tabs. */
void help_dump(struct strbuf *out);

/* roff: clnrm-CMD(1), subcommands included; clnrm(1). */
void man_command(struct strbuf *out, const struct cmd *cmd);
void man_all(struct strbuf *out);

/* shell: "bash", "zsh", "fish". False for another. */
bool completion_script(struct strbuf *out, const char *shell);

/* What an exit code means, for one that a command lists. */
const char *exit_meaning(unsigned code);
/* Of the commands that end as what they ran does, besides those. */
enum { EXITS_OF_COMMAND = 4 };
struct exit_of_command {
	const char *code, *meaning;
};
extern const struct exit_of_command exits_of_command[EXITS_OF_COMMAND];
/* "-j, --jobs N", "    --[no-]force" */
void flag_spelling(struct strbuf *out, const struct flag *f);
/* "TEST/SCENARIO --owner O --until DATE": arguments, and flags that have to be there. */
void cmd_arguments(struct strbuf *out, const struct cmd *cmd);
/* "usage: clnrm runs list [flags]", without an end of line. */
void cmd_usage(struct strbuf *out, const struct cmd *parent, const struct cmd *cmd);
/* "run", "runs list" */
void cmd_full_name(struct strbuf *out, const struct cmd *parent, const struct cmd *cmd);

#endif
