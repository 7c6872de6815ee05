/* SPDX-License-Identifier: GPL-2.0-only */
/* The configuration file: what it may say, how it says what is wrong, which
 * file is read, and which rules files a directory stands for. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../plugin/config.h"
#include "test.h"

#define EXAMPLE "criu-rewrite.conf.example"

static struct error err;

static void make_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	if (!file || fputs(text, file) < 0 || fclose(file) != 0)
		printf("# cannot make %s: %s\n", path, strerror(errno));
}

static void make_directory(const char *path)
{
	if (mkdir(path, 0755) < 0)
		printf("# cannot make %s: %s\n", path, strerror(errno));
}

static void make_link(const char *target, const char *path)
{
	if (symlink(target, path) < 0)
		printf("# cannot link %s: %s\n", path, strerror(errno));
}

/* ---- the text ------------------------------------------------------------- */

static const char *first_rules(const struct config *config)
{
	return config->rules.count ? config->rules.items[0] : NULL;
}

static int parse(struct config *config, const char *text)
{
	config_init(config);
	return config_parse(config, "/etc/criu/rewrite.conf", span_text(text), &err);
}

static void test_defaults(void)
{
	struct config config;

	is_number(parse(&config, ""), 0, "an empty text");
	is_number(config.rules.count, 0, "names no rules");
	ok(!config.continue_on_error, "stops on errors");
	ok(!config.dry_run, "is in earnest");
	ok(!config.report, "writes no report");
	is_number(config.log_level, CRW_LOG_CHANGES, "logs changes");
	is_number(config.syslog, CRW_SYSLOG_ERRORS, "errors to the system's log too");
	is_number(config.view, CRW_VIEW_AUTO, "chooses the view itself");
	is_number(config.limit_image, 1ll << 30, "reads images of 1G");
	is_number(config.limit_memory, 1ll << 31, "and of 2G in all");
	config_free(&config);
}

static void test_values(void)
{
	static const char text[] = "# a comment\n"
				   "\n"
				   "  rules\t/a/b.rules   # another\r\n"
				   "rules \"/a/with blank#\\\"\\\\\" # quoted\n"
				   "rules site#1.rules\n"
				   "on-error continue\n"
				   "dry-run\n"
				   "report out.json\n"
				   "log-level debug\n"
				   "syslog changes\n"
				   "view namespace\n"
				   "preflight facts.json \"/a b\"\n"
				   "before /bin/a\n"
				   "after /bin/b\n"
				   "after c\n"
				   "limit-image 64M\n"
				   "limit-memory 4096";
	struct config config;

	if (!ok(parse(&config, text) == 0, "every option"))
		printf("# %s\n", err.text);
	is_number(config.rules.count, 3, "several rules");
	is_text(config.rules.items[0], "/a/b.rules", "an absolute path");
	is_text(config.rules.items[1], "/a/with blank#\"\\", "a quoted path");
	is_text(config.rules.items[2], "/etc/criu/site#1.rules", "a path beside the file");
	ok(config.continue_on_error, "on-error");
	ok(config.dry_run, "dry-run without a value");
	is_text(config.report, "out.json", "report");
	is_number(config.log_level, CRW_LOG_DEBUG, "log-level");
	is_number(config.syslog, CRW_SYSLOG_CHANGES, "syslog");
	is_number(config.view, CRW_VIEW_NAMESPACE, "view");
	is_text(config.preflight_facts, "/etc/criu/facts.json", "preflight");
	is_text(config.preflight_rules, "/a b", "its second value");
	is_number(config.programs[CRW_BEFORE].count, 1, "one program before");
	is_number(config.programs[CRW_AFTER].count, 2, "two after");
	is_text(config.programs[CRW_AFTER].items[1], "/etc/criu/c", "one of them beside the file");
	is_number(config.programs[CRW_AT_RESUME].count, 0, "none at resume");
	is_number(config.limit_image, 64 << 20, "a size with a unit");
	is_number(config.limit_memory, 4096, "and one without");
	config_free(&config);
}

