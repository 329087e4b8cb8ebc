/* Images: layers over layers, what they are named by, and what is left when something goes wrong.
 */
#include "tests/unit/image/bed.h"

#include <pwd.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <zlib.h>

#include "common/clock.h"
#include "daemon/core/work.h"

/* n layers of one test. */
struct stack {
	struct strbuf v[8];
	size_t n;
};

static void stack_release(struct stack *s)
{
	for (size_t i = 0; i < s->n; i++)
		strbuf_release(&s->v[i]);
}
#define AUTO_STACK __attribute__((cleanup(stack_release))) struct stack

#define LAYER(s, ...)                                        \
	do {                                                 \
		(s)->v[(s)->n] = (struct strbuf)STRBUF_INIT; \
		TAR(&(s)->v[(s)->n], __VA_ARGS__);           \
		(s)->n++;                                    \
	} while (0)

static const struct image *import_stack(const char *name, const struct stack *s, const char *config)
{
	return import(name, put_layout(s->v, s->n, config));
}

static bool is_whiteout(const struct image *image, size_t layer, const char *path)
{
	struct stat st;

	return look(image, layer, path, &st) && S_ISCHR(st.st_mode) && st.st_rdev == makedev(0, 0);
}

static bool is_opaque(const struct image *image, size_t layer, const char *path)
{
	AUTO_STR full = xasprintf("%s/%s", layer_of(image, layer), path);
	char value = 0;

	return getxattr(full, "user.overlay.opaque", &value, 1) == 1 && value == 'y';
}

/* ---- layers ---- */

START_TEST(whiteouts_hide_what_is_below_and_not_what_is_beside)
{
	AUTO_STACK s = { .n = 0 };
	struct stat st;

	LAYER(&s, { "a/x", '0', 0644, "1" }, { "b/x", '0', 0644, "1" }, { "c/x", '0', 0644, "1" },
	        { "d", '0', 0644, "1" }, { ".wh.nothing", '0', 0644, "" });
	LAYER(&s, { "a/.wh.x", '0', 0644, "" }, { "b/y", '0', 0644, "2" },
	        { "b/.wh..wh..opq", '0', 0644, "" }, { ".wh.c", '0', 0644, "" },
	        { "c/z", '0', 0644, "2" }, { "d", '0', 0644, "2" }, { ".wh.d", '0', 0644, "" },
	        { ".wh..wh.plnk", '5', 0755 });
	const struct image *image = import_stack("a", &s, "");
	ck_assert(is_whiteout(image, 1, "a/x"));
	ck_assert(is_opaque(image, 1, "b"));
	content_is(image, 1, "b/y", "2");
	/* A directory that comes again is another one. */
	ck_assert(is_opaque(image, 1, "c"));
	content_is(image, 1, "c/z", "2");
	content_is(image, 1, "d", "2");
	ck_assert(!look(image, 0, ".wh.nothing", &st) && !look(image, 0, "nothing", &st));
	ck_assert(!look(image, 1, ".wh..wh.plnk", &st) && !look(image, 1, ".wh.d", &st));
	ck_assert(!is_opaque(image, 1, "a"));
}
END_TEST

START_TEST(a_whiteout_of_the_way_out_is_refused)
{
	static const char *const names[] = { ".wh.", ".wh..", ".wh...", "d/.wh..." };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		AUTO_STACK s = { .n = 0 };

		LAYER(&s, { "d/x", '0', 0644, "1" });
		LAYER(&s, { names[i], '0', 0644, "" });
		ck_assert_msg(import_as("a", put_layout(s.v, s.n, "")) < 0, "'%s'", names[i]);
		ck_assert_int_eq(e.code, ERR_INVALID);
		nothing_is_left(names[i]);
	}
}
END_TEST

/* Debian: /lib is a link to usr/lib, and a later layer has lib/foo. */
START_TEST(a_file_below_a_link_of_a_lower_layer_goes_where_it_leads)
{
	AUTO_STACK s = { .n = 0 };
	struct stat st;

	LAYER(&s, { "usr/lib", '5', 0711 }, { "lib", '2', 0777, "usr/lib" },
	        { "abs", '2', 0777, "/usr/lib" }, { "gone", '2', 0777, "usr" });
	LAYER(&s, { "lib/foo", '0', 0644, "2" }, { "abs/deep/bar", '0', 0644, "2" },
	        { ".wh.gone", '0', 0644, "" });
	LAYER(&s, { "lib/deep/baz", '0', 0644, "3" }, { "gone/new", '0', 0644, "3" },
	        { "lib", '5', 0755 });
	const struct image *image = import_stack("a", &s, "");
	content_is(image, 1, "usr/lib/foo", "2");
	content_is(image, 1, "usr/lib/deep/bar", "2");
	ck_assert(!look(image, 1, "lib", &st) && !look(image, 1, "abs", &st));
	/* A directory that nobody described is as it is below. */
	ck_assert(look(image, 1, "usr/lib", &st) && (st.st_mode & 07777) == 0711);
	content_is(image, 2, "usr/lib/deep/baz", "3");
	/* The link was taken away by the second layer: this is a directory of its own. */
	content_is(image, 2, "gone/new", "3");
	ck_assert(look(image, 2, "lib", &st) && S_ISDIR(st.st_mode)); /* an entry is no parent */
}
END_TEST

START_TEST(a_lower_layer_hidden_by_an_opaque_directory_leads_nowhere)
{
	AUTO_STACK s = { .n = 0 };

	LAYER(&s, { "d/l", '2', 0777, "../other" });
	LAYER(&s, { "d", '5', 0755 }, { "d/.wh..wh..opq", '0', 0644, "" });
	LAYER(&s, { "d/l/x", '0', 0644, "3" });
	const struct image *image = import_stack("a", &s, "");
	content_is(image, 2, "d/l/x", "3");
}
END_TEST

