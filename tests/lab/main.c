/*
 * lab: the signer's command line.
 *
 *	lab tree    a tree of a given size and seed
 *	lab world   a tree from a story (story.h)
 *	lab rrdp    publish a tree for RRDP (rrdp.h)
 *	lab object  one object, to a file
 *	lab show    what can be changed
 *
 * A tree that was written before is brought to the new state: with the same
 * --seed and --now, only what --roas-added, --roas-withdrawn and --roas-changed
 * touch differs.  With --edits-only 1 nothing else is signed again: for a tree
 * that was written once with the same parameters but these.
 *
 * Exit code 0, 1 when something failed, 2 for wrong usage.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/text.h"
#include "tests/lab/change.h"
#include "tests/lab/rrdp.h"
#include "tests/lab/story.h"
#include "tests/lab/tree.h"
#include "waymark/clock.h"
#include "waymark/err.h"

enum {
	MAIN_LIST = 256
}; /* --mutate and --fault on one command line */

static const char MAIN_USAGE[] =
	"lab tree --cas N --roas N --seed S --out DIR [--tas N] [--depth D]\n"
	"         [--ipv6-share PERCENT] [--inherit-share PERCENT]\n"
	"         [--now TIME] [--days N]\n"
	"         [--roas-added K] [--roas-withdrawn K] [--roas-changed K]\n"
	"         [--edits-only 0|1] [--vrps N] [--largest N]\n"
	"         [--aspas N] [--router-keys N] [--spls N] [--gbrs N]\n"
	"         [--repositories N] [--rsync-only N] [--host HOST:PORT]\n"
	"         [--module NAME] [--rrdp https://HOST:PORT/PATH]\n"
	"         [--ta-https https://HOST:PORT/PATH] (% is a number: tree.h)\n"
	"         [--mutate OBJECT:PATH=OPERATION]... [--fault OBJECT:KIND]...\n"
	"         [--keys FILE] [--threads N]\n"
	"lab world STORY --out DIR [--now TIME] [--generation N]\n"
	"         [--mutate ...]... [--fault ...]... [--keys FILE] [--threads N]\n"
	"lab object TYPE --out FILE [--mutate PATH=OPERATION]...\n"
	"lab rrdp --world DIR --www DIR ... (lab rrdp tells more)\n"
	"lab show TYPE | operations | faults | rrdp\n"
	"TYPE: ta ca ee router crl mft roa gbr aspa tak spl rsc\n";

struct main_args {
	struct tree_params tree;
	unsigned generation, threads, edits_only;
	const char *out, *keys;
	const char *mutate[MAIN_LIST + 1];
	const char *fault[MAIN_LIST + 1];
	size_t mutates, faults;
	const char *operand; /* story or type */
};

/* Options that are numbers: name, field, bounds. */
struct main_number {
	const char *name;
	unsigned *field;
	unsigned min, max;
};

static int
main_fail(const char *what, const char *value)
{
	fprintf(stderr, "lab: %s: %s\n", what, value);
	return 2;
}

static int
main_number(struct main_args *args, const char *name, const char *value)
{
	const struct main_number rows[] = {
		{"cas", &args->tree.cas, 1, TREE_CAS_MAX},
		{"roas", &args->tree.roas, 0, 5000000},
		{"tas", &args->tree.tas, 1, TREE_TAS_MAX},
		{"depth", &args->tree.depth, 1, 100},
		{"ipv6-share", &args->tree.ipv6_share, 0, 100},
		{"inherit-share", &args->tree.inherit_share, 0, 100},
		{"days", &args->tree.days, 1, 3650},
		{"roas-added", &args->tree.roas_added, 0, 5000000},
		{"roas-withdrawn", &args->tree.roas_withdrawn, 0, 5000000},
		{"roas-changed", &args->tree.roas_changed, 0, 5000000},
		{"vrps", &args->tree.vrps, 0, 50000000},
		{"largest", &args->tree.largest, 0, 5000000},
		{"edits-only", &args->edits_only, 0, 1},
		{"aspas", &args->tree.aspas, 0, 5000000},
		{"router-keys", &args->tree.router_keys, 0, 5000000},
		{"spls", &args->tree.spls, 0, 5000000},
		{"gbrs", &args->tree.gbrs, 0, 5000000},
		{"repositories", &args->tree.repositories, 0, TREE_CAS_MAX},
		{"rsync-only", &args->tree.rsync_only, 0, TREE_CAS_MAX},
		{"generation", &args->generation, 0, 100000},
		{"threads", &args->threads, 1, 64},
	};
	uint64_t number;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (strcmp(rows[i].name, name) != 0)
			continue;
		if (text_number(value, rows[i].min, rows[i].max, &number) != 0)
			return main_fail(name, "number out of range");
		*rows[i].field = (unsigned)number;
		return 0;
	}
	return main_fail(name, "unknown option");
}