static const struct {
	const char *text, *message; /* behind the path */
} wrong[] = {
	{ "rules /a\nrule /b", ":2:1: unknown option 'rule'; did you mean 'rules'?" },
	{ "  nonsense", ":1:3: unknown option 'nonsense'; rules stand in files of their own, "
			"which 'rules FILE' names here" },
	{ "--rules /a", ":1:1: options are written without dashes here: 'rules'" },
	{ "rules", ":1:6: 'rules' needs a value: file or directory of rules" },
	{ "rules # none", ":1:7: 'rules' needs a value: file or directory of rules" },
	{ "report \"\"", ":1:8: 'report' needs a value: file for the report in JSON" },
	{ "rules /a /b", ":1:10: 'rules' takes one value; quote it if it has blanks" },
	{ "preflight",
	  ":1:10: 'preflight' needs a value: file with the facts of the host that dumps "
	  "are for" },
	{ "preflight a b c",
	  ":1:15: 'preflight' takes one or two values; quote it if it has blanks" },
	{ "preflight a \"\"", ":1:13: 'preflight': the second value is empty" },
	{ "before a b", ":1:10: 'before' takes one value; quote it if it has blanks" },
	{ "rules = /a", ":1:9: 'rules' takes one value; quote it if it has blanks" },
	{ "view auto\n\nview auto", ":3:1: 'view' was already given in line 1" },
	{ "view atuo", ":1:6: view 'atuo' is not one of: auto, detached, namespace; did you mean "
		       "'auto'?" },
	{ "on-error yes", ":1:10: on-error 'yes' is not one of: fail, continue" },
	{ "dry-run maybe", ":1:9: dry-run 'maybe' is not one of: no, yes" },
	{ "log-level 3", ":1:11: log-level '3' is not one of: none, changes, debug" },
	{ "limit-image 2G", ":1:13: limit-image '2G' is out of range, 1 to 1073741824 bytes" },
	{ "limit-image 0", ":1:13: limit-image '0' is out of range, 1 to 1073741824 bytes" },
	{ "limit-memory 99999999999999999999", ":1:14: limit-memory '99999999999999999999' is out "
					       "of range, 1 to 1099511627776 bytes" },
	{ "limit-memory 16777216T", ":1:14: limit-memory '16777216T' is out of range, 1 to "
				    "1099511627776 bytes" },
	{ "limit-memory 1g", ":1:14: limit-memory '1g' is not a size such as 4096, 64M or 1G" },
	{ "limit-memory 1GB", ":1:14: limit-memory '1GB' is not a size such as 4096, 64M or 1G" },
	{ "limit-memory -1", ":1:14: limit-memory '-1' is not a size such as 4096, 64M or 1G" },
	{ "rules \"/a", ":1:7: this quote is not closed on the same line" },
	{ "rules \"/a\\", ":1:7: this quote is not closed on the same line" },
	{ "rules \"/a\\n\"", ":1:10: unknown escape '\\n' (there are \\\" and \\\\)" },
	{ "rules \"/a\"b", ":1:11: a blank is missing after the closing quote" },
};

static void test_wrong(void)
{
	char message[ERROR_TEXT_MAX + 64];
	struct config config;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(message, sizeof(message), "/etc/criu/rewrite.conf%s", wrong[i].message);
		is_number(parse(&config, wrong[i].text), -1, wrong[i].message);
		is_text(err.text, message, "its message");
		config_free(&config);
	}
	config_init(&config);
	is_number(config_parse(&config, "c", span_of("view\0auto", 9), &err), -1, "a NUL byte");
	is_text(err.text, "c:1:5: a NUL byte: this is not a text file", "its message");
	config_free(&config);
}

