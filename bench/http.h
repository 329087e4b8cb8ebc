/* bench/http.h - requests to a daemon: one connection each, HTTP/1.0, so that the answer ends with
 * the connection. */
#ifndef BENCH_HTTP_H
#define BENCH_HTTP_H

#include <jansson.h>

#include "common/err.h"
#include "common/strbuf.h"

/* One exchange, bytes as they are, on a Unix socket. *ms (may be NULL) from socket() to EOF. */
int http_exchange(const char *path, const char *request, size_t len, struct strbuf *answer,
        double *ms, struct err *e) MUST_CHECK;

/* A request line, the headers that a client must send, and body (NULL = none). */
void http_request(struct strbuf *out, const char *method, const char *target, const char *body);

/* Asks, and reads the JSON answer. NULL with *e, also on a status other than 2xx. The caller
 * decrefs. */
json_t *http_json(
        const char *path, const char *method, const char *target, const char *body, struct err *e);

#endif
