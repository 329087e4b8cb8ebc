#include "daemon/model/assertion.h"

#include <string.h>

#include "common/mem.h"

/* Files of all three generations have their own words for the same. */
static const struct {
	const char *key;
	enum claim claim;
} claims[] = {
	{ "all_steps_should_pass", CLAIM_STEPS_PASS },
	{ "all_steps_should_succeed", CLAIM_STEPS_PASS },
	{ "all_steps_must_pass", CLAIM_STEPS_PASS },
	{ "all_steps_must_succeed", CLAIM_STEPS_PASS },
	{ "all_commands_should_succeed", CLAIM_STEPS_PASS },
	{ "all_scenarios_should_pass", CLAIM_SCENARIOS_PASS },
	{ "no_failed_assertions", CLAIM_NO_FAILURES },
	{ "steps_should_execute_in_order", CLAIM_IN_ORDER },
	{ "execution_should_be_hermetic", CLAIM_HERMETIC },
	{ "execution_hermetic", CLAIM_HERMETIC },
	{ "no_external_network", CLAIM_NO_NETWORK },
	{ "no_external_network_access", CLAIM_NO_NETWORK },
	{ "dns_isolated", CLAIM_NO_NETWORK },
	{ "resource_limits_enforced", CLAIM_LIMITS_ENFORCED },
	{ "resource_limits_respected", CLAIM_LIMITS_RESPECTED },
	{ "all_services_should_start", CLAIM_SERVICES },
	{ "service_should_start", CLAIM_SERVICES },
	{ "all_health_checks_should_pass", CLAIM_SERVICES },
	{ "require_service_health", CLAIM_SERVICES },
	{ "no_service_failures", CLAIM_SERVICES },
	{ "minimum_success_rate", CLAIM_RATE },
	{ "container_should_have_executed_commands", CLAIM_COMMANDS_RUN },
	{ "steps_should_have_executed", CLAIM_STEPS_RUN },
	{ "minimum_steps_executed", CLAIM_STEPS_LEAST },
	{ "containers_should_have_started", CLAIM_SANDBOXES_USED },
	{ "containers_should_have_stopped", CLAIM_SANDBOXES_GONE },
	/* of [[assertions]]: its type */
	{ "success", CLAIM_SCENARIOS_PASS },
	{ "performance", CLAIM_DURATION },
	{ "resource", CLAIM_MEMORY },
};

enum claim assertion_claim(const char *key)
{
	for (size_t i = 0; i < ARRAY_LEN(claims); i++)
		if (strcmp(claims[i].key, key) == 0)
			return claims[i].claim;
	return CLAIM_UNKNOWN;
}
