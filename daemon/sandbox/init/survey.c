/* daemon/sandbox/init/survey.c - what the steps of a batch have left behind or were kept from.
 *
 * A scenario that leaves nothing must not wait for this: processes are looked for only where
 * children are left, sockets and descriptors only where processes are, and files (survey_files.c)
 * in the upper layer of the root, which the launcher has left open for us (UPPER_FD).
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/mem.h"
#include "daemon/sandbox/init/init.h"

enum {
	MOST_FDS = 256,        /* of a process */
	MOST_SOCKETS = 1024,   /* of all processes */
	TABLE_BYTES = 1 << 20, /* of a table of /proc/net */
};

/* ---- being asked ---- */

void survey_init(struct survey *v)
{
	*v = (struct survey){
		.found = STRBUF_INIT,
		.text = STRBUF_INIT,
		.upper = fcntl(UPPER_FD, F_SETFD, FD_CLOEXEC) < 0 ? -1 : UPPER_FD,
		.counters = { open("/proc/self/net/snmp", O_RDONLY | O_CLOEXEC),
		        open("/proc/self/net/snmp6", O_RDONLY | O_CLOEXEC) },
	};
}

/* From here on what is made is of the steps. The number of an inode that is made now, and gone at
 * once, lies between those of before and after. */
void survey_base(struct survey *v)
{
	AUTO_FD fd =
	        v->upper < 0 ? -1 : openat(v->upper, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	struct stat st;

	v->base_ino = fd >= 0 && fstat(fd, &st) == 0 ? st.st_ino : UINT64_MAX;
	clock_gettime(CLOCK_REALTIME, &v->base_time);
	v->n_crashes = v->more_crashes = 0;
	v->unrouted = v->unrouted_seen;
}

int survey_ask(struct survey *v, const struct agent_record *r, struct err *e)
{
	struct agent_survey got;
	struct agent_record copy = *r;

	strbuf_reset(&v->text);
	strbuf_add(&v->text, r->body, r->len);
	copy.body = (const uint8_t *)v->text.s;
	free(v->asked.declared);
	free(v->asked.mounts);
	v->asked = (struct agent_survey){ 0 };
	v->armed = false;
	if (agent_get_survey(&copy, &got, e) < 0)
		return -1;
	v->asked = got;
	v->armed = true;
	survey_mounts(v);
	return 0;
}

/* ---- what was found ---- */

/* Beyond the bound of its kind it is counted. */
void survey_add(struct survey *v, const struct agent_found *f)
{
	if (v->count[f->kind]++ >= AGENT_MOST_OF_A_KIND)
		return;
	agent_add_found(&v->found, f);
	v->n_found++;
}

static void add_overflow(struct survey *v)
{
	for (unsigned kind = 0; kind < AGENT_FOUND_MORE; kind++) {
		if (v->count[kind] <= AGENT_MOST_OF_A_KIND)
			continue;
		agent_add_found(&v->found, &(struct agent_found){ .kind = AGENT_FOUND_MORE,
		                                   .step = AGENT_NO_STEP,
		                                   .pid = kind,
		                                   .n = v->count[kind] - AGENT_MOST_OF_A_KIND });
		v->n_found++;
	}
}

/* ---- crashes ---- */

/* Signals that dump core (signal(7)). No core is written here, whatever the machine would do with
 * it: the limit forbids it. */
static bool dumps_core(int sig)
{
	static const int signals[] = { SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV,
		SIGXCPU, SIGXFSZ, SIGSYS };

	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		if (signals[i] == sig)
			return true;
	return false;
}

void survey_ended(struct survey *v, pid_t pid, uint32_t step, int sig, const char *name)
{
	if (!v->armed || !dumps_core(sig))
		return;
	if (v->n_crashes == ARRAY_LEN(v->crashes)) {
		v->more_crashes++;
		return;
	}
	struct crash *x = &v->crashes[v->n_crashes++];

	*x = (struct crash){ .pid = pid, .step = step, .signal = sig };
	snprintf(x->name, sizeof(x->name), "%s", name);
}

static void add_crashes(struct survey *v)
{
	for (size_t i = 0; i < v->n_crashes; i++) {
		const struct crash *x = &v->crashes[i];

		survey_add(v, &(struct agent_found){ .kind = AGENT_FOUND_CRASH,
		                      .step = x->step,
		                      .pid = (uint32_t)x->pid,
		                      .n = (uint64_t)x->signal,
		                      .program = x->name });
	}
	v->count[AGENT_FOUND_CRASH] += v->more_crashes;
}

/* ---- the network ---- */

/* "Ip: A B C\nIp: 1 2 3\n": the number below the heading. */
static uint64_t below_heading(const char *text, const char *table, const char *name)
{
	const char *heads = strstr(text, table), *line = heads ? strchr(heads, '\n') : NULL;
	const char *at = heads ? strstr(heads, name) : NULL;
	unsigned column = 0;

	if (!line || !at || at > line)
		return 0;
	for (const char *p = heads; p < at; p++)
		column += *p == ' ';
	for (line++; column && (line = strchr(line, ' ')) != NULL; column--)
		line++;
	return line ? strtoull(line, NULL, 10) : 0;
}

static uint64_t behind_name(const char *text, const char *table, const char *name)
{
	const char *at = strstr(text, name);

	(void)table;
	return at ? strtoull(at + strlen(name), NULL, 10) : 0;
}

/* Sends and connects to where no route leads: in a namespace that has only its loopback, all that
 * was to go out. */
static uint64_t count_unrouted(const struct survey *v)
{
	static const struct {
		uint64_t (*find)(const char *text, const char *table, const char *name);
		const char *name;
	} tables[] = { { below_heading, "OutNoRoutes" }, { behind_name, "Ip6OutNoRoutes" } };
	char text[8192];
	uint64_t all = 0;

	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		ssize_t n =
		        v->counters[i] < 0 ? -1 : pread(v->counters[i], text, sizeof(text) - 1, 0);

		text[n > 0 ? n : 0] = '\0';
		all += tables[i].find(text, "Ip: ", tables[i].name);
	}
	return all;
}

