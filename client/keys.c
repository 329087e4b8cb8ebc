#include "client/keys.h"

#include <stddef.h>
#include <unistd.h>

static const struct key {
	char key;
	const char *order, *help;
} keys[] = {
	{ 'a', "all", "a      run all\n" },
	{ 'f', "failed", "f      run what failed\n" },
	{ '\n', "again", "Enter  run the last set again\n" },
	{ '/', NULL, "/      filter; an empty one is none, Escape leaves it\n" },
	{ 'o', "output", "o      all output of what failed\n" },
	{ 'p', NULL, "p      pause, go on\n" },
	{ 'q', "quit", "q      quit\n" },
	{ '?', NULL, "?      these keys\n" },
};
#define N_KEYS (sizeof(keys) / sizeof(*keys))

#define DELETE 0x7f
#define ESCAPE 0x1b
#define KILL_LINE 0x15 /* Ctrl-U */
#define FILTER_MAX 1000u

void keys_open(struct keys *k)
{
	struct termios t;

	if (k->on || tcgetpgrp(STDIN_FILENO) != getpgrp() || tcgetattr(STDIN_FILENO, &t) < 0)
		return;
	k->saved = t;
	t.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	k->on = tcsetattr(STDIN_FILENO, TCSANOW, &t) == 0;
}

void keys_close(struct keys *k)
{
	if (k->on)
		tcsetattr(STDIN_FILENO, TCSANOW, &k->saved);
	k->on = false;
}

void keys_release(struct keys *k)
{
	keys_close(k);
	strbuf_release(&k->filter);
}

static bool is_inside_character(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* A character of UTF-8 is one, however many bytes it has. */
static void take_back(struct keys *k, struct strbuf *shown)
{
	size_t n = k->filter.len;

	if (!n)
		return;
	do
		n--;
	while (n && is_inside_character(k->filter.s[n]));
	strbuf_truncate(&k->filter, n);
	strbuf_adds(shown, "\b \b");
}

static const char *type(struct keys *k, char key, struct strbuf *shown)
{
	if (key == '\n') {
		k->typing = false;
		strbuf_addc(shown, '\n');
		return "filter";
	}
	if (key == DELETE || key == '\b') {
		take_back(k, shown);
	} else if (key == KILL_LINE) {
		while (k->filter.len)
			take_back(k, shown);
	} else if ((unsigned char)key >= ' ' && k->filter.len < FILTER_MAX) {
		strbuf_addc(&k->filter, key);
		strbuf_addc(shown, key);
	}
	return NULL;
}

/* True when the byte belongs to an escape sequence. A lone Escape and the first byte of what a
 * cursor key sends are the same. */
static bool take_escape(struct keys *k, char key, struct strbuf *shown)
{
	if (key == ESCAPE) {
		if (k->typing) {
			strbuf_addc(shown, '\n');
			strbuf_reset(&k->filter);
		}
		k->typing = false;
		k->within = KEYS_ESCAPE;
		return true;
	}
	if (k->within == KEYS_ESCAPE) {
		k->within = key == '[' || key == 'O' ? KEYS_SEQUENCE : KEYS_PLAIN;
		return k->within == KEYS_SEQUENCE;
	}
	if (k->within == KEYS_SEQUENCE) {
		if (key >= '@')
			k->within = KEYS_PLAIN;
		return true;
	}
	return false;
}

static const char *toggle(struct keys *k, struct strbuf *shown)
{
	k->paused = !k->paused;
	strbuf_adds(shown, k->paused ? "paused\n" : "going on\n");
	return k->paused ? "pause" : "resume";
}

static void help(struct strbuf *shown)
{
	for (size_t i = 0; i < N_KEYS; i++)
		strbuf_adds(shown, keys[i].help);
}

const char *keys_take(struct keys *k, char key, struct strbuf *shown)
{
	if (take_escape(k, key, shown))
		return NULL;
	if (k->typing)
		return type(k, key, shown);
	for (size_t i = 0; i < N_KEYS; i++)
		if (keys[i].key == key && keys[i].order)
			return keys[i].order;
	if (key == 'p')
		return toggle(k, shown);
	if (key == '?')
		help(shown);
	if (key == '/') {
		k->typing = true;
		strbuf_reset(&k->filter);
		strbuf_adds(shown, "filter: ");
	}
	return NULL;
}