START_TEST(equal_layers_are_unpacked_once)
{
	AUTO_STACK s = { .n = 0 };

	LAYER(&s, { "base", '0', 0644, "1" });
	LAYER(&s, { "one", '0', 0644, "1" });
	const struct image *a = import_stack("a", &s, "");
	ck_assert_uint_eq(imported.fresh, 3); /* with that of hosts and hostname */
	ck_assert_ptr_eq(import_stack("a", &s, ""), a);
	ck_assert_uint_eq(imported.fresh, 0);
	strbuf_release(&s.v[1]);
	s.n = 1;
	LAYER(&s, { "two", '0', 0644, "1" });
	const struct image *b = import_stack("b", &s, "");
	ck_assert_str_eq(a->lower, b->lower);
	ck_assert_str_ne(a->above[0], b->above[0]);
	ck_assert_str_ne(a->digest, b->digest);
	ck_assert_uint_eq(imported.fresh, 2);
	/* Another configuration is another image of the same layers. */
	const struct image *c = import_stack("c", &s, "\"User\":\"1000\"");
	ck_assert_uint_eq(imported.fresh, 0);
	ck_assert_str_ne(c->digest, b->digest);
}
END_TEST

START_TEST(content_that_is_not_what_was_promised_is_refused)
{
	AUTO_STACK s = { .n = 0 };
	AUTO_STRBUF other = STRBUF_INIT;
	char digest[72];

	LAYER(&s, { "x", '0', 0644, "1" });
	const char *layout = put_layout(s.v, s.n, "");
	put_blob(&s.v[0], digest);
	AUTO_STR blob = xasprintf("layout/blobs/sha256/%s", digest + 7);
	TAR(&other, { "x", '0', 0644, "2" });
	put_file(blob, &other);
	ck_assert_int_lt(import_as("a", layout), 0);
	ck_assert_int_eq(e.code, ERR_INVALID);
	ck_assert_ptr_nonnull(strstr(e.msg, "digest"));
	nothing_is_left("another layer");
	strbuf_truncate(&s.v[0], 600);
	put_file(blob, &s.v[0]);
	ck_assert_int_lt(import_as("a", layout), 0);
	ck_assert_int_eq(e.code, ERR_INVALID);
	ck_assert_int_eq(unlink(in_bed(blob)), 0);
	ck_assert_int_lt(import_as("a", layout), 0);
	ck_assert_int_eq(e.code, ERR_INVALID);
	nothing_is_left("no layer");
}
END_TEST

/* ---- configuration ---- */

START_TEST(the_configuration_is_taken_over)
{
	AUTO_STACK s = { .n = 0 };

	LAYER(&s, { "x", '0', 0644, "1" });
	const struct image *image = import_stack("a", &s,
	        "\"Env\":[\"A=1\",\"PATH=/opt/bin:/bin\",\"B=x=y\",\"CLNRM=0\",\"CLNRM_TEST=x\"],"
	        "\"WorkingDir\":\"/srv//app/./\",\"User\":\"app:12\","
	        "\"Entrypoint\":[\"/run.sh\"],\"Cmd\":[\"a\",\"b\"],\"Volumes\":{\"/etc\":{}}");
	ck_assert_str_eq(image->config->env[0], "A=1");
	ck_assert_str_eq(image->config->env[1], "B=x=y");
	ck_assert_ptr_null(image->config->env[2]);
	ck_assert_str_eq(image->path_env, "/opt/bin:/bin");
	ck_assert_str_eq(image->config->workdir, "/srv/app");
	ck_assert_str_eq(image->config->user, "app:12");
	ck_assert_str_eq(image->config->entrypoint[0], "/run.sh");
	ck_assert_str_eq(image->config->cmd[1], "b");
	ck_assert_str_eq(image->origin->kind, "oci-layout");
	ck_assert_str_eq(image->origin->platform, oci_own_platform());
}
END_TEST

START_TEST(a_hostile_configuration_is_refused)
{
	AUTO_STRBUF long_env = STRBUF_INIT;
	AUTO_STRBUF many_env = STRBUF_INIT;
	AUTO_STACK s = { .n = 0 };

	strbuf_adds(&long_env, "\"Env\":[\"A=");
	strbuf_addn(&long_env, 'x', 70000);
	strbuf_adds(&long_env, "\"]");
	strbuf_adds(&many_env, "\"Env\":[\"A=1\"");
	for (int i = 0; i < 300; i++)
		strbuf_adds(&many_env, ",\"A=1\"");
	strbuf_adds(&many_env, "]");
	const char *const bad[] = { "\"WorkingDir\":\"../..\"", "\"WorkingDir\":\"/a\\nb\"",
		"\"User\":\"root; rm\"", "\"User\":\"-1 0\"", "\"Env\":[\"NOVALUE\"]",
		"\"Env\":[\"=x\"]", "\"Env\":[\"A B=x\"]", "\"Env\":[1]", "\"Cmd\":[{}]",
		"\"Env\":[\"A=\\u0000\"]", long_env.s, many_env.s };

	LAYER(&s, { "x", '0', 0644, "1" });
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		ck_assert_msg(import_as("a", put_layout(s.v, s.n, bad[i])) < 0, "%.60s", bad[i]);
		ck_assert_msg(
		        e.code == ERR_INVALID || e.code == ERR_LIMIT, "%.60s: %s", bad[i], e.msg);
		nothing_is_left(bad[i]);
	}
}
END_TEST

START_TEST(a_member_of_another_kind_is_told_with_its_place)
{
	static const struct {
		const char *config, *says;
	} bad[] = {
		{ "\"Env\":\"A=1\"", ": config.Env: expected a list or null, not a string" },
		{ "\"Env\":{}", ": config.Env: expected a list or null, not an object" },
		{ "\"Env\":[\"A=1\",5]", ": config.Env[1]: expected a string, not a number" },
		{ "\"Env\":[\"A=1\",\"B\"]", ": config.Env[1]: it is not NAME=VALUE" },
		{ "\"User\":5", ": config.User: expected a string or null, not a number" },
		{ "\"WorkingDir\":[\"/\"]",
		        ": config.WorkingDir: expected a string or null, not a list" },
		{ "\"Entrypoint\":\"/run.sh\"",
		        ": config.Entrypoint: expected a list or null, not a string" },
		{ "\"Cmd\":true", ": config.Cmd: expected a list or null, not true" },
		{ "\"Cmd\":[null]", ": config.Cmd[0]: expected a string, not null" },
		{ "},\"config \":{},\"os\":1,\"os \":{", "" }, /* a member comes twice */
	};
	AUTO_STACK s = { .n = 0 };

	LAYER(&s, { "x", '0', 0644, "1" });
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		ck_assert_msg(import_as("a", put_layout(s.v, s.n, bad[i].config)) < 0, "%s",
		        bad[i].config);
		ck_assert_int_eq(e.code, ERR_INVALID);
		ck_assert_msg(
		        strstr(e.msg, bad[i].says) && strstr(e.msg, "blobs/sha256/"), "%s", e.msg);
		nothing_is_left(bad[i].config);
	}
	/* What is not there. */
	const struct image *image = import_stack("a", &s,
	        "\"Env\":null,\"User\":null,\"WorkingDir\":null,\"Entrypoint\":null,\"Cmd\":null");
	ck_assert_ptr_null(image->config->env[0]);
	ck_assert_ptr_null(image->config->user);
	ck_assert_ptr_null(image->config->entrypoint[0]);
}
END_TEST