static void test_many_rules(void)
{
	struct buffer text = { 0 };
	struct config config;

	for (int i = 0; i < 64; i++)
		buffer_printf(&text, "rules r%d\n", i);
	config_init(&config);
	is_number(config_parse(&config, "c", buffer_span(&text), &err), 0, "64 lines of rules");
	is_text(config.rules.items[63], "r63", "the last of them");
	config_free(&config);
	buffer_text(&text, "rules more");
	is_number(config_parse(&config, "c", buffer_span(&text), &err), -1, "one more");
	is_text(err.text, "c:65:7: more than 64 lines of 'rules' (name a directory)", "is refused");
	config_free(&config);
	buffer_free(&text);
}

/* ---- the example ---------------------------------------------------------- */

/* The example with the options in force: "#view auto", not "# prose". */
static void read_example(struct buffer *out)
{
	char line[256];
	FILE *file = fopen(EXAMPLE, "re");

	while (file && fgets(line, sizeof(line), file))
		buffer_text(out, line[0] == '#' && line[1] >= 'a' ? line + 1 : line);
	if (file)
		fclose(file);
}

static void test_example(void)
{
	struct config config, defaults;
	struct buffer text = { 0 };

	read_example(&text);
	config_init(&config);
	config_init(&defaults);
	if (!ok(config_parse(&config, EXAMPLE, buffer_span(&text), &err) == 0, "the example"))
		printf("# %s\n", err.text);
	is_number(config.rules.count, 1, "its rules");
	is_text(first_rules(&config), "/etc/criu/rewrite.d", "their place");
	is_number(config.continue_on_error, defaults.continue_on_error, "on-error as built in");
	is_number(config.dry_run, defaults.dry_run, "dry-run as built in");
	is_number(config.log_level, defaults.log_level, "log-level as built in");
	is_number(config.syslog, defaults.syslog, "syslog as built in");
	is_number(config.view, defaults.view, "view as built in");
	is_number(config.limit_image, defaults.limit_image, "limit-image as built in");
	is_number(config.limit_memory, defaults.limit_memory, "limit-memory as built in");
	config_free(&config);
	buffer_free(&text);
}

static void test_example_as_it_is(void)
{
	struct config config;

	config_init(&config);
	if (!ok(config_load(&config, EXAMPLE, &err) == 1, "the example as a file"))
		printf("# %s\n", err.text);
	is_number(config.rules.count, 0, "changes nothing as long as all is commented out");
	config_free(&config);
}

/* ---- which file ----------------------------------------------------------- */

static int load(struct config *config, const char *path)
{
	config_free(config);
	return config_load(config, path, &err);
}

static void test_load(void)
{
	struct config config;

	config_init(&config);
	make_file("c.conf", "rules x.rules\nview detached\n");
	make_file("bad.conf", "veiw auto\n");
	make_file("open.conf", "view auto\n");
	make_link("/dev/null", "masked.conf");
	if (chmod("open.conf", 0666) < 0)
		printf("# chmod fails\n");
	is_number(load(&config, "c.conf"), 1, "a named file");
	is_text(config.path, "c.conf", "its path");
	is_text(first_rules(&config), "x.rules", "rules beside it");
	is_number(config.view, CRW_VIEW_DETACHED, "its value");
	is_number(load(&config, "none.conf"), -1, "a named file must exist");
	is_text(err.text, "none.conf: cannot open the configuration: No such file or directory",
		"and the message says so");
	is_number(load(&config, "masked.conf"), 0, "a masked file is none");
	is_number(load(&config, "open.conf"), -1, "a file that others may write");
	ok(strstr(err.text, "mode 0666 lets everybody write it"), "is refused");
	is_number(load(&config, "bad.conf"), -1, "a file with an error");
	is_text(err.text, "bad.conf:1:1: unknown option 'veiw'; did you mean 'view'?",
		"is shown with the place");
	config_free(&config);
}

static int load_host(struct config *config, const char *host)
{
	config_free(config);
	return config_load_host(config, host, "shipped.conf", &err);
}

