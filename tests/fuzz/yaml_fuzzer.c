/* The YAML reader: any bytes as a test file. */
#include "tests/fuzz/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	tree_try(yaml_read, data, size);
	return 0;
}