static void add_network(struct survey *v)
{
	uint64_t now = count_unrouted(v);

	if (now > v->unrouted)
		survey_add(v, &(struct agent_found){ .kind = AGENT_FOUND_NETWORK,
		                      .step = AGENT_NO_STEP,
		                      .n = now - v->unrouted });
	v->unrouted_seen = now;
}

/* ---- processes: what they keep ---- */

struct socket {
	uint64_t ino;
	const struct stray *of;
};

struct sockets {
	struct socket v[MOST_SOCKETS];
	size_t n;
};

static uint32_t held_stream(const struct held *pipes, size_t n, uint64_t ino, uint32_t *step)
{
	for (size_t i = 0; i < n; i++) {
		if (pipes[i].ino != ino)
			continue;
		*step = pipes[i].step;
		return pipes[i].stream == 1 ? AGENT_HELD_STDOUT : AGENT_HELD_STDERR;
	}
	return 0;
}

/* A file that is not there for everybody to open. */
static bool is_kept_file(const char *link)
{
	return link[0] == '/' && strncmp(link, "/dev/", 5) != 0 && strncmp(link, "/proc/", 6) != 0;
}

/* Descriptors of one process: files, sockets for later, streams of steps in one. */
struct keeps {
	struct survey *v;
	const struct stray *of;
	const struct held *pipes;
	size_t n_pipes;
	struct sockets *sockets;
	uint32_t streams, stream_step;
};

