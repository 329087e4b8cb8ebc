/* GET /v1/metrics: Prometheus text, OpenMetrics or JSON. */
#include <string.h>

#include "daemon/server/handlers.h"
#include "daemon/server/server_priv.h"
#include "daemon/server/survey.h"
#include "daemon/wire/wire.h"

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

void handle_metrics_show(struct request *r)
{
	if (r->server->metrics_off) {
		answer_problem(r, "not-found", 3, "metrics are turned off",
		        "observability.enable_metrics = true in the user's file shows them", NULL);
		return;
	}
	survey_start(r, answer_metrics);
}
