/* Both ends of the agent protocol: any bytes as a stream of records, every decoder on each of them.
 */
#include <stdlib.h>

#include "proto/agent.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t total; /* what is read is used, so that a sanitizer sees it */

static void sum(const char *s)
{
	total += strlen(s);
}

static void read_batch(const struct agent_record *r)
{
	struct agent_step *steps;
	struct err e;
	size_t n;

	if (agent_get_batch(r, &steps, &n, &e) < 0)
		return;
	for (size_t i = 0; i < n; i++) {
		sum(steps[i].user);
		sum(steps[i].workdir);
		for (size_t k = 0; steps[i].argv[k]; k++)
			sum(steps[i].argv[k]);
		for (size_t k = 0; steps[i].env[k]; k++)
			sum(steps[i].env[k]);
		total += steps[i].stdin_len
		                 ? ((const uint8_t *)steps[i].stdin_data)[steps[i].stdin_len - 1]
		                 : 0;
	}
	/* What was decoded encodes to the same bytes. */
	AUTO_STRBUF again = STRBUF_INIT;
	agent_put_batch(&again, steps, n);
	if (again.len != AGENT_HEADER + (size_t)r->len ||
	        memcmp(again.s + AGENT_HEADER, r->body, r->len) != 0)
		abort();
	agent_free_steps(steps, n);
}

static void read_files(const struct agent_record *r)
{
	struct agent_file *files;
	struct err e;
	size_t n;

	if (agent_get_files(r, &files, &n, &e) < 0)
		return;
	for (size_t i = 0; i < n; i++) {
		sum(files[i].path);
		sum(files[i].link);
		total += files[i].len ? ((const uint8_t *)files[i].data)[files[i].len - 1] : 0;
	}
	free(files);
}

static void read_looks(const struct agent_record *r)
{
	struct agent_step *step;
	struct agent_pulse pulse;
	struct agent_look k;
	unsigned rows, columns;
	uint32_t error;
	const void *p;
	struct err e;
	bool last;
	size_t n;

	if (agent_get_step(r, &step, &e) == 0) {
		sum(step->argv[0]);
		agent_free_steps(step, 1);
	}
	if (agent_get_exec(r, &step, &rows, &columns, &e) == 0) {
		sum(step->argv[0]);
		total += rows + columns;
		agent_free_steps(step, 1);
	}
	if (agent_get_looked(r, &k, &e) == 0)
		sum(k.link);
	if (agent_get_pulsed(r, &pulse, &e) == 0)
		total += pulse.processes;
	if (agent_get_content(r, &last, &error, &p, &n, &e) == 0)
		total += n ? ((const uint8_t *)p)[n - 1] : 0;
}

static void read_surveys(const struct agent_record *r)
{
	AUTO_STRBUF again = STRBUF_INIT;
	struct agent_survey v;
	struct agent_found *f;
	struct err e;
	size_t n;

	if (agent_get_survey(r, &v, &e) == 0) {
		for (size_t i = 0; i < v.n_declared; i++)
			sum(v.declared[i]);
		for (size_t i = 0; i < v.n_mounts; i++)
			sum(v.mounts[i]);
		free(v.declared);
		free(v.mounts);
	}
	if (agent_get_surveyed(r, &f, &n, &e) < 0)
		return;
	for (size_t i = 0; i < n; i++) {
		sum(f[i].program);
		sum(f[i].path);
		sum(f[i].address);
		agent_add_found(&again, &f[i]);
	}
	free(f);
}

static void read_collections(const struct agent_record *r)
{
	const char **patterns;
	struct agent_match f;
	uint32_t matched[3];
	uint64_t max;
	struct err e;
	bool more;
	size_t n;

	if (agent_get_collect(r, &max, &patterns, &n, &e) == 0) {
		for (size_t i = 0; i < n; i++)
			sum(patterns[i]);
		free(patterns);
	}
	if (agent_get_match(r, &f, &e) == 0) {
		sum(f.path);
		sum(f.link);
	}
	for (size_t i = 0; i < 4; i++)
		if (agent_get_collected(r, &more, matched, i, &e) == 0)
			total += more + (i ? matched[0] : 0);
}

static void read_events(const struct agent_record *r)
{
	struct agent_cursor c = agent_cursor(r);
	struct agent_exit x;
	const void *p;
	uint8_t stream;
	uint64_t ns;
	struct err e;
	size_t n;

	if (agent_get_exit(r, &x, &e) == 0)
		sum(x.detail);
	if (agent_get_output(r, &stream, &ns, &p, &n, &e) == 0)
		total += n ? ((const uint8_t *)p)[n - 1] : 0;
	agent_u32(&c);
	while (c.p < c.end && !c.bad)
		sum(agent_str(&c, NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct agent_record r;
	struct err e;
	size_t used;

	while (agent_next(data, size, AGENT_MAX_BODY, &r, &used, &e) > 0) {
		read_batch(&r);
		read_files(&r);
		read_events(&r);
		read_looks(&r);
		read_surveys(&r);
		read_collections(&r);
		data += used;
		size -= used;
	}
	return 0;
}
