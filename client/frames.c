#include "client/frames.h"

#include <string.h>

#include "common/num.h"

void frames_release(struct frames *r)
{
	strbuf_release(&r->held);
}

static int bad_head(const struct frames *r, struct err *e)
{
	return err_set(
	        e, ERR_INVALID, "'%.*s' is not the head of a frame", (int)r->n_head, r->head);
}

/* "f N LEN", "n N LEN": cuts N off, leaves LEN. */
static int read_file_number(struct frames *r, char **at, struct err *e)
{
	char *blank = strchr(*at, ' ');
	uint64_t n;

	if (!blank)
		return bad_head(r, e);
	*blank = '\0';
	if (str_to_u64(*at, 0, UINT32_MAX, &n, e) < 0)
		return -1;
	r->file = (unsigned)n;
	*at = blank + 1;
	return 0;
}

static int read_head(struct frames *r, struct err *e)
{
	char *at = r->head + 2;

	r->head[r->n_head] = '\0';
	if (r->n_head < 3 || r->head[1] != ' ' || !strchr("oepfnx", r->head[0]))
		return bad_head(r, e);
	if (strchr("fn", r->head[0]) && read_file_number(r, &at, e) < 0)
		return -1;
	if (str_to_u64(at, 0, INT64_MAX, &r->left, e) < 0)
		return -1;
	r->kind = r->head[0];
	r->n_head = 0;
	strbuf_reset(&r->held);
	return 0;
}

/* Bytes of a head up to its line feed. Returns how many were taken, or -1. */
static ssize_t feed_head(struct frames *r, const char *p, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\n')
			return read_head(r, e) < 0 ? -1 : (ssize_t)(i + 1);
		if (r->n_head + 1 >= sizeof(r->head))
			return bad_head(r, e);
		r->head[r->n_head++] = p[i];
	}
	return (ssize_t)n;
}

static int hand_on(struct frames *r, const char *p, size_t n, const struct frames_sink *sink,
        void *arg, struct err *e)
{
	if (r->kind == 'o' || r->kind == 'e')
		return n > 0 ? sink->text(arg, r->kind, p, n) : 0;
	if (r->kind == 'f')
		return sink->file(arg, r->file, p, n);
	if (r->held.len + n > FRAME_HELD_MAX)
		return err_set(e, ERR_LIMIT, "a frame '%c' is longer than %d bytes", r->kind,
		        FRAME_HELD_MAX);
	strbuf_add(&r->held, p, n);
	return 0;
}

static int end_frame(struct frames *r, const struct frames_sink *sink, void *arg, struct err *e)
{
	char kind = r->kind;
	uint64_t code;

	r->kind = 0;
	if (kind == 'p')
		return sink->live(arg, r->held.s, r->held.len);
	if (kind == 'n')
		return sink->name(arg, r->file, r->held.s);
	if (kind != 'x')
		return 0;
	while (r->held.len > 0 && r->held.s[r->held.len - 1] == '\n')
		strbuf_truncate(&r->held, r->held.len - 1);
	if (str_to_u64(r->held.s, 0, 255, &code, e) < 0)
		return err_wrap(e, "exit code");
	return sink->exit(arg, (int)code);
}

int frames_feed(struct frames *r, const char *p, size_t n, const struct frames_sink *sink,
        void *arg, struct err *e)
{
	e->code = ERR_NONE;
	while (n > 0) {
		size_t part;

		if (!r->kind) {
			ssize_t used = feed_head(r, p, n, e);

			if (used < 0)
				return -1;
			p += used;
			n -= (size_t)used;
			if (!r->kind || r->left > 0)
				continue;
		}
		part = r->left < n ? (size_t)r->left : n;
		if (hand_on(r, p, part, sink, arg, e) < 0)
			return -1;
		r->left -= part;
		p += part;
		n -= part;
		if (r->left == 0 && end_frame(r, sink, arg, e) < 0)
			return -1;
	}
	return 0;
}
