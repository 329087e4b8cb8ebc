#include "common/map.h"
#include "daemon/report/human_priv.h"

/* Head and tail of one stream. The tail is a buffer of at most twice keep, cut when full. */
struct ends {
	struct strbuf head, tail;
	uint64_t total;
	struct strbuf joined; /* made by ends_view() */
};

struct gathered_step {
	char *name;
	unsigned index;
	bool taken;
	struct ends out, err;
};

struct gathered {
	struct gathered_step *steps;
	size_t n, cap;
	struct step_output *view;
};

struct gather {
	size_t keep;
	struct map *scenarios;
};

static void ends_init(struct ends *e)
{
	*e = (struct ends){ .head = STRBUF_INIT, .tail = STRBUF_INIT, .joined = STRBUF_INIT };
}

static void ends_release(struct ends *e)
{
	strbuf_release(&e->head);
	strbuf_release(&e->tail);
	strbuf_release(&e->joined);
}

static void ends_add(struct ends *e, uint64_t offset, const char *p, size_t n, size_t keep)
{
	size_t room = e->head.len < keep && e->tail.len == 0 && offset == e->total
	                      ? keep - e->head.len
	                      : 0;
	size_t to_head = n < room ? n : room;

	e->total = offset + n > e->total ? offset + n : e->total;
	strbuf_add(&e->head, p, to_head);
	p += to_head;
	n -= to_head;
	if (n >= keep) {
		strbuf_reset(&e->tail);
		p += n - keep;
		n = keep;
	}
	strbuf_add(&e->tail, p, n);
	if (e->tail.len > 2 * keep)
		strbuf_remove(&e->tail, 0, e->tail.len - keep);
}

static struct captured ends_view(struct ends *e)
{
	strbuf_reset(&e->joined);
	strbuf_add(&e->joined, e->head.s, e->head.len);
	strbuf_add(&e->joined, e->tail.s, e->tail.len);
	return (struct captured){
		.data = e->joined.s, .len = e->joined.len, .head = e->head.len, .total = e->total
	};
}

static void step_release(struct gathered_step *s)
{
	free(s->name);
	ends_release(&s->out);
	ends_release(&s->err);
}

static void gathered_free(void *value)
{
	struct gathered *g = value;

	for (size_t i = 0; i < g->n; i++)
		step_release(&g->steps[i]);
	free(g->steps);
	free(g->view);
	free(g);
}

struct gather *gather_new(size_t keep)
{
	struct gather *g = xcalloc(1, sizeof(*g));

	g->keep = keep;
	g->scenarios = map_new();
	return g;
}

void gather_free(struct gather *g)
{
	if (!g)
		return;
	map_free(g->scenarios, gathered_free);
	free(g);
}

static struct gathered *find_scenario(struct gather *g, const char *scenario)
{
	struct gathered *s = map_get(g->scenarios, scenario);

	if (!s) {
		s = xcalloc(1, sizeof(*s));
		map_put(g->scenarios, scenario, s);
	}
	return s;
}

static struct gathered_step *add_step(struct gathered *s, const char *name, unsigned index)
{
	s->steps = xgrow(s->steps, &s->cap, s->n + 1, sizeof(*s->steps));

	struct gathered_step *step = &s->steps[s->n++];

	*step = (struct gathered_step){ .name = xstrdup(name), .index = index };
	ends_init(&step->out);
	ends_init(&step->err);
	return step;
}

/* The newest of that name: two steps may share one. */
static struct gathered_step *find_step(struct gathered *s, const char *name)
{
	for (size_t i = s->n; i > 0; i--)
		if (strcmp(s->steps[i - 1].name, name) == 0)
			return &s->steps[i - 1];
	return NULL;
}

void gather_step(struct gather *g, const char *scenario, const char *step, unsigned index)
{
	struct gathered *s = find_scenario(g, scenario);
	struct gathered_step *old = find_step(s, step);

	if (!old || old->index != index) {
		add_step(s, step, index);
		return;
	}
	/* Another attempt: what the last one wrote is not what it is judged by. */
	ends_release(&old->out);
	ends_release(&old->err);
	ends_init(&old->out);
	ends_init(&old->err);
}

void gather_output(struct gather *g, const struct event *ev)
{
	struct gathered *s = find_scenario(g, ev->output.scenario);
	struct gathered_step *step = find_step(s, ev->output.step);

	if (!step)
		step = add_step(s, ev->output.step, 0);
	ends_add(ev->output.is_stderr ? &step->err : &step->out, ev->output.offset, ev->output.data,
	        ev->output.len, g->keep);
}

static struct gathered_step *match_step(struct gathered *g, const struct step_result *r)
{
	for (size_t i = 0; i < g->n; i++) {
		struct gathered_step *s = &g->steps[i];

		if (!s->taken && s->index == r->index && strcmp(s->name, r->name) == 0) {
			s->taken = true;
			return s;
		}
	}
	return NULL;
}

const struct step_output *gather_take(struct gather *g, const struct scenario_result *s)
{
	struct gathered *got = map_get(g->scenarios, s->id);

	if (!got || got->n == 0)
		return NULL;
	free(got->view);
	got->view = xcalloc(s->n_steps + 1, sizeof(*got->view));
	for (size_t i = 0; i < s->n_steps; i++) {
		struct gathered_step *step = match_step(got, &s->steps[i]);

		if (step)
			got->view[i] = (struct step_output){ ends_view(&step->out),
				ends_view(&step->err) };
	}
	return got->view;
}

void gather_drop(struct gather *g, const char *scenario)
{
	struct gathered *s = map_del(g->scenarios, scenario);

	if (s)
		gathered_free(s);
}
