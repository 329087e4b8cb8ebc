/* What this machine gives, and the command that remedies what it does not. The probes were made by
 * the launcher by doing the thing; sysctls are read only to explain a refusal. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/json.h"
#include "daemon/native/native_priv.h"

static void item(struct strbuf *out, const char *id, const char *status, const char *message,
        const char *fix)
{
	struct json j = JSON_INIT(out);

	if (out->len && out->s[out->len - 1] == '}')
		strbuf_addc(out, ',');
	json_obj(&j, NULL);
	json_str(&j, "id", id);
	json_str(&j, "status", status);
	json_str(&j, "message", message);
	json_str(&j, "fix", fix);
	json_end(&j);
}

static long sysctl_value(const char *path)
{
	AUTO_STRBUF text = STRBUF_INIT;
	struct err e;

	return fs_read_file(path, 64, &text, &e) < 0 ? -1 : strtol(text.s, NULL, 10);
}

static bool under_seccomp(void)
{
	AUTO_STRBUF text = STRBUF_INIT;
	struct err e;

	return fs_read_file("/proc/self/status", 65536, &text, &e) == 0 &&
	       strstr(text.s, "\nSeccomp:\t2");
}

struct remedy {
	int error;
	const char *sysctl; /* NULL = any */
	long value;
	const char *message, *fix; /* fix NULL: a profile for the launcher */
};

/* The first row that fits. */
static const struct remedy userns_remedies[] = {
	{ EPERM, "/proc/sys/kernel/unprivileged_userns_clone", 0,
	        "refused by kernel.unprivileged_userns_clone = 0",
	        "sudo sysctl -w kernel.unprivileged_userns_clone=1" },
	{ EPERM, "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 1,
	        "refused by AppArmor (kernel.apparmor_restrict_unprivileged_userns = 1)", NULL },
	{ ENOSPC, NULL, 0, "the number of user namespaces is exhausted",
	        "sudo sysctl -w user.max_user_namespaces=15000" },
	{ EUSERS, NULL, 0, "the number of user namespaces is exhausted",
	        "sudo sysctl -w user.max_user_namespaces=15000" },
};

/* AppArmor knows a program by its real path, wherever it was installed. */
void native_apparmor_fix(const char *launcher, struct strbuf *out)
{
	AUTO_STR real = realpath(launcher, NULL);
	AUTO_STR profile =
	        xasprintf("abi <abi/4.0>,\ninclude <tunables/global>\nprofile clnrm \"%s\" "
	                  "flags=(unconfined) { userns, }",
	                real ? real : launcher);

	strbuf_adds(out, "printf '%s\\n' ");
	strbuf_shell_quote(out, profile);
	strbuf_adds(out, " | sudo tee /etc/apparmor.d/clnrm && sudo apparmor_parser -r "
	                 "/etc/apparmor.d/clnrm");
}

static void explain_userns(struct native *n, struct strbuf *out, const char *id, int error)
{
	char text[128];
	AUTO_STRBUF fix = STRBUF_INIT;

	for (size_t i = 0; i < ARRAY_LEN(userns_remedies); i++) {
		const struct remedy *r = &userns_remedies[i];

		if ((r->error == error || (r->error == EPERM && error == EACCES)) &&
		        (!r->sysctl || sysctl_value(r->sysctl) == r->value)) {
			if (!r->fix)
				native_apparmor_fix(n->launcher->program, &fix);
			item(out, id, "fail", r->message, r->fix ? r->fix : fix.s);
			return;
		}
	}
	if (error == EPERM && under_seccomp()) {
		item(out, id, "fail", "refused by the outer container's seccomp filter",
		        "docker run --security-opt seccomp=unconfined ...");
		return;
	}
	snprintf(text, sizeof(text), "refused: %s", strerror(error));
	item(out, id, "fail", text, "run clnrm outside of chroots and restricted containers");
}

struct probe_row {
	const char *id, *good;
	const char *bad_status, *bad, *fix;
	bool inside; /* tried in a user namespace: says nothing where there is none */
};
static const struct probe_row rows[LAUNCH_N_PROBES] = {
	[LAUNCH_PROBE_USERNS] = { "user_namespaces", "a sandbox gets its own", NULL, NULL, NULL,
	        false },
	[LAUNCH_PROBE_CAPS] = { "user_namespace_capabilities", "usable inside", NULL, NULL, NULL,
	        true },
	[LAUNCH_PROBE_OVERLAY] = { "overlayfs", "works in a user namespace", "warn",
	        "refused in a user namespace: roots are read-only",
	        "upgrade to Linux 5.11 or later; sudo modprobe overlay", true },
	[LAUNCH_PROBE_PROC] = { "proc", "can be mounted", "fail",
	        "mount of proc refused: this is a nested container",
	        "docker run --security-opt systempaths=unconfined ...", true },
	[LAUNCH_PROBE_CLONE3] = { "clone3", "clone3 and pidfd work", "warn",
	        "clone3 refused: clone is used", "docker run --security-opt seccomp=unconfined ...",
	        false },
	[LAUNCH_PROBE_SECCOMP] = { "seccomp", "filters can be loaded", "fail",
	        "this kernel has no seccomp filters", "use a kernel with CONFIG_SECCOMP_FILTER",
	        false },
	[LAUNCH_PROBE_NETNS] = { "network_namespaces", "a sandbox gets its own", "fail",
	        "network namespaces are refused", "sudo sysctl -w user.max_net_namespaces=15000",
	        true },
};

