#include <sys/socket.h>
#include <sys/un.h>

#include "tests/unit/config/load_bed.h"

#define STEP "[[steps]]\nrun = \"x\"\n"

static const struct sandbox_spec *spec_of(const char *head)
{
	return &clean(arena_printf(bed.a, "%s" STEP, head))->scenarios[0].places[0].spec;
}

static const struct volume *volume_of(const char *line)
{
	const struct sandbox_spec *s = spec_of(arena_printf(bed.a, META "%s\n", line));

	ck_assert_uint_eq(s->n_volumes, 1);
	return &s->volumes[0];
}

/* The file has one error, at this column of line 3. */
static const struct diag *denied(const char *line, const char *code, uint32_t col, const char *part)
{
	return only_error(arena_printf(bed.a, META "%s\n" STEP, line), code, 3, col, part);
}

START_TEST(a_volume_is_a_string_or_a_table)
{
	static const struct {
		const char *line;
		enum volume_mode mode;
	} rows[] = {
		{ "volumes = [\"./src:/in\"]", VOLUME_RO },
		{ "volumes = [\"./src:/in:ro\"]", VOLUME_RO },
		{ "volumes = [\"./src:/in/:rw\"]", VOLUME_RW },
		{ "volumes = [\"./src:/in:cow\"]", VOLUME_COW },
		{ "volumes = [{ host_path = \"src\", container_path = \"/in\" }]", VOLUME_RO },
		{ "volumes = [{ host = \"src\", container = \"/in\", mode = \"cow\" }]",
		        VOLUME_COW },
		{ "volumes = [{ source = \"src\", target = \"/in\", read_only = false }]",
		        VOLUME_RW },
		{ "volumes = [{ host_path = \"src\", container_path = \"/in\", read_only = true }]",
		        VOLUME_RO },
	};
	struct stat st;

	bed_mkdir("src");
	ck_assert_int_eq(stat(bed_path("src"), &st), 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct volume *v = volume_of(rows[i].line);

		ck_assert_str_eq(v->host_path, bed_path("src"));
		ck_assert_str_eq(v->container_path, "/in");
		ck_assert_int_eq(v->mode, rows[i].mode);
		ck_assert_uint_eq(v->dev, st.st_dev);
		ck_assert_uint_eq(v->ino, st.st_ino);
		ck_assert(!v->noexec);
		ck_assert(bed.f->transient);
	}
	ck_assert(volume_of(
	        "volumes = [{ host_path = \"src\", container_path = \"/in\", noexec = true }]")
	                  ->noexec);
}
END_TEST

START_TEST(the_real_path_counts)
{
	bed_mkdir("src");
	ck_assert_int_eq(symlink("src", bed_path("link")), 0);
	ck_assert_str_eq(
	        volume_of("volumes = [\"./link/../src/.:/in\"]")->host_path, bed_path("src"));
	ck_assert_str_eq(volume_of("volumes = [\"./link:/in\"]")->host_path, bed_path("src"));
	ck_assert_int_eq(symlink("/etc", bed_path("out")), 0);
	denied("volumes = [\"./out:/in\"]", "config.volume_denied", 12,
	        "host path '/etc' may not be mounted");
}
END_TEST

START_TEST(variables_are_expanded_and_tilde_is_not)
{
	const struct env_var client[] = { { "HOME", "/tmp/clnrm-nobody" }, { "PWD", bed.root },
		{ "DIR", "src" }, { "SECRET", "src" } };

	bed_mkdir("src");
	set_env(client, ARRAY_LEN(client));
	ck_assert_str_eq(volume_of("volumes = [\"${PWD}/src:/in\"]")->host_path, bed_path("src"));
	ck_assert_str_eq(volume_of("env_pass = [\"DIR\"]\nvolumes = [\"./${DIR}:/in\"]")->host_path,
	        bed_path("src"));
	denied("volumes = [\"./${SECRET}:/in\"]", "config.path", 12,
	        "variable 'SECRET' is not in env_pass");
	denied("volumes = [\"${HOME}/x:/in\"]", "config.path", 12, "no such file or directory");
	ck_assert_str_eq(denied("volumes = [\"~/x:/in\"]", "config.path", 12, "'~/x'")->help[0],
	        "'~' is not expanded: write ${HOME}");
	set_env(NULL, 0);
	denied("volumes = [\"${PWD}:/in\"]", "config.path", 12, "variable 'PWD' is not set");
	/* Before the client was asked that is no error. */
	bed.env.asked = false;
	load_text(META "volumes = [\"${PWD}:/in\"]\n" STEP);
	ck_assert_uint_eq(bed.f->diags.n, 0);
	ck_assert_uint_eq(bed.need.n, 1);
	ck_assert_str_eq(bed.need.v[0], "PWD");
}
END_TEST

