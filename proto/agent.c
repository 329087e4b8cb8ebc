/* proto/agent.c - records of the agent protocol, built and read within their bounds. */
#include "proto/agent.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

#define ALL_STEP_FLAGS (AGENT_STEP_PASS * 2u - 1u)

static uint32_t get_u32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void set_u32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
	p[2] = (uint8_t)(v >> 16);
	p[3] = (uint8_t)(v >> 24);
}

/* ---- building ---- */

void agent_add_u8(struct strbuf *out, uint8_t v)
{
	strbuf_add(out, &v, 1);
}

void agent_add_u32(struct strbuf *out, uint32_t v)
{
	uint8_t b[4];

	set_u32(b, v);
	strbuf_add(out, b, sizeof(b));
}

void agent_add_u64(struct strbuf *out, uint64_t v)
{
	uint8_t b[8];

	set_u32(b, (uint32_t)v);
	set_u32(b + 4, (uint32_t)(v >> 32));
	strbuf_add(out, b, sizeof(b));
}

void agent_add_str(struct strbuf *out, const void *p, size_t n)
{
	agent_add_u32(out, (uint32_t)n);
	if (n)
		strbuf_add(out, p, n);
	agent_add_u8(out, 0);
}

static void add_cstr(struct strbuf *out, const char *s)
{
	agent_add_str(out, s ? s : "", s ? strlen(s) : 0);
}

size_t agent_begin(struct strbuf *out, enum agent_type type, uint32_t step)
{
	size_t at = out->len;

	agent_add_u32(out, 0); /* the length, known at the end */
	agent_add_u32(out, (uint32_t)type);
	agent_add_u32(out, step);
	return at;
}

void agent_end(struct strbuf *out, size_t at)
{
	set_u32((uint8_t *)out->s + at, (uint32_t)(out->len - at - AGENT_HEADER));
}

static void add_file(struct strbuf *out, const struct agent_file *f)
{
	add_cstr(out, f->path);
	agent_add_u32(out, f->mode);
	agent_add_u32(out, f->uid);
	agent_add_u32(out, f->gid);
	agent_add_u8(out, f->is_dir);
	add_cstr(out, f->link);
	agent_add_str(out, f->data, (size_t)f->len);
}

void agent_put_files(struct strbuf *out, const struct agent_file *files, size_t n)
{
	size_t at = agent_begin(out, AGENT_FILES, 0);

	agent_add_u32(out, (uint32_t)n);
	for (size_t i = 0; i < n; i++)
		add_file(out, &files[i]);
	agent_end(out, at);
}

static void add_list(struct strbuf *out, const char *const *v)
{
	uint32_t n = 0;

	while (v && v[n])
		n++;
	agent_add_u32(out, n);
	for (uint32_t i = 0; i < n; i++)
		add_cstr(out, v[i]);
}

static void add_step(struct strbuf *out, const struct agent_step *s)
{
	agent_add_u32(out, s->flags);
	agent_add_u32(out, s->umask);
	add_cstr(out, s->user);
	add_cstr(out, s->workdir);
	for (size_t i = 0; i < ARRAY_LEN(s->expected_codes); i++)
		agent_add_u64(out, s->expected_codes[i]);
	agent_add_u32(out, s->expected_signal);
	agent_add_u64(out, s->output_max);
	agent_add_u64(out, s->rlimits.open_files);
	agent_add_u64(out, s->rlimits.file_size);
	agent_add_u64(out, s->rlimits.processes);
	add_list(out, s->argv);
	add_list(out, s->env);
	agent_add_str(out, s->stdin_data, (size_t)s->stdin_len);
}

void agent_put_batch(struct strbuf *out, const struct agent_step *steps, size_t n)
{
	size_t at = agent_begin(out, AGENT_BATCH, 0);

	agent_add_u32(out, (uint32_t)n);
	for (size_t i = 0; i < n; i++)
		add_step(out, &steps[i]);
	agent_end(out, at);
}

void agent_put_step(struct strbuf *out, uint32_t step, const struct agent_step *s)
{
	size_t at = agent_begin(out, AGENT_STEP, step);

	add_step(out, s);
	agent_end(out, at);
}

void agent_put_exec(struct strbuf *out, uint32_t visit, const struct agent_step *s, unsigned rows,
        unsigned columns)
{
	size_t at = agent_begin(out, AGENT_EXEC, visit);

	agent_add_u32(out, rows);
	agent_add_u32(out, columns);
	add_step(out, s);
	agent_end(out, at);
}

