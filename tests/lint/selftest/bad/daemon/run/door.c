#include "daemon/pool/pool_priv.h"
#include "daemon/pool/side.h"
