/* proto/routes.h - the routes of the HTTP interface (cli.md 5.2), once.
 *
 * ROUTE(handler, method, path, query, request, answer, summary): the path may hold {name} parts;
 * query names the arguments behind '?', parted by blanks; request is the schema of the body in
 * proto/schema/<request>.json, "none", or a media type for a body that is no JSON and is taken as
 * it comes, of any length; answer is the schema of the 200 answer, a media type for what is not
 * JSON, both parted by a blank, "upgrade" where the connection changes to another protocol, or
 * "none". A route without a handler does not link; the OpenAPI
 * document is made from this table and that of the arguments. Arguments that a route does not name
 * are refused.
 *
 * LATER(feature, method, path, summary): what a later part builds; it is refused by the name of
 * that part, and no operation of the OpenAPI document.
 */
#ifndef PROTO_ROUTES_H
#define PROTO_ROUTES_H

/* clang-format off */
#define ROUTES(ROUTE) \
	ROUTE(version_show, "GET", "/v1/version", "", "none", "version", "builds, api range, features") \
	ROUTE(health_show, "GET", "/v1/health", "verbose", "none", "health", "doctor, the daemon's part") \
	ROUTE(metrics_show, "GET", "/v1/metrics", "prefix", "none", "text/plain", "counters in Prometheus text format") \
	ROUTE(openapi_show, "GET", "/v1/openapi.json", "", "none", "openapi", "this interface") \
	ROUTE(schema_show, "GET", "/v1/schemas/{name}", "bundle strict", "none", "schema", "JSON Schema of one request, answer or event, of test-file or project-file") \
	ROUTE(run_create, "POST", "/v1/runs", "", "run_request", "event", "start a run; the answer is its event stream") \
	ROUTE(run_events, "GET", "/v1/runs/{id}/events", "from show_output raw slowest no_ci junit_output dialect artifacts", "none", "event", "replay the events of a run, then follow it") \
	ROUTE(run_list, "GET", "/v1/runs", "limit before test verdict label since_ms sort no_header", "none", "runs", "history") \
	ROUTE(run_show, "GET", "/v1/runs/{id}", "form dialect test partial receipts deadlines artifacts", "none", "run", "result of a run") \
	ROUTE(run_delete, "DELETE", "/v1/runs/{id}", "purge older_than_ms", "none", "run_state", "cancel a run, or remove a finished one") \
	ROUTE(run_view, "PATCH", "/v1/runs/{id}/view", "", "view_request", "none", "new width of the live region") \
	ROUTE(run_output, "GET", "/v1/runs/{id}/output", "scenario step stream offset length lines follow timestamps raw", "none", "application/octet-stream logs", "stored output: bytes of a stream, or a document") \
	ROUTE(artifact_list, "GET", "/v1/runs/{id}/artifacts", "limit sort no_header", "none", "artifacts", "files that scenarios of a run have kept") \
	ROUTE(artifact_show, "GET", "/v1/runs/{id}/artifacts/{name}", "", "none", "application/octet-stream", "one of them, by TEST/SCENARIO/NAME") \
	ROUTE(report, "POST", "/v1/report", "form dialect name", "application/octet-stream", "text/html application/xml text/tap text/markdown", "a result in JSON, of this or another machine, in another form") \
	ROUTE(run_why, "GET", "/v1/runs/{id}/why", "scenario", "none", "why", "why its scenarios ran or were not run") \
	ROUTE(why, "POST", "/v1/why", "", "why_request", "why", "why a scenario would run or not") \
	ROUTE(validate, "POST", "/v1/validate", "", "validate_request", "validate", "check files") \
	ROUTE(render, "POST", "/v1/render", "", "render_request", "render", "render one template") \
	ROUTE(plan, "POST", "/v1/plan", "", "plan_request", "plan", "what a run would do") \
	ROUTE(lint, "POST", "/v1/lint", "", "lint_request", "lint", "bad practice in files") \
	ROUTE(format, "POST", "/v1/format", "", "format_request", "fmt", "files in their one layout, for the client to write") \
	ROUTE(init, "POST", "/v1/init", "", "init_request", "files", "files of a new project, for the client to write") \
	ROUTE(template, "POST", "/v1/template", "", "template_request", "files", "files to start from, or their list") \
	ROUTE(try_create, "POST", "/v1/try", "", "try_request", "event", "one command in a fresh sandbox") \
	ROUTE(try_stdin, "POST", "/v1/try/{id}/stdin", "", "application/octet-stream", "stdin", "what goes on of the stdin of a command") \
	ROUTE(watch_create, "POST", "/v1/watch", "", "watch_request", "event", "watch and rerun; the answer is an event stream of rounds") \
	ROUTE(watch_order, "POST", "/v1/watch/{id}", "", "watch_order", "none", "control a session that watches") \
	ROUTE(pool_show, "GET", "/v1/pool", "limit sort no_header", "none", "pool", "pools and what stands warm in them") \
	ROUTE(pool_fill, "POST", "/v1/pool/fill", "", "pool_request", "changed", "make sandboxes ahead") \
	ROUTE(pool_drain, "POST", "/v1/pool/drain", "", "pool_request", "changed", "drop warm sandboxes") \
	ROUTE(sandbox_list, "GET", "/v1/sandboxes", "all kept limit sort no_header", "none", "sandboxes", "running and kept sandboxes") \
	ROUTE(sandbox_delete, "DELETE", "/v1/sandboxes/{name}", "", "none", "changed", "end kept sandboxes: an id, several apart by commas, TEST/SCENARIO, or all") \
	ROUTE(sandbox_exec, "POST", "/v1/sandboxes/{name}/exec", "", "exec_request", "event", "one command in a kept sandbox: an id, TEST/SCENARIO, or latest") \
	ROUTE(sandbox_attach, "GET", "/v1/sandboxes/{name}/attach", "rows columns step user workdir", "none", "upgrade", "a shell in a kept sandbox: its terminal, as a descriptor, over the connection") \
	ROUTE(sandbox_read, "GET", "/v1/sandboxes/{name}/files", "path joined", "none", "application/x-tar", "files out of a kept sandbox") \
	ROUTE(sandbox_write, "PUT", "/v1/sandboxes/{name}/files", "path tree joined", "application/x-tar", "changed", "files into a kept sandbox") \
	ROUTE(image_list, "GET", "/v1/images", "limit sort no_header", "none", "images", "image store") \
	ROUTE(image_show, "GET", "/v1/images/{ref}", "", "none", "image", "one image") \
	ROUTE(image_import, "POST", "/v1/images/import", "", "import_request", "import", "import an image") \
	ROUTE(image_prune, "POST", "/v1/images/prune", "all dry_run", "none", "changed", "remove what no name leads to, or images that nothing uses") \
	ROUTE(image_delete, "DELETE", "/v1/images/{ref}", "force", "none", "changed", "remove images; several apart by commas") \
	ROUTE(test_history, "GET", "/v1/tests/{name}/history", "limit since_ms", "none", "history", "results of one test or scenario, and how flaky it is") \
	ROUTE(flaky_show, "GET", "/v1/flaky", "cwd path config no_config min_runs since_ms limit sort no_header", "none", "flaky", "scenarios that fail now and then with the same inputs") \
	ROUTE(flaky_quarantine, "POST", "/v1/flaky/quarantine", "", "quarantine_request", "files", "let failures of scenarios not count for a while; the client writes the project file") \
	ROUTE(flaky_release, "POST", "/v1/flaky/release", "", "release_request", "files", "let them count again") \
	ROUTE(config_show, "POST", "/v1/config", "", "config_request", "config", "settings and their sources") \
	ROUTE(cache_show, "GET", "/v1/cache", "limit sort no_header", "none", "cache", "caches: how full, and what they saved") \
	ROUTE(cache_clear_all, "DELETE", "/v1/cache", "", "none", "changed", "clear the caches") \
	ROUTE(cache_clear, "DELETE", "/v1/cache/{kind}", "", "none", "changed", "clear one cache, or all") \
	ROUTE(cache_why, "POST", "/v1/cache/why", "", "cache_why_request", "cache_why", "what is known of a file") \
	ROUTE(status_show, "GET", "/v1/status", "", "none", "status", "what the daemon is doing") \
	ROUTE(reload, "POST", "/v1/reload", "", "none", "reload", "read settings again") \
	ROUTE(gc, "POST", "/v1/gc", "dry_run", "none", "gc", "sweep what a crash left") \
	ROUTE(shutdown, "POST", "/v1/shutdown", "", "shutdown_request", "shutdown", "end the daemon")

