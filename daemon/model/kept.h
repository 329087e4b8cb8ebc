/* daemon/model/kept.h - results of the past between those who use them and the history, which keeps
 * them for the next daemon: what is written down, and what is asked for. */
#ifndef DAEMON_MODEL_KEPT_H
#define DAEMON_MODEL_KEPT_H

#include "daemon/model/result.h"

/* A scenario of a run that is answered with a result that the history has under result->key, in the
 * same form: nothing but its place, id, name and line is told anew. */
struct kept_use {
	const struct scenario_result *result;
	unsigned test_index, slot;
	bool ends_test; /* all of its test is answered like this; it took no time */
};

/* A recorded result may stand for later runs. */
struct kept_note {
	const char *name; /* of the scenario: real path of its file, and its name */
	const char *key;  /* 64 hex digits */
	const struct key_part *parts, *causes; /* causes: of its file, as in test_file */
	size_t n_parts, n_causes;
	const char *run; /* where it was recorded: run, test, slot */
	unsigned test_index, slot;
	const char *ran;  /* the run that ran it */
	const char *boot; /* "", or all that the key says of files holds for this boot alone */
	int64_t wall_ns;
};

/* The last result of a scenario. */
struct recalled {
	struct key_part *parts; /* NULL: none is known */
	size_t n_parts;
	struct key_part *causes;
	size_t n_causes;
	const char *key;
	char run[16]; /* that ran it */
	int64_t wall_ns;
	struct scenario_result *result; /* a reference, or NULL: it is not there any more */
};

#endif
