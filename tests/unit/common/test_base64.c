#include <string.h>

#include "common/base64.h"
#include "tests/unit/check_main.h"

static const struct {
	const char *plain, *coded;
} rfc4648[] = {
	{ "", "" },
	{ "f", "Zg==" },
	{ "fo", "Zm8=" },
	{ "foo", "Zm9v" },
	{ "foob", "Zm9vYg==" },
	{ "fooba", "Zm9vYmE=" },
	{ "foobar", "Zm9vYmFy" },
};

START_TEST(the_vectors_of_rfc_4648_go_both_ways)
{
	for (size_t i = 0; i < ARRAY_LEN(rfc4648); i++) {
		AUTO_STRBUF coded = STRBUF_INIT;
		AUTO_STRBUF plain = STRBUF_INIT;
		struct err e;

		base64_encode(&coded, rfc4648[i].plain, strlen(rfc4648[i].plain));
		ck_assert_str_eq(coded.s, rfc4648[i].coded);
		ck_assert_int_eq(base64_decode(&plain, coded.s, coded.len, &e), 0);
		ck_assert_str_eq(plain.s, rfc4648[i].plain);
	}
}
END_TEST

START_TEST(all_byte_values_survive_at_every_length)
{
	char bytes[259];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7);
	for (size_t n = 0; n <= sizeof(bytes); n++) {
		AUTO_STRBUF coded = STRBUF_INIT;
		AUTO_STRBUF plain = STRBUF_INIT;
		struct err e;

		base64_encode(&coded, bytes, n);
		ck_assert_int_eq(base64_decode(&plain, coded.s, coded.len, &e), 0);
		ck_assert_uint_eq(plain.len, n);
		ck_assert_int_eq(memcmp(plain.s, bytes, n), 0);
	}
}
END_TEST

START_TEST(white_space_is_skipped)
{
	AUTO_STRBUF b = STRBUF_INIT;
	struct err e;

	ck_assert_int_eq(base64_decode(&b, " Zm 9v\r\n\tYg = =\n", 16, &e), 0);
	ck_assert_str_eq(b.s, "foob");
}
END_TEST

START_TEST(bad_text_is_refused_and_leaves_the_buffer_alone)
{
	static const char *const bad[] = {
		"Z",
		"Zg",
		"Zg=",
		"Zg===",
		"=",
		"====",
		"Zg==Zg==",
		"Zm9v=",
		"Zh==",
		"Zm9=",
		"Zm9!",
		"Zm9-",
		"Z\xFFm9",
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO_STRBUF b = STRBUF_INIT;
		struct err e = { 0 };

		strbuf_adds(&b, "kept");
		if (base64_decode(&b, bad[i], strlen(bad[i]), &e) != -1)
			ck_abort_msg("'%s' was taken", bad[i]);
		ck_assert_int_eq(e.code, ERR_INVALID);
		ck_assert_str_eq(b.s, "kept");
	}
}
END_TEST

CHECK_MAIN("base64", the_vectors_of_rfc_4648_go_both_ways, all_byte_values_survive_at_every_length,
        white_space_is_skipped, bad_text_is_refused_and_leaves_the_buffer_alone)
