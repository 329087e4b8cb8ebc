#include "client/term.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/num.h"

#define DEFAULT_COLUMNS 100
#define MIN_COLUMNS 40
#define MAX_COLUMNS 400

static const char *env_value(const char *name)
{
	const char *v = getenv(name);

	return v && *v ? v : NULL;
}

static bool is_dumb(void)
{
	const char *term = env_value("TERM");

	return !term || strcmp(term, "dumb") == 0;
}

/* ---- colour ---- */

enum when { WHEN_NEVER, WHEN_ALWAYS, WHEN_TTY };

static bool is_set(const char *name)
{
	const char *v = env_value(name);

	return v && strcmp(v, "0") != 0;
}

/* The first rule that speaks decides (cli.md 1.2). */
static enum when color_when(const char *wish)
{
	const char *clicolor = env_value("CLICOLOR");

	if (wish && strcmp(wish, "auto") != 0)
		return strcmp(wish, "always") == 0 ? WHEN_ALWAYS : WHEN_NEVER;
	if (env_value("NO_COLOR"))
		return WHEN_NEVER;
	if (is_set("CLICOLOR_FORCE") || is_set("FORCE_COLOR"))
		return WHEN_ALWAYS;
	if ((clicolor && strcmp(clicolor, "0") == 0) || is_dumb())
		return WHEN_NEVER;
	return WHEN_TTY;
}

static const char *color_depth(void)
{
	const char *ct = env_value("COLORTERM"), *term = env_value("TERM");

	if (ct && (strcmp(ct, "truecolor") == 0 || strcmp(ct, "24bit") == 0))
		return "truecolor";
	return term && strstr(term, "256color") ? "256" : "1";
}

static const char *color_for(enum when when, bool tty)
{
	return when == WHEN_ALWAYS || (when == WHEN_TTY && tty) ? color_depth() : "0";
}

static int init_color(struct term *t, const char *wish, struct fault *f)
{
	const char *env = env_value("CLNRM_COLOR");
	enum when when;

	if (!wish && env && !values_have("auto always never", env))
		return fault_set(f, "invalid-value",
		        "CLNRM_COLOR: '%s' is not one of: auto|always|never", env);
	when = color_when(wish ? wish : env);
	t->out_color = color_for(when, t->out_tty);
	t->err_color = color_for(when, t->err_tty);
	return 0;
}

/* ---- width ---- */

static unsigned clamp(unsigned n)
{
	return n < MIN_COLUMNS ? MIN_COLUMNS : n > MAX_COLUMNS ? MAX_COLUMNS : n;
}

static unsigned columns_now(const struct term *t)
{
	const char *env = env_value("COLUMNS");
	struct winsize ws;
	struct err e;
	uint64_t n;

	if (t->out_tty && ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 0)
		return clamp(ws.ws_col);
	if (!t->out_tty && t->err_tty && ioctl(STDERR_FILENO, TIOCGWINSZ, &ws) == 0 &&
	        ws.ws_col > 0)
		return clamp(ws.ws_col);
	if (env && str_to_u64(env, 1, 100000, &n, &e) == 0)
		return clamp((unsigned)n);
	return DEFAULT_COLUMNS;
}

bool term_resized(struct term *t)
{
	unsigned before = t->columns;

	if (!t->fixed_columns)
		t->columns = columns_now(t);
	return t->columns != before;
}

/* ---- the rest ---- */

/* LC_ALL before LC_CTYPE before LANG, as in setlocale(3). */
static bool is_ascii(void)
{
	const char *v = env_value("LC_ALL");
	const char *dot;

	if (!v)
		v = env_value("LC_CTYPE");
	if (!v)
		v = env_value("LANG");
	dot = v ? strchr(v, '.') : NULL;
	return !dot || (strncasecmp(dot, ".utf-8", 6) != 0 && strncasecmp(dot, ".utf8", 5) != 0);
}

static const char *progress_for(const struct term *t, const char *wish)
{
	bool can_live = t->out_tty && t->err_tty && !is_dumb();

	if (wish && strcmp(wish, "auto") != 0)
		return strcmp(wish, "live") == 0 && !can_live ? "plain" : wish;
	if (env_value("CI"))
		return "plain";
	/* A file or a pipe that takes stderr is not filled with lines that are soon out of date. */
	return can_live ? "live" : t->err_tty ? "plain" : "none";
}

int term_init(struct term *t, const struct term_wish *wish, struct fault *f)
{
	*t = (struct term){
		.region = STRBUF_INIT, .columns = wish->width, .fixed_columns = wish->width > 0
	};
	t->out_tty = !wish->to_file && isatty(STDOUT_FILENO);
	t->err_tty = isatty(STDERR_FILENO);
	t->ascii = is_ascii();
	t->progress = progress_for(t, wish->progress);
	term_resized(t);
	return init_color(t, wish->color, f);
}

void term_release(struct term *t)
{
	strbuf_release(&t->region);
}

/* ---- live region ---- */

void term_set_region(struct term *t, const char *p, size_t n)
{
	strbuf_reset(&t->region);
	strbuf_add(&t->region, p, n);
	if (n > 0 && p[n - 1] != '\n')
		strbuf_addc(&t->region, '\n');
}

void term_erase(struct term *t, struct strbuf *out)
{
	if (t->drawn > 0)
		strbuf_printf(out, "\r\033[%uA\033[J", t->drawn);
	t->drawn = 0;
}

void term_draw(struct term *t, struct strbuf *out)
{
	strbuf_add(out, t->region.s, t->region.len);
	t->drawn = 0;
	for (size_t i = 0; i < t->region.len; i++)
		t->drawn += t->region.s[i] == '\n';
}
