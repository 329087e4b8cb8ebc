#include "daemon/sandbox/receipt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FACTS = 64 };

int facts_read(struct facts *f, struct arena *a, const struct agent_record *r, struct err *e)
{
	struct agent_cursor c = agent_cursor(r);
	struct env_var v[MAX_FACTS];
	size_t n = 0, len;
	uint32_t version;

	if (r->type != AGENT_HELLO)
		return err_set(e, ERR_INVALID, "the init began with record %u", r->type);
	version = agent_u32(&c);
	const char *build = arena_strdup(a, agent_str(&c, &len));
	while (!c.bad && c.p < c.end && n < MAX_FACTS) {
		v[n].name = arena_strdup(a, agent_str(&c, &len));
		v[n++].value = arena_strdup(a, agent_str(&c, &len));
	}
	if (c.bad || c.p != c.end)
		return err_set(e, ERR_INVALID, "the init's first record is malformed");
	if (version > AGENT_VERSION || version + 1 < AGENT_VERSION)
		return err_set(e, ERR_INVALID, "the init speaks version %u, this daemon %u",
		        version, AGENT_VERSION);
	*f = (struct facts){ .build = build, .v = arena_memdup(a, v, n * sizeof(*v)), .n = n };
	return 0;
}

/* NULL when it is absent. */
static const char *facts_get(const struct facts *f, const char *name)
{
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->v[i].name, name) == 0)
			return f->v[i].value;
	return NULL;
}

static bool fact_is(const struct facts *f, const char *name, const char *value)
{
	const char *v = facts_get(f, name);

	return v && strcmp(v, value) == 0;
}

/* ---- building ---- */

static void list_add(struct arena *a, struct str_list *l, const char *s)
{
	const char **v = arena_array(a, l->n + 2, sizeof(*v));

	if (l->n)
		memcpy(v, l->v, l->n * sizeof(*v));
	v[l->n++] = s;
	l->v = v;
}

static const char *const namespace_names[] = { "user", "mnt", "pid", "net", "ipc", "uts", "cgroup",
	"time" };

/* Ours, which never change: asked for once. */
static const char *own_namespace(size_t i)
{
	static char own[ARRAY_LEN(namespace_names)][64];
	char path[64];

	if (!own[i][0]) {
		snprintf(path, sizeof(path), "/proc/self/ns/%s", namespace_names[i]);
		if (readlink(path, own[i], sizeof(own[i]) - 1) <= 0)
			own[i][0] = 0;
	}
	return own[i];
}

/* A namespace counts when it is another than that of this process. */
static void add_namespaces(struct arena *a, struct receipt *r, const struct facts *f)
{
	char fact[32];

	for (size_t i = 0; i < ARRAY_LEN(namespace_names); i++) {
		snprintf(fact, sizeof(fact), "ns_%s", namespace_names[i]);

		const char *theirs = facts_get(f, fact), *own = own_namespace(i);
		if (theirs && *own && strcmp(theirs, own) != 0)
			list_add(a, &r->namespaces, namespace_names[i]);
	}
}

static const char *const capability_names[] = { "chown", "dac_override", "dac_read_search",
	"fowner", "fsetid", "kill", "setgid", "setuid", "setpcap", "linux_immutable",
	"net_bind_service", "net_broadcast", "net_admin", "net_raw", "ipc_lock", "ipc_owner",
	"sys_module", "sys_rawio", "sys_chroot", "sys_ptrace", "sys_pacct", "sys_admin", "sys_boot",
	"sys_nice", "sys_resource", "sys_time", "sys_tty_config", "mknod", "lease", "audit_write",
	"audit_control", "setfcap", "mac_override", "mac_admin", "syslog", "wake_alarm",
	"block_suspend", "audit_read", "perfmon", "bpf", "checkpoint_restore" };

static void add_capabilities(struct arena *a, struct receipt *r, const struct facts *f)
{
	const char *hex = facts_get(f, "step_caps");
	uint64_t mask = hex ? strtoull(hex, NULL, 16) : 0;

	r->capabilities.v = arena_array(a, 1, sizeof(*r->capabilities.v));
	for (size_t i = 0; i < ARRAY_LEN(capability_names); i++)
		if (mask & 1ULL << i)
			list_add(a, &r->capabilities, capability_names[i]);
}