START_TEST(some_directories_are_never_shown)
{
	static const char *const never[] = { "/", "/etc", "/etc/ssl", "/proc", "/sys", "/dev",
		"/run", "/proc/self" };
	const struct env_var client[] = { { "HOME", bed_path("home/me") } };

	bed.s.allow_volumes = LIST("/:rw");
	for (size_t i = 0; i < ARRAY_LEN(never); i++) {
		if (access(never[i], F_OK) < 0)
			continue;
		denied(arena_printf(bed.a, "volumes = [\"%s:/in\"]", never[i]),
		        "config.volume_denied", 12, "may not be mounted");
	}
	/* Nor without any list. */
	bed.s.file_system_isolation = false;
	denied("volumes = [\"/etc:/in\"]", "config.volume_denied", 12,
	        "host path '/etc' may not be mounted (/etc)");

	/* The home itself and what holds it; what lies in it is as the list says. */
	bed_mkdir("home");
	bed_mkdir("home/me");
	bed_mkdir("home/me/work");
	set_env(client, 1);
	denied("volumes = [\"./home/me:/in\"]", "config.volume_denied", 12,
	        "it holds the home directory");
	denied("volumes = [\"./home:/in\"]", "config.volume_denied", 12,
	        "it holds the home directory");
	volume_of("volumes = [\"./home/me/work:/in\"]");
}
END_TEST

START_TEST(files_of_the_daemon_are_never_shown)
{
	const char *own = bed_path("own/cache");
	static const char *const modes[] = { "ro", "cow", "rw" };
	static const char *const paths[] = { "own", "own/cache", "own/cache/images" };

	bed_mkdir("own");
	bed_mkdir("own/cache");
	bed_mkdir("own/cache/images");
	bed_mkdir("own/beside");
	struct own_dirs dirs;

	own_dirs_init(&dirs, &own, 1);
	bed.s.own = &dirs;
	bed.s.allow_volumes = LIST("/:rw");
	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		for (size_t m = 0; m < ARRAY_LEN(modes); m++)
			denied(arena_printf(
			               bed.a, "volumes = [\"./%s:/in:%s\"]", paths[i], modes[m]),
			        "config.volume_denied", 12, "it holds files of the daemon");
	volume_of("volumes = [\"./own/beside:/in:rw\"]");
	own_dirs_release(&dirs);
}
END_TEST

START_TEST(outside_the_project_a_list_decides)
{
	volume_of("volumes = [\"/tmp/:/in:rw\"]");
	const struct diag *x = denied("volumes = [\"/usr/share:/in\"]", "config.volume_denied", 12,
	        "host path '/usr/share' may not be mounted: it is outside the project");

	ck_assert_str_eq(x->help[0],
	        "security.allow_volumes = [\"/usr/share\"] in cleanroom.toml allows it");
	bed.s.allow_volumes = LIST("/usr");
	volume_of("volumes = [\"/usr/share:/in\"]");
	volume_of("volumes = [\"/usr/share:/in:cow\"]");
	denied("volumes = [\"/usr/share:/in:rw\"]", "config.volume_denied", 12, "with mode rw");
	bed.s.allow_volumes = LIST("/usr:rw");
	volume_of("volumes = [\"/usr/share:/in:rw\"]");
	bed.s.allow_volumes = LIST("/us");
	denied("volumes = [\"/usr/share:/in\"]", "config.volume_denied", 12, "outside the project");
	bed.s.file_system_isolation = false;
	volume_of("volumes = [\"/usr/share:/in\"]");
}
END_TEST

