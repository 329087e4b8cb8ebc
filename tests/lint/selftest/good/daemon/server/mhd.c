#include <microhttpd.h>

unsigned mhd(void);

unsigned mhd(void)
{
	return MHD_HTTP_OK;
}
