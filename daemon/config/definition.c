/* What the result of a scenario depends on, as far as files, environment and flags say.
 *
 * The definition is the whole checked tree less a short list of keys that only people read, so that
 * a key forgotten here costs a rerun and never a stale answer. What the tree does not show (merged
 * variables, contents of files that it names, settings, flags) comes from what was made of it. */
#include <stdio.h>
#include <string.h>

#include "common/fs.h"
#include "common/glob.h"
#include "common/strbuf.h"
#include "daemon/config/load.h"

/* Format of the parts: another number, and no result of before is taken. */
#define DEFINITION_VERSION "5"

/* Keys that change what is shown, selected or waited for, never what happens in the sandbox. */
static const char *const display_keys[] = { "description", "tags", "skip", "only", "report",
	"authors", "author", "depends_on" };

/* Project settings of this kind: how runs are scheduled, shown and kept. */
static const char *const display_settings[] = { "project.", "cli.", "reporting.", "history.",
	"observability.", "performance.", "cache.", "parser.", "test_execution.test_dir",
	"test_execution.ignore", "test_execution.parallel", "test_execution.adaptive_" };

static bool is_display(const struct node *n)
{
	for (size_t i = 0; n->key && i < ARRAY_LEN(display_keys); i++)
		if (strcmp(n->key, display_keys[i]) == 0)
			return true;
	return false;
}

/* ---- the tree ---- */

static void put_bytes(struct strbuf *b, const char *s, size_t n)
{
	strbuf_printf(b, "%zu:", n);
	strbuf_add(b, s, n);
}

static void put_text(struct strbuf *b, const char *s)
{
	if (s)
		put_bytes(b, s, strlen(s));
	else
		strbuf_addc(b, '-');
}

static void put_node(struct strbuf *b, const struct node *n);

static void put_children(struct strbuf *b, const struct node *n)
{
	strbuf_addc(b, n->type == NODE_TABLE ? '{' : '[');
	for (const struct node *x = n->first; x; x = x->next)
		put_node(b, x);
	strbuf_addc(b, ';');
}

/* Every value with its type and length, so that neighbours cannot flow together. */
static void put_node(struct strbuf *b, const struct node *n)
{
	if (n->key)
		put_bytes(b, n->key, n->key_len ? n->key_len : strlen(n->key));
	switch (n->type) {
	case NODE_TABLE:
	case NODE_ARRAY:
		put_children(b, n);
		break;
	case NODE_STRING:
		strbuf_addc(b, 's');
		put_bytes(b, n->s, n->len);
		break;
	case NODE_INT:
		strbuf_printf(b, "i%lld;", (long long)n->i);
		break;
	case NODE_FLOAT:
		strbuf_printf(b, "f%a;", n->f);
		break;
	case NODE_BOOL:
		strbuf_addc(b, n->b ? 't' : 'n');
		break;
	case NODE_DATETIME:
		strbuf_addc(b, 'd');
		put_text(b, n->text);
		break;
	case NODE_NULL:
		strbuf_addc(b, '0');
		break;
	}
}

/* The children of a table but those that are shown only. */
static void put_shown(struct strbuf *b, const struct node *table)
{
	for (const struct node *x = table ? table->first : NULL; x; x = x->next)
		if (!is_display(x))
			put_node(b, x);
	strbuf_addc(b, ';');
}

static void put_root(const struct loader *l, struct strbuf *b)
{
	for (const struct node *x = l->root->first; x; x = x->next) {
		if (x == l->steps || x == l->scenarios || is_display(x))
			continue;
		if (x == l->meta)
			put_shown(b, x);
		else
			put_node(b, x);
	}
}

static const struct digest *common_of(struct loader *l)
{
	AUTO_STRBUF b = STRBUF_INIT;

	if (l->has_common)
		return &l->common;
	put_text(&b, DEFINITION_VERSION);
	put_root(l, &b);
	digest_of(b.s, b.len, &l->common);
	l->has_common = true;
	return &l->common;
}

/* ---- what was made of it ---- */

static void put_list(struct strbuf *b, const struct str_list *v)
{
	strbuf_printf(b, "%zu[", v->n);
	for (size_t i = 0; i < v->n; i++)
		put_text(b, v->v[i]);
}