START_TEST(sockets_and_fifos_are_not_shown)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	AUTO_FD fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s/sock", bed.root);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	ck_assert_int_eq(mkfifo(bed_path("fifo"), 0600), 0);
	denied("volumes = [\"./sock:/in\"]", "config.volume_denied", 12, "it is a socket");
	denied("volumes = [\"./fifo:/in\"]", "config.volume_denied", 12,
	        "it is no file or directory");
}
END_TEST

START_TEST(a_socket_needs_relaxed_and_its_name_on_the_list)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	AUTO_FD fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const char *line = "isolation = \"relaxed\"\nvolumes = [\"./sock:/in:rw\"]\n";

	snprintf(at.sun_path, sizeof(at.sun_path), "%s/sock", bed.root);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	only_error(arena_printf(bed.a, META "%s" STEP, line), "config.volume_denied", 4, 12,
	        "it is a socket");
	bed.s.allow_volumes = LIST(arena_printf(bed.a, "%s/sock", bed.root));
	only_error(arena_printf(bed.a, META "%s" STEP, line), "config.volume_denied", 4, 12,
	        "it is a socket");
	bed.s.allow_volumes = LIST(arena_printf(bed.a, "%s/sock:rw", bed.root));
	ck_assert_str_eq(volume_of(line)->host_path, at.sun_path);
	denied("volumes = [\"./sock:/in:rw\"]", "config.volume_denied", 12, "it is a socket");
}
END_TEST

START_TEST(places_in_the_sandbox_are_checked)
{
	bed_mkdir("a");
	denied("volumes = [\"./a:in\"]", "config.path", 12, "container path 'in' must be absolute");
	denied("volumes = [\"./a:/x/../y\"]", "config.path", 12, "without '..'");
	denied("volumes = [\"./a:/\"]", "config.path", 12, "may not be '/'");
	denied("volumes = [\"./a:/dev/x\"]", "config.path", 12, "lies in '/dev'");
	denied("volumes = [\"./a:/sys\"]", "config.path", 12, "lies in '/sys'");
	denied("volumes = [\"./a:/x\", \"/tmp:/x/\"]", "config.conflict", 22,
	        "'/x' already has a volume (line 3)");
	denied("volumes = [\"./none:/x\"]", "config.path", 12,
	        "host path './none': no such file or directory");
	denied("volumes = [\"./a\"]", "config.type", 12, "'./a' is no volume");
	denied("volumes = [\"./a:/x:rx\"]", "config.enum", 12,
	        "'mode' is 'rx', one of ro, cow, rw");
	denied("volumes = [{ host_path = \"a\" }]", "config.missing_key", 12,
	        "a volume needs 'container_path'");
	denied("volumes = [{ container_path = \"/a\" }]", "config.missing_key", 12,
	        "a volume needs 'host_path'");
	denied("volumes = [{ host_path = \"a\", container_path = \"/x\", mode = \"rw\", read_only "
	       "= true }]",
	        "config.conflict", 79, "'read_only' here and mode 'rw' say different things");
	bed_write("f", "x");
	volume_of("volumes = [\"./f:/x\"]");
	denied("volumes = [\"./f:/x:cow\"]", "config.path", 12, "mode cow needs a directory");
}
END_TEST

START_TEST(volumes_and_paths_are_bounded)
{
	AUTO_STRBUF b = STRBUF_INIT;

	bed_mkdir("a");
	strbuf_adds(&b, "volumes = [");
	for (int i = 0; i < 16; i++)
		strbuf_printf(&b, "\"./a:/v%02d\",", i);
	ck_assert_uint_eq(spec_of(arena_printf(bed.a, META "%s]\n", b.s))->n_volumes, 16);
	only_error(arena_printf(bed.a, META "project = \"ro\"\n%s]\n" STEP, b.s), "config.range", 3,
	        11, "16 volumes and the project, the limit is 16");
	strbuf_adds(&b, "\"./a:/v16\"]");
	denied(b.s, "config.range", 11, "17 volumes, the limit is 16");

	strbuf_reset(&b);
	strbuf_addn(&b, 'x', 4095);
	denied(arena_printf(bed.a, "volumes = [\"./a:/%s\"]", b.s), "config.range", 12,
	        "a path of 4096 bytes, the limit is 4095");
	denied(arena_printf(bed.a, "volumes = [\"./%s:/x\"]", b.s), "config.range", 12,
	        "the limit is 4095");
	denied(arena_printf(bed.a, "workdir = \"/%s\"", b.s), "config.range", 11,
	        "the limit is 4095");
	denied(arena_printf(bed.a, "files = { \"/%s\" = \"\" }", b.s), "config.range", 4112,
	        "the limit is 4095");
}
END_TEST

