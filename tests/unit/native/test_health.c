/* Remedies that name what is installed here. */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/native/native_priv.h"
#include "tests/unit/check_main.h"

static char *dir;

static void setup(void)
{
	dir = mkdtemp(xstrdup("/tmp/clnrm-health-XXXXXX"));
	ck_assert_ptr_nonnull(dir);
}

static void teardown(void)
{
	rmdir(dir);
	free(dir);
}

START_TEST(the_profile_is_for_the_real_path_of_the_launcher)
{
	AUTO_STR file = xasprintf("%s/it's here", dir);
	AUTO_STR link = xasprintf("%s/link", dir);
	AUTO_STR real = realpath(dir, NULL);
	AUTO_STRBUF fix = STRBUF_INIT;
	AUTO_STRBUF profile = STRBUF_INIT;
	FILE *f = fopen(file, "w");
	char line[512];

	ck_assert_ptr_nonnull(f);
	fclose(f);
	ck_assert_int_eq(symlink(file, link), 0);
	native_apparmor_fix(link, &fix);

	/* What a shell makes of the part before the pipe is the profile. */
	char *bar = strstr(fix.s, " | sudo tee /etc/apparmor.d/clnrm && sudo apparmor_parser -r ");

	ck_assert_ptr_nonnull(bar);
	*bar = '\0';
	f = popen(fix.s, "r");
	while (fgets(line, sizeof(line), f))
		strbuf_adds(&profile, line);
	ck_assert_int_eq(pclose(f), 0);
	AUTO_STR wanted = xasprintf("abi <abi/4.0>,\ninclude <tunables/global>\nprofile clnrm "
	                            "\"%s/it's here\" flags=(unconfined) { userns, }\n",
	        real);
	ck_assert_str_eq(profile.s, wanted);
	unlink(link);
	unlink(file);
}
END_TEST

START_TEST(a_launcher_that_is_not_there_is_named_as_it_was)
{
	AUTO_STRBUF fix = STRBUF_INIT;

	native_apparmor_fix("/no/such/clnrm-launcher", &fix);
	ck_assert_ptr_nonnull(strstr(fix.s, "profile clnrm \"/no/such/clnrm-launcher\" flags"));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_profile_is_for_the_real_path_of_the_launcher,
		a_launcher_that_is_not_there_is_named_as_it_was,
	};

	return check_run_with("health", tests, ARRAY_LEN(tests), setup, teardown);
}
