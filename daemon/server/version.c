/* GET /v1/version: which build answers, and what it can do. */
#include "common/build.h"
#include "common/clock.h"
#include "common/num.h"
#include "daemon/server/handlers.h"
#include "daemon/server/server_priv.h"
#include "daemon/wire/wire.h"

/* Parts that another build may lack. */
#if !defined(CLNRM_WITH_SYSTEMD) || CLNRM_WITH_SYSTEMD
static const char *const features[] = { "history", "systemd" };
#else
static const char *const features[] = { "history" };
#endif

static void write_limits(struct json *j)
{
	json_obj(j, "limits");
	json_uint(j, "body_bytes", BODY_MAX);
	json_uint(j, "files_body_bytes", BODY_MAX_FILES);
	json_uint(j, "json_depth", JSON_MAX_DEPTH_IN);
	json_uint(j, "connections", SERVER_CONNECTIONS);
	json_uint(j, "idle_ms", SERVER_IDLE_S * 1000u);
	json_end(j);
}

static bool has(const struct request *r, const char *feature)
{
	return feature != features[0] || r->d->store;
}

static void version_text(const struct request *r, struct strbuf *out)
{
	strbuf_printf(
	        out, "clnrmd %s (%s) pid %d, up ", r->d->version, build_commit(), (int)getpid());
	dur_format(out, clock_wall_ns() - r->d->started_wall_ns);
	strbuf_addc(out, '\n');
	if (r->style.verbosity < 1)
		return;
	strbuf_adds(out, "features ");
	for (size_t i = 0; i < ARRAY_LEN(features); i++)
		if (has(r, features[i]))
			strbuf_printf(out, " %s", features[i]);
	strbuf_printf(out, "\nlibraries libmicrohttpd %s, jansson %s\n", mhd_library(),
	        jansson_version_str());
}

static void write_version(const struct request *r, struct strbuf *out)
{
	char started[RFC3339_LEN];
	struct json j = JSON_INIT(out);

	clock_rfc3339(r->d->started_wall_ns, started);
	json_obj(&j, NULL);
	json_str(&j, "version", r->d->version);
	json_str(&j, "build", r->d->build);
	json_int(&j, "pid", getpid());
	json_str(&j, "instance", r->server->instance);
	json_arr(&j, "api");
	json_str(&j, NULL, "v1");
	json_end(&j);
	json_arr(&j, "features");
	for (size_t i = 0; i < ARRAY_LEN(features); i++)
		if (has(r, features[i]))
			json_str(&j, NULL, features[i]);
	json_end(&j);
	write_limits(&j);
	json_str(&j, "started_at", started);
	json_end(&j);
}

void handle_version_show(struct request *r)
{
	struct strbuf *known = &r->server->version;
	AUTO_STRBUF json = STRBUF_INIT;
	AUTO_STRBUF text = STRBUF_INIT;

	if (!known->len)
		write_version(r, known);
	if (r->form == FORM_JSON)
		strbuf_add(&json, known->s, known->len);
	else
		version_text(r, &text);
	answer(r, 0, &json, &text);
}
