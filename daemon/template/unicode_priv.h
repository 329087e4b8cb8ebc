/* daemon/template/unicode_priv.h - the shape of the tables; each is sorted by code point. */
#ifndef DAEMON_TEMPLATE_UNICODE_PRIV_H
#define DAEMON_TEMPLATE_UNICODE_PRIV_H

#include <stddef.h>
#include <stdint.h>

/* Classes of Grapheme_Cluster_Break, and Extended_Pictographic, which excludes all of them. LV and
 * LVT are computed. */
enum unicode_class {
	BREAK_OTHER,
	BREAK_CR,
	BREAK_LF,
	BREAK_CONTROL,
	BREAK_EXTEND,
	BREAK_ZWJ,
	BREAK_FLAG,
	BREAK_PREPEND,
	BREAK_MARK,
	BREAK_L,
	BREAK_V,
	BREAK_T,
	BREAK_LV,
	BREAK_LVT,
	BREAK_PICTURE,
	BREAK_N
};

struct unicode_break {
	uint32_t from, to;
	uint8_t class;
};

struct unicode_range {
	uint32_t from, to;
};

/* General_Category: every step-th code point of the range. Sorted by `from`; runs of step 2 of
 * several categories overlap. */
enum unicode_category_id {
	CATEGORY_CC,
	CATEGORY_CF,
	CATEGORY_LL,
	CATEGORY_LM,
	CATEGORY_LO,
	CATEGORY_LT,
	CATEGORY_LU,
	CATEGORY_MC,
	CATEGORY_ME,
	CATEGORY_MN,
	CATEGORY_ND,
	CATEGORY_NL,
	CATEGORY_NO,
	CATEGORY_PC,
	CATEGORY_PD,
	CATEGORY_PE,
	CATEGORY_PF,
	CATEGORY_PI,
	CATEGORY_PO,
	CATEGORY_PS,
	CATEGORY_SC,
	CATEGORY_SK,
	CATEGORY_SM,
	CATEGORY_SO,
	CATEGORY_ZL,
	CATEGORY_ZP,
	CATEGORY_ZS,
};

struct unicode_category {
	uint32_t from, to;
	uint8_t step, category;
};

/* Every step-th code point of the range maps to itself plus by. */
struct unicode_shift {
	uint32_t from, to;
	uint8_t step;
	int32_t by;
};

/* A code point that becomes several; 0 ends a short list. */
struct unicode_special {
	uint32_t from;
	uint16_t to[3];
};

extern const struct unicode_break unicode_breaks[];
extern const struct unicode_range unicode_word[], unicode_cased[], unicode_case_ignorable[];
extern const struct unicode_category unicode_categories[];
extern const struct unicode_shift unicode_upper_shift[], unicode_lower_shift[];
extern const struct unicode_special unicode_upper_special[], unicode_lower_special[];
extern const size_t unicode_n_breaks, unicode_n_categories, unicode_n_word, unicode_n_cased,
        unicode_n_case_ignorable, unicode_n_upper_shift, unicode_n_lower_shift,
        unicode_n_upper_special, unicode_n_lower_special;

#endif