START_TEST(an_index_of_another_kind_is_told_with_its_place)
{
	static const struct {
		const char *index, *says;
	} bad[] = {
		{ "[]", "its manifest: all of it: expected an object" },
		{ "{}", "its manifest: layers: expected a list, and there is none" },
		{ "{\"manifests\":{}}",
		        "its index: manifests: expected a list or null, not an object" },
		{ "{\"manifests\":[1]}", "expected an object" },
		{ "{\"manifests\":[{\"digest\":5}]}",
		        "digest: expected a string or null, not a number" },
		{ "{\"manifests\":[{}]}", "digest: expected a string, and there is none" },
		{ "{\"manifests\":[{\"digest\":\"sha256:../../x\"}]}", "is no SHA-256 digest" },
		{ "{\"layers\":{},\"config\":{}}",
		        "layers: expected a list or null, not an object" },
		{ "{\"layers\":[],\"config\":[]}",
		        "config: expected an object or null, not a list" },
	};
	AUTO_STACK s = { .n = 0 };

	LAYER(&s, { "x", '0', 0644, "1" });
	const char *layout = put_layout(s.v, s.n, "");
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO_STRBUF text = STRBUF_INIT;

		strbuf_adds(&text, bad[i].index);
		put_file("layout/index.json", &text);
		ck_assert_msg(import_as("a", layout) < 0, "%s", bad[i].index);
		ck_assert_int_eq(e.code, ERR_INVALID);
		ck_assert_msg(strstr(e.msg, bad[i].says) != NULL, "%s: %s", bad[i].index, e.msg);
		nothing_is_left(bad[i].index);
	}
}
END_TEST

static const char *put_hostile(const char *manifest, const char *diffs)
{
	AUTO_STRBUF tar = STRBUF_INIT;
	AUTO_STR config = xasprintf("{\"rootfs\":{\"diff_ids\":[%s]}}", diffs);

	TAR(&tar, { "manifest.json", '0', 0644, manifest }, { "config.json", '0', 0644, config });
	return put_file("saved.tar", &tar);
}

START_TEST(what_is_saved_names_nothing_outside)
{
	static const struct {
		const char *manifest, *says;
	} bad[] = {
		{ "{}", "manifest.json: expected a list" },
		{ "[5]", "expected an object" },
		{ "[{}]", "Config: expected a string, and there is none" },
		{ "[{\"Config\":5,\"Layers\":[]}]",
		        "Config: expected a string or null, not a number" },
		{ "[{\"Config\":\"config.json\",\"Layers\":\"x\"}]",
		        "Layers: expected a list or null" },
		{ "[{\"Config\":\"config.json\",\"Layers\":[5]}]", "Layers[0]: expected a string" },
		{ "[{\"Config\":\"../../../etc/passwd\",\"Layers\":[]}]", "has no file" },
		{ "[{\"Config\":\"/etc/passwd\",\"Layers\":[]}]", "has no file" },
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		ck_assert_msg(import_as("a", put_hostile(bad[i].manifest, "")) < 0, "%s",
		        bad[i].manifest);
		ck_assert_int_eq(e.code, ERR_INVALID);
		ck_assert_msg(strstr(e.msg, bad[i].says) != NULL, "%s: %s", bad[i].manifest, e.msg);
		nothing_is_left(bad[i].manifest);
	}
}
END_TEST

START_TEST(a_layer_that_the_configuration_alone_knows_is_refused)
{
	AUTO_STRBUF diff = STRBUF_INIT;
	static const char *const layers[] = { "", ",\"Layers\":[]", ",\"Layers\":null" };

	strbuf_adds(&diff, "\"sha256:");
	strbuf_addn(&diff, '5', 64);
	strbuf_adds(&diff, "\"");
	for (size_t i = 0; i < ARRAY_LEN(layers); i++) {
		AUTO_STR manifest = xasprintf("[{\"Config\":\"config.json\"%s}]", layers[i]);

		ck_assert_int_lt(import_as("a", put_hostile(manifest, diff.s)), 0);
		ck_assert_int_eq(e.code, ERR_INVALID);
		ck_assert_msg(strstr(e.msg, "Layers") || strstr(e.msg, "it has 0 layers, and its"),
		        "%s", e.msg);
		nothing_is_left(manifest);
	}
}
END_TEST

START_TEST(what_is_for_another_machine_is_refused_unless_asked_for)
{
	AUTO_STACK s = { .n = 0 };

	LAYER(&s, { "x", '0', 0644, "1" });
	bed_arch = "s390x";
	const char *layout = put_layout(s.v, s.n, "");
	bed_arch = NULL;
	ck_assert_int_lt(import_as("a", layout), 0);
	ck_assert_int_eq(e.code, ERR_INVALID);
	ck_assert_ptr_nonnull(strstr(e.msg, "--platform linux/s390x"));
	struct image_import what = {
		.name = "a", .path = layout, .platform = "linux/s390x", .max_bytes = 1 << 20
	};
	ck_assert_msg(image_import(bed_store, &what, &imported, &e) == 0, "%s", e.msg);
	ck_assert_str_eq(image_resolve(bed_store, "a", NULL, &e)->origin->platform, "linux/s390x");
}
END_TEST

/* ---- docker save ---- */

