/* daemon/server/runs_document.h - a result in one of the forms of a document: answers, and the
 * files that reports are.
 */
#ifndef DAEMON_SERVER_RUNS_DOCUMENT_H
#define DAEMON_SERVER_RUNS_DOCUMENT_H

#include "daemon/server/handler.h"

/* How it is made. */
struct document {
	enum junit_dialect dialect;
	bool junit_always;
	int verbosity;
	struct report_parts parts;
	struct store *store; /* for what a page shows of runs before; NULL = nothing */
};

/* The form of a report's kind ("html"), of GET ?form= and of the format that a client asks for; -1
 * = none. */
int document_form(const char *name);
/* What document_form() takes. */
#define DOCUMENT_FORMS "json junit tap html markdown digest"
/* Arguments form and dialect of a request; what it does not say stays. False when it was refused,
 * with help for the form. */
bool document_read_form(struct request *r, const char *help, enum inner *form);
bool document_read_dialect(struct request *r, enum junit_dialect *dialect);
const char *document_type(enum inner form);
/* Waits for the disk when the form is HTML and there is a store: on a worker alone. */
bool document_waits(enum inner form);
/* All of the result, whatever how->parts says. */
void document_write(enum inner form, const struct run_result *result, const struct document *how,
        struct strbuf *out);

#endif
