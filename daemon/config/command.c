#include "daemon/config/command.h"

#include <string.h>

#include "common/strbuf.h"
#include "daemon/config/config.h"

struct splitter {
	const char *s;
	size_t len, at;
	struct arena *a;
	struct command_notes *notes;
	struct str_list *out;
	size_t cap;
	struct strbuf word;
	size_t start; /* where the word began */
	bool in_word; /* an empty quoted word is one too */
	bool quoted;  /* some part of the word was in quotes or escaped */
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void add_note(struct splitter *p, struct command_note note)
{
	if (p->notes && p->notes->n < COMMAND_MAX_NOTES)
		p->notes->v[p->notes->n++] = note;
}

static bool is_shell_syntax(const char *word)
{
	static const char *const operators[] = { "&&", "||", "|", "&", ";", ">", ">>", "<",
		"2>&1" };
	size_t len = strlen(word);

	for (size_t i = 0; i < ARRAY_LEN(operators); i++)
		if (strcmp(word, operators[i]) == 0)
			return true;
	return len > 0 && word[len - 1] == ';';
}

static void end_word(struct splitter *p)
{
	struct str_list *l = p->out;

	if (!p->in_word)
		return;
	if (l->n + 1 >= p->cap) {
		const char **old = l->v;

		p->cap = p->cap ? p->cap * 2 : 8;
		l->v = arena_array(p->a, p->cap, sizeof(*l->v));
		if (l->n)
			memcpy(l->v, old, l->n * sizeof(*old));
	}
	l->v[l->n] = arena_strndup(p->a, p->word.s, p->word.len);
	l->v[++l->n] = NULL;
	if (!p->quoted && is_shell_syntax(l->v[l->n - 1]))
		add_note(p, (struct command_note){ .kind = NOTE_SHELL_SYNTAX,
		                    .at = p->start,
		                    .word = l->v[l->n - 1] });
	strbuf_reset(&p->word);
	p->in_word = p->quoted = false;
}

/* The character behind a backslash is literal, whatever it is. */
static int take_escaped(struct splitter *p, bool in_double, struct err *e)
{
	if (p->at + 1 >= p->len)
		return err_set(e, ERR_INVALID, "the command ends with a backslash");

	char c = p->s[p->at + 1];

	if (in_double && !strchr("$`\"\\\n", c))
		add_note(
		        p, (struct command_note){ .kind = NOTE_BACKSLASH, .at = p->at, .next = c });
	strbuf_addc(&p->word, c);
	p->at += 2;
	return 0;
}

static int take_single(struct splitter *p, struct err *e)
{
	const char *end = memchr(p->s + p->at + 1, '\'', p->len - p->at - 1);

	if (!end)
		return err_set(e, ERR_INVALID, "this quote is never closed");
	strbuf_add(&p->word, p->s + p->at + 1, (size_t)(end - p->s) - p->at - 1);
	p->at = (size_t)(end - p->s) + 1;
	return 0;
}

static int take_double(struct splitter *p, struct err *e)
{
	size_t open = p->at++;

	while (p->at < p->len && p->s[p->at] != '"') {
		if (p->s[p->at] == '\\') {
			if (take_escaped(p, true, e) < 0)
				return -1;
			continue;
		}
		strbuf_addc(&p->word, p->s[p->at++]);
	}
	if (p->at >= p->len) {
		p->at = open;
		return err_set(e, ERR_INVALID, "this quote is never closed");
	}
	p->at++;
	return 0;
}

static int take_part(struct splitter *p, struct err *e)
{
	char c = p->s[p->at];

	if (!p->in_word)
		p->start = p->at;
	p->in_word = true;
	if (c != '\'' && c != '"' && c != '\\') {
		strbuf_addc(&p->word, c);
		p->at++;
		return 0;
	}
	p->quoted = true;
	return c == '\''  ? take_single(p, e)
	       : c == '"' ? take_double(p, e)
	                  : take_escaped(p, false, e);
}

static int split(struct splitter *p, struct err *e)
{
	const char *nul = memchr(p->s, '\0', p->len);

	if (nul) {
		p->at = (size_t)(nul - p->s);
		return err_set(e, ERR_INVALID, "the command holds a NUL");
	}
	while (p->at < p->len) {
		if (is_blank(p->s[p->at])) {
			end_word(p);
			p->at++;
		} else if (take_part(p, e) < 0) {
			return -1;
		}
	}
	end_word(p);
	if (p->out->n)
		return 0;
	p->at = 0;
	return err_set(e, ERR_INVALID, "the command has no words");
}

int command_parse(const char *s, size_t len, struct arena *a, struct str_list *out,
        struct command_notes *notes, size_t *at, struct err *e)
{
	struct str_list words = { 0 };
	struct splitter p = {
		.s = s, .len = len, .a = a, .notes = notes, .out = &words, .word = STRBUF_INIT
	};
	int rc = split(&p, e);

	strbuf_release(&p.word);
	if (rc < 0)
		*at = p.at;
	else
		*out = words;
	return rc;
}

int command_split(
        const char *s, size_t len, struct arena *a, struct str_list *out, size_t *at, struct err *e)
{
	return command_parse(s, len, a, out, NULL, at, e);
}
