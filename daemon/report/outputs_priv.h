/* daemon/report/outputs_priv.h - the output of a scenario's steps as one text, for reports. */
#ifndef DAEMON_REPORT_OUTPUTS_PRIV_H
#define DAEMON_REPORT_OUTPUTS_PRIV_H

#include "daemon/report/report.h"

#define OUTPUTS_MAX 65536

/* Appends stdout (or stderr) of all steps in order, each after "--- STEP (exit 0, 3.2 ms)" when
 * there are several; at most OUTPUTS_MAX bytes, the middle goes. */
void outputs_join(const struct scenario_result *s, bool is_stderr, struct strbuf *out);

#endif
