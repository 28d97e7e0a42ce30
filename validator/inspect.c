/*
 * inspect: any RPKI object as text or JSON, with its verdict.
 *
 *	FILE ------------------> bytes --> object/inspect --> text
 *	URI --below --local--^       \
 *	                              +--> chain: valid or invalid, and why
 *	      --local and --tal ------^
 *
 * Without a chain the verdict is what the object alone tells: invalid, or
 * unchecked.  With one it is that of a walk over the whole tree, which is made
 * once for all the objects that are asked for.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "core/file.h"
#include "core/text.h"
#include "core/uri.h"
#include "validator/chain/ta.h"
#include "validator/chain/tree.h"
#include "validator/checklist.h"
#include "validator/command.h"
#include "validator/inspect_file.h"
#include "validator/object/inspect.h"
#include "validator/run/judge.h"
#include "validator/run/walk.h"
#include "validator/say.h"
#include "validator/setup.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

enum {
	INSPECT_LOCAL = SETUP_OPTIONS,
	INSPECT_JSON,
	INSPECT_OPTIONS,
	OBJECT_CHUNK = 65536
};

static const struct opt options[INSPECT_OPTIONS] = {
	SETUP_ROWS("Without any there is no chain."),
	SETUP_LOCAL_ROW,
	{.key = "json",
		.kind = OPT_FLAG,
		.value = "no",
		.help = "One JSON object a line."},
};

static const char *const exits[][2] = {
	{"0",
		"all were readable and none is invalid (which is no promise "
		"that all are used)"},
	{"1", "one could not be read, is no RPKI object, or is invalid"},
	{"2", "the command line is wrong"},
	{NULL, NULL},
};

static const struct opt_program program = {
	.name = "validator inspect",
	.title = "show RPKI objects and their verdict",
	.usage = "[OPTIONS] FILE|URI...",
	.text = "Shows certificates, CRLs and signed objects (manifests, ROAs, "
		"ASPAs, prefix lists, trust anchor keys, Ghostbusters records "
		"with their vCards, checklists of RFC 9323), and files beside "
		"them: trust anchor locators, the three files of RRDP, and "
		"canonical cache representations (CCR), field by field. The "
		"type is told by the name's extension, else by the content. "
		"Characters that a terminal would obey are shown as "
		"escapes.\n\n"
		"With --local and --tal the verdict is that of the chain: the "
		"tree is walked and the object judged by its certification "
		"path, valid or invalid. One that is valid is not used when "
		"its publication point, or one above, fails for another file: "
		"then the verdict says so, and JSON has the fields "
		"point_reason, point_uri and point_file. Without the two "
		"options the verdict is what the object alone tells: invalid, "
		"or unchecked. A URI is read below --local. Locators, files of "
		"RRDP and CCRs are signed by nobody: invalid, or unchecked.\n\n"
		"Options may also stand behind the files.",
	.opts = options,
	.opt_count = INSPECT_OPTIONS,
	.exits = exits,
	.files = NULL,
	.examples = "Ask why a ROA is not in the set:\n\n"
		    "  validator inspect --tal tals --local repo \\\n"
		    "      rsync://rpki.example.net/repo/ca/as64496.roa",
};

/* All that a call works with. */
struct desk {
	struct opt_values *values;
	struct setup setup;
	struct chain_progress progress;
	struct result *result; /* NULL: no chain */
	struct tree tree;
	struct tree_view view;
	struct chain_env env;
	struct checker *checker; /* for its contexts */
	char local[BOUND_PATH]; /* --local, without links; or "" */
};

/* One object on the desk. */
struct exhibit {
	const char *name; /* as given */
	struct span der;
	char uri[BOUND_URI + 1]; /* "" when not known */
	bool is_uri;
};

const struct opt_program *
inspect_program(void)
{
	return &program;
}

static int
usage(const char *why)
{
	say(program.name, "%s", why);
	return EXIT_WRONG_USAGE;
}

static void
complain(const char *name, const char *why)
{
	say(program.name, "%s: %s", name, why);
}

static bool
is_uri(const char *name)
{
	return strncasecmp(name, "rsync://", 8) == 0 ||
		strncasecmp(name, "https://", 8) == 0;
}