/* One image in the old form: a link where two layers are equal. */
static const char *put_saved(
        const char *tags, const char *before, const char *after, const char *file)
{
	AUTO_STRBUF layer = STRBUF_INIT;
	AUTO_STRBUF config = STRBUF_INIT;
	AUTO_STRBUF tar = STRBUF_INIT;
	AUTO_STRBUF manifest = STRBUF_INIT;
	char hex[DIGEST_HEX], name[80], id[65], path[80], link[96], other[80];
	struct digest d;

	TAR(&layer, { "saved", '0', 0644, "1" });
	digest_of(layer.s, layer.len, &d);
	digest_hex(&d, hex);
	strbuf_printf(
	        &config, "{\"rootfs\":{\"diff_ids\":[\"sha256:%s\",\"sha256:%s\"]}}", hex, hex);
	digest_of(config.s, config.len, &d);
	digest_hex(&d, hex);
	snprintf(name, sizeof(name), "%s%s%s", before, hex, after);
	memset(id, 'a', 64), id[64] = '\0';
	snprintf(path, sizeof(path), "%s/layer.tar", id);
	memset(id, 'b', 64);
	snprintf(other, sizeof(other), "%s/layer.tar", id);
	snprintf(link, sizeof(link), "../%s", path);
	strbuf_printf(&manifest,
	        "[{\"Config\":\"%s\",\"RepoTags\":[%s],\"Layers\":[\"%s\",\"%s\"]}]", name, tags,
	        path, other);
	/* Content has NULs: not by TAR(). */
	const struct member blob = { .name = path, .type = '0', .mode = 0644, .size = layer.len };
	tar_add(&tar, &blob);
	strbuf_add(&tar, layer.s, layer.len);
	tar_pad(&tar);
	TAR(&tar, { other, '2', 0777, link }, { name, '0', 0644, config.s },
	        { "manifest.json", '0', 0644, manifest.s });
	return put_file(file, &tar);
}

static void compress_file(const char *from, const char *to)
{
	AUTO_STRBUF text = STRBUF_INIT;
	gzFile z = gzopen(to, "wb");

	ck_assert_int_eq(fs_read_file(from, 1 << 20, &text, &e), 0);
	ck_assert_int_eq(gzwrite(z, text.s, (unsigned)text.len), (int)text.len);
	gzclose(z);
}

START_TEST(what_docker_saves_is_read)
{
	const char *path = put_saved("\"shop:1\"", "", ".json", "saved.tar");
	const struct image *image = import("other:name", path);

	content_is(image, 0, "saved", "1");
	content_is(image, 1, "saved", "1");
	ck_assert_str_eq(image->origin->kind, "archive");
	ck_assert_uint_eq(strlen(image->origin->digest), 64);
	AUTO_STR digest = xstrdup(image->digest);
	compress_file(path, in_bed("saved.tar.gz"));
	ck_assert_str_eq(import("zipped", in_bed("saved.tar.gz"))->digest, digest);
	ck_assert_uint_eq(imported.fresh, 0);
}
END_TEST

/* Builders without an engine name the configuration otherwise; `docker load` takes these too. */
START_TEST(what_others_save_for_docker_is_read)
{
	const struct image *image = import("a", put_saved("", "sha256:", "", "saved.tar"));

	content_is(image, 0, "saved", "1");
	ck_assert_str_eq(image->origin->kind, "archive");
}
END_TEST

/* ---- names ---- */

START_TEST(names_are_those_of_everybody)
{
	static const char *const pairs[][2] = { { "alpine", "alpine:latest" },
		{ "docker.io/library/alpine:3", "alpine:3" }, { "library/x", "x:latest" },
		{ "localhost:5000/a/b", "localhost:5000/a/b:latest" },
		{ "localhost:5000/a/b:t_1.x-y", "localhost:5000/a/b:t_1.x-y" } };
	static const char *const bad[] = { "", ":1", "a:", "a/", "/a", "a//b", "../a", "a/../b",
		"a b", "host", "scratch", "clnrm/base", "clnrm/x", "host:1", "a@sha256:12", "a%b",
		"a:b/c:", ".a", "a\n", "a:-x" };
	struct image_ref ref;
	char file[IMAGE_MAX_REF], back[IMAGE_MAX_REF];

	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		ck_assert_int_eq(image_ref_read(pairs[i][0], &ref, &e), 0);
		ck_assert_str_eq(ref.name, pairs[i][1]);
		image_ref_file(ref.name, file);
		ck_assert_ptr_null(strchr(file, '/'));
		ck_assert(image_ref_of_file(file, back));
		ck_assert_str_eq(back, ref.name);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		ck_assert_msg(image_ref_read(bad[i], &ref, &e) < 0, "'%s'", bad[i]);
		ck_assert_int_eq(e.code, ERR_INVALID);
	}
	AUTO_STR long_name = xcalloc(1, 400);
	memset(long_name, 'a', 399);
	ck_assert_int_lt(image_ref_read(long_name, &ref, &e), 0);
}
END_TEST

START_TEST(an_image_is_found_by_name_and_digest)
{
	AUTO_STACK s = { .n = 0 };

	LAYER(&s, { "x", '0', 0644, "1" });
	const struct image *image = import_stack("shop:1", &s, "");
	AUTO_STR own = xasprintf("shop:1@sha256:%s", image->digest);
	AUTO_STR origin = xasprintf("docker.io/library/shop:1@sha256:%s", image->origin->digest);
	AUTO_STR wrong = xasprintf("shop:1@sha256:%064d", 0);
	ck_assert_ptr_eq(image_resolve(bed_store, own, NULL, &e), image);
	ck_assert_ptr_eq(image_resolve(bed_store, origin, NULL, &e), image);
	ck_assert_ptr_null(image_resolve(bed_store, wrong, NULL, &e));
	ck_assert_int_eq(e.code, ERR_NOT_FOUND);
	ck_assert_ptr_null(image_resolve(bed_store, "shop", NULL, &e));
	ck_assert_ptr_nonnull(strstr(e.msg, "images import"));
	const char *const *names = image_names(bed_store);
	ck_assert_str_eq(names[3], "shop:1");
	ck_assert_ptr_null(names[4]);
	ck_assert(image_is_at_hand(bed_store, "shop:1"));
}
END_TEST

