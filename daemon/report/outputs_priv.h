/* daemon/report/outputs_priv.h - the output of a scenario's steps as one text, for reports. */
#ifndef DAEMON_REPORT_OUTPUTS_PRIV_H
#define DAEMON_REPORT_OUTPUTS_PRIV_H

#include "daemon/report/report.h"

/* Appends stdout (or stderr) of all steps in order, each after "--- STEP (exit 0, 3.2 ms)" when
 * there are several; at most max bytes, the middle goes. */
void outputs_join(const struct scenario_result *s, bool is_stderr, size_t max, struct strbuf *out);

#endif