/* The checks are in the tree; what they are compared with is not. */
static void put_snapshots(struct strbuf *b, const struct text_check *c)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct snapshot *s = &c->v[i].snapshot;

		if (c->v[i].id != TEXT_SNAPSHOT)
			continue;
		put_text(b, s->path);
		strbuf_addc(b, s->text ? 't' : 'n');
		put_bytes(b, s->text ? s->text : "", s->len);
	}
}

static void put_step(struct strbuf *b, const struct step *s)
{
	put_text(b, s->name);
	put_list(b, &s->argv);
	put_text(b, s->workdir);
	put_text(b, s->user);
	strbuf_printf(b, "%u.%u.%o.%d%d%d%d;", s->place, s->index, s->umask, s->workdir_given,
	        s->background, s->continue_on_failure, s->should_fail);
	strbuf_printf(b, "%lld.%lld.%u.%lld.%a.%d;", (long long)s->timeout.ns,
	        (long long)s->grace_ns, s->retries, (long long)s->retry_delay_ns, s->retry_backoff,
	        s->expected_signal);
	for (size_t i = 0; i < ARRAY_LEN(s->expected_codes); i++)
		strbuf_printf(b, "%llx,", (unsigned long long)s->expected_codes[i]);
	put_text(b, s->out_regex.text);
	put_text(b, s->out_regex_not.text);
	put_list(b, &s->out_contains);
	put_text(b, s->skip);
	put_bytes(b, s->stdin_data ? s->stdin_data : "", s->stdin_len);
	strbuf_printf(b, "%zu<", s->n_needs);
	for (size_t i = 0; i < s->n_needs; i++)
		strbuf_printf(b, "%u,", s->needs[i]);
	put_snapshots(b, &s->out_check);
	put_snapshots(b, &s->err_check);
	for (size_t i = 0; i < s->n_files; i++)
		put_snapshots(b, &s->files[i].content);
}

static void put_steps(struct strbuf *b, const struct step *v, size_t n)
{
	strbuf_printf(b, "%zu(", n);
	for (size_t i = 0; i < n; i++)
		put_step(b, &v[i]);
}

static void put_file(struct strbuf *b, const struct file_item *f)
{
	put_text(b, f->path);
	put_text(b, f->source);
	strbuf_printf(b, "%o.%u.%u;", f->mode, f->uid, f->gid);
	put_bytes(b, f->content ? f->content : "", f->content ? f->len : 0);
}

/* Numbers of a file system do not outlive a checkout: contents count, and they are looked at when
 * the scenario is planned. */
static void put_spec(struct strbuf *b, const struct sandbox_spec *given)
{
	struct volume v[SANDBOX_MAX_VOLUMES];
	struct sandbox_spec s = *given;

	for (size_t i = 0; i < s.n_volumes; i++) {
		v[i] = s.volumes[i];
		v[i].dev = v[i].ino = 0;
	}
	s.volumes = v;
	s.isolation = ISOLATION_STANDARD; /* is a part of its own */
	sandbox_spec_key(&s, b);
}

static void put_places(struct strbuf *b, const struct scenario *sc)
{
	for (size_t i = 0; i < sc->n_places; i++) {
		const struct place *p = &sc->places[i];

		put_text(b, p->service);
		put_text(b, p->asked);
		put_spec(b, &p->spec);
	}
}

static void put_files(struct strbuf *b, const struct scenario *sc)
{
	for (size_t i = 0; i < sc->n_places; i++) {
		const struct place *p = &sc->places[i];

		strbuf_printf(b, "%zu;", p->n_files);
		for (size_t k = 0; k < p->n_files; k++)
			put_file(b, &p->files[k]);
	}
}

static const char *hex_of(struct loader *l, const void *p, size_t n)
{
	char hex[DIGEST_HEX];
	struct digest d;

	digest_of(p, n, &d);
	digest_hex(&d, hex);
	return arena_strdup(l->file->arena, hex);
}

static const char *definition_hex(
        struct loader *l, const struct node *node, const struct scenario *sc)
{
	const struct digest *common = common_of(l);
	AUTO_STRBUF b = STRBUF_INIT;