void agent_put_window(struct strbuf *out, uint32_t visit, unsigned rows, unsigned columns)
{
	size_t at = agent_begin(out, AGENT_WINDOW, visit);

	agent_add_u32(out, rows);
	agent_add_u32(out, columns);
	agent_end(out, at);
}

void agent_put_simple(struct strbuf *out, enum agent_type type, uint32_t step)
{
	agent_end(out, agent_begin(out, type, step));
}

void agent_put_u32(struct strbuf *out, enum agent_type type, uint32_t step, uint32_t v)
{
	size_t at = agent_begin(out, type, step);

	agent_add_u32(out, v);
	agent_end(out, at);
}

void agent_put_bytes(
        struct strbuf *out, enum agent_type type, uint32_t step, const void *p, size_t n)
{
	size_t at = agent_begin(out, type, step);

	agent_add_str(out, p, n);
	agent_end(out, at);
}

void agent_put_taken(struct strbuf *out, uint32_t step, uint64_t bytes, bool closed)
{
	size_t at = agent_begin(out, AGENT_STDIN_TAKEN, step);

	agent_add_u64(out, bytes);
	agent_add_u8(out, closed);
	agent_end(out, at);
}

void agent_put_output(
        struct strbuf *out, uint32_t step, uint8_t stream, uint64_t ns, const void *p, size_t n)
{
	size_t at = agent_begin(out, AGENT_OUTPUT, step);

	agent_add_u8(out, stream);
	agent_add_u64(out, ns);
	strbuf_add(out, p, n);
	agent_end(out, at);
}

void agent_put_exit(struct strbuf *out, uint32_t step, const struct agent_exit *x)
{
	size_t at = agent_begin(out, AGENT_EXITED, step);
	const uint64_t numbers[] = { x->started_ns, x->ended_ns, x->user_us, x->system_us,
		x->max_rss_bytes, x->total[0], x->total[1], x->cut_at[0], x->cut_at[1] };

	agent_add_u8(out, x->kind);
	agent_add_u8(out, x->as_expected);
	agent_add_u8(out, x->what);
	agent_add_u32(out, (uint32_t)x->value);
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		agent_add_u64(out, numbers[i]);
	add_cstr(out, x->detail);
	agent_end(out, at);
}

void agent_put_look(struct strbuf *out, uint32_t step, uint64_t max, const char *path)
{
	size_t at = agent_begin(out, AGENT_LOOK, step);

	agent_add_u64(out, max);
	add_cstr(out, path);
	agent_end(out, at);
}

static void add_facts(struct strbuf *out, const struct agent_facts *f)
{
	agent_add_u32(out, f->error);
	agent_add_u32(out, f->mode);
	agent_add_u32(out, f->uid);
	agent_add_u32(out, f->gid);
	agent_add_u64(out, f->size);
}

void agent_put_looked(struct strbuf *out, uint32_t step, const struct agent_look *k)
{
	size_t at = agent_begin(out, AGENT_LOOKED, step);

	add_facts(out, &k->self);
	add_facts(out, &k->target);
	add_cstr(out, k->link);
	agent_end(out, at);
}

void agent_put_content(
        struct strbuf *out, uint32_t step, bool last, uint32_t error, const void *p, size_t n)
{
	size_t at = agent_begin(out, AGENT_CONTENT, step);

	agent_add_u8(out, last);
	agent_add_u32(out, error);
	strbuf_add(out, p, n);
	agent_end(out, at);
}

void agent_put_pulsed(struct strbuf *out, const struct agent_pulse *p)
{
	size_t at = agent_begin(out, AGENT_PULSED, 0);

	agent_add_u64(out, p->print);
	agent_add_u32(out, p->processes);
	agent_add_u8(out, p->held);
	agent_end(out, at);
}

void agent_put_collect(struct strbuf *out, uint64_t max, const char *const *patterns, size_t n)
{
	size_t at = agent_begin(out, AGENT_COLLECT, 0);

	agent_add_u64(out, max);
	agent_add_u32(out, (uint32_t)n);
	for (size_t i = 0; i < n; i++)
		add_cstr(out, patterns[i]);
	agent_end(out, at);
}

void agent_put_match(struct strbuf *out, const struct agent_match *f)
{
	size_t at = agent_begin(out, AGENT_MATCH, 0);

	agent_add_u32(out, f->mode);
	agent_add_u64(out, f->size);
	agent_add_u64(out, (uint64_t)f->mtime);
	add_cstr(out, f->path);
	add_cstr(out, f->link);
	agent_end(out, at);
}

