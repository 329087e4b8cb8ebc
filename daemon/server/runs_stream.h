/* daemon/server/runs_stream.h - what one client gets of its run: events in its form, reports, the
 * exit code.
 *
 * A reader that is too slow delays nobody: beyond a bound of unread bytes output and progress are
 * dropped and a gap event says how many were; verdicts never are (they spill, see exchange.h).
 */
#ifndef DAEMON_SERVER_RUNS_STREAM_H
#define DAEMON_SERVER_RUNS_STREAM_H

#include "daemon/server/runs_document.h"
#include "daemon/server/runs_request.h"

#define STREAM_DROP_FROM                                                                          \
	(4u << 20)                  /* unread bytes from which on output and progress are dropped \
	                             */
#define STREAM_LIVE_MAX (64u << 10) /* ... the live region is not redrawn */

struct run_stream;

struct run_stream *run_stream_new(struct request *r, const struct run_request *req);
void run_stream_free(struct run_stream *s);
/* NULL when the client reads no text for people. */
struct human *run_stream_human(struct run_stream *s);
/* True when it shows output as it comes: run_options.want_output. */
bool run_stream_wants_output(const struct run_stream *s);
/* Opens the answer with this id; else the run event does. */
void run_stream_open(struct run_stream *s, const char *id);
/* Every event from then on, or from the run event. */
void run_stream_event(struct run_stream *s, const struct event *ev);
/* Text for people that is no event's. */
void run_stream_text(struct run_stream *s, const struct strbuf *text);
/* What is made from the whole result, as bytes for stream_write(); what of how: for report files.
 * Any thread: it reads what does not change once the run is over. */
void run_stream_render(struct run_stream *s, const struct run_result *result,
        const struct document *how, struct strbuf *out);
/* False when that is nothing. */
bool run_stream_renders(const struct run_stream *s);
/* The exit code, and the end. */
void run_stream_end(struct run_stream *s, int exit);

/* --list: both forms of the answer. Any thread. */
void run_list_render(const struct run_result *result, struct strbuf *json, struct strbuf *text);

#endif
