/* daemon/config/command.h - splitting a command string without a shell (config.md 2.1). */
#ifndef DAEMON_CONFIG_COMMAND_H
#define DAEMON_CONFIG_COMMAND_H

#include "common/err.h"
#include "daemon/model/test.h"

#define COMMAND_MAX_NOTES 8

enum command_note_kind { NOTE_BACKSLASH, NOTE_SHELL_SYNTAX };

/* Something legal that is likely not meant. */
struct command_note {
	enum command_note_kind kind;
	size_t at;        /* byte offset */
	const char *word; /* NOTE_SHELL_SYNTAX: the word, in the arena */
	char next;        /* NOTE_BACKSLASH: the character that loses its backslash */
};

struct command_notes {
	struct command_note v[COMMAND_MAX_NOTES];
	size_t n;
};

/* As command_split() of config.h; notes may be NULL. */
int command_parse(const char *s, size_t len, struct arena *a, struct str_list *out,
        struct command_notes *notes, size_t *at, struct err *e) MUST_CHECK;

#endif