void agent_put_piece(struct strbuf *out, const void *p, size_t n)
{
	size_t at = agent_begin(out, AGENT_PIECE, 0);

	strbuf_add(out, p, n);
	agent_end(out, at);
}

void agent_put_collected(struct strbuf *out, bool more, const uint32_t *matched, size_t n)
{
	size_t at = agent_begin(out, AGENT_COLLECTED, 0);

	agent_add_u8(out, more);
	agent_add_u32(out, (uint32_t)n);
	for (size_t i = 0; i < n; i++)
		agent_add_u32(out, matched[i]);
	agent_end(out, at);
}

void agent_put_hello(
        struct strbuf *out, const char *build, const char *const *facts, size_t n_pairs)
{
	size_t at = agent_begin(out, AGENT_HELLO, 0);

	agent_add_u32(out, AGENT_VERSION);
	add_cstr(out, build);
	for (size_t i = 0; i < 2 * n_pairs; i++)
		add_cstr(out, facts[i]);
	agent_end(out, at);
}

/* ---- reading ---- */

int agent_next(const void *buf, size_t n, size_t max_body, struct agent_record *r, size_t *used,
        struct err *e)
{
	const uint8_t *p = buf;

	if (n < AGENT_HEADER)
		return 0;
	uint32_t len = get_u32(p);
	uint32_t type = get_u32(p + 4);
	if (len > max_body)
		return err_set(e, ERR_LIMIT, "agent record of %u bytes, at most %zu are allowed",
		        len, max_body);
	if (type == 0 || type > UINT16_MAX)
		return err_set(e, ERR_INVALID, "agent record of type %#x", type);
	if (n - AGENT_HEADER < len)
		return 0;
	*r = (struct agent_record){
		.type = (uint16_t)type, .step = get_u32(p + 8), .body = p + AGENT_HEADER, .len = len
	};
	*used = AGENT_HEADER + (size_t)len;
	return 1;
}

struct agent_cursor agent_cursor(const struct agent_record *r)
{
	return (struct agent_cursor){ .p = r->body, .end = r->body + r->len };
}

/* n bytes at the cursor, or NULL and bad. */
static const uint8_t *take(struct agent_cursor *c, size_t n)
{
	if (c->bad || (size_t)(c->end - c->p) < n) {
		c->bad = true;
		c->p = c->end;
		return NULL;
	}
	const uint8_t *p = c->p;
	c->p += n;
	return p;
}

uint8_t agent_u8(struct agent_cursor *c)
{
	const uint8_t *p = take(c, 1);

	return p ? *p : 0;
}

uint32_t agent_u32(struct agent_cursor *c)
{
	const uint8_t *p = take(c, 4);

	return p ? get_u32(p) : 0;
}

uint64_t agent_u64(struct agent_cursor *c)
{
	const uint8_t *p = take(c, 8);

	return p ? get_u32(p) | (uint64_t)get_u32(p + 4) << 32 : 0;
}

const char *agent_str(struct agent_cursor *c, size_t *len)
{
	size_t n = agent_u32(c);
	const uint8_t *p = take(c, n + 1);

	if (p && p[n] != 0)
		c->bad = true;
	if (len)
		*len = p && !c->bad ? n : 0;
	return p && !c->bad ? (const char *)p : "";
}

/* A string that is used as a C string: what holds a NUL would be cut short unseen. */
static const char *text(struct agent_cursor *c)
{
	size_t n;
	const char *s = agent_str(c, &n);

	if (memchr(s, '\0', n))
		c->bad = true;
	return s;
}

static int broken(struct err *e, const char *what)
{
	return err_set(e, ERR_INVALID, "agent record '%s' is malformed", what);
}

/* Reads one list into slots (with its NULL), or only counts when slots is NULL. */
static const char *const *read_list(
        struct agent_cursor *c, uint32_t n, const char **slots, size_t *used)
{
	const char **list = slots ? slots + *used : NULL;

	for (uint32_t i = 0; i < n && !c->bad; i++) {
		const char *s = text(c);

		if (list)
			list[i] = s;
	}
	if (list)
		list[n] = NULL;
	*used += (size_t)n + 1;
	return list;
}

