/* daemon/server/try_request.h - the body of POST /v1/try, decoded. Pure. */
#ifndef DAEMON_SERVER_TRY_REQUEST_H
#define DAEMON_SERVER_TRY_REQUEST_H

#include "common/strbuf.h"
#include "daemon/server/body.h"

#define TRY_ARGV_MAX 10000
#define TRY_STDIN_MAX (16u << 20)

struct try_request {
	struct body_dir dir;
	struct str_list argv;
	struct env_var *env; /* of the command */
	size_t n_env;
	struct client_env settings; /* CLEANROOM_*: settings, not variables of the command */
	const char *image, *workdir, *user, *config; /* NULL = not given */
	bool no_config;
	int project, network, isolation; /* -1 = not given; enum try_project, net_mode, isolation */
	int64_t timeout_ns;
	const char *stdin_data;
	size_t stdin_len;
	bool stdin_open; /* POST /v1/try/{id}/stdin brings the rest */
};
enum try_project { TRY_PROJECT_RO, TRY_PROJECT_COW };

/* "stdin" of a body: text, or base64 when encoding is 1. data lives in the decoder's arena. */
struct decoded_stdin {
	int encoding;
	const char *data;
	size_t len;
};
void decode_stdin(struct decode *c, const json_t *in, struct decoded_stdin *out);

bool try_request_read(struct decode *c, const json_t *body, struct try_request *out);
/* The sandbox of a request under these settings; its texts live in a. *findings say what cannot
 * be had. */
int try_request_spec(const struct try_request *t, const struct settings *s, struct arena *a,
        struct sandbox_spec *out, struct diags *findings);

#endif
