/*
 * manual: what core/opt prints of a program's flags, for a file's keys.
 *
 *	.SH OPTIONS          options without a section
 *	.SH SECTION RTR      rtr { ... }
 *
 * The texts around the table are the only ones here; all that is said of an
 * option stands in its row.
 */
#include "rtrd/keep/manual.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "rtrd/keep/options.h"

static const char head[] =
	".TH \"RTRD.CONF\" 5 \"\" \"Waymark " WAYMARK_VERSION "\" \"Waymark\"\n"
	".SH NAME\n"
	"rtrd.conf \\- configuration of rtrd\n"
	".SH SYNOPSIS\n"
	".B /etc/waymark/rtrd.conf\n"
	".SH DESCRIPTION\n"
	"A line sets an option: a key, an equal sign, a value.  Values with\n"
	"spaces or commas stand in quotes, lists in braces; += adds to a list.\n"
	"Some options stand in a section.  A comment begins with # or //, or\n"
	"stands between /* and */.\n"
	".PP\n"
	"Each option is also a flag of\n"
	".BR rtrd (8):\n"
	"the key with two dashes before it, behind the section's name where\n"
	"there is one.  A flag replaces what the file says.\n"
	".PP\n"
	"A file is taken as a whole or not at all.  What is wrong with it is\n"
	"said with file, line and option, by\n"
	".B rtrd \\-\\-check\n"
	"and at a start or a reload (SIGHUP).\n";

static const char tail[] =
	".SH EXAMPLES\n"
	".nf\n"
	"tal = { \"/etc/waymark/tals\" }\n"
	"local = \"/srv/rpki\"\n"
	"rtr {\n"
	"\tlisten = { \"192.0.2.1:3323\", \"[2001:db8::1]:3323\" }\n"
	"}\n"
	"http {\n"
	"\tlisten = { }  # none\n"
	"}\n"
	".fi\n"
	".SH SEE ALSO\n"
	".BR rtrd (8),\n"
	".BR rtrctl (8),\n"
	".BR validator (8)\n";

/* Text that roff prints as it is: none of ours begins with a dot. */
static void
add_roff(struct text *t, const char *p)
{
	for (; *p != '\0'; p++) {
		if (*p == '-' || *p == '\\')
			text_char(t, '\\');
		text_char(t, *p == '\\' ? 'e' : *p);
	}
}

static void
add_option(struct text *t, const struct opt *o)
{
	text_add(t, ".TP\n.BI ");
	add_roff(t, o->key);
	text_add(t, " \" = ");
	add_roff(t, o->arg != NULL ? o->arg : "yes|no");
	text_add(t, "%s\"\n", o->kind == OPT_LIST ? " ..." : "");
	add_roff(t, o->help);
	if (o->kind == OPT_NUMBER)
		text_add(t, " From %llu to %llu.", (unsigned long long)o->min,
			(unsigned long long)o->max);
	if (o->value != NULL) {
		text_add(t, " Default: ");
		add_roff(t, o->value);
		text_char(t, '.');
	}
	text_char(t, '\n');
}

/* Whether an option stands in the same section as another. */
static bool
is_beside(const struct opt *a, const struct opt *b)
{
	if (a->section == NULL || b->section == NULL)
		return a->section == b->section;
	return strcmp(a->section, b->section) == 0;
}

/* The heading of a section, from its first option. */
static void
add_heading(struct text *t, const struct opt *first)
{
	if (first->section == NULL) {
		text_add(t, ".SH OPTIONS\n");
		return;
	}
	text_add(t, ".SH SECTION ");
	for (const char *p = first->section; *p != '\0'; p++)
		text_char(t, (char)toupper((unsigned char)*p));
	text_add(t, "\nThese stand in\n.BR \"%s { ... }\" .\n", first->section);
}

void
manual_print_config(void)
{
	const struct opt_program *p = rtrd_program();
	const struct opt *before = NULL;
	struct text t = {0};

	text_put(&t, head, sizeof(head) - 1);
	/* The table keeps sections together. */
	for (size_t i = 0; i < p->opt_count; i++) {
		const struct opt *o = &p->opts[i];

		if (o->flag_only)
			continue;
		if (before == NULL || !is_beside(o, before))
			add_heading(&t, o);
		add_option(&t, o);
		before = o;
	}
	text_put(&t, tail, sizeof(tail) - 1);
	if (!t.failed)
		(void)fwrite(t.p, 1, t.n, stdout);
	text_free(&t);
}
