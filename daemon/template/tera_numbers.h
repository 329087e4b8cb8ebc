/* daemon/template/tera_numbers.h - numbers as filters read them. */
#ifndef DAEMON_TEMPLATE_TERA_NUMBERS_H
#define DAEMON_TEMPLATE_TERA_NUMBERS_H

#include "daemon/template/call.h"

#endif
