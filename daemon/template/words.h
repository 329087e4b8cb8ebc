/* daemon/template/words.h - the lists that invented data is drawn from.
 *
 * Order and number of the words decide what a seed gives: a changed list changes the output of
 * tests that others wrote, so it is a breaking change (test_fake.c holds a digest of all of them).
 */
#ifndef DAEMON_TEMPLATE_WORDS_H
#define DAEMON_TEMPLATE_WORDS_H

#include <stddef.h>

struct words {
	const char *const *v;
	size_t n;
};

/* clang-format off */
#define WORD_LISTS(LIST) \
	LIST(first_names) LIST(last_names) LIST(titles) LIST(suffixes) LIST(latin) LIST(cities) \
	LIST(states) LIST(countries) LIST(streets) LIST(zones) LIST(mail_domains) \
	LIST(domain_suffixes) LIST(company_suffixes) LIST(buzzwords) LIST(industries) \
	LIST(professions) LIST(browsers) LIST(currency_codes) LIST(currency_names) \
	LIST(currency_symbols) LIST(extensions) LIST(mime_types) LIST(colors)
/* clang-format on */

#define LIST(name) extern const struct words words_##name;
WORD_LISTS(LIST)
#undef LIST

#endif