static int read_lists(struct agent_cursor *c, struct agent_step *s, const char **slots,
        size_t *used, struct err *e)
{
	uint32_t argc = agent_u32(c);

	if (argc > AGENT_MAX_STRINGS)
		return err_set(e, ERR_LIMIT, "a step with %u arguments, at most %u are allowed",
		        argc, AGENT_MAX_STRINGS);
	if (argc == 0 && !c->bad)
		return err_set(e, ERR_INVALID, "a step without a program");
	s->argv = read_list(c, argc, slots, used);
	uint32_t n_env = agent_u32(c);
	if (n_env > AGENT_MAX_STRINGS - argc)
		return err_set(e, ERR_LIMIT,
		        "a step with %u arguments and variables, at most %u are allowed",
		        argc + n_env, AGENT_MAX_STRINGS);
	s->env = read_list(c, n_env, slots, used);
	return 0;
}

static int read_step(struct agent_cursor *c, struct agent_step *s, const char **slots, size_t *used,
        struct err *e)
{
	size_t len;

	s->flags = agent_u32(c);
	s->umask = agent_u32(c);
	s->user = text(c);
	s->workdir = text(c);
	for (size_t i = 0; i < ARRAY_LEN(s->expected_codes); i++)
		s->expected_codes[i] = agent_u64(c);
	s->expected_signal = agent_u32(c);
	s->output_max = agent_u64(c);
	s->rlimits.open_files = agent_u64(c);
	s->rlimits.file_size = agent_u64(c);
	s->rlimits.processes = agent_u64(c);
	if (read_lists(c, s, slots, used, e) < 0)
		return -1;
	s->stdin_data = agent_str(c, &len);
	s->stdin_len = len;
	if (s->flags & ~ALL_STEP_FLAGS)
		return err_set(e, ERR_INVALID, "a step with unknown flags %#x", s->flags);
	return c->bad ? broken(e, "batch") : 0;
}

/* Reads n steps; slots NULL only measures: *used pointers are needed. */
static int read_steps(struct agent_cursor c, struct agent_step *steps, size_t n, const char **slots,
        size_t *used, struct err *e)
{
	struct agent_step scratch;

	*used = 0;
	for (size_t i = 0; i < n; i++) {
		if (read_step(&c, slots ? &steps[i] : &scratch, slots, used, e) < 0)
			return err_wrap(e, "step %zu", i);
	}
	return c.p == c.end ? 0 : broken(e, "batch");
}

/* One block: the steps, then the pointers of all their lists. */
static int get_steps(struct agent_cursor c, size_t count, struct agent_step **steps, struct err *e)
{
	size_t slots;

	if (read_steps(c, NULL, count, NULL, &slots, e) < 0)
		return -1;
	struct agent_step *block = xmalloc(count * sizeof(*block) + (slots + 1) * sizeof(char *));
	/* What was measured reads the same again. */
	if (read_steps(c, block, count, (const char **)(block + count), &slots, e) < 0) {
		free(block);
		return -1;
	}
	*steps = block;
	return 0;
}

int agent_get_batch(
        const struct agent_record *r, struct agent_step **steps, size_t *n, struct err *e)
{
	struct agent_cursor c = agent_cursor(r);
	size_t count = agent_u32(&c);

	if (count > AGENT_MAX_STEPS)
		return err_set(e, ERR_LIMIT, "a batch of %zu steps, at most %u are allowed", count,
		        AGENT_MAX_STEPS);
	if (c.bad)
		return broken(e, "batch");
	if (get_steps(c, count, steps, e) < 0)
		return -1;
	*n = count;
	return 0;
}

int agent_get_step(const struct agent_record *r, struct agent_step **step, struct err *e)
{
	return get_steps(agent_cursor(r), 1, step, e);
}

int agent_get_exec(const struct agent_record *r, struct agent_step **step, unsigned *rows,
        unsigned *columns, struct err *e)
{
	struct agent_cursor c = agent_cursor(r);
	unsigned high = agent_u32(&c), wide = agent_u32(&c);

	if (c.bad || high > UINT16_MAX || wide > UINT16_MAX)
		return broken(e, "exec");
	if (get_steps(c, 1, step, e) < 0)
		return -1;
	*rows = high;
	*columns = wide;
	return 0;
}

void agent_free_steps(struct agent_step *steps, size_t n)
{
	(void)n;
	free(steps);
}

static void read_file(struct agent_cursor *c, struct agent_file *f)
{
	size_t len;

	f->path = text(c);
	f->mode = agent_u32(c);
	f->uid = agent_u32(c);
	f->gid = agent_u32(c);
	f->is_dir = agent_u8(c);
	f->link = text(c);
	f->data = agent_str(c, &len);
	f->len = len;
}

