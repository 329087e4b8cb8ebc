#include "daemon/pool/pool.h"
#include "pool.h"
#include <microhttpd.h>
