/* Files that a step is to have left: the init is asked for each, one after the other, and what it
 * says is kept for the judge. The init is not trusted, nor is what the step has left bounded:
 * contents are kept up to the limit of outputs, digested up to a size. */
#include <string.h>

#include "daemon/core/digest.h"
#include "daemon/run/exec_priv.h"

#define DIGESTED_MAX ((uint64_t)256 << 20) /* of a file whose SHA-256 is wanted */
#define CONTENTS_MAX ((size_t)64 << 20)    /* kept of all files of a step */

static const struct file_check *check_of(const struct step_run *s)
{
	return &s->def->files[s->n_looks];
}

static uint64_t kept_max(const struct step_run *s)
{
	uint64_t max = s->x->places[s->place].def->spec.limits.v[LIMIT_OUTPUT];
	uint64_t left = CONTENTS_MAX - s->looked_bytes;

	if (!check_of(s)->content.n)
		return 0;
	return max && max < left ? max : left;
}

static void ask(struct place_run *p, struct step_run *s)
{
	const struct file_check *f = check_of(s);
	uint64_t digested = f->sha256 ? DIGESTED_MAX : 0;
	AUTO_STRBUF msg = STRBUF_INIT;

	p->looking = s;
	p->content_max = kept_max(s);
	p->content_seen = 0;
	if (f->sha256 && !p->digest)
		p->digest = digest_new();
	/* One byte more than is wanted says that there is more. */
	agent_put_look(&msg, s->batch_index,
	        (digested > p->content_max ? digested : p->content_max) +
	                (f->sha256 || f->content.n),
	        f->path);
	lease_send(p->lease, msg.s, msg.len);
}

static void look_next(struct place_run *p)
{
	for (unsigned i = 0; i < p->n_batch && !p->looking && !p->x->finished; i++)
		if (p->batch[i]->state == STEP_LOOKING)
			ask(p, p->batch[i]);
}

void exec_look(struct step_run *s)
{
	exec_looks_free(s);
	s->looks = xcalloc(s->def->n_files, sizeof(*s->looks));
	for (size_t i = 0; i < s->def->n_files; i++)
		s->looks[i].content = (struct strbuf)STRBUF_INIT;
	s->state = STEP_LOOKING;
	look_next(&s->x->places[s->place]);
}

void exec_looks_free(struct step_run *s)
{
	for (size_t i = 0; s->looks && i < s->def->n_files; i++)
		strbuf_release(&s->looks[i].content);
	free(s->looks);
	s->looks = NULL;
	s->n_looks = s->looked_bytes = 0;
}

/* The step that the record speaks of; NULL when nobody asked. */
static struct step_run *looking(const struct place_run *p, const struct agent_record *r)
{
	return p->looking && p->looking->batch_index == r->step ? p->looking : NULL;
}

int exec_on_looked(struct place_run *p, const struct agent_record *r, struct err *e)
{
	struct step_run *s = looking(p, r);
	struct agent_look k;

	if (!s || agent_get_looked(r, &k, e) < 0)
		return -1;
	struct file_look *to = &s->looks[s->n_looks];

	if (to->link)
		return -1; /* that was said already */
	to->self = k.self;
	to->target = k.target;
	to->link = arena_strdup(s->x->a, k.link);
	return 0;
}

static void take_content(struct place_run *p, struct step_run *s, const void *bytes, size_t n)
{
	struct file_look *to = &s->looks[s->n_looks];
	uint64_t room = p->content_max - to->content.len;

	p->content_seen += n;
	strbuf_add(&to->content, bytes, n < room ? n : (size_t)room);
	if (check_of(s)->sha256)
		digest_add(p->digest, bytes, n);
}

static void end_content(struct place_run *p, struct step_run *s, uint32_t error)
{
	struct file_look *to = &s->looks[s->n_looks];
	struct digest d;

	to->error = error;
	to->cut = p->content_seen > p->content_max;
	to->whole = p->content_seen <= DIGESTED_MAX;
	if (check_of(s)->sha256) {
		digest_end(p->digest, &d);
		digest_hex(&d, to->sha256);
	}
	s->looked_bytes += to->content.len;
	s->n_looks++;
	p->looking = NULL;
	if (s->n_looks < s->def->n_files)
		ask(p, s);
	else
		exec_looked(s);
	look_next(p);
}

int exec_on_content(struct place_run *p, const struct agent_record *r, struct err *e)
{
	struct step_run *s = looking(p, r);
	uint32_t error;
	const void *bytes;
	bool last;
	size_t n;

	if (!s || agent_get_content(r, &last, &error, &bytes, &n, e) < 0)
		return -1;
	take_content(p, s, bytes, n);
	if (last)
		end_content(p, s, error);
	return 0;
}