START_TEST(an_image_is_there_after_a_restart)
{
	AUTO_STACK s = { .n = 0 };

	LAYER(&s, { "x", '0', 0644, "1" });
	const struct image *image = import_stack("a", &s, "\"Env\":[\"A=1\"],\"User\":\"app\"");
	AUTO_STR digest = xstrdup(image->digest);
	image_store_close(bed_store);
	bed_open();
	image = image_resolve(bed_store, "a", NULL, &e);
	ck_assert_msg(image != NULL, "%s", e.msg);
	ck_assert_str_eq(image->digest, digest);
	ck_assert_str_eq(image->config->env[0], "A=1");
	ck_assert_str_eq(image->config->user, "app");
	content_is(image, 0, "x", "1");
}
END_TEST

/* ---- what every image has ---- */

START_TEST(hosts_and_the_like_are_there_unless_the_image_has_its_own)
{
	AUTO_STRBUF tar = STRBUF_INIT;
	struct stat st;

	TAR(&tar, { "etc/hosts", '0', 0644, "mine" }, { "etc/hostname", '0', 0644, "" },
	        { "etc/resolv.conf", '2', 0777, "../run/x" });
	const struct image *image = import_tar("a", &tar);
	ck_assert_uint_eq(image->n_above, 1);
	content_is(image, 1, "etc/hostname", "clnrm\n");
	ck_assert(look(image, 1, "etc/machine-id", &st));
	ck_assert(!look(image, 1, "etc/hosts", &st) && !look(image, 1, "etc/resolv.conf", &st));
}
END_TEST

START_TEST(applets_of_anybodys_busybox_are_known)
{
	AUTO_STACK s = { .n = 0 };

	LAYER(&s, { "bin/busybox", '0', 0755, "ELF" }, { "bin/cat", '2', 0777, "/bin/busybox" },
	        { "usr/bin/wc", '1', 0, "bin/busybox" }, { "bin/own", '0', 0755, "ELF" });
	LAYER(&s, { "usr/bin/vi", '2', 0777, "../../bin/busybox" });
	const struct image *image = import_stack("a", &s, "");
	ck_assert(image_has_applet(image, "cat"));
	ck_assert(image_has_applet(image, "/usr/bin/wc"));
	ck_assert(image_has_applet(image, "vi"));
	ck_assert(!image_has_applet(image, "own"));
	ck_assert(!image_has_applet(image, "busybox"));
	ck_assert(!image_has_applet(image, "nothing"));
}
END_TEST

/* ---- directories ---- */

START_TEST(a_directory_is_an_image_whatever_its_files_are_called)
{
	struct stat a, b;
	AUTO_STRBUF text = STRBUF_INIT;

	ck_assert_int_eq(fs_mkdirs(in_bed("root/bin"), 0755, &e), 0);
	strbuf_adds(&text, "hello");
	put_file("root/bin/x", &text);
	put_file("root/.wh.bin", &text); /* a name like others: whiteouts are of archives */
	ck_assert_int_eq(link(in_bed("root/bin/x"), in_bed("root/bin/y")), 0);
	ck_assert_int_eq(symlink("/etc/passwd", in_bed("root/secret")), 0);
	ck_assert_int_eq(mkfifo(in_bed("root/pipe"), 0644), 0);
	const struct image *image = import("a", in_bed("root"));
	content_is(image, 0, "bin/x", "hello");
	content_is(image, 0, ".wh.bin", "hello");
	ck_assert(look(image, 0, "bin/x", &a) && look(image, 0, "bin/y", &b));
	ck_assert_uint_eq(a.st_ino, b.st_ino);
	ck_assert(look(image, 0, "secret", &a) && S_ISLNK(a.st_mode));
	ck_assert_uint_eq(image->origin->left_out, 1);
	AUTO_STR digest = xstrdup(image->digest);
	ck_assert_str_eq(import("a", in_bed("root"))->digest, digest);
	ck_assert_uint_eq(imported.fresh, 0);
	strbuf_adds(&text, "!");
	put_file("root/bin/x", &text);
	ck_assert_str_ne(import("a", in_bed("root"))->digest, digest);
}
END_TEST

static const struct timespec settling = { .tv_sec = 2, .tv_nsec = 300000000 };

START_TEST(a_tar_that_was_imported_is_known_until_it_changes)
{
	AUTO_STRBUF tar = STRBUF_INIT;

	TAR(&tar, { "x", '0', 0644, "1" });
	const char *path = put_file("known.tar", &tar);
	import("a", path);
	ck_assert_uint_eq(count_in("known"), 0); /* its stamps are too young to be believed */
	nanosleep(&settling, NULL);              /* what the rule is about is time */
	AUTO_STR digest = xstrdup(import("a", path)->digest);
	ck_assert_uint_eq(count_in("known"), 1);
	ck_assert_str_eq(import("b", path)->digest, digest);
	/* What is there already makes no file: that would wait while another import is written to
	 * disk. */
	AUTO_STR tmp = xasprintf("%s/data/images/imported/tmp", bed_dir);
	struct stat before, after;
	ck_assert_int_eq(stat(tmp, &before), 0);
	import("a", path);
	ck_assert_int_eq(stat(tmp, &after), 0);
	ck_assert(before.st_mtim.tv_sec == after.st_mtim.tv_sec &&
	          before.st_mtim.tv_nsec == after.st_mtim.tv_nsec);
	AUTO_STRBUF other = STRBUF_INIT;
	TAR(&other, { "x", '0', 0644, "2" });
	ck_assert_str_ne(import("a", put_file("known.tar", &other))->digest, digest);
}
END_TEST

static void name_of_blob(const char *text, size_t n, char out[80])
{
	char hex[DIGEST_HEX];
	struct digest d;

	digest_of(text, n, &d);
	digest_hex(&d, hex);
	snprintf(out, 80, "%s", hex);
}