struct receipt *receipt_new(struct arena *a, const struct facts *f, const char *seccomp_sha256)
{
	struct receipt *r = arena_alloc(a, sizeof(*r));
	const char *map = facts_get(f, "uid_map");

	r->pristine = true;
	r->namespaces.v = arena_array(a, 1, sizeof(*r->namespaces.v));
	add_namespaces(a, r, f);
	add_capabilities(a, r, f);
	r->uid_map = map ? map : "";
	r->no_new_privs = fact_is(f, "no_new_privs", "1");
	if (fact_is(f, "seccomp", "2"))
		r->seccomp_sha256 = arena_strdup(a, seccomp_sha256);
	r->network = fact_is(f, "interfaces", "lo") ? "none" : "host";
	return r;
}

void receipt_add_degraded(
        struct arena *a, struct receipt *r, const char *what, const char *wanted, const char *got)
{
	struct degraded *v = arena_array(a, r->n_degraded + 1, sizeof(*v));

	if (r->n_degraded)
		memcpy(v, r->degraded, r->n_degraded * sizeof(*v));
	v[r->n_degraded++] = (struct degraded){ arena_strdup(a, what), arena_strdup(a, wanted),
		arena_strdup(a, got) };
	r->degraded = v;
}

void receipt_add_limit(struct arena *a, struct receipt *r, const char *name, const char *value)
{
	struct env_var *v = arena_array(a, r->n_limits + 1, sizeof(*v));

	if (r->n_limits)
		memcpy(v, r->limits, r->n_limits * sizeof(*v));
	v[r->n_limits++] = (struct env_var){ arena_strdup(a, name), arena_strdup(a, value) };
	r->limits = v;
}

/* ---- judging ---- */

static bool has_namespace(const struct receipt *r, const char *name)
{
	for (size_t i = 0; i < r->namespaces.n; i++)
		if (strcmp(r->namespaces.v[i], name) == 0)
			return true;
	return false;
}

static int miss(struct arena *a, struct receipt *r, const struct sandbox_spec *s, const char *what,
        struct err *e)
{
	if (s->isolation == ISOLATION_RELAXED) {
		receipt_add_degraded(a, r, what, "present", "absent");
		return 0;
	}
	return err_set(e, ERR_UNSUPPORTED,
	        "isolation '%s' requires %s, which this sandbox does not have: run clnrm health",
	        isolation_names[s->isolation], what);
}

int receipt_check(struct arena *a, struct receipt *r, const struct sandbox_spec *s, struct err *e)
{
	/* The last one is asked for by strict alone. */
	static const char *const required[] = { "user", "mnt", "pid", "net", "ipc", "uts",
		"cgroup" };
	size_t n = s->isolation == ISOLATION_STRICT ? ARRAY_LEN(required) : ARRAY_LEN(required) - 1;
	char what[64];

	for (size_t i = 0; i < n; i++) {
		if (has_namespace(r, required[i]) ||
		        (s->network == NET_HOST && strcmp(required[i], "net") == 0))
			continue;
		snprintf(what, sizeof(what), "a %s namespace of its own", required[i]);
		if (miss(a, r, s, what, e) < 0)
			return -1;
	}
	if (!r->no_new_privs && miss(a, r, s, "no_new_privs", e) < 0)
		return -1;
	if (!r->seccomp_sha256 && miss(a, r, s, "a seccomp filter", e) < 0)
		return -1;
	if (s->network == NET_NONE && strcmp(r->network, "none") != 0 &&
	        miss(a, r, s, "a network without interfaces", e) < 0)
		return -1;
	if (s->isolation == ISOLATION_STRICT && r->n_degraded)
		return err_set(e, ERR_UNSUPPORTED,
		        "isolation 'strict': %s: wanted %s, got %s: run clnrm health",
		        r->degraded[0].what, r->degraded[0].wanted, r->degraded[0].got);
	return 0;
}