	strbuf_add(&b, common->b, sizeof(common->b));
	put_text(&b, sc->name);
	if (node)
		put_shown(&b, node);
	else
		put_node(&b, l->steps);
	put_steps(&b, sc->setup, sc->n_setup);
	put_steps(&b, sc->steps, sc->n_steps);
	put_steps(&b, sc->teardown, sc->n_teardown);
	put_files(&b, sc);
	put_text(&b, sc->out_regex.text);
	put_snapshots(&b, &sc->out_check);
	put_snapshots(&b, &sc->err_check);
	strbuf_printf(&b, "%d.%lld;", sc->should_fail, (long long)sc->timeout.ns);
	return hex_of(l, b.s, b.len);
}

static bool is_display_setting(const char *key)
{
	for (size_t i = 0; i < ARRAY_LEN(display_settings); i++)
		if (strncmp(key, display_settings[i], strlen(display_settings[i])) == 0)
			return true;
	return false;
}

static const char *policy_hex(struct loader *l, const struct scenario *sc)
{
	const struct config_flags *f = l->flags;
	AUTO_STRBUF b = STRBUF_INIT;

	for (size_t i = 0; i < l->s->n_rows; i++) {
		const struct setting_row *r = &l->s->rows[i];

		if (is_display_setting(r->key))
			continue;
		put_text(&b, r->key);
		put_text(&b, r->value);
	}
	put_text(&b, f->findings);
	put_list(&b, &f->image_map);
	strbuf_printf(&b, "%d%d.%lld.%lld;", f->strict, f->allow_unknown,
	        (long long)f->scenario_timeout_ns, (long long)f->step_timeout_ns);
	put_places(&b, sc);
	return hex_of(l, b.s, b.len);
}

/* ---- parts ---- */

static void add_part(struct loader *l, struct scenario *sc, size_t *cap, enum cause kind,
        const char *name, const char *value)
{
	if (sc->n_parts == *cap) {
		struct key_part *v = arena_array(l->file->arena, *cap * 2, sizeof(*v));

		memcpy(v, sc->parts, sc->n_parts * sizeof(*v));
		sc->parts = v;
		*cap *= 2;
	}
	sc->parts[sc->n_parts++] = (struct key_part){ kind, name, value };
}

/* Variables whose value the definition does not show already: all but those of one step alone are
 * the same in every step, so that most are found at once. */
static bool has_variable(const struct scenario *sc, const char *name, const char *value)
{
	for (size_t i = sc->n_parts; i-- > 0;)
		if (sc->parts[i].kind == CAUSE_ENV && strcmp(sc->parts[i].name, name) == 0 &&
		        strcmp(sc->parts[i].value, value) == 0)
			return true;
	return false;
}

/* By name, for people: those that say where a step stands are in "env" "" alone, and what chance
 * and the clock are has parts of its own. Values are kept as digests: they may be secrets. */
static bool is_told_elsewhere(const struct loader *l, const struct env_var *x)
{
	static const char *const of_step[] = { "CLNRM_TEST", "CLNRM_SCENARIO", "CLNRM_STEP" };
	const struct env_var ours[] = { { "CLNRM_SEED", l->seed },
		{ "CLNRM_FREEZE_CLOCK", l->frozen }, { "SOURCE_DATE_EPOCH", l->frozen_s } };

	for (size_t i = 0; i < ARRAY_LEN(of_step); i++)
		if (strcmp(x->name, of_step[i]) == 0)
			return true;
	for (size_t i = 0; i < ARRAY_LEN(ours); i++)
		if (ours[i].value && strcmp(x->name, ours[i].name) == 0 &&
		        strcmp(x->value, ours[i].value) == 0)
			return true;
	return false;
}

static void add_variables(
        struct loader *l, struct scenario *sc, size_t *cap, const struct step *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < v[i].n_env; k++) {
			const struct env_var *x = &v[i].env[k];
			const char *value;

			if (is_told_elsewhere(l, x))
				continue;
			if (i && k < v[i - 1].n_env && v[i - 1].env[k].name == x->name &&
			        v[i - 1].env[k].value == x->value)
				continue;
			value = hex_of(l, x->value, strlen(x->value));
			if (!has_variable(sc, x->name, value))
				add_part(l, sc, cap, CAUSE_ENV, x->name, value);
		}
	}
}

