/* Values as TOML 1.0. */
#include <inttypes.h>

#include "daemon/template/clnrm_priv.h"

static void put_string(const char *s, size_t len, struct tbuf *out)
{
	static const char letters[] = "btn\0fr"; /* of U+0008 to U+000D */

	tbuf_addc(out, '"');
	for (size_t i = 0; i < len; i++) {
		unsigned char ch = (unsigned char)s[i];

		if (ch == '"' || ch == '\\')
			tbuf_printf(out, "\\%c", ch);
		else if (ch >= 8 && ch <= 13 && letters[ch - 8])
			tbuf_printf(out, "\\%c", letters[ch - 8]);
		else if (ch < ' ' || ch == 0x7f)
			tbuf_printf(out, "\\u%04X", ch);
		else
			tbuf_addc(out, s[i]);
	}
	tbuf_addc(out, '"');
}

static int put_array(struct call *c, const struct tvalue *v, struct tbuf *out)
{
	tbuf_addc(out, '[');
	for (uint32_t i = 0; i < v->len; i++) {
		if (i)
			tbuf_addc(out, ',');
		if (clnrm_toml(c, &v->a->items[i], out) < 0)
			return -1;
	}
	tbuf_addc(out, ']');
	return 0;
}

static int put_object(struct call *c, const struct tvalue *v, struct tbuf *out)
{
	tbuf_addc(out, '{');
	for (uint32_t i = 0; i < v->len; i++) {
		const struct tmember *m = &v->o->members[i];

		if (i)
			tbuf_addc(out, ',');
		put_string(m->key, m->key_len, out);
		tbuf_addc(out, '=');
		if (clnrm_toml(c, &m->value, out) < 0)
			return -1;
	}
	tbuf_addc(out, '}');
	return 0;
}

/* Values were made within the limit on depth. */
int clnrm_toml(struct call *c, const struct tvalue *v, struct tbuf *out)
{
	if (call_step(c) < 0)
		return -1;
	switch ((enum tvalue_type)v->type) {
	case TVALUE_ARRAY:
		return put_array(c, v, out);
	case TVALUE_OBJECT:
		return put_object(c, v, out);
	case TVALUE_STRING:
		put_string(v->s, v->len, out);
		return 0;
	case TVALUE_NULL:
	case TVALUE_UNDEFINED:
		return call_fail(c, "toml_encode: null has no TOML form");
	default: /* JSON writes them as TOML does: floats have a point or an exponent */
		tvalue_json(v, false, out);
		return 0;
	}
}
