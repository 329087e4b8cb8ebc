/* The receipt of a native sandbox: facts of the init, limits as the launcher read them back, and
 * what there was to do without. */
#include <inttypes.h>
#include <stdio.h>

#include "daemon/native/native_priv.h"
#include "daemon/sandbox/receipt.h"

#define ROW(id, what, wanted, got) { what, wanted, got },
static const struct {
	const char *what, *wanted, *got;
} withouts[] = { LAUNCH_WITHOUTS(ROW) };
#undef ROW

static const struct {
	enum launch_limit limit;
	enum limit_id id;
	uint64_t unit;
} rows[] = {
	{ LAUNCH_CPU, LIMIT_CPU, 1 },
	{ LAUNCH_MEMORY, LIMIT_MEMORY, 1u << 20 },
	{ LAUNCH_PIDS, LIMIT_PIDS, 1 },
	{ LAUNCH_DISK, LIMIT_DISK, 1u << 20 },
	{ LAUNCH_FILES, LIMIT_OPEN_FILES, 1 },
};

static void add_limits(struct sandbox *sb, struct receipt *r)
{
	char text[32];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint64_t v = sb->made.limits[rows[i].limit];

		if (!v)
			continue;
		snprintf(text, sizeof(text), "%" PRIu64, v / rows[i].unit);
		receipt_add_limit(sb->arena, r, limit_names[rows[i].id], text);
	}
	/* Zero is what is wanted of it; it holds where memory does. */
	if (sb->made.limits[LAUNCH_MEMORY] && !(sb->made.without & LAUNCH_NO(LIMIT_SWAP))) {
		snprintf(text, sizeof(text), "%" PRIu64, sb->made.limits[LAUNCH_SWAP] >> 20);
		receipt_add_limit(sb->arena, r, limit_names[LIMIT_SWAP], text);
	}
}

/* Of each step: the init sets it right before it executes, or the step fails. */
static void add_file_size(struct sandbox *sb, struct receipt *r)
{
	uint64_t v = sb->spec->limits.v[LIMIT_FILE_SIZE];
	char text[32];

	if (!v)
		return;
	snprintf(text, sizeof(text), "%" PRIu64, v >> 20);
	receipt_add_limit(sb->arena, r, limit_names[LIMIT_FILE_SIZE], text);
}

/* The limit that steps have for each user does not hold for root of the machine. */
static const char *got(const struct sandbox *sb, size_t without)
{
	bool real_root = sb->made.without & LAUNCH_NO(USERNS);

	return without == LAUNCH_BIT_LIMIT_PIDS && real_root ? "not limited"
	                                                     : withouts[without].got;
}

/* Both limits were stated: together they hold, but memory that no file uses is open to processes.
 */
static void note_headroom(struct sandbox *sb, struct receipt *r)
{
	const uint64_t *v = sb->made.limits;
	uint32_t both = 1u << LIMIT_MEMORY | 1u << LIMIT_DISK;
	char text[96];

	if (!v[LAUNCH_MEMORY] || !v[LAUNCH_HEADROOM] || (sb->spec->limits.given & both) != both)
		return;
	snprintf(text, sizeof(text), "%" PRIu64 " MiB for processes and files together",
	        (v[LAUNCH_MEMORY] + v[LAUNCH_HEADROOM]) >> 20);
	receipt_add_degraded(sb->arena, r, "memory_mb", "processes apart from files", text);
}

/* What is covered cannot be executed; what a busybox runs without executing anything can. */
static void note_applets(struct sandbox *sb, struct receipt *r)
{
	const char *const *masked = sb->spec->masked;
	char wanted[64], text[96];

	for (size_t i = 0; masked && masked[i]; i++) {
		if (!image_has_applet(sb->image, masked[i]))
			continue;
		snprintf(wanted, sizeof(wanted), "no %.56s", masked[i]);
		snprintf(text, sizeof(text), "the %.56s in its busybox", masked[i]);
		receipt_add_degraded(sb->arena, r, "disallowed_commands", wanted, text);
	}
}

int native_receipt(struct sandbox *sb, const struct agent_record *hello, struct err *e)
{
	struct native *n = sb->native;
	struct receipt *r;
	struct facts f;

	if (facts_read(&f, sb->arena, hello, e) < 0)
		return -1;
	r = receipt_new(sb->arena, &f, n->filter.sha256);
	r->engine = "native";
	r->mode = n->hello.root ? "root" : "rootless";
	r->profile = isolation_names[sb->spec->isolation];
	r->image = arena_strdup(sb->arena, sb->image->name);
	r->image_digest = arena_strdup(sb->arena, sb->image->digest);
	if (sb->image->prepared) {
		r->prepared = arena_strdup(sb->arena, sb->image->prepared->key);
		r->recorded = sb->image->prepared->recorded;
	}
	r->sandbox = sb->name;
	add_limits(sb, r);
	add_file_size(sb, r);
	note_headroom(sb, r);
	note_applets(sb, r);
	for (size_t i = 0; i < LAUNCH_N_WITHOUT; i++)
		if (sb->made.without & 1u << i)
			receipt_add_degraded(
			        sb->arena, r, withouts[i].what, withouts[i].wanted, got(sb, i));
	if (receipt_check(sb->arena, r, sb->spec, e) < 0)
		return -1;
	sb->receipt = r;
	return 0;
}