static int
main_list(const char **list, size_t *count, const char *value)
{
	if (*count == MAIN_LIST)
		return main_fail("too many", value);
	list[(*count)++] = value;
	return 0;
}

/* Options that are texts; false: `name` is none of them. */
static bool
main_text(struct main_args *args, const char *name, const char *value)
{
	const struct {
		const char *name, **field;
	} rows[] = {
		{"out", &args->out},
		{"keys", &args->keys},
		{"host", &args->tree.host},
		{"module", &args->tree.module},
		{"rrdp", &args->tree.rrdp},
		{"ta-https", &args->tree.ta_https},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (strcmp(rows[i].name, name) != 0)
			continue;
		*rows[i].field = value;
		return true;
	}
	return false;
}

static int
main_option(struct main_args *args, const char *name, const char *value)
{
	struct wall at;

	if (main_text(args, name, value))
		return 0;
	if (strcmp(name, "mutate") == 0)
		return main_list(args->mutate, &args->mutates, value);
	if (strcmp(name, "fault") == 0)
		return main_list(args->fault, &args->faults, value);
	if (strcmp(name, "seed") == 0)
		return text_number(value, 0, UINT64_MAX, &args->tree.seed) == 0
			? 0
			: main_fail(name, "no number");
	if (strcmp(name, "now") == 0) {
		if (wall_parse(value, &at) != 0)
			return main_fail(name, "no time");
		args->tree.now = at.s;
		return 0;
	}
	return main_number(args, name, value);
}

/* Options are --name VALUE or --name=VALUE; one operand may stand anywhere. */
static int
main_parse(struct main_args *args, int argc, char **argv)
{
	int code = 0;

	for (int i = 0; i < argc && code == 0; i++) {
		const char *name = argv[i] + 2;
		char *value;

		if (strncmp(argv[i], "--", 2) != 0) {
			if (args->operand != NULL)
				return main_fail("one too many", argv[i]);
			args->operand = argv[i];
			continue;
		}
		value = strchr(argv[i], '=');
		if (value != NULL)
			*value++ = '\0';
		else if (i + 1 < argc)
			value = argv[++i];
		else
			return main_fail(argv[i], "needs a value");
		code = main_option(args, name, value);
	}
	return code;
}

/* "OBJECT:..." to both halves. */
static int
main_changes(struct main_args *args, struct lab_world *world)
{
	for (size_t i = 0; i < args->mutates + args->faults; i++) {
		bool fault = i >= args->mutates;
		const char *text = fault ? args->fault[i - args->mutates]
					 : args->mutate[i];
		size_t n = strcspn(text, ":");
		const char *object =
			lab_world_text(world, "%.*s", (int)n, text);
		int err = ERR_NOTFOUND;

		if (text[n] == ':')
			err = fault ? lab_fault(world, object, text + n + 1)
				    : lab_mutate(world, object, text + n + 1);
		if (err != 0)
			return main_fail("no such object or fault", text);
	}
	return 0;
}

static int
main_write(struct main_args *args, struct lab_world *world)
{
	struct lab_keys *keys = lab_keys_new(args->keys);
	struct lab_written sum = {0};
	int64_t ms;
	int err;

	if (keys == NULL)
		return 1;
	err = lab_world_write(world, args->out, keys, args->threads, &sum);
	if (err != 0) {
		fprintf(stderr, "lab: %s: %s\n",
			lab_world_why(world)[0] != '\0' ? lab_world_why(world)
							: args->out,
			err_text(err));
	} else if ((err = lab_keys_save(keys)) != 0) {
		fprintf(stderr, "lab: %s: %s\n", args->keys, err_text(err));
	}
	ms = sum.elapsed_ms > 0 ? sum.elapsed_ms : 1;
	if (err == 0)
		printf("objects=%zu files_replaced=%zu files_removed=%zu "
		       "vrps=%zu seconds=%lld.%03lld objects_per_second=%lld\n",
			sum.objects, sum.replaced, sum.removed, sum.vrps,
			(long long)ms / 1000, (long long)ms % 1000,
			(long long)sum.objects * 1000 / (long long)ms);
	lab_keys_free(keys);
	return err == 0 ? 0 : 1;
}