static void take_link(struct keeps *k, const char *link)
{
	uint64_t ino;

	if (strncmp(link, "socket:[", 8) == 0) {
		if (k->sockets->n < MOST_SOCKETS)
			k->sockets->v[k->sockets->n++] =
			        (struct socket){ strtoull(link + 8, NULL, 10), k->of };
	} else if (strncmp(link, "pipe:[", 6) == 0) {
		ino = strtoull(link + 6, NULL, 10);
		k->streams |= held_stream(k->pipes, k->n_pipes, ino, &k->stream_step);
	} else if (is_kept_file(link)) {
		survey_add(k->v, &(struct agent_found){ .kind = AGENT_FOUND_FD,
		                         .step = k->of->step,
		                         .pid = (uint32_t)k->of->pid,
		                         .program = k->of->name,
		                         .path = link });
	}
}

static void add_streams(const struct keeps *k, uint32_t bits)
{
	const struct agent_found f = {
		.kind = AGENT_FOUND_FD,
		.step = bits & AGENT_HELD_HIDDEN ? k->of->step : k->stream_step,
		.pid = (uint32_t)k->of->pid,
		.program = k->of->name,
		.n = bits,
	};

	if (bits)
		survey_add(k->v, &f);
}

static void look_at_process(struct keeps *k)
{
	char path[64], link[PATH_MAX];
	struct dirent *d;
	unsigned left = MOST_FDS;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)k->of->pid);
	DIR *dir = opendir(path);
	if (!dir) {
		if (errno != ENOENT && errno != ESRCH)
			add_streams(k, AGENT_HELD_HIDDEN);
		return;
	}
	while (left-- && (d = readdir(dir)) != NULL) {
		ssize_t n = readlinkat(dirfd(dir), d->d_name, link, sizeof(link) - 1);

		if (n <= 0)
			continue;
		link[n] = '\0';
		take_link(k, link);
	}
	closedir(dir);
	add_streams(k, k->streams);
}

/* ---- sockets that listen ---- */

/* "0100007F:1F90", each word as this machine keeps it. */
static bool parse_address(const char *hex, bool is6, char *out, size_t size)
{
	const char *colon = strchr(hex, ':');
	unsigned words = is6 ? 4 : 1;
	uint32_t raw[4] = { 0 };
	char ip[INET6_ADDRSTRLEN], word[9];

	if (!colon || (size_t)(colon - hex) != words * 8)
		return false;
	for (unsigned i = 0; i < words; i++) {
		memcpy(word, hex + (size_t)i * 8, 8);
		word[8] = '\0';
		raw[i] = (uint32_t)strtoul(word, NULL, 16);
	}
	unsigned long port = strtoul(colon + 1, NULL, 16);
	if (!port || !inet_ntop(is6 ? AF_INET6 : AF_INET, raw, ip, sizeof(ip)))
		return false;
	snprintf(out, size, is6 ? "[%s]:%lu" : "%s:%lu", ip, port);
	return true;
}

static void add_port(struct survey *v, const struct sockets *s, uint64_t ino, const char *kind,
        const char *address)
{
	char text[256];

	for (size_t i = 0; i < s->n; i++) {
		if (s->v[i].ino != ino)
			continue;
		snprintf(text, sizeof(text), "%s %s", kind, address);
		survey_add(v, &(struct agent_found){ .kind = AGENT_FOUND_PORT,
		                      .step = s->v[i].of->step,
		                      .pid = (uint32_t)s->v[i].of->pid,
		                      .program = s->v[i].of->name,
		                      .address = text });
		return;
	}
}

/* "0: LOCAL REMOTE ST TX:RX TR:TM RETR UID TIMEOUT INODE": TCP listens in state 0A, UDP takes from
 * anybody in state 07. */
static void take_inet(struct survey *v, const struct sockets *s, const char *kind, char *line)
{
	bool udp = kind[0] == 'u', is6 = kind[3] == '6';
	char *field[10], address[80];
	size_t n = 0;

	for (char *p = strtok_r(line, " ", &line); p && n < 10; p = strtok_r(NULL, " ", &line))
		field[n++] = p;
	if (n == 10 && strcmp(field[3], udp ? "07" : "0A") == 0 &&
	        parse_address(field[1], is6, address, sizeof(address)))
		add_port(v, s, strtoull(field[9], NULL, 10), kind, address);
}