static int
read_uri(struct desk *d, struct exhibit *e)
{
	struct span uri = span_text(e->name);
	struct uri parts;
	enum uri_fault fault = uri_parse(uri, &parts);
	int folder, err;

	if (fault != URI_GOOD) {
		complain(e->name, uri_fault_text(fault));
		return ERR_SYNTAX;
	}
	err = tree_folder(&d->view, uri_folder(uri), &folder);
	if (err == 0) {
		err = tree_read(
			folder, uri_name(uri), &d->checker->object, &e->der);
		(void)close(folder); /* nothing was written */
	}
	if (err != 0)
		complain(e->name, err_text(err));
	(void)snprintf(e->uri, sizeof(e->uri), "%s", e->name);
	return err;
}

/* A file below --local has the URI that it is published at. */
static void
find_uri(const struct desk *d, struct exhibit *e)
{
	char *real = d->local[0] == '\0' ? NULL : realpath(e->name, NULL);
	size_t n = strlen(d->local);

	if (real != NULL && strncmp(real, d->local, n) == 0 && real[n] == '/' &&
		strlen(real) - n < BOUND_URI - 8)
		(void)snprintf(
			e->uri, sizeof(e->uri), "rsync://%s", real + n + 1);
	free(real);
}

/* A snapshot of RRDP, or a whole cache, is larger than any object. */
static size_t
size_limit(const char *name)
{
	return object_type_of(name, strlen(name)) == OBJECT_OTHER
		? BOUND_RRDP_SNAPSHOT
		: BOUND_OBJECT_MAX;
}

static int
read_exhibit(struct desk *d, struct exhibit *e)
{
	int err;

	e->is_uri = is_uri(e->name);
	if (e->is_uri)
		return read_uri(d, e);
	err = file_read(e->name, size_limit(e->name), d->checker->object_arena,
		&e->der);
	if (err != 0)
		complain(e->name, err_text(err));
	else
		find_uri(d, e);
	return err;
}

/* Whether the key stands anywhere in the bytes, which need not parse. */
static bool
holds_key(struct span der, struct span spki)
{
	return memmem(der.p, der.n, spki.p, spki.n) != NULL;
}

/* A certificate with a locator's key is judged as that trust anchor's, also
 * when the locator leads to another file. */
static bool
judge_as_ta(struct desk *d, const struct exhibit *e, struct inspect *what)
{
	const struct run_options *run = &d->setup.run;
	struct cert cert;
	size_t i;

	if (what->type != OBJECT_CERT)
		return false;
	for (i = 0; i < run->ta_count; i++) {
		enum reject code;

		if (run->tas[i].broken ||
			!holds_key(e->der, run->tas[i].tal.spki))
			continue;
		code = ta_check(
			d->checker, e->der, run->tas[i].tal.spki, &cert);
		what->verdict =
			code == REJECT_NONE ? INSPECT_VALID : INSPECT_INVALID;
		what->reason = code;
		arena_reset(d->checker->point_arena);
		return true;
	}
	return false;
}

/* Why its point gives nothing, where one does. */
static void
add_loss(const struct loss *lost, struct inspect *what)
{
	if (lost->reason == REJECT_NONE)
		return;
	what->point = lost->reason;
	what->point_uri = span_text(lost->point);
	what->point_file = span_text(lost->file);
}

/* No manifest lists a checklist; who has signed it is told by its issuer's key.
 * Without an issuer there is no chain, and no verdict. */
static void
judge_checklist(struct desk *d, const struct exhibit *e, struct inspect *what)
{
	const struct checklist_env env = {
		.run = &d->setup.run,
		.snapshot = &d->result->snapshot,
		.view = &d->view,
		.checker = d->checker,
	};
	enum reject code = REJECT_NONE;

	if (checklist_judge(&env, e->der, &code) != 0)
		return;
	what->verdict = code == REJECT_NONE ? INSPECT_VALID : INSPECT_INVALID;
	what->reason = code;
}