/* How far each of its sandboxes is cut off: the file, the project or a flag says so. */
static void add_profiles(struct loader *l, struct scenario *sc, size_t *cap)
{
	for (size_t i = 0; i < sc->n_places; i++) {
		const struct place *p = &sc->places[i];

		add_part(l, sc, cap, CAUSE_PROFILE, p->service ? p->service : "",
		        isolation_names[p->spec.isolation]);
	}
}

static void digest_variables(struct digest_ctx *c, const struct step *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < v[i].n_env; k++) {
			digest_add_str(c, v[i].env[k].name);
			digest_add_str(c, v[i].env[k].value);
		}
		digest_add_str(c, "=");
	}
}

/* Which step sees which value. */
static void add_environment(struct loader *l, struct scenario *sc, size_t *cap)
{
	CLEANUP(digest_free) struct digest_ctx *c = digest_new();
	char hex[DIGEST_HEX];
	struct digest d;

	digest_variables(c, sc->setup, sc->n_setup);
	digest_variables(c, sc->steps, sc->n_steps);
	digest_variables(c, sc->teardown, sc->n_teardown);
	digest_end(c, &d);
	digest_hex(&d, hex);
	add_part(l, sc, cap, CAUSE_ENV, "", arena_strdup(l->file->arena, hex));
	add_variables(l, sc, cap, sc->setup, sc->n_setup);
	add_variables(l, sc, cap, sc->steps, sc->n_steps);
	add_variables(l, sc, cap, sc->teardown, sc->n_teardown);
}

static void fill_digest(struct scenario *sc)
{
	CLEANUP(digest_free) struct digest_ctx *c = digest_new();
	struct digest d;

	for (size_t i = 0; i < sc->n_parts; i++) {
		digest_add_str(c, cause_rows[sc->parts[i].kind].name);
		digest_add_str(c, sc->parts[i].name);
		digest_add_str(c, sc->parts[i].value);
	}
	digest_end(c, &d);
	digest_hex(&d, sc->digest);
}

/* ---- what no result of the past may stand for ---- */

static const char *volume_reason(const struct loader *l, const struct sandbox_spec *s)
{
	for (size_t i = 0; i < s->n_volumes; i++)
		if (s->volumes[i].mode == VOLUME_RW)
			return arena_printf(l->file->arena, "volume '%s' is writable",
			        s->volumes[i].container_path);
	return NULL;
}

static const char *place_reason(const struct loader *l, const struct sandbox_spec *s)
{
	if (s->network == NET_HOST || s->network == NET_INTERNET)
		return arena_printf(l->file->arena, "network = \"%s\"", net_mode_names[s->network]);
	if (s->isolation == ISOLATION_RELAXED)
		return "isolation = \"relaxed\"";
	return volume_reason(l, s);
}

static const char *never_reason(
        const struct loader *l, const struct scope *scope, const struct scenario *sc)
{
	const struct node *cache = scope_get(scope, "cache");
	const char *why = NULL;

	if (cache && cache->type == NODE_BOOL && !cache->b)
		return "cache = false";
	if (sc->scope == SCOPE_TEST)
		return "sandbox = \"test\"";
	if (!l->s->cache_compiled)
		return "performance.cache_compiled_tests = false";
	if (!l->s->cache_results)
		return "cache.results = false";
	for (size_t i = 0; i < l->n_services; i++)
		if (l->services[i].class == SERVICE_ENDPOINT)
			return arena_printf(
			        l->file->arena, "service '%s' is an endpoint", l->services[i].name);
	for (size_t i = 0; i < sc->n_places && !why; i++)
		why = place_reason(l, &sc->places[i].spec);
	return why;
}

/* Whatever directory the file is in. */
void load_patterns(struct loader *l, const struct node *list, struct str_list *out)
{
	for (const struct node *x = list ? list->first : NULL; x; x = x->next) {
		AUTO_STR whole = fs_join(l->s->root, x->s);
		AUTO_STR normal = fs_normalize(whole);

		if (!fs_is_below(normal, l->s->root)) {
			load_refuse(l, "config.path", x, "input '%s' lies outside the project '%s'",
			        x->s, l->s->root);
			continue;
		}

		AUTO_STRBUF b = STRBUF_INIT;
		glob_escape(&b, l->s->root); /* no pattern, whatever characters are in it */
		strbuf_adds(&b, normal + strlen(l->s->root));
		if (!str_list_has(out, b.s))
			str_list_add(l->file->arena, out, arena_strdup(l->file->arena, b.s));
	}
}

