/* daemon/model/cause.h - what a result, or a text that was rendered, may depend on: the kinds that
 * `clnrm why` and `clnrm cache why` name (cli.md 3.7).
 *
 * A kind that stands here needs a case in tests/conformance/run-stale-dev, which is held to this
 * table, and in run-rendered if rendered texts depend on it.
 */
#ifndef DAEMON_MODEL_CAUSE_H
#define DAEMON_MODEL_CAUSE_H

#include <stdbool.h>

/* CAUSE(id, name, in_key, in_text): whether it is a part of the keys of results; whether rendered
 * texts and parsed files depend on it. Other files and variables that a file is made from are in
 * keys by what comes of them, its definition; `why` names them all the same (test_file.causes). */
#define CAUSES(CAUSE)                                \
	CAUSE(DEFINITION, "definition", true, false) \
	CAUSE(TEMPLATE, "template", false, true)     \
	CAUSE(INCLUDE, "include", false, true)       \
	CAUSE(VAR, "var", false, true)               \
	CAUSE(ENV, "env", true, true)                \
	CAUSE(SEED, "seed", true, true)              \
	CAUSE(CLOCK, "clock", true, true)            \
	CAUSE(IMAGE, "image", true, false)           \
	CAUSE(INPUT, "input", true, false)           \
	CAUSE(ENGINE, "engine", true, false)         \
	CAUSE(PROFILE, "profile", true, false)       \
	CAUSE(PRODUCT, "product", true, false)       \
	CAUSE(POLICY, "policy", true, true)

#define CAUSE_ID(id, name, in_key, in_text) CAUSE_##id,
enum cause { CAUSE_NONE, CAUSES(CAUSE_ID) CAUSE_COUNT };
#undef CAUSE_ID

struct cause_row {
	const char *name; /* NULL: of CAUSE_NONE */
	bool in_key, in_text;
};
extern const struct cause_row cause_rows[CAUSE_COUNT];

/* CAUSE_NONE when there is no such name. */
enum cause cause_of(const char *name);

#endif