static void
judge(struct desk *d, const struct exhibit *e, struct inspect *what)
{
	uint8_t hash[SHA256_SIZE];
	const struct verdict *v;

	if (d->result == NULL)
		return;
	if (what->type == OBJECT_RSC) {
		judge_checklist(d, e, what);
		return;
	}
	crypto_sha256(d->checker->crypto, e->der, hash);
	v = judge_find(d->result, span_text(e->uri), hash);
	if (v == NULL && !e->is_uri) /* perhaps a copy, or https */
		v = judge_find(d->result, span_of(NULL, 0), hash);
	if (v == NULL) {
		if (!judge_as_ta(d, e, what)) {
			what->verdict = INSPECT_INVALID;
			what->reason = REJECT_UNLISTED;
		}
		return;
	}
	add_loss(&v->lost, what);
	if (v->state == OBJECT_STATE_IGNORED)
		return;
	what->verdict = v->state == OBJECT_STATE_VALID ? INSPECT_VALID
						       : INSPECT_INVALID;
	what->reason = v->reason;
}

/* One that nobody lists has broken a rule of its own, perhaps: that is told
 * first. */
static int
describe(struct desk *d, const struct inspect *what, struct text *out,
	enum inspect_verdict *verdict)
{
	struct inspect alone = *what;
	int err;

	if (what->reason == REJECT_UNLISTED) {
		alone.verdict = INSPECT_UNCHECKED;
		alone.reason = REJECT_NONE;
		err = inspect_object(&alone, d->checker->crypto, out, verdict);
		if (err != 0 || *verdict == INSPECT_INVALID)
			return err;
		text_clear(out);
	}
	return inspect_object(what, d->checker->crypto, out, verdict);
}

/* What is of no known type by name and content may still be what a manifest
 * lists; else, when it is not even DER, it is of no use to show it. */
static bool
is_object(const struct desk *d, const struct exhibit *e,
	const struct inspect *what)
{
	if (what->type != OBJECT_OTHER || d->result != NULL ||
		inspect_is_der(e->der))
		return true;
	complain(e->name,
		"no RPKI object: the name's extension is of none, and the "
		"content is not DER");
	return false;
}

/* What is known to be something else than an object, by name and content. */
static enum inspect_file
file_kind(const struct exhibit *e, const struct inspect *what)
{
	if (what->type != OBJECT_OTHER || inspect_is_der(e->der))
		return INSPECT_FILE_NONE;
	return inspect_file_kind(span_text(e->name), e->der);
}

static int
show_file(struct desk *d, const struct exhibit *e, enum inspect_file kind,
	struct text *out, bool *good)
{
	const struct inspect_what what = {
		.name = span_text(e->name),
		.bytes = e->der,
		.kind = kind,
		.json = opt_flag(d->values, INSPECT_JSON),
		.crypto = d->checker->crypto,
		.arena = d->checker->object_arena,
	};

	return inspect_file_show(&what, out, good);
}

/* An object, judged where there is a chain. */
static int
show_object(struct desk *d, const struct exhibit *e, struct inspect *what,
	struct text *out, bool *good)
{
	enum inspect_verdict verdict;
	int err;

	*good = false;
	if (!is_object(d, e, what))
		return 0;
	judge(d, e, what);
	err = describe(d, what, out, &verdict);
	*good = err == 0 && verdict != INSPECT_INVALID;
	return err;
}

/* Show one. Whether it could be read and is not invalid. */
static bool
show(struct desk *d, const char *name, struct text *out)
{
	struct exhibit e = {.name = name};
	struct inspect what = {
		.profile = d->setup.run.profile,
		.json = opt_flag(d->values, INSPECT_JSON),
	};
	enum inspect_file kind;
	bool good = false;
	int err;

	if (read_exhibit(d, &e) != 0)
		return false;
	what.der = e.der;
	what.uri = span_text(e.uri);
	if (!e.is_uri)
		what.file = span_text(name);
	what.type = inspect_type(span_text(name), e.der);
	kind = file_kind(&e, &what);
	text_clear(out);
	err = kind == INSPECT_FILE_NONE ? show_object(d, &e, &what, out, &good)
					: show_file(d, &e, kind, out, &good);
	if (err != 0) {
		complain(name, err_text(err));
		return false;
	}
	if (out->n > 0)
		(void)fwrite(out->p, 1, out->n, stdout);
	return good;
}

