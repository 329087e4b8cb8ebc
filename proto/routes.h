/* proto/routes.h - the routes of the HTTP interface (cli.md 5.2), once.
 *
 * ROUTE(handler, method, path, answer, summary): the path may hold {name} parts; answer is the
 * schema of the 200 answer in proto/schema/<answer>.json, or a media type for what is not JSON.
 * A route without a handler does not link; the OpenAPI document is made from this table.
 */
#ifndef PROTO_ROUTES_H
#define PROTO_ROUTES_H

#define ROUTES(ROUTE)                                                                          \
	ROUTE(version_show, "GET", "/v1/version", "version", "builds, api range, features")    \
	ROUTE(health_show, "GET", "/v1/health", "health", "doctor, the daemon's part")         \
	ROUTE(metrics_show, "GET", "/v1/metrics", "text/plain",                                \
	        "counters in Prometheus text format")                                          \
	ROUTE(openapi_show, "GET", "/v1/openapi.json", "openapi", "this interface")            \
	ROUTE(schema_show, "GET", "/v1/schemas/{name}", "schema", "JSON Schema of one answer") \
	ROUTE(run_create, "POST", "/v1/runs", "event",                                         \
	        "start a run; the answer is its event stream")                                 \
	ROUTE(run_list, "GET", "/v1/runs", "runs", "history")                                  \
	ROUTE(run_show, "GET", "/v1/runs/{id}", "run", "result of a run")                      \
	ROUTE(run_delete, "DELETE", "/v1/runs/{id}", "run_state",                              \
	        "cancel a run, or remove a finished one")                                      \
	ROUTE(run_view, "PATCH", "/v1/runs/{id}/view", "none", "new width of the live region") \
	ROUTE(run_output, "GET", "/v1/runs/{id}/output", "application/octet-stream",           \
	        "stored bytes of a stream")                                                    \
	ROUTE(validate, "POST", "/v1/validate", "validate", "check files")                     \
	ROUTE(try_create, "POST", "/v1/try", "event", "one command in a fresh sandbox")        \
	ROUTE(pool_show, "GET", "/v1/pool", "pool", "pools and what stands warm in them")      \
	ROUTE(pool_fill, "POST", "/v1/pool/fill", "changed", "make sandboxes ahead")           \
	ROUTE(pool_drain, "POST", "/v1/pool/drain", "changed", "drop warm sandboxes")          \
	ROUTE(sandbox_list, "GET", "/v1/sandboxes", "sandboxes", "running sandboxes")          \
	ROUTE(image_list, "GET", "/v1/images", "images", "image store")                        \
	ROUTE(image_show, "GET", "/v1/images/{ref}", "image", "one image")                     \
	ROUTE(config_show, "POST", "/v1/config", "config", "settings and their sources")       \
	ROUTE(status_show, "GET", "/v1/status", "status", "what the daemon is doing")          \
	ROUTE(reload, "POST", "/v1/reload", "reload", "read settings again")                   \
	ROUTE(gc, "POST", "/v1/gc", "gc", "sweep what a crash left")                           \
	ROUTE(shutdown, "POST", "/v1/shutdown", "shutdown", "end the daemon")

#endif
