/* daemon/server/render_request.h - the body of POST /v1/render. */
#ifndef DAEMON_SERVER_RENDER_REQUEST_H
#define DAEMON_SERVER_RENDER_REQUEST_H

#include "daemon/server/body.h"

struct render_request {
	const char *path;    /* as given; NULL: content */
	const char *content; /* the template itself */
	const char *name;    /* of content; never NULL then */
	const char *root;    /* or NULL */
	const char *context_path, *context_text;
	const json_t *context;
	unsigned cell; /* from 1; 0 = all */
	bool bare, show_vars, check;
	struct body_dir dir;
	struct client_env env;
	struct config_flags flags;
};

/* False when there are findings in c. Strings live in c's arena. */
bool render_request_read(
        struct decode *c, const json_t *body, bool final, struct render_request *out);

#endif
