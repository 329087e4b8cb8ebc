/* The words that enums have in files, results and events. */
#include "daemon/model/event.h"

const char *const isolation_names[] = { "strict", "standard", "relaxed" };
const char *const net_mode_names[] = { "none", "test", "internet", "host" };
const char *const volume_mode_names[] = { "ro", "cow", "rw" };
const char *const keep_policy_names[] = { "never", "on-failure", "always" };
const char *const deadline_source_names[] = { "default", "file", "flag", "project", "learnt" };
const char *const verdict_names[] = { "pass", "skip", "fake_green", "fail", "error" };

const char *const findings_names[] = { "report", "fail", "ignore" };
const char *const sandbox_scope_names[] = { "scenario", "step", "test" };

const char *const limit_names[LIMIT_COUNT] = {
	[LIMIT_CPU] = "cpu_millicores",
	[LIMIT_MEMORY] = "memory_mb",
	[LIMIT_SWAP] = "swap_mb",
	[LIMIT_PIDS] = "pids",
	[LIMIT_DISK] = "disk_mb",
	[LIMIT_OPEN_FILES] = "open_files",
	[LIMIT_FILE_SIZE] = "file_size_mb",
	[LIMIT_OUTPUT] = "output_mb",
	[LIMIT_ARTIFACTS] = "artifacts_mb",
};

const char *const reason_names[] = {
	[REASON_NONE] = NULL,
	[REASON_EXIT_CODE] = "exit_code",
	[REASON_SIGNAL] = "signal",
	[REASON_OUTPUT] = "output",
	[REASON_TIMEOUT] = "timeout",
	[REASON_OOM] = "oom",
	[REASON_SERVICE] = "service",
	[REASON_SANDBOX] = "sandbox",
	[REASON_IMAGE] = "image",
	[REASON_CONFIG] = "config",
	[REASON_REFUSED] = "refused",
	[REASON_INTERNAL] = "internal",
	[REASON_DEPENDENCY] = "dependency",
	[REASON_CANCELLED] = "cancelled",
	[REASON_FAIL_FAST] = "fail_fast",
	[REASON_RUN_TIMEOUT] = "run_timeout",
	[REASON_SKIP] = "skip",
	[REASON_ONLY] = "only",
	[REASON_NOT_FOUND] = "not_found",
	[REASON_FILE] = "file",
	[REASON_JSON] = "json",
	[REASON_DURATION] = "duration",
	[REASON_SNAPSHOT] = "snapshot",
	[REASON_CAPTURE] = "capture",
	[REASON_LEARNT_DEADLINE] = "learnt_deadline",
	[REASON_FINDING] = "finding",
	[REASON_RECEIPT] = "receipt",
	[REASON_ASSERTION] = "assertion",
};

#define EVENT_NAME(id, name) [EV_##id] = name,
const char *const event_names[EV_COUNT] = { EVENTS(EVENT_NAME) };
#undef EVENT_NAME

#define PHASE_NAME(id, name) [PHASE_##id] = name,
const char *const phase_names[PHASE_COUNT] = { PHASES(PHASE_NAME) };
#undef PHASE_NAME
