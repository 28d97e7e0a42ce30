/*
 * constraints: see the header.
 *
 *	VERB RANGE
 *	     |
 *	     PREFIX | ADDRESS - ADDRESS | ASN | ASN - ASN
 *
 * Ranges are kept as they are read, then sorted by list, so that overlaps lie
 * side by side and neighbours can be joined; what is left are six slices of one
 * array, each for one binary search.
 */
#include "validator/tal/constraints.h"

#include <stdlib.h>
#include <string.h>

#include "validator/tal/line.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

enum {
	VALUE_TEXT = 64, /* octets that any address or number fits in */
};

/* A line that was read: its list is the verb's, by class. */
struct entry {
	struct constraint_range range;
	unsigned list; /* class, and CONSTRAINT_CLASSES more for deny */
};

struct constraints_reader {
	struct entry *entries;
	size_t n;
	unsigned line;
	const char *why;
};

/* The width of a class's numbers. */
static unsigned
class_bits(unsigned class)
{
	return class == CONSTRAINT_IPV6 ? 128 : 32;
}

struct addr
constraints_number(uint32_t number)
{
	return (struct addr){{(uint8_t)(number >> 24), (uint8_t)(number >> 16),
		(uint8_t)(number >> 8), (uint8_t)number}};
}

static int
fail(struct constraints_reader *r, const char *why)
{
	r->why = why;
	return ERR_SYNTAX;
}

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static struct span
trim(struct span s)
{
	while (s.n > 0 && is_blank(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

/* Take a line, without its end and what is behind a '#'. */
static bool
take_line(struct reader *r, struct span *line)
{
	const uint8_t *mark;

	if (!line_take(r, line))
		return false;
	mark = line->n == 0 ? NULL : memchr(line->p, '#', line->n);
	if (mark != NULL)
		line->n = (size_t)(mark - line->p);
	*line = trim(*line);
	return true;
}

/* One number: an address (with a length, unless it is an end of a range) or an
 * AS number. */
static int
read_value(struct constraints_reader *r, struct span s, bool is_end,
	struct entry *out)
{
	char text[VALUE_TEXT];
	struct prefix p;
	uint32_t asn;

	if (s.n == 0 || s.n >= sizeof(text) || memchr(s.p, '\0', s.n) != NULL)
		return fail(r, "a prefix, an AS number or a range is wanted");
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	if (strpbrk(text, ".:") == NULL) {
		if (asn_parse(text, &asn) != 0)
			return fail(r, "no AS number, and no address");
		out->list = CONSTRAINT_ASN;
		out->range.min = out->range.max = constraints_number(asn);
		return 0;
	}
	if ((strchr(text, '/') == NULL) != is_end)
		return fail(r,
			is_end ? "an end of a range has no length"
			       : "an address without its prefix length");
	if (prefix_parse(text, &p) != 0)
		return fail(r, "no prefix, or one with host bits");
	out->list = p.family == FAMILY_IPV4 ? CONSTRAINT_IPV4 : CONSTRAINT_IPV6;
	out->range.min = p.addr;
	out->range.max = addr_high(&p.addr, p.len, class_bits(out->list));
	return 0;
}

static int
read_range(struct constraints_reader *r, struct span s, struct entry *out)
{
	const uint8_t *dash = s.n == 0 ? NULL : memchr(s.p, '-', s.n);
	struct entry end;
	struct span low, high;
	int err;

	if (dash == NULL)
		return read_value(r, s, false, out);
	low = span_of(s.p, (size_t)(dash - s.p));
	high = span_of(dash + 1, s.n - low.n - 1);
	err = read_value(r, trim(low), true, out);
	if (err == 0)
		err = read_value(r, trim(high), true, &end);
	if (err != 0)
		return err;
	if (out->list != end.list)
		return fail(r, "the ends of a range are of two kinds");
	if (addr_compare(&out->range.min, &end.range.max) > 0)
		return fail(r, "a range ends before it begins");
	out->range.max = end.range.max;
	return 0;
}

/* "allow" or "deny" and blanks behind; false for another word. */
static bool
take_verb(struct span *line, const char *verb)
{
	size_t n = strlen(verb);

	if (line->n <= n || memcmp(line->p, verb, n) != 0 ||
		!is_blank(line->p[n]))
		return false;
	*line = trim(span_of(line->p + n, line->n - n));
	return true;
}

static int
read_line(struct constraints_reader *r, struct span line)
{
	struct entry entry = {0};
	bool deny = take_verb(&line, "deny");
	int err;

	if (!deny && !take_verb(&line, "allow"))
		return fail(r, "a line begins with allow, deny or #");
	err = read_range(r, line, &entry);
	if (err != 0)
		return err;
	entry.range.line = r->line;
	entry.list += deny ? CONSTRAINT_CLASSES : 0;
	r->entries[r->n++] = entry;
	return 0;
}

static int
by_list(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->list != y->list)
		return x->list < y->list ? -1 : 1;
	return addr_compare(&x->range.min, &y->range.min);
}

/* Put the sorted entries of one list into `to`, neighbours as one. */
static int
join(struct constraints_reader *r, const struct entry *from, size_t n,
	struct constraint_list *out, struct constraint_range *to)
{
	unsigned bits = class_bits(from->list % CONSTRAINT_CLASSES);
	size_t count = 0, i;

	for (i = 0; i < n; i++) {
		const struct constraint_range *next = &from[i].range;
		struct constraint_range *last;
		struct addr after;

		if (count == 0) {
			to[count++] = *next;
			continue;
		}
		last = &to[count - 1];
		if (addr_compare(&next->min, &last->max) <= 0) {
			r->line = next->line > last->line ? next->line
							  : last->line;
			return fail(r, "this was allowed, or denied, before");
		}
		after = last->max;
		if (addr_next(&after, bits) &&
			addr_compare(&after, &next->min) == 0) {
			last->max = next->max;
			last->line = next->line;
		} else {
			to[count++] = *next;
		}
	}
	*out = (struct constraint_list){to, count};
	return 0;
}

static int
sort_out(struct constraints_reader *r, struct arena *arena,
	struct constraints *out)
{
	struct constraint_range *ranges =
		arena_array(arena, r->n, sizeof(*ranges));
	size_t from, n;
	int err = ranges == NULL ? ERR_NOMEM : 0;

	qsort(r->entries, r->n, sizeof(*r->entries), by_list);
	for (from = 0; from < r->n && err == 0; from += n) {
		unsigned list = r->entries[from].list;
		struct constraint_list *to = list < CONSTRAINT_CLASSES
			? &out->allow[list]
			: &out->deny[list - CONSTRAINT_CLASSES];

		for (n = 1; from + n < r->n; n++)
			if (r->entries[from + n].list != list)
				break;
		err = join(r, r->entries + from, n, to, ranges + from);
	}
	return err;
}

static size_t
count_lines(struct span text)
{
	size_t n = 1, i;

	for (i = 0; i < text.n; i++)
		n += text.p[i] == '\n';
	return n;
}

int
constraints_parse(struct span text, struct arena *arena,
	struct constraints *out, struct tal_error *why)
{
	struct constraints_reader r = {0};
	struct reader in = reader_of(text);
	struct constraints found = {.text = text};
	struct span line;
	int err = 0;

	if (text.n > BOUND_CONFIG_SIZE) {
		*why = (struct tal_error){0, "longer than any such file"};
		return ERR_LIMIT;
	}
	r.entries = arena_array(arena, count_lines(text), sizeof(*r.entries));
	if (r.entries == NULL)
		return ERR_NOMEM;
	while (err == 0 && take_line(&in, &line)) {
		r.line++;
		if (line.n > 0)
			err = read_line(&r, line);
	}
	if (err == 0 && r.n == 0) {
		r.line = 0;
		err = fail(&r, "nothing is allowed, and nothing denied");
	}
	if (err == 0)
		err = sort_out(&r, arena, &found);
	if (err == 0)
		*out = found;
	else if (r.why != NULL)
		*why = (struct tal_error){r.line, r.why};
	return err;
}

/* The first range that does not end before `min`: of ranges that do not touch,
 * no other can hold it, and none before can overlap. */
static const struct constraint_range *
find(const struct constraint_list *list, const struct addr *min)
{
	size_t low = 0, high = list->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (addr_compare(&list->at[middle].max, min) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < list->n ? &list->at[low] : NULL;
}

bool
constraints_permit(const struct constraints *c, enum constraint_class class,
	const struct addr *min, const struct addr *max)
{
	const struct constraint_range *denied = find(&c->deny[class], min);
	const struct constraint_range *allowed = find(&c->allow[class], min);

	if (denied != NULL && addr_compare(&denied->min, max) <= 0)
		return false;
	if (c->allow[class].n == 0)
		return true;
	return allowed != NULL && addr_compare(&allowed->min, min) <= 0 &&
		addr_compare(max, &allowed->max) <= 0;
}