/* What a preparation reads its scenarios depend on. */
static void add_preparation(
        struct loader *l, struct scenario *sc, const struct preparation *p, size_t *cap)
{
	for (size_t i = 0; i < p->inputs.n; i++)
		if (!str_list_has(&sc->inputs, p->inputs.v[i]))
			str_list_add(l->file->arena, &sc->inputs, p->inputs.v[i]);
	add_part(l, sc, cap, CAUSE_DEFINITION, "prepare", p->digest);
}

void load_prepare_digest(struct loader *l, const struct node *table, struct preparation *p)
{
	struct sandbox_spec spec = p->sc->places[0].spec;
	AUTO_STRBUF b = STRBUF_INIT;

	/* The image counts by its digest, whatever its name. */
	spec.image = "";
	put_text(&b, "prepare " DEFINITION_VERSION);
	put_shown(&b, table);
	put_steps(&b, p->sc->steps, p->sc->n_steps);
	for (size_t i = 0; i < p->sc->n_steps; i++)
		for (size_t k = 0; k < p->sc->steps[i].n_env; k++) {
			put_text(&b, p->sc->steps[i].env[k].name);
			put_text(&b, p->sc->steps[i].env[k].value);
		}
	put_spec(&b, &spec);
	put_text(&b, isolation_names[spec.isolation]);
	snprintf(p->digest, sizeof(p->digest), "%s", hex_of(l, b.s, b.len));
}

void load_file_input(struct loader *l, struct scenario *sc, const char *path)
{
	AUTO_STRBUF b = STRBUF_INIT;

	glob_escape(&b, path);
	if (!str_list_has(&sc->inputs, b.s))
		str_list_add(l->file->arena, &sc->inputs, arena_strdup(l->file->arena, b.s));
}

/* What they hold is in the definition; that they are read is for those who watch and who compare
 * with another revision. */
static void load_stdin_inputs(struct loader *l, struct scenario *sc, const struct step *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].stdin_file)
			load_file_input(l, sc, v[i].stdin_file);
}

static enum keep_policy keep_of(const struct loader *l, const struct scope *scope)
{
	const struct node *keep = scope_get(scope, "keep");

	for (int i = KEEP_NEVER; keep && i <= (int)KEEP_ALWAYS; i++)
		if (strcmp(keep_policy_names[i], keep->s) == 0)
			return (enum keep_policy)i;
	return l->s->keep;
}

void load_definition(struct loader *l, const struct node *node, struct scenario *sc)
{
	struct scope scope = { .n = 0 };
	size_t cap = 8;

	scope_push(&scope, node);
	scope_push(&scope, l->meta);
	scope_push(&scope, l->root);
	load_patterns(l, scope_get(&scope, "inputs"), &sc->inputs);
	load_snapshot_inputs(l, sc);
	load_stdin_inputs(l, sc, sc->setup, sc->n_setup);
	load_stdin_inputs(l, sc, sc->steps, sc->n_steps);
	load_stdin_inputs(l, sc, sc->teardown, sc->n_teardown);
	sc->keep = keep_of(l, &scope);
	sc->never_cached = never_reason(l, &scope, sc);
	sc->parts = arena_array(l->file->arena, cap, sizeof(*sc->parts));
	add_part(l, sc, &cap, CAUSE_DEFINITION, "", definition_hex(l, node, sc));
	add_part(l, sc, &cap, CAUSE_POLICY, "", policy_hex(l, sc));
	add_profiles(l, sc, &cap);
	add_environment(l, sc, &cap);
	if (l->seed)
		add_part(l, sc, &cap, CAUSE_SEED, "", l->seed);
	if (l->frozen)
		add_part(l, sc, &cap, CAUSE_CLOCK, "", l->frozen);
	for (size_t i = 0; i < sc->n_places; i++)
		if (sc->places[i].prepare)
			add_preparation(l, sc, sc->places[i].prepare, &cap);
	fill_digest(sc);
}