/* What fails because of something else has no remedy of its own. */
static void not_checked(struct strbuf *out, const char *id, const char *cause)
{
	AUTO_STR text = xasprintf("not checked, because %s", cause);

	item(out, id, "warn", text, NULL);
}

/* What keeps everything else from working, or NULL. A user namespace without rights in it, as
 * AppArmor makes them, is as good as none. */
static const char *root_cause(const struct native *n, int *probe)
{
	static const struct {
		int probe;
		const char *text;
	} causes[] = {
		{ LAUNCH_PROBE_USERNS, "there are no user namespaces" },
		{ LAUNCH_PROBE_CAPS, "a user namespace gives no capabilities" },
	};

	for (size_t i = 0; n->probed && i < ARRAY_LEN(causes); i++)
		if (n->probes.result[causes[i].probe]) {
			*probe = causes[i].probe;
			return causes[i].text;
		}
	*probe = -1;
	return NULL;
}

static void probe_items(struct native *n, struct strbuf *out)
{
	int at;
	const char *cause = root_cause(n, &at);

	for (int i = 0; i < LAUNCH_N_PROBES; i++) {
		const struct probe_row *r = &rows[i];
		int error = n->probes.result[i];

		if (error == 0)
			item(out, r->id, "ok", r->good, NULL);
		else if (cause && r->inside && i != at)
			not_checked(out, r->id, cause);
		else if (r->bad)
			item(out, r->id, r->bad_status, r->bad, r->fix);
		else
			explain_userns(n, out, r->id, error);
	}
}

static void subid_item(struct native *n, struct strbuf *out)
{
	int at;
	const char *cause = root_cause(n, &at);

	if (n->hello.root)
		return;
	if (cause)
		not_checked(out, "subids", cause);
	else if (n->hello.without & LAUNCH_NO(SUBIDS))
		item(out, "subids", "warn",
		        "one id only: chown and other users do not work in sandboxes",
		        "sudo apt install uidmap; sudo usermod --add-subuids 100000-165535 "
		        "--add-subgids 100000-165535 \"$USER\"");
	else
		item(out, "subids", "ok", "65536 ids", NULL);
}

/* How limits become possible: asked of systemd where that runs the machine, else done by hand. */
static const char *delegation_fix(void)
{
	if (access("/run/systemd/system", F_OK) == 0)
		return "printf '[Service]\\nDelegate=cpu memory pids\\n' | sudo install -D -m 644 "
		       "/dev/stdin "
		       "/etc/systemd/system/user@.service.d/clnrm.conf; sudo systemctl "
		       "daemon-reload";
	/* The daemon alone in its group: with a shell beside it, that could have no children. */
	if (access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0)
		return "g=/sys/fs/cgroup/clnrm; echo '+cpu +memory +pids' | sudo tee "
		       "/sys/fs/cgroup/cgroup.subtree_control; sudo mkdir -p $g; sudo chown -R "
		       "\"$USER\" $g; clnrm daemon stop; sh -c \"echo \\$\\$ | sudo tee "
		       "$g/cgroup.procs; exec clnrmd\" &";
	return "for c in cpu memory pids; do g=/sys/fs/cgroup/$c/clnrm; sudo mkdir -p $g; "
	       "sudo chown -R \"$USER\" $g; echo $$ | sudo tee $g/cgroup.procs; done; "
	       "clnrm daemon restart";
}

static void cgroup_item(struct native *n, struct strbuf *out)
{
	static const struct {
		enum launch_limit limit;
		const char *name;
	} wanted[] = { { LAUNCH_MEMORY, "memory" }, { LAUNCH_PIDS, "pids" },
		{ LAUNCH_CPU, "cpu" } };
	char text[128] = "";
	size_t len = 0;

	for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
		if (!(n->hello.enforceable & 1u << wanted[i].limit))
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s",
			        len ? ", " : "", wanted[i].name);
	if (len == 0) {
		item(out, "cgroup_delegation", "ok",
		        n->hello.cgroup == LAUNCH_CGROUP_V2 ? "cgroup v2: memory, pids, cpu"
		                                            : "cgroup v1: memory, pids, cpu",
		        NULL);
		return;
	}
	snprintf(text + len, sizeof(text) - len,
	        " not delegated to this session; limits are refused");
	item(out, "cgroup_delegation", "fail", text, delegation_fix());
}

void native_health(struct engine *en, struct strbuf *json_items)
{
	struct native *n = (struct native *)en;
	int at;
	const char *cause = root_cause(n, &at);

	if (n->lost)
		item(json_items, "launcher", "fail", "the launcher is gone",
		        "clnrm daemon restart");
	else if (n->hello.failure[0] && cause)
		not_checked(json_items, "launcher", cause);
	else if (n->hello.failure[0])
		item(json_items, "launcher", "fail", n->hello.failure, "clnrm daemon logs");
	else
		item(json_items, "launcher", "ok", n->description.s, NULL);
	if (n->probed)
		probe_items(n, json_items);
	subid_item(n, json_items);
	cgroup_item(n, json_items);
}
