/* The TOML reader: any bytes as a test file or project file. */
#include "tests/fuzz/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	tree_try(toml_read, data, size);
	return 0;
}