/* "0000: REFS PROTOCOL FLAGS TYPE ST INODE PATH" */
static void take_unix(struct survey *v, const struct sockets *s, const char *kind, char *line)
{
	char *field[7], *rest = line;
	size_t n = 0;

	for (; n < 7; n++) {
		rest += strspn(rest, " ");
		field[n] = rest;
		rest += strcspn(rest, " ");
		if (!*rest && n < 6)
			return;
		if (*rest)
			*rest++ = '\0';
	}
	if (strtoul(field[3], NULL, 16) & 0x10000) /* __SO_ACCEPTCON */
		add_port(v, s, strtoull(field[6], NULL, 10), kind, *rest ? rest : "(no name)");
}

static void read_table(struct strbuf *b, const char *path)
{
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = 1;

	strbuf_reset(b);
	while (fd >= 0 && n > 0 && b->len < TABLE_BYTES) {
		strbuf_grow(b, 1 << 16);
		n = read(fd, b->s + b->len, 1 << 16);
		b->len += n > 0 ? (size_t)n : 0;
		b->s[b->len] = '\0';
	}
}

static void look_at_sockets(struct survey *v, const struct sockets *s)
{
	static const struct {
		const char *kind;
		void (*take)(
		        struct survey *v, const struct sockets *s, const char *kind, char *line);
	} tables[] = { { "tcp", take_inet }, { "tcp6", take_inet }, { "udp", take_inet },
		{ "udp6", take_inet }, { "unix", take_unix } };
	AUTO_STRBUF b = STRBUF_INIT;
	char path[48];

	for (size_t i = 0; s->n && i < ARRAY_LEN(tables); i++) {
		snprintf(path, sizeof(path), "/proc/self/net/%s", tables[i].kind);
		read_table(&b, path);
		char *at = b.len ? b.s : NULL;
		(void)strsep(&at, "\n"); /* the heading */
		for (char *line; (line = strsep(&at, "\n")) != NULL;)
			tables[i].take(v, s, tables[i].kind, line);
	}
}

void survey_processes(struct survey *v, const struct stray *strays, size_t n,
        const struct held *pipes, size_t n_pipes)
{
	struct sockets *sockets;

	if (!v->armed || !n)
		return;
	sockets = xcalloc(1, sizeof(*sockets));
	for (size_t i = 0; i < n; i++) {
		struct keeps k = { .v = v,
			.of = &strays[i],
			.pipes = pipes,
			.n_pipes = n_pipes,
			.sockets = sockets,
			.stream_step = strays[i].step };

		survey_add(v, &(struct agent_found){ .kind = AGENT_FOUND_PROCESS,
		                      .step = strays[i].step,
		                      .pid = (uint32_t)strays[i].pid,
		                      .program = strays[i].name });
		if (i < AGENT_MOST_OF_A_KIND)
			look_at_process(&k);
	}
	look_at_sockets(v, sockets);
	free(sockets);
}

/* ---- the answer ---- */

/* Each answer stands for itself: what was told before is told again. */
void survey_tell(struct survey *v, struct strbuf *out)
{
	if (!v->armed)
		return;
	add_crashes(v);
	if (v->asked.flags & AGENT_SURVEY_NETWORK)
		add_network(v);
	if (v->asked.flags & AGENT_SURVEY_FILES) {
		survey_files(v);
		survey_disk(v);
	}
	add_overflow(v);

	size_t at = agent_begin(out, AGENT_SURVEYED, 0);
	agent_add_u32(out, v->n_found);
	strbuf_add(out, v->found.s, v->found.len);
	agent_end(out, at);
	strbuf_reset(&v->found);
	v->n_found = 0;
	memset(v->count, 0, sizeof(v->count));
}