/* `docker save a:1 b:1`: one layer, two configurations. */
static const char *put_pair(void)
{
	AUTO_STRBUF layer = STRBUF_INIT;
	AUTO_STRBUF tar = STRBUF_INIT;
	char diff[80], names[2][96];
	AUTO_STRBUF manifest = STRBUF_INIT;

	TAR(&layer, { "saved", '0', 0644, "1" });
	name_of_blob(layer.s, layer.len, diff);
	for (size_t i = 0; i < 2; i++) {
		AUTO_STR config = xasprintf("{\"config\":{\"Env\":[\"WHICH=%zu\"]},\"rootfs\":"
		                            "{\"diff_ids\":[\"sha256:%s\"]}}",
		        i, diff);
		char hex[80];

		name_of_blob(config, strlen(config), hex);
		snprintf(names[i], sizeof(names[i]), "%s.json", hex);
		const struct member file = {
			.name = names[i], .type = '0', .mode = 0644, .text = config
		};
		tar_add(&tar, &file);
	}
	strbuf_printf(&manifest,
	        "[{\"Config\":\"%s\",\"RepoTags\":[\"a:1\"],\"Layers\":[\"%s/layer.tar\"]},"
	        "{\"Config\":\"%s\",\"RepoTags\":[\"b:1\"],\"Layers\":[\"%s/layer.tar\"]}]",
	        names[0], diff, names[1], diff);
	AUTO_STR blob_name = xasprintf("%s/layer.tar", diff);
	const struct member blob = {
		.name = blob_name, .type = '0', .mode = 0644, .size = layer.len
	};
	tar_add(&tar, &blob);
	strbuf_add(&tar, layer.s, layer.len);
	tar_pad(&tar);
	TAR(&tar, { "manifest.json", '0', 0644, manifest.s });
	const char *plain = put_file("pair.tar", &tar);
	const char *zipped = in_bed("pair.tar.gz");
	compress_file(plain, zipped);
	return zipped;
}

START_TEST(an_archive_is_known_by_the_image_that_was_asked_for)
{
	const char *path = put_pair();

	nanosleep(&settling, NULL);
	for (int round = 0; round < 2; round++) {
		ck_assert_str_eq(import("a:1", path)->config->env[0], "WHICH=0");
		ck_assert_str_eq(import("b:1", path)->config->env[0], "WHICH=1");
		ck_assert_uint_eq(count_in("known"), 2);
	}
	ck_assert_uint_eq(imported.fresh, 0);
	ck_assert_uint_eq(imported.layers, 2); /* with what every image needs */
	/* One that no name leads to any more is read again, with its name in place. */
	ck_assert_int_eq(image_forget(bed_store, "a:1", &e), 0);
	image_retire(bed_store);
	ck_assert_msg(image_sweep(bed_store, &e) == 0, "%s", e.msg);
	ck_assert_uint_eq(count_in("known"), 1);
	ck_assert_str_eq(import("a:1", path)->config->env[0], "WHICH=0");
	ck_assert_uint_eq(count_in("known"), 2);
}
END_TEST

/* ---- removal ---- */

static void sweep(void)
{
	ck_assert_msg(image_sweep(bed_store, &e) == 0, "%s", e.msg);
}

START_TEST(files_stay_while_somebody_holds_the_image)
{
	AUTO_STACK s = { .n = 0 };

	LAYER(&s, { "x", '0', 0644, "1" });
	const struct image *image = import_stack("a", &s, "");
	image_hold(image);
	ck_assert(!image_is_idle(image));
	ck_assert_int_eq(image_forget(bed_store, "a", &e), 0);
	ck_assert_ptr_null(image_resolve(bed_store, "a", NULL, &e));
	image_retire(bed_store);
	sweep();
	content_is(image, 0, "x", "1");
	image_let_go(image);
	sweep();
	ck_assert_uint_eq(count_in("layers"), 0);
	ck_assert_uint_eq(count_in("images"), 0);
	ck_assert_uint_eq(count_in("tmp"), 0);
	ck_assert_int_lt(image_forget(bed_store, "a", &e), 0);
	ck_assert_int_eq(e.code, ERR_NOT_FOUND);
	/* The same again is another one: the launcher has the old directories. */
	ck_assert_ptr_ne(import_stack("a", &s, ""), image);
}
END_TEST

static void stop_loop(void *arg)
{
	loop_stop(arg);
}

static void nothing(void *arg)
{
	(void)arg;
}