#define LATER_ROUTES(LATER) \
	LATER("services", "GET", "/v1/services", "services of runs") \
	LATER("services", "GET", "/v1/services/{id}/logs", "log of a service") \
	LATER("services", "POST", "/v1/services/{id}/restart", "restart a service") \
	LATER("services", "GET", "/v1/plugins", "service presets") \
	LATER("docker", "POST", "/v1/images/pull", "fetch images") \
	LATER("telemetry", "POST", "/v1/otel/analyze", "check a trace") \
	LATER("telemetry", "POST", "/v1/otel/spans", "spans of a trace") \
	LATER("telemetry", "POST", "/v1/otel/graph", "a trace as a graph") \
	LATER("telemetry", "POST", "/v1/otel/diff", "two traces side by side") \
	LATER("telemetry", "GET", "/v1/otel/collector", "the receiver of traces") \
	LATER("telemetry", "PUT", "/v1/otel/collector", "start the receiver") \
	LATER("telemetry", "DELETE", "/v1/otel/collector", "end the receiver")

/* ARGUMENT(name, type, help): what the arguments mean, wherever they are taken. */
#define ARGUMENTS(ARGUMENT) \
	ARGUMENT("verbose", "boolean", "1: more checks") \
	ARGUMENT("bundle", "boolean", "1: with all that it refers to, one document") \
	ARGUMENT("strict", "boolean", "1: of files: refuse unknown keys") \
	ARGUMENT("prefix", "string", "only names that begin with it") \
	ARGUMENT("limit", "integer", "at most so many rows; 0 = all; without it 50") \
	ARGUMENT("sort", "string", "member or column to order by: numbers largest first") \
	ARGUMENT("no_header", "boolean", "1: text without the line of titles") \
	ARGUMENT("all", "boolean", "1: warm ones too; of images: those that nothing uses") \
	ARGUMENT("kept", "boolean", "1: kept ones only") \
	ARGUMENT("path", "string", "in the sandbox; not absolute: below the directory of its step") \
	ARGUMENT("tree", "boolean", "1: the archive may hold anything, all of which goes below the path, a directory") \
	ARGUMENT("rows", "integer", "of the terminal; without it 24") \
	ARGUMENT("columns", "integer", "of the terminal; without it 80") \
	ARGUMENT("user", "string", "in the sandbox; without it that of the step") \
	ARGUMENT("workdir", "string", "absolute, in the sandbox; without it that of the step") \
	ARGUMENT("joined", "boolean", "1: name and path were written as NAME:PATH, and either may have a ':'; the longest name that is one counts") \
	ARGUMENT("force", "boolean", "1: also what is in use; its files go when that has ended") \
	ARGUMENT("dry_run", "boolean", "1: count only") \
	ARGUMENT("before", "string", "cursor: the member next of the page before") \
	ARGUMENT("test", "pattern", "part of a test's name, or a glob") \
	ARGUMENT("verdict", "string", "pass, fail, fake_green, error or skip") \
	ARGUMENT("label", "string", "K=V") \
	ARGUMENT("since_ms", "integer", "begun in the last so many milliseconds") \
	ARGUMENT("cwd", "string", "directory that paths are relative to, and whose project counts; absolute") \
	ARGUMENT("path", "string", "file, directory, glob, or path::scenario; may be given several times") \
	ARGUMENT("config", "string", "the project file") \
	ARGUMENT("no_config", "boolean", "1: read no project file") \
	ARGUMENT("min_runs", "integer", "leave out what has run less often; without it 5") \
	ARGUMENT("older_than_ms", "integer", "begun before the last so many milliseconds") \
	ARGUMENT("form", "string", "json, ndjson, junit, tap, html, markdown or digest") \
	ARGUMENT("dialect", "string", "of junit: surefire, jenkins, gitlab, github or plain") \
	ARGUMENT("name", "string", "what messages call the result") \
	ARGUMENT("partial", "boolean", "1: what there is of a run that is not over") \
	ARGUMENT("purge", "boolean", "1: remove a finished run") \
	ARGUMENT("receipts", "boolean", "1: text with what isolated each scenario") \
	ARGUMENT("deadlines", "boolean", "1: how long steps may take, and why; text has lines of it") \
	ARGUMENT("scenario", "string", "TEST/SCENARIO; step is then the name of one of its steps") \
	ARGUMENT("lines", "integer", "only the last so many lines") \
	ARGUMENT("follow", "boolean", "1: go on while the run does") \
	ARGUMENT("timestamps", "boolean", "1: text with the time before each line") \
	ARGUMENT("raw", "boolean", "1: text without escapes") \
	ARGUMENT("from", "integer", "of events: begin with the one of that seq") \
	ARGUMENT("show_output", "string", "of text: failed, always, never or live") \
	ARGUMENT("slowest", "integer", "of text: name so many of the slowest scenarios") \
	ARGUMENT("no_ci", "boolean", "1: of text: no workflow commands") \
	ARGUMENT("junit_output", "string", "of junit: whose output it holds, failed or always") \
	ARGUMENT("artifacts", "string", "of frames: the absolute directory below which the client writes kept files; of a result: 1, text with what was kept") \
	ARGUMENT("step", "string", "TEST/SCENARIO/STEP, or a part of that") \
	ARGUMENT("stream", "string", "stdout, stderr or both") \
	ARGUMENT("offset", "integer", "first byte") \
	ARGUMENT("length", "integer", "at most so many bytes")
/* clang-format on */

#endif
