/* GET /v1/metrics: Prometheus text, OpenMetrics or JSON. */
#include <string.h>

#include "daemon/server/handlers.h"
#include "daemon/server/missing.h"
#include "daemon/server/server_priv.h"
#include "daemon/server/survey.h"
#include "daemon/wire/wire.h"

#define MAX_FAMILIES 256
#define PROMETHEUS "text/plain; version=0.0.4; charset=utf-8"
#define OPENMETRICS "application/openmetrics-text; version=1.0.0; charset=utf-8"

static bool accepts(const struct request *r, const char *type)
{
	const char *accept = request_header(r, "Accept");

	return accept && strstr(accept, type);
}

/* Text is what a scraper expects when it says nothing; JSON has to be asked for. */
static bool wants_json(const struct request *r)
{
	return r->form == FORM_FRAMES ? r->inner == INNER_JSON : accepts(r, "application/json");
}

static void answer_metrics(struct request *r, const struct survey *s)
{
	const char *prefix = request_query(r, "prefix");
	bool open = accepts(r, "application/openmetrics-text");
	AUTO_STRBUF out = STRBUF_INIT;

	metrics_set(r->d->metrics, METRIC_MEM_DAEMON, (int64_t)s->footprint.daemon);
	metrics_set(r->d->metrics, METRIC_MEM_LAUNCHER, (int64_t)s->footprint.launcher);
	metrics_set(r->d->metrics, METRIC_MEM_SANDBOXES, (int64_t)s->footprint.sandboxes);
	if (wants_json(r)) {
		metrics_json(r->d->metrics, prefix ? prefix : "", &out);
		answer(r, 0, &out, NULL);
		return;
	}
	metrics_text(r->d->metrics, open, prefix ? prefix : "", &out);
	answer_text(r, open ? OPENMETRICS : PROMETHEUS, &out);
}

/* True when a metric begins with it; else answered. */
static bool check_prefix(struct request *r, const char *prefix)
{
	const char *known[MAX_FAMILIES + 1] = { 0 }, *name;
	AUTO_STRBUF why = STRBUF_INIT;

	for (size_t i = 0; i < MAX_FAMILIES && (name = metrics_family(i)); i++) {
		if (strncmp(name, prefix, strlen(prefix)) == 0)
			return true;
		known[i] = name;
	}
	strbuf_printf(&why, "no metric begins with '%.64s'", prefix);
	answer_missing(r, &(struct missing){ "no-match", "metric", prefix, known, why.s,
	                          "clnrm metrics shows all" });
	return false;
}

void handle_metrics_show(struct request *r)
{
	const char *prefix = request_query(r, "prefix");

	if (r->server->metrics_off) {
		answer_problem(r, "not-found", 3, "metrics are turned off",
		        "observability.enable_metrics = true in the user's file shows them", NULL);
		return;
	}
	if (!prefix || check_prefix(r, prefix))
		survey_start(r, answer_metrics);
}