int agent_get_files(
        const struct agent_record *r, struct agent_file **files, size_t *n, struct err *e)
{
	enum { LEAST = 5 + 4 + 4 + 4 + 1 + 5 + 5 }; /* bytes of a file with empty strings */
	struct agent_cursor c = agent_cursor(r);
	size_t count = agent_u32(&c);

	if (count > AGENT_MAX_FILES)
		return err_set(e, ERR_LIMIT, "%zu files at once, at most %u are allowed", count,
		        AGENT_MAX_FILES);
	if (c.bad || count > (size_t)(c.end - c.p) / LEAST)
		return broken(e, "files");
	struct agent_file *list = xcalloc(count + 1, sizeof(*list));
	for (size_t i = 0; i < count; i++)
		read_file(&c, &list[i]);
	if (c.bad || c.p != c.end) {
		free(list);
		return broken(e, "files");
	}
	*files = list;
	*n = count;
	return 0;
}

int agent_get_exit(const struct agent_record *r, struct agent_exit *x, struct err *e)
{
	struct agent_cursor c = agent_cursor(r);
	struct agent_exit got = { .kind = agent_u8(&c), .as_expected = 0 };
	uint64_t *const numbers[] = { &got.started_ns, &got.ended_ns, &got.user_us, &got.system_us,
		&got.max_rss_bytes, &got.total[0], &got.total[1], &got.cut_at[0], &got.cut_at[1] };

	got.as_expected = agent_u8(&c);
	got.what = agent_u8(&c);
	got.value = (int32_t)agent_u32(&c);
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		*numbers[i] = agent_u64(&c);
	got.detail = text(&c);
	if (c.bad || c.p != c.end || got.kind > AGENT_EXIT_NOEXEC ||
	        got.what > AGENT_WHAT_INTERPRETER)
		return broken(e, "exited");
	*x = got;
	return 0;
}

static void read_facts(struct agent_cursor *c, struct agent_facts *f)
{
	f->error = agent_u32(c);
	f->mode = agent_u32(c);
	f->uid = agent_u32(c);
	f->gid = agent_u32(c);
	f->size = agent_u64(c);
}

int agent_get_looked(const struct agent_record *r, struct agent_look *k, struct err *e)
{
	struct agent_cursor c = agent_cursor(r);
	struct agent_look got;

	read_facts(&c, &got.self);
	read_facts(&c, &got.target);
	got.link = text(&c);
	if (c.bad || c.p != c.end)
		return broken(e, "looked");
	*k = got;
	return 0;
}

/* ---- surveys ---- */

void agent_put_survey(struct strbuf *out, const struct agent_survey *v)
{
	size_t at = agent_begin(out, AGENT_SURVEY, 0);

	agent_add_u32(out, v->flags);
	agent_add_u32(out, (uint32_t)v->n_declared);
	for (size_t i = 0; i < v->n_declared; i++)
		add_cstr(out, v->declared[i]);
	agent_add_u32(out, (uint32_t)v->n_mounts);
	for (size_t i = 0; i < v->n_mounts; i++)
		add_cstr(out, v->mounts[i]);
	agent_end(out, at);
}

/* NULL when there is none, or too many. */
static const char **get_texts(struct agent_cursor *c, uint32_t max, size_t *n)
{
	uint32_t count = agent_u32(c);
	const char **v;

	if (c->bad || count > max)
		return NULL;
	v = xcalloc(count + 1, sizeof(*v));
	for (*n = 0; *n < count; (*n)++)
		v[*n] = text(c);
	return v;
}

int agent_get_survey(const struct agent_record *r, struct agent_survey *v, struct err *e)
{
	struct agent_cursor c = agent_cursor(r);
	struct agent_survey got = { .flags = agent_u32(&c) };

	got.declared = get_texts(&c, AGENT_MAX_DECLARED, &got.n_declared);
	got.mounts = got.declared ? get_texts(&c, AGENT_MAX_MOUNTS, &got.n_mounts) : NULL;
	if (!got.mounts || c.bad || c.p != c.end) {
		free(got.declared);
		free(got.mounts);
		return broken(e, "survey");
	}
	*v = got;
	return 0;
}

void agent_add_found(struct strbuf *out, const struct agent_found *f)
{
	agent_add_u8(out, f->kind);
	agent_add_u32(out, f->step);
	agent_add_u32(out, f->pid);
	agent_add_u64(out, f->n);
	add_cstr(out, f->program);
	add_cstr(out, f->path);
	add_cstr(out, f->address);
}