static void test_shipped(void)
{
	struct config config;

	config_init(&config);
	is_number(load_host(&config, "none.conf"), 0,
		  "neither the host's file nor the shipped one");
	ok(!config.masked, "masks nothing");
	make_file("shipped.conf", "rules shipped.rules\n");
	make_file("empty.conf", "# nothing\n");
	is_number(load_host(&config, "none.conf"), 1, "the shipped file where the host has none");
	is_text(config.path, "shipped.conf", "its path");
	is_text(first_rules(&config), "shipped.rules", "its rules");
	ok(!config.masked, "it is in force");
	is_number(load_host(&config, "c.conf"), 1, "the host's file goes before it");
	is_text(config.path, "c.conf", "its path");
	is_number(config.rules.count, 1, "and its rules alone");
	is_text(config.masked, "shipped.conf", "what it masks");
	is_number(load_host(&config, "empty.conf"), 1, "a host's file with no option");
	is_number(config.rules.count, 0, "switches all off");
	is_number(load_host(&config, "masked.conf"), 0, "and so does a link to /dev/null");
	is_number(config.rules.count, 0, "no rules");
	is_text(config.masked, "shipped.conf", "what that masks");
	is_number(load_host(&config, "bad.conf"), -1, "a host's file that is wrong is an error");
	is_number(load_host(&config, "open.conf"), -1, "and so is one that others may write");
	make_link("nowhere", "lost.conf");
	is_number(load_host(&config, "lost.conf"), -1, "or a link to nothing");
	config_free(&config);
}

static void test_environment(void)
{
	struct config config;

	config_init(&config);
	setenv("CRIU_REWRITE_CONF", "c.conf", 1);
	is_number(load(&config, NULL), 1, "the file that the environment names");
	is_text(config.path, "c.conf", "its path");
	setenv("CRIU_REWRITE_CONF", "none.conf", 1);
	is_number(load(&config, NULL), -1, "must exist as well");
	ok(strncmp(err.text, "CRIU_REWRITE_CONF: none.conf: ", 30) == 0, "and says who named it");
	setenv("CRIU_REWRITE_CONF", "/dev/null", 1);
	is_number(load(&config, NULL), 0, "/dev/null switches everything off");
	unsetenv("CRIU_REWRITE_CONF");
	if (access("/etc/criu/rewrite.conf", F_OK) == 0 ||
	    access(CRW_DATADIR "/rewrite.conf", F_OK) == 0)
		skip("a host without a configuration", "this one has a configuration");
	else
		is_number(load(&config, NULL), 0, "a host without a configuration");
	is_number(config.rules.count, 0, "has no rules");
	config_free(&config);
}

/* ---- rules directories ---------------------------------------------------- */

static void join(struct buffer *out, struct crw_rules_file *files, size_t count)
{
	buffer_clear(out);
	for (size_t i = 0; i < count; i++) {
		if (!files[i].masked_by)
			buffer_printf(out, "%s%s", out->size ? " " : "", files[i].path);
	}
	buffer_byte(out, 0);
}

static void listed(const char *path, const char *want, const char *what)
{
	struct arena arena = { 0 };
	struct buffer text = { 0 };
	struct crw_rules_file *files = NULL;
	size_t count = 0;

	if (config_list_rules(path, &arena, &files, &count, &err) < 0)
		buffer_text(&text, err.text);
	else
		join(&text, files, count);
	buffer_byte(&text, 0);
	is_text((const char *)text.data, want, what);
	buffer_free(&text);
	arena_free(&arena);
}

static void test_list(void)
{
	make_directory("d");
	make_file("d/b.rules", "");
	make_file("d/a.rules", "");
	make_file("d/B.rules", "");
	make_file("d/10-x.rules", "");
	make_file("d/a.rules~", "");
	make_file("d/.#a.rules", "");
	make_file("d/.rules", "");
	make_file("d/README", "");
	make_link("/dev/null", "d/c.rules");
	make_link("../elsewhere.rules", "d/z.rules");
	make_directory("empty");
	listed("d", "d/10-x.rules d/B.rules d/a.rules d/b.rules d/z.rules", "a directory, by name");
	listed("d/a.rules~", "d/a.rules~", "a file, whatever its name");
	listed("d/c.rules", "", "a masked file");
	listed("empty", "", "an empty directory");
	listed("none", "none: cannot open the rules: No such file or directory",
	       "what is named must exist");
}