/* They wait for the disk, and here for a lock. */
START_TEST(sweeps_leave_a_worker_to_imports)
{
	struct loop *loop = loop_new(&e);
	struct work_pool *work = work_new(loop, 2, &e);
	AUTO_STR path = xasprintf("%s/data/images/imported/lock", bed_dir);
	AUTO_STACK s = { .n = 0 };

	LAYER(&s, { "x", '0', 0644, "1" });
	import_stack("a", &s, "");
	AUTO_FD lock = open(path, O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(flock(lock, LOCK_EX), 0);
	image_store_use_work(bed_store, work);
	for (int i = 0; i < 5; i++)
		image_sweep_soon(bed_store);
	ck_assert_int_eq(work_submit(work, nothing, stop_loop, loop, &e), 0);
	ck_assert_int_eq(loop_run(loop, &e), 0);
	/* What was asked for meanwhile is done all the same. */
	AUTO_STR name = xasprintf("%s/data/images/imported/refs/a:latest", bed_dir);
	ck_assert_int_eq(unlink(name), 0); /* image_forget() would wait for the lock */
	image_retire(bed_store);
	close_fd(&lock);
	work_free(work);
	ck_assert_uint_eq(count_in("layers"), 0);
	image_store_use_work(bed_store, NULL);
	loop_free(loop);
}
END_TEST

START_TEST(another_daemon_keeps_what_it_uses)
{
	AUTO_STACK s = { .n = 0 };
	static const char *const a[] = { "a:latest", NULL };
	uint64_t bytes = 1;

	LAYER(&s, { "x", '0', 0644, "1" });
	import_stack("a", &s, "");
	ck_assert_int_eq(image_garbage(bed_store, NULL, &bytes, &e), 0);
	ck_assert_uint_eq(bytes, 0);
	ck_assert_int_eq(image_garbage(bed_store, a, &bytes, &e), 0);
	ck_assert_uint_gt(bytes, 0);
	struct image_store *other = bed_open_store();
	const struct image *theirs = image_resolve(other, "a", NULL, &e);
	ck_assert_ptr_nonnull(theirs);
	ck_assert_int_eq(image_forget(bed_store, "a", &e), 0);
	image_retire(bed_store);
	sweep();
	content_is(theirs, 0, "x", "1");
	image_store_close(other);
	sweep();
	ck_assert_uint_eq(count_in("layers"), 0);
}
END_TEST

static void lower_key(const struct image *image, char key[DEPOT_KEY])
{
	const char *name = strstr(image->lower, "/layers/") + strlen("/layers/");

	snprintf(key, DEPOT_KEY, "%.*s", (int)strcspn(name, "/"), name);
}

START_TEST(a_layer_that_an_import_has_found_stays_until_that_is_done)
{
	AUTO_STR root = xasprintf("%s/data/images/imported", bed_dir);
	AUTO_STACK s = { .n = 0 };
	struct depot_layer found;
	char key[DEPOT_KEY];

	LAYER(&s, { "x", '0', 0644, "1" });
	lower_key(import_stack("a", &s, ""), key);
	ck_assert(depot_layer_open(root, key, &found));
	ck_assert_int_eq(image_forget(bed_store, "a", &e), 0);
	image_retire(bed_store);
	sweep();
	ck_assert_uint_eq(count_in("images"), 0);
	ck_assert_uint_eq(count_in("layers"), 1);
	depot_layer_close(&found);
	sweep();
	ck_assert_uint_eq(count_in("layers"), 0);
}
END_TEST

START_TEST(a_name_that_moves_leaves_its_old_image_to_the_sweep)
{
	AUTO_STACK s = { .n = 0 }, t = { .n = 0 };

	LAYER(&s, { "x", '0', 0644, "1" });
	LAYER(&t, { "x", '0', 0644, "2" });
	import_stack("a", &s, "");
	const struct image *image = import_stack("a", &t, "");
	image_retire(bed_store);
	sweep();
	content_is(image, 0, "x", "2");
	ck_assert_uint_eq(count_in("images"), 1);
	ck_assert_uint_eq(count_in("layers"), 2);
}
END_TEST

/* As if the machine had gone down and come up again. */
static void reboot(const char *key)
{
	AUTO_STR name = xasprintf("data/images/imported/layers/%s/meta", key);
	AUTO_STRBUF text = STRBUF_INIT;

	ck_assert_int_eq(fs_read_file(in_bed(name), 1000, &text, &e), 0);
	memset(strrchr(text.s, ' ') + 1, '0', 36);
	put_file(name, &text);
}

START_TEST(what_was_not_on_disk_when_the_machine_went_down_is_told_and_swept)
{
	AUTO_STACK s = { .n = 0 };
	char key[DEPOT_KEY];

	LAYER(&s, { "x", '0', 0644, "1" });
	lower_key(import_stack("a", &s, ""), key);
	sweep(); /* now it is on disk */
	image_store_close(bed_store);
	reboot(key);
	bed_open();
	ck_assert_ptr_nonnull(image_resolve(bed_store, "a", NULL, &e));
	image_store_close(bed_store);
	AUTO_STR mark = xasprintf("data/images/imported/layers/%s/settled", key);
	ck_assert_int_eq(unlink(in_bed(mark)), 0);
	bed_open();
	ck_assert_ptr_null(image_resolve(bed_store, "a", NULL, &e));
	ck_assert_ptr_nonnull(strstr(e.msg, "import it again"));
	sweep();
	ck_assert_uint_eq(count_in("layers"), 1);
	content_is(import_stack("a", &s, ""), 0, "x", "1");
	ck_assert_uint_eq(imported.fresh, 1);
}
END_TEST

START_TEST(what_is_imported_again_before_that_is_swept_stays)
{
	AUTO_STACK s = { .n = 0 };
	char key[DEPOT_KEY];

	LAYER(&s, { "x", '0', 0644, "1" });
	lower_key(import_stack("a", &s, ""), key);
	image_store_close(bed_store);
	reboot(key);
	bed_open();
	import_stack("a", &s, "");
	ck_assert_uint_eq(imported.fresh, 1);
	sweep();
	ck_assert_uint_eq(count_in("layers"), 2);
	image_store_close(bed_store);
	bed_open();
	const struct image *image = image_resolve(bed_store, "a", NULL, &e);
	ck_assert_msg(image != NULL, "%s", e.msg);
	content_is(image, 0, "x", "1");
}
END_TEST

/* The name of what is written is on disk before its content is. */
START_TEST(a_damaged_record_is_written_again_by_an_import)
{
	AUTO_STACK s = { .n = 0 };
	AUTO_STRBUF empty = STRBUF_INIT;

	LAYER(&s, { "x", '0', 0644, "1" });
	const struct image *image = import_stack("a", &s, "");
	AUTO_STR record = xasprintf("data/images/imported/images/%s", image->digest);
	image_store_close(bed_store);
	put_file(record, &empty);
	bed_open();
	ck_assert_ptr_null(image_resolve(bed_store, "a", NULL, &e));
	ck_assert_ptr_nonnull(strstr(e.msg, "damaged"));
	content_is(import_stack("a", &s, ""), 0, "x", "1");
	sweep();
	ck_assert_uint_eq(count_in("layers"), 2);
}
END_TEST

/* ---- killed, and several at once ---- */

static void fill_layer(struct strbuf *tar, unsigned files)
{
	for (unsigned i = 0; i < files; i++) {
		AUTO_STR name = xasprintf("d%u/f%u", i % 50, i);
		const struct member m = { name, '0', 0644, "some text that makes a file" };

		tar_add(tar, &m);
	}
	tar_end(tar);
}

static pid_t import_elsewhere(const char *name, const char *path)
{
	pid_t pid = fork();

	if (pid == 0) {
		struct image_import what = { .name = name, .path = path, .max_bytes = 1 << 30 };

		_exit(image_import(bed_store, &what, &imported, &e) == 0 ? 0 : 1);
	}
	return pid;
}

/* What reads the archive ends with the import; one that was just started may, for a moment more,
 * have the descriptor of its lock. */
static void wait_for_readers(void)
{
	while (waitpid(-1, NULL, 0) > 0)
		;
}

static void all_of_it_or_nothing(void)
{
	const struct image *image;
	struct stat st;

	if (count_in("refs") == 0) {
		ck_assert_uint_eq(count_in("layers"), 0);
		return;
	}
	image = image_resolve(bed_store, "k", NULL, &e);
	ck_assert_msg(image != NULL, "%s", e.msg);
	ck_assert(look(image, 0, "d0/f0", &st) && look(image, 0, "d49/f1999", &st));
}

START_TEST(an_import_that_is_killed_leaves_nothing_that_a_sweep_does_not_take)
{
	AUTO_STRBUF tar = STRBUF_INIT;
	int64_t whole = 0;

	fill_layer(&tar, 2000);
	const char *path = put_file("k.tar", &tar);
	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	for (int i = 0; i < 25; i++) {
		int64_t began = clock_ns();
		int status;
		pid_t pid = import_elsewhere("k", path);
		struct timespec wait = { .tv_nsec = whole / 20 * (i % 20) };

		if (i) /* the first one shows how long it takes */
			nanosleep(&wait, NULL), kill(pid, SIGKILL);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		if (!i)
			whole = clock_ns() - began < 900000000 ? clock_ns() - began : 900000000;
		wait_for_readers();
		sweep();
		ck_assert_uint_eq(count_in("tmp"), 0);
		all_of_it_or_nothing();
		if (image_forget(bed_store, "k", &e) == 0)
			image_retire(bed_store);
		sweep();
		ck_assert_uint_eq(count_in("layers"), 0);
	}
}
END_TEST

START_TEST(two_who_import_the_same_make_one_layer)
{
	AUTO_STRBUF tar = STRBUF_INIT;
	int status;

	fill_layer(&tar, 2000);
	const char *path = put_file("k.tar", &tar);
	pid_t one = import_elsewhere("k", path), two = import_elsewhere("k", path);
	/* A sweep beside them takes nothing away that they need. */
	sweep();
	ck_assert(waitpid(one, &status, 0) == one && status == 0);
	ck_assert(waitpid(two, &status, 0) == two && status == 0);
	ck_assert_uint_eq(count_in("images"), 1);
	ck_assert_uint_eq(count_in("layers"), 2);
	sweep();
	ck_assert_uint_eq(count_in("tmp"), 0);
	all_of_it_or_nothing();
}
END_TEST

START_TEST(an_ordinary_user_imports_too)
{
	const struct passwd *nobody = getpwnam("nobody"); // NOLINT(concurrency-mt-unsafe)
	AUTO_STACK s = { .n = 0 };
	int status;

	if (geteuid() != 0 || !nobody)
		return; /* all of this file is that already */
	LAYER(&s, { .name = "d", .type = '5', .mode = 0500, .uid = 5 }, { "d/x", '0', 0, "1" });
	LAYER(&s, { "d/.wh.x", '0', 0644, "" }, { "e/.wh..wh..opq", '0', 0644, "" });
	const char *layout = put_layout(s.v, s.n, "");
	ck_assert_int_eq(mkdir(in_bed("theirs"), 0755), 0);
	ck_assert_int_eq(chown(in_bed("theirs"), nobody->pw_uid, nobody->pw_gid), 0);
	pid_t pid = fork();
	if (pid == 0) {
		AUTO_STR root = depot_root(in_bed("theirs"));
		struct image_import what = { .name = "a", .path = layout, .max_bytes = 1 << 20 };

		if (setgid(nobody->pw_gid) < 0 || setuid(nobody->pw_uid) < 0)
			_exit(9);
		if (import_run(root, bed_unpacker(), &what, &imported, &e) < 0)
			_exit(1);
		if (depot_forget(root, "a:latest", &e) < 0 || depot_sweep(root, &e) < 0)
			_exit(2);
		AUTO_STR layers = fs_join(root, "layers");
		if (rmdir(layers) < 0)
			_exit(3);
		/* What they may not read is theirs to mend. */
		AUTO_STR tree = fs_join(in_bed("theirs"), "tree");
		AUTO_STR locked = fs_join(tree, "locked");
		what.path = tree;
		if (mkdir(tree, 0755) < 0 || mkdir(locked, 0) < 0 ||
		        import_run(root, bed_unpacker(), &what, &imported, &e) == 0)
			_exit(4);
		_exit(e.code == ERR_DENIED ? 0 : 5);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		whiteouts_hide_what_is_below_and_not_what_is_beside,
		a_whiteout_of_the_way_out_is_refused,
		a_file_below_a_link_of_a_lower_layer_goes_where_it_leads,
		a_lower_layer_hidden_by_an_opaque_directory_leads_nowhere,
		equal_layers_are_unpacked_once,
		content_that_is_not_what_was_promised_is_refused,
		the_configuration_is_taken_over,
		a_hostile_configuration_is_refused,
		a_member_of_another_kind_is_told_with_its_place,
		an_index_of_another_kind_is_told_with_its_place,
		what_is_saved_names_nothing_outside,
		a_layer_that_the_configuration_alone_knows_is_refused,
		what_is_for_another_machine_is_refused_unless_asked_for,
		what_docker_saves_is_read,
		what_others_save_for_docker_is_read,
		names_are_those_of_everybody,
		an_image_is_found_by_name_and_digest,
		an_image_is_there_after_a_restart,
		hosts_and_the_like_are_there_unless_the_image_has_its_own,
		applets_of_anybodys_busybox_are_known,
		a_directory_is_an_image_whatever_its_files_are_called,
		a_tar_that_was_imported_is_known_until_it_changes,
		an_archive_is_known_by_the_image_that_was_asked_for,
		files_stay_while_somebody_holds_the_image,
		sweeps_leave_a_worker_to_imports,
		another_daemon_keeps_what_it_uses,
		what_was_not_on_disk_when_the_machine_went_down_is_told_and_swept,
		what_is_imported_again_before_that_is_swept_stays,
		a_damaged_record_is_written_again_by_an_import,
		a_layer_that_an_import_has_found_stays_until_that_is_done,
		a_name_that_moves_leaves_its_old_image_to_the_sweep,
		an_import_that_is_killed_leaves_nothing_that_a_sweep_does_not_take,
		two_who_import_the_same_make_one_layer,
		an_ordinary_user_imports_too,
	};
	Suite *s = suite_create("import");
	TCase *t = tcase_create("import");

	tcase_add_checked_fixture(t, bed_setup, bed_teardown);
	tcase_set_timeout(t, 120);
	for (size_t i = 0; i < ARRAY_LEN(tests); i++)
		tcase_add_test(t, tests[i]);
	suite_add_tcase(s, t);
	SRunner *r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? 1 : 0;
}
