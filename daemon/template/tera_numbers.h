/* daemon/template/tera_numbers.h - numbers as filters read them. */
#ifndef DAEMON_TEMPLATE_TERA_NUMBERS_H
#define DAEMON_TEMPLATE_TERA_NUMBERS_H

#include "daemon/template/call.h"

/* Cut toward zero; the nearest end of the range for what lies outside, 0 for no number. */
int64_t number_to_int(double f);

/* A decimal number with optional sign and exponent, "inf", "infinity" or "nan", nothing around it.
 * false when it is none; *out is then left alone. */
bool number_read(struct call *c, const char *p, size_t n, double *out);

#endif