static int
show_all(struct desk *d, char **names, int count)
{
	struct text out = {0};
	int code = EXIT_COMPLETE, i;

	for (i = 0; i < count; i++) {
		if (!show(d, names[i], &out))
			code = EXIT_FAILED;
		if (!opt_flag(d->values, INSPECT_JSON) && i + 1 < count)
			printf("\n");
		arena_reset(d->checker->object_arena);
	}
	text_free(&out);
	return fflush(stdout) == 0 ? code : EXIT_FAILED;
}

/* The chain, when there are locators and a tree. */
static int
walk(struct desk *d)
{
	struct run_options *run = &d->setup.run;
	int err;

	if (!d->setup.tals_given || run->local == NULL)
		return 0;
	run->judge = true;
	run->progress = &d->progress;
	err = walk_run(run, &d->result);
	if (err != 0)
		complain(run->local, err_text(err));
	return err;
}

static int
open_tree(struct desk *d)
{
	const char *local = d->setup.run.local;
	char *real;
	int err;

	d->tree.fd = -1;
	if (local == NULL)
		return 0;
	err = tree_open(local, &d->tree);
	if (err != 0) {
		complain(local, err_text(err));
		return err;
	}
	real = realpath(local, NULL);
	if (real != NULL && strlen(real) < sizeof(d->local))
		(void)snprintf(d->local, sizeof(d->local), "%s", real);
	free(real);
	return 0;
}

static int
work(struct desk *d, char **names, int count)
{
	int code = EXIT_FAILED;
	struct source source;

	tree_view_init(&d->view, &d->tree);
	if (open_tree(d) == 0 && tree_source(&d->tree, &source) == 0) {
		d->env = (struct chain_env){
			.profile = d->setup.run.profile,
			.progress = &d->progress,
			.at = d->setup.run.at,
		};
		d->checker = checker_new(&d->env, source, 1);
		if (d->checker != NULL && walk(d) == 0)
			code = show_all(d, names, count);
	}
	checker_free(d->checker);
	result_free(d->result);
	tree_view_fini(&d->view);
	tree_close(&d->tree);
	return code;
}

/* What was asked for needs the options that it needs. */
static const char *
missing_option(const struct desk *d, char **names, int count)
{
	int i;

	if (opt_text(d->values, INSPECT_LOCAL) != NULL)
		return NULL;
	if (opt_list_count(d->values, SETUP_TAL) > 0)
		return "--tal needs --local DIR, the tree below it";
	for (i = 0; i < count; i++)
		if (is_uri(names[i]))
			return "a URI needs --local DIR, to be read below it";
	return NULL;
}

static int
begin(struct desk *d, char **names, int count)
{
	const char *missing = missing_option(d, names, count);
	char why[TAL_WHY] = "";
	int err, code;

	if (missing != NULL)
		return usage(missing);
	err = setup_init(&d->setup, d->values, false, why);
	if (err != 0)
		return err == ERR_NOMEM ? EXIT_FAILED : usage(why);
	d->setup.run.local = opt_text(d->values, INSPECT_LOCAL);
	/* Refusals are told by the objects themselves. */
	if (!opt_is_set(d->values, SETUP_LOG_LEVEL))
		d->setup.log.level = LOG_LEVEL_ERROR;
	code = work(d, names, count);
	setup_fini(&d->setup);
	return code;
}

int
inspect_main(int argc, char **argv)
{
	struct desk d = {.tree = {.fd = -1}};
	char why[256] = "";
	int count, code = 0;

	d.values = opt_new(&program);
	if (d.values == NULL)
		return EXIT_FAILED;
	if (opt_parse_mixed(d.values, argc, argv, &count, why) != 0)
		code = usage(why);
	else if (opt_asked(d.values) == OPT_HELP)
		opt_print_help(&program);
	else if (opt_asked(d.values) == OPT_VERSION)
		opt_print_version(&program);
	else if (opt_asked(d.values) == OPT_MAN)
		opt_print_man(&program, 1);
	else if (count == 0)
		code = usage("a FILE or URI is wanted");
	else
		code = begin(&d, argv + 1, count);
	opt_free(d.values);
	return code;
}