static void test_override(void)
{
	static const char *const dirs[] = { "etc", "run", "not-there", "usr" };
	struct arena arena = { 0 };
	struct buffer text = { 0 };
	struct crw_rules_file *files = NULL;
	size_t count = 0;

	make_directory("etc");
	make_directory("run");
	make_directory("usr");
	make_file("etc/50-site.rules", "");
	make_file("etc/20-both.rules", "");
	make_link("/dev/null", "etc/30-off.rules");
	make_file("run/20-both.rules", "");
	make_file("run/10-run.rules", "");
	make_file("usr/20-both.rules", "");
	make_file("usr/30-off.rules", "");
	make_file("usr/40-shipped.rules", "");
	make_file("usr/10-run.rules", "");
	is_number(config_list_directories(dirs, 4, &arena, &files, &count, &err), 0,
		  "several directories");
	join(&text, files, count);
	is_text((const char *)text.data,
		"run/10-run.rules etc/20-both.rules usr/40-shipped.rules etc/50-site.rules",
		"the earlier overrides, a link to /dev/null masks, names give the order");
	buffer_free(&text);
	arena_free(&arena);
}

/* What a directory of another user lacks or masks is not obeyed either. */
static void test_untrusted(void)
{
	static const char *const dirs[] = { "own", "theirs" };
	struct arena arena = { 0 };
	struct crw_rules_file *files = NULL;
	size_t count = 0;

	make_directory("own");
	make_file("own/a.rules", "");
	make_directory("theirs");
	make_link("/dev/null", "own/b.rules");
	make_file("theirs/b.rules", "");
	if (lchown("own/b.rules", 12345, 12345) < 0) {
		skip("a mask and a directory of another user", strerror(errno));
		return;
	}
	is_number(config_list_directories(dirs, 2, &arena, &files, &count, &err), -1,
		  "another's mask in our directory");
	ok(strstr(err.text, "/own/b.rules: belongs to uid 12345"), "is refused");
	is_number(config_list_rules("own/b.rules", &arena, &files, &count, &err), -1,
		  "and so it is by name");
	unlink("own/b.rules");
	unlink("theirs/b.rules");
	make_link("b.rules", "own/b.rules");
	is_number(config_list_directories(dirs, 2, &arena, &files, &count, &err), -1,
		  "one of which it cannot be told whether it masks");
	ok(strstr(err.text, "own/b.rules: cannot look at"), "is refused");
	unlink("own/b.rules");
	is_number(lchown("theirs", 12345, 12345), 0, "a directory is given away");
	is_number(config_list_directories(dirs, 2, &arena, &files, &count, &err), -1,
		  "another's directory, though it is empty");
	ok(strstr(err.text, "/theirs: belongs to uid 12345"), "is refused");
	make_link("/dev/null", "theirs/a.rules");
	is_number(config_list_directories(dirs, 2, &arena, &files, &count, &err), -1,
		  "one with masks only, too");
	arena_free(&arena);
}

static void test_many_files(void)
{
	char name[32];

	make_directory("many");
	for (int i = 0; i <= 1024; i++) {
		snprintf(name, sizeof(name), "many/%d.rules", i);
		make_file(name, "");
	}
	listed("many", "many: more than 1024 rules files", "a limit");
}

int main(void)
{
	char top[] = "/tmp/test_config.XXXXXX", command[64];

	umask(022);
	test_defaults();
	test_values();
	test_wrong();
	test_many_rules();
	test_example();
	test_example_as_it_is();
	if (!mkdtemp(top) || chdir(top) < 0)
		return 1;
	test_load();
	test_shipped();
	test_environment();
	test_list();
	test_override();
	test_untrusted();
	test_many_files();
	snprintf(command, sizeof(command), "rm -rf %s", top);
	if (chdir("/") < 0 || system(command) != 0)
		printf("# cannot remove %s\n", top);
	return test_end();
}