int agent_get_surveyed(
        const struct agent_record *r, struct agent_found **v, size_t *n, struct err *e)
{
	struct agent_cursor c = agent_cursor(r);
	uint32_t count = agent_u32(&c);

	if (c.bad || count > AGENT_MAX_FOUND)
		return broken(e, "surveyed");
	struct agent_found *list = xcalloc(count + 1, sizeof(*list));
	for (uint32_t i = 0; i < count; i++) {
		struct agent_found *f = &list[i];

		f->kind = agent_u8(&c);
		f->step = agent_u32(&c);
		f->pid = agent_u32(&c);
		f->n = agent_u64(&c);
		f->program = text(&c);
		f->path = text(&c);
		f->address = text(&c);
		c.bad |= f->kind >= AGENT_FOUND_KINDS;
	}
	if (c.bad || c.p != c.end) {
		free(list);
		return broken(e, "surveyed");
	}
	*v = list;
	*n = count;
	return 0;
}

int agent_get_content(const struct agent_record *r, bool *last, uint32_t *error, const void **p,
        size_t *n, struct err *e)
{
	struct agent_cursor c = agent_cursor(r);
	uint8_t is_last = agent_u8(&c);
	uint32_t why = agent_u32(&c);
	size_t len = (size_t)(c.end - c.p);

	if (c.bad || is_last > 1 || len > AGENT_CHUNK)
		return broken(e, "content");
	*last = is_last;
	*error = why;
	*p = c.p;
	*n = len;
	return 0;
}

int agent_get_pulsed(const struct agent_record *r, struct agent_pulse *p, struct err *e)
{
	struct agent_cursor c = agent_cursor(r);
	struct agent_pulse out = { .print = agent_u64(&c) };

	out.processes = agent_u32(&c);
	out.held = agent_u8(&c);
	if (c.bad || c.p != c.end || out.held > 1)
		return broken(e, "pulse");
	*p = out;
	return 0;
}

int agent_get_collect(const struct agent_record *r, uint64_t *max, const char ***patterns,
        size_t *n, struct err *e)
{
	struct agent_cursor c = agent_cursor(r);
	uint64_t most = agent_u64(&c);
	uint32_t count = agent_u32(&c);
	const char **v;

	if (c.bad || !count || count > AGENT_MAX_PATTERNS)
		return broken(e, "collect");
	v = xcalloc(count, sizeof(*v));
	for (uint32_t i = 0; i < count; i++)
		v[i] = agent_str(&c, NULL);
	if (c.bad) {
		free(v);
		return broken(e, "collect");
	}
	*max = most;
	*patterns = v;
	*n = count;
	return 0;
}

int agent_get_match(const struct agent_record *r, struct agent_match *f, struct err *e)
{
	struct agent_cursor c = agent_cursor(r);
	struct agent_match got = { .mode = agent_u32(&c) };

	got.size = agent_u64(&c);
	got.mtime = (int64_t)agent_u64(&c);
	got.path = agent_str(&c, NULL);
	got.link = agent_str(&c, NULL);
	if (c.bad)
		return broken(e, "match");
	*f = got;
	return 0;
}

int agent_get_collected(
        const struct agent_record *r, bool *more, uint32_t *matched, size_t n, struct err *e)
{
	struct agent_cursor c = agent_cursor(r);
	uint8_t is_more = agent_u8(&c);
	uint32_t count = agent_u32(&c);

	if (c.bad || is_more > 1 || count != n)
		return broken(e, "collected");
	for (size_t i = 0; i < n; i++)
		matched[i] = agent_u32(&c);
	if (c.bad)
		return broken(e, "collected");
	*more = is_more;
	return 0;
}

int agent_get_output(const struct agent_record *r, uint8_t *stream, uint64_t *ns, const void **p,
        size_t *n, struct err *e)
{
	struct agent_cursor c = agent_cursor(r);
	uint8_t which = agent_u8(&c);
	uint64_t at = agent_u64(&c);
	size_t len = (size_t)(c.end - c.p);

	if (c.bad || which < 1 || which > 2)
		return broken(e, "output");
	if (len > AGENT_CHUNK)
		return err_set(e, ERR_LIMIT,
		        "%zu bytes of output in a record, at most %u are allowed", len,
		        AGENT_CHUNK);
	*stream = which;
	*ns = at;
	*p = c.p;
	*n = len;
	return 0;
}