START_TEST(what_lies_inside_is_mounted_after)
{
	bed_mkdir("a");
	const struct sandbox_spec *s =
	        spec_of(META "volumes = [\"./a:/x/y\", \"./a:/x\", \"./a:/b\"]\n");

	ck_assert_str_eq(s->volumes[0].container_path, "/b");
	ck_assert_str_eq(s->volumes[1].container_path, "/x");
	ck_assert_str_eq(s->volumes[2].container_path, "/x/y");
}
END_TEST

START_TEST(a_named_volume_is_a_tmpfs)
{
	const struct sandbox_spec *s = spec_of(META "volumes = [\"data:/var/lib/data\"]\n");

	ck_assert_uint_eq(s->n_volumes, 0);
	ck_assert_uint_eq(s->n_tmpfs, 1);
	ck_assert_str_eq(s->tmpfs[0].path, "/var/lib/data");
}
END_TEST

START_TEST(the_project_is_a_volume_at_workspace)
{
	const struct sandbox_spec *s = spec_of(META "project = \"cow\"\n");

	ck_assert_uint_eq(s->n_volumes, 1);
	ck_assert_str_eq(s->volumes[0].host_path, bed.root);
	ck_assert_str_eq(s->volumes[0].container_path, "/workspace");
	ck_assert_int_eq(s->volumes[0].mode, VOLUME_COW);
	ck_assert_uint_eq(s->n_tmpfs, 0);
	ck_assert_int_eq(spec_of(META "project = \"ro\"\n")->volumes[0].mode, VOLUME_RO);
	ck_assert_uint_eq(spec_of(META "project = \"none\"\n")->n_volumes, 0);
	/* What clnrm keeps there is not part of it. */
	bed_mkdir(".clnrm");
	s = spec_of(META "project = \"ro\"\nvolumes = [\".:/workspace/in\"]\n");
	ck_assert_uint_eq(s->n_tmpfs, 1);
	ck_assert_str_eq(s->tmpfs[0].path, "/workspace/.clnrm");
	ck_assert_uint_eq(s->n_volumes, 2);
	ck_assert_str_eq(s->volumes[0].container_path, "/workspace");
	only_error(META "project = \"ro\"\nvolumes = [\".:/workspace\"]\n" STEP, "config.conflict",
	        3, 11, "'/workspace' already has a volume (line 4)");
}
END_TEST

START_TEST(what_this_machine_lacks_is_a_warning_in_validate)
{
	bed.validate = true;
	only_warning(META "volumes = [\"./none:/x\"]\n" STEP, "config.path", 3, 12,
	        "host path './none': no such file or directory");
	ck_assert_uint_eq(bed.f->tests->scenarios[0].places[0].spec.n_volumes, 0);
}
END_TEST

START_TEST(volumes_and_files_of_servers_are_checked_too)
{
	bed.validate = true;
	load_text(META "[service.db]\nplugin = \"redis\"\nvolumes = [\"/etc:/x\"]\n"
	               "files = [{ path = \"a\", content = \"\" }]\n" STEP);
	finding(SEV_ERROR, "config.volume_denied", 5, 12, "host path '/etc' may not be mounted");
	finding(SEV_ERROR, "config.path", 6, 19, "path 'a' must be absolute");
}
END_TEST

START_TEST(one_finding_for_a_volume_that_many_scenarios_share)
{
	only_error(META
	        "volumes = [\"./none:/x\"]\n[[scenario]]\nname = \"a\"\nrun = \"x\"\n[[scenario]]\n"
	        "name = \"b\"\nrun = \"x\"\n",
	        "config.path", 3, 12, "no such file");
}
END_TEST

/* ---- files ---- */

static const struct place *place_of(const char *line)
{
	return &clean(arena_printf(bed.a, META "%s\n" STEP, line))->scenarios[0].places[0];
}