static int
main_tree(struct main_args *args)
{
	struct lab_world *world;
	int code;

	if (args->out == NULL || args->operand != NULL)
		return main_fail("usage", "lab tree --cas N ... --out DIR");
	args->tree.edits_only = args->edits_only != 0;
	world = tree_build(&args->tree);
	code = main_changes(args, world);
	if (code == 0)
		code = main_write(args, world);
	lab_world_free(world);
	return code;
}

static int
main_world(struct main_args *args)
{
	struct lab_world *world = NULL;
	char why[STORY_WHY];
	int code;

	if (args->out == NULL || args->operand == NULL)
		return main_fail("usage", "lab world STORY --out DIR");
	if (story_read(args->operand, args->tree.now, args->generation, &world,
		    why) != 0)
		return main_fail("story", why);
	code = main_changes(args, world);
	if (code == 0)
		code = main_write(args, world);
	lab_world_free(world);
	return code;
}

static int
main_object(struct main_args *args)
{
	struct lab *lab = lab_new(NULL);
	struct file_out *file = calloc(1, sizeof(*file));
	struct span der = {0};
	int err;

	if (args->out == NULL || args->operand == NULL || lab == NULL ||
		file == NULL)
		return main_fail("usage", "lab object TYPE --out FILE");
	err = lab_object_bytes(lab, args->operand, args->mutate, &der);
	if (err != 0)
		fprintf(stderr, "lab: %s: %s\n", args->operand,
			lab_why(lab)[0] != '\0' ? lab_why(lab) : err_text(err));
	if (err == 0)
		err = file_out_open(file, args->out);
	if (err == 0) {
		file_out_write(file, der.p, der.n);
		err = file_out_commit(file);
	}
	free(file);
	lab_free(lab);
	return err == 0 ? 0 : 1;
}

static void
main_show_node(void *ctx, const char *path, const struct node *node)
{
	(void)ctx;
	printf("%-60s 0x%02x ", path, node->tag);
	for (size_t i = 0; i < node->n && i < 20; i++)
		printf("%02x", node->p[i]);
	puts(node->n > 20 ? "..." : node->computed ? "(computed)" : "");
}

/* The faults of publications, with the files that each can be in. */
static int
main_show_rrdp(void)
{
	for (enum rrdp_fault f = 0; f < RRDP_FAULTS; f++)
		printf("%-18s %-6s %s\n", rrdp_fault_name(f),
			rrdp_fault_more(f), rrdp_fault_help(f));
	return 0;
}

static int
main_show(struct main_args *args)
{
	const char *what = args->operand == NULL ? "" : args->operand;
	struct node *root = NULL;
	struct lab *lab;

	if (strcmp(what, "operations") == 0) {
		for (enum change_op op = 0; op < CHANGE_OPS; op++)
			printf("%-9s %-20s %s\n", change_name(op),
				change_argument(op), change_help(op));
		return 0;
	}
	if (strcmp(what, "faults") == 0) {
		for (enum lab_fault f = 0; f < LAB_FAULTS; f++)
			printf("%-9s %s\n", lab_fault_name(f),
				lab_fault_help(f));
		return 0;
	}
	if (strcmp(what, "rrdp") == 0)
		return main_show_rrdp();
	lab = lab_new(NULL);
	if (lab == NULL || lab_object_tree(lab, what, &root) != 0) {
		lab_free(lab);
		return main_fail("no such type", what);
	}
	der_walk(lab_arena(lab), root, main_show_node, NULL);
	lab_free(lab);
	return 0;
}

int
main(int argc, char **argv)
{
	struct main_args args = {.tree = {.seed = 1,
					 .days = 30,
					 .tas = 1,
					 .cas = 10,
					 .depth = 3,
					 .roas = 100,
					 .ipv6_share = 25},
		.threads = 2};
	const char *verb = argc > 1 ? argv[1] : "";
	int code;

	if (strcmp(verb, "rrdp") == 0)
		return rrdp_command(argc - 2, argv + 2);
	args.tree.now = wall_now().s;
	code = argc > 2 ? main_parse(&args, argc - 2, argv + 2) : 0;
	if (argc < 2 || strcmp(verb, "--help") == 0) {
		fputs(MAIN_USAGE, argc < 2 ? stderr : stdout);
		return argc < 2 ? 2 : 0;
	}
	if (code != 0)
		return code;
	if (strcmp(verb, "tree") == 0)
		return main_tree(&args);
	if (strcmp(verb, "world") == 0)
		return main_world(&args);
	if (strcmp(verb, "object") == 0)
		return main_object(&args);
	if (strcmp(verb, "show") == 0)
		return main_show(&args);
	fputs(MAIN_USAGE, stderr);
	return 2;
}