START_TEST(files_are_placed_from_text_base64_or_a_source)
{
	bed_mkdir("d");
	bed_write("f", "x");

	const struct place *p =
	        place_of("files = [{ path = \"/a\", content = \"t\" }, { path = \"/b//c\", base64 "
	                 "= \"AAE=\", "
	                 "mode = \"0755\", owner = \"10:20\" }, { path = \"/d\", source = \"d\" }, "
	                 "{ path = \"/f\", source = \"f\" }]");

	ck_assert_uint_eq(p->n_files, 4);
	ck_assert_str_eq(p->files[0].path, "/a");
	ck_assert_uint_eq(p->files[0].len, 1);
	ck_assert_uint_eq(p->files[0].mode, 0644);
	ck_assert_uint_eq(p->files[0].uid + p->files[0].gid, 0);
	ck_assert_str_eq(p->files[1].path, "/b/c");
	ck_assert_mem_eq(p->files[1].content, "\0\1", 2);
	ck_assert_uint_eq(p->files[1].mode, 0755);
	ck_assert_uint_eq(p->files[1].uid, 10);
	ck_assert_uint_eq(p->files[1].gid, 20);
	ck_assert_str_eq(p->files[2].source, bed_path("d"));
	ck_assert_str_eq(p->files[3].source, bed_path("f"));
	ck_assert_ptr_null(p->files[3].content);
	p = place_of("files = { \"/a b\" = \"1\", \"/c\" = \"2\" }");
	ck_assert_uint_eq(p->n_files, 2);
	ck_assert_str_eq(p->files[0].path, "/a b");
	ck_assert_str_eq(p->files[1].content, "2");
}
END_TEST

START_TEST(files_that_make_no_sense_are_refused)
{
	denied("files = [{ path = \"/a\" }]", "config.missing_key", 10,
	        "file '/a' needs one of content, base64, source");
	denied("files = [{ path = \"/a\", content = \"\", source = \"x\" }]", "config.conflict", 10,
	        "give only one of content, base64, source");
	denied("files = [{ content = \"\" }]", "config.missing_key", 10, "a file needs 'path'");
	denied("files = [{ path = \"a\", content = \"\" }]", "config.path", 19,
	        "path 'a' must be absolute");
	denied("files = [{ path = \"/proc/a\", content = \"\" }]", "config.path", 19,
	        "lies in '/proc'");
	denied("files = [{ path = \"/a\", source = \"none\" }]", "config.path", 34,
	        "'none': no such file or directory");
	denied("files = [{ path = \"/a\", source = \"/etc/passwd\" }]", "config.path", 34,
	        "lies outside the project");
	denied("files = [{ path = \"/a\", source = \"../x/../..\" }]", "config.path", 34, "");
	denied("files = [{ path = \"/a\", content = \"\", owner = \"me\" }]", "config.type", 47,
	        "'owner' is 'me'");
	denied("files = [{ path = \"/a\", content = \"\", mode = \"9\" }]", "config.range", 46,
	        "'mode'");
	denied("files = [{ path = \"/a\", content = 7 }]", "config.type", 35, "'content' wants");
	denied("files = [{ path = \"/a\", content = \"\\u0000\" }]", "config.type", 35,
	        "holds a NUL");
	denied("files = [{ path = \"/a\", base64 = \"*\" }]", "config.type", 34, "'base64'");
}
END_TEST

LOAD_MAIN("load volumes", a_volume_is_a_string_or_a_table, the_real_path_counts,
        variables_are_expanded_and_tilde_is_not, some_directories_are_never_shown,
        files_of_the_daemon_are_never_shown, outside_the_project_a_list_decides,
        sockets_and_fifos_are_not_shown, a_socket_needs_relaxed_and_its_name_on_the_list,
        places_in_the_sandbox_are_checked, volumes_and_paths_are_bounded,
        what_lies_inside_is_mounted_after, a_named_volume_is_a_tmpfs,
        the_project_is_a_volume_at_workspace, one_finding_for_a_volume_that_many_scenarios_share,
        what_this_machine_lacks_is_a_warning_in_validate,
        volumes_and_files_of_servers_are_checked_too, files_are_placed_from_text_base64_or_a_source,
        files_that_make_no_sense_are_refused)
