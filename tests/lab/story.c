/*
 * story: words, lines, and what each kind of line does.
 */
#include "tests/lab/story.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/text.h"
#include "tests/lab/world_inner.h"
#include "waymark/addr.h"
#include "waymark/clock.h"
#include "waymark/err.h"

enum {
	STORY_PAIRS = 32, /* on a line */
	STORY_SIZE = 64 << 20,
	STORY_DAYS = 30, /* that manifests hold */
};

struct story_pair {
	const char *key;
	const char *value;
	bool used;
};

struct story {
	const char *path;
	struct lab_world *world;
	int64_t now;
	unsigned generation;
	unsigned line;
	char *why;
	struct story_pair pairs[STORY_PAIRS];
	size_t count;
	const char *rest; /* of a `mutate` line */
};

static int story_fail(struct story *s, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int
story_fail(struct story *s, const char *format, ...)
{
	va_list args;
	int n = snprintf(s->why, STORY_WHY, "%.200s:%u: ", s->path, s->line);

	va_start(args, format);
	vsnprintf(s->why + n, STORY_WHY - (size_t)n, format, args);
	va_end(args);
	return ERR_SYNTAX;
}

/* The value of a key, or NULL. */
static const char *
story_get(struct story *s, const char *key)
{
	for (size_t i = 0; i < s->count; i++)
		if (strcmp(s->pairs[i].key, key) == 0) {
			s->pairs[i].used = true;
			return s->pairs[i].value;
		}
	return NULL;
}

static int
story_need(struct story *s, const char *key, const char **out)
{
	const char *value = story_get(s, key);

	if (value == NULL)
		return story_fail(s, "\"%s=\" is missing", key);
	*out = value;
	return 0;
}

static int
story_number(struct story *s, const char *key, uint64_t max, uint64_t *out)
{
	const char *value = story_get(s, key);

	if (value == NULL || text_number(value, 0, max, out) == 0)
		return 0;
	return story_fail(
		s, "%s: no number up to %llu", key, (unsigned long long)max);
}

static int
story_time(struct story *s, const char *key, int64_t *out)
{
	const char *value = story_get(s, key);
	struct wall at;
	uint64_t days;

	if (value == NULL)
		return 0;
	if (value[0] == '+' || value[0] == '-') {
		if (text_number(value + 1, 0, 100000, &days) != 0)
			return story_fail(s, "%s: bad number of days", key);
		at.s = (int64_t)days * 86400;
		*out = value[0] == '+' ? s->now + at.s : s->now - at.s;
		return 0;
	}
	if (wall_parse(value, &at) != 0)
		return story_fail(s, "%s: bad time", key);
	*out = at.s;
	return 0;
}

static void
story_text(struct story *s, const char *key, const char **out)
{
	const char *value = story_get(s, key);

	if (value != NULL)
		*out = lab_world_text(s->world, "%s", value);
}

static int
story_ca_named(struct story *s, const char *key, struct lab_ca **out)
{
	const char *name = NULL;
	int err = story_need(s, key, &name);

	if (err != 0)
		return err;
	*out = lab_ca_find(s->world, name);
	return *out != NULL ? 0 : story_fail(s, "no CA \"%s\"", name);
}

/* A CA elsewhere than its parent has a notification only if the story says so;
 * an empty one is none. */
static void
story_notify(struct story *s, struct lab_ca *ca)
{
	const struct lab_ca *up = ca->parent;

	if (up != NULL &&
		(strcmp(ca->host, up->host) != 0 ||
			strcmp(ca->module, up->module) != 0))
		ca->notify_uri = NULL;
	story_text(s, "notify", &ca->notify_uri);
	if (ca->notify_uri != NULL && ca->notify_uri[0] == '\0')
		ca->notify_uri = NULL;
}

static int
story_ca_fields(struct story *s, struct lab_ca *ca)
{
	uint64_t number = s->generation + 1, key = ca->key;
	int err;

	ca->this_update += s->generation < 3000 ? s->generation : 3000;
	err = story_time(s, "before", &ca->not_before);
	if (err == 0)
		err = story_time(s, "after", &ca->not_after);
	if (err == 0)
		err = story_time(s, "this", &ca->this_update);
	if (err == 0)
		err = story_time(s, "next", &ca->next_update);
	if (err == 0)
		err = story_number(s, "key", UINT32_MAX, &key);
	ca->key = (unsigned)key;
	ca->number =
		lab_world_text(s->world, "%llu", (unsigned long long)number);
	story_text(s, "number", &ca->number);
	story_text(s, "host", &ca->host);
	story_text(s, "module", &ca->module);
	story_text(s, "folder", &ca->folder);
	story_text(s, "serial", &ca->serial);
	story_notify(s, ca);
	return err;
}

static int
story_ta(struct story *s)
{
	const char *resources = "0.0.0.0/0 ::/0 0-4294967295";
	const char *name = NULL;
	struct lab_ca *ta;
	int err = story_need(s, "name", &name);

	if (err != 0)
		return err;
	story_text(s, "resources", &resources);
	ta = lab_ta_add(s->world, name, resources);
	story_text(s, "https", &ta->https_uri);
	return story_ca_fields(s, ta);
}

static int
story_ca(struct story *s)
{
	struct lab_ca *parent = NULL;
	const char *name = NULL, *resources = "inherit";
	int err = story_ca_named(s, "parent", &parent);

	if (err == 0)
		err = story_need(s, "name", &name);
	if (err != 0)
		return err;
	story_text(s, "resources", &resources);
	return story_ca_fields(
		s, lab_ca_add(s->world, parent, name, resources));
}

static int
story_roa(struct story *s)
{
	struct lab_world_roa *roa;
	struct lab_ca *ca = NULL;
	const char *asn = NULL, *prefix = NULL, *name = NULL;
	uint32_t number;
	int err = story_ca_named(s, "ca", &ca);

	if (err == 0)
		err = story_need(s, "asn", &asn);
	if (err == 0)
		err = story_need(s, "prefix", &prefix);
	if (err != 0)
		return err;
	if (asn_parse(asn, &number) != 0)
		return story_fail(s, "asn: no AS number");
	name = lab_world_text(s->world, "%s-%zu", ca->name, ca->roas.n + 1);
	story_text(s, "name", &name);
	roa = lab_roa_add(s->world, ca, name, number, prefix);
	story_text(s, "serial", &roa->serial);
	story_text(s, "resources", &roa->resources);
	err = story_time(s, "before", &roa->not_before);
	return err == 0 ? story_time(s, "after", &roa->not_after) : err;
}

static int
story_extra_numbers(struct story *s, struct lab_world_extra *extra)
{
	const char *asn = story_get(s, "asn");
	bool router = strcmp(extra->type, "router") == 0;
	uint64_t key = router ? 0 : extra->key;
	int err = story_number(s, "key", router ? UINT8_MAX : UINT32_MAX, &key);

	if (asn != NULL && asn_parse(asn, &extra->asn) != 0)
		return story_fail(s, "asn: no AS number");
	extra->has_asn = asn != NULL;
	extra->key = (unsigned)key + (router ? LAB_KEY_P256 : 0);
	return err;
}

static int
story_extra(struct story *s)
{
	struct lab_world_extra *extra;
	struct lab_ca *ca = NULL;
	const char *name = NULL, *type = NULL;
	int err = story_ca_named(s, "ca", &ca);

	if (err == 0)
		err = story_need(s, "name", &name);
	if (err == 0)
		err = story_need(s, "type", &type);
	if (err != 0)
		return err;
	extra = lab_extra_add(s->world, ca, name, type);
	story_text(s, "serial", &extra->serial);
	story_text(s, "resources", &extra->resources);
	story_text(s, "list", &extra->list);
	err = story_extra_numbers(s, extra);
	if (err == 0)
		err = story_time(s, "before", &extra->not_before);
	return err == 0 ? story_time(s, "after", &extra->not_after) : err;
}

static int
story_file(struct story *s)
{
	struct lab_ca *ca = NULL;
	const char *name = NULL, *text = "", *missing = "no";
	struct lab_world_file *file;
	int err = story_ca_named(s, "ca", &ca);

	if (err == 0)
		err = story_need(s, "name", &name);
	if (err != 0)
		return err;
	story_text(s, "text", &text);
	story_text(s, "missing", &missing);
	file = lab_file_add(s->world, ca, name, span_text(text));
	file->item.faults[LAB_FAULT_MISSING] = strcmp(missing, "yes") == 0;
	return 0;
}

static int
story_revoke(struct story *s)
{
	struct lab_revoked revoked = {.at = s->now};
	struct lab_ca *ca = NULL;
	int err = story_ca_named(s, "ca", &ca);

	if (err == 0)
		err = story_need(s, "serial", &revoked.serial);
	if (err != 0)
		return err;
	story_text(s, "serial", &revoked.serial);
	if (!VEC_PUSH(&ca->revoked, revoked))
		world_need(NULL);
	return 0;
}

static int
story_object(struct story *s, const char **object)
{
	const char *harmless;
	struct lab_item *item;
	int err = story_need(s, "object", object);

	if (err != 0)
		return err;
	item = lab_item_find(s->world, *object);
	if (item == NULL)
		return story_fail(s, "no object \"%s\"", *object);
	harmless = story_get(s, "harmless");
	item->harmless = harmless != NULL && strcmp(harmless, "yes") == 0;
	return 0;
}

static int
story_mutate(struct story *s)
{
	const char *object = NULL;
	int err = story_object(s, &object);

	if (err != 0)
		return err;
	if (s->rest[0] == '\0')
		return story_fail(s, "no change");
	return lab_mutate(s->world, object, s->rest);
}

/* The octets that `fault ... kind=other` puts in the place of its object. */
static int
story_other(struct story *s, const char *object)
{
	const char *from = NULL;
	int err = story_need(s, "from", &from);

	if (err == 0 &&
		file_read(from, STORY_SIZE, lab_world_arena(s->world),
			&lab_item_find(s->world, object)->other) != 0)
		err = story_fail(s, "cannot read \"%s\"", from);
	return err;
}

static int
story_fault(struct story *s)
{
	const char *object = NULL, *kind = NULL;
	int err = story_object(s, &object);

	if (err == 0)
		err = story_need(s, "kind", &kind);
	if (err == 0 && strcmp(kind, lab_fault_name(LAB_FAULT_OTHER)) == 0)
		err = story_other(s, object);
	if (err != 0)
		return err;
	err = lab_fault(s->world, object, kind);
	if (err == ERR_USAGE)
		return story_fail(s, "%s cannot be %s", object, kind);
	return err != 0 ? story_fail(s, "no fault \"%s\"", kind) : 0;
}

static int
story_world(struct story *s)
{
	uint64_t generation = 0;
	int err = story_number(s, "generation", 100000, &generation);

	s->generation += (unsigned)generation;
	return err;
}

struct story_verb {
	const char *word;
	int (*act)(struct story *s);
	bool rest; /* the line ends in a change */
};

static const struct story_verb *
story_verb_find(const char *word)
{
	static const struct story_verb verbs[] = {
		{"world", story_world, false},
		{"ta", story_ta, false},
		{"ca", story_ca, false},
		{"roa", story_roa, false},
		{"extra", story_extra, false},
		{"file", story_file, false},
		{"revoke", story_revoke, false},
		{"mutate", story_mutate, true},
		{"fault", story_fault, false},
	};

	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (strcmp(verbs[i].word, word) == 0)
			return &verbs[i];
	return NULL;
}

/* Cut one key=value or key="value" off the line; false when there is none. */
static bool
story_cut(char **at, struct story_pair *out)
{
	char *equals, *value, *end;

	*at += strspn(*at, " \t");
	equals = *at + strcspn(*at, " \t=");
	if (*equals != '=')
		return false;
	value = equals + 1;
	if (*value == '"') {
		value++;
		end = value + strcspn(value, "\"");
		if (*end == '\0')
			return false;
	} else {
		end = value + strcspn(value, " \t");
	}
	*equals = '\0';
	*out = (struct story_pair){*at, value, false};
	*at = end;
	if (*end != '\0')
		*(*at)++ = '\0';
	return true;
}

/* The pairs of a line.  Of one that ends in a change, only those that are the
 * line's own: what follows is the change, whole. */
static int
story_pairs(struct story *s, char *at, bool change)
{
	s->count = 0;
	s->rest = "";
	for (;;) {
		at += strspn(at, " \t");
		if (*at == '\0')
			return 0;
		if (change && strncmp(at, "object=", 7) != 0 &&
			strncmp(at, "harmless=", 9) != 0) {
			s->rest = at;
			return 0;
		}
		if (s->count == STORY_PAIRS ||
			!story_cut(&at, &s->pairs[s->count]))
			return story_fail(s, "not key=value: %s", at);
		s->count++;
	}
}

static int
story_line(struct story *s, char *line)
{
	const struct story_verb *verb;
	size_t n;
	int err;

	line[strcspn(line, "#\r")] = '\0';
	line += strspn(line, " \t");
	n = strlen(line);
	while (n > 0 && (line[n - 1] == ' ' || line[n - 1] == '\t'))
		line[--n] = '\0';
	if (line[0] == '\0')
		return 0;
	n = strcspn(line, " \t");
	if (line[n] != '\0')
		line[n++] = '\0';
	verb = story_verb_find(line);
	if (verb == NULL)
		return story_fail(s, "no such line: \"%s\"", line);
	err = story_pairs(s, line + n, verb->rest);
	if (err == 0)
		err = verb->act(s);
	for (size_t i = 0; i < s->count && err == 0; i++)
		if (!s->pairs[i].used)
			err = story_fail(
				s, "%s takes no %s=", line, s->pairs[i].key);
	return err;
}

static int
story_lines(struct story *s, char *text)
{
	int err = 0;

	while (text != NULL && err == 0) {
		char *end = strchr(text, '\n');

		if (end != NULL)
			*end++ = '\0';
		s->line++;
		err = story_line(s, text);
		text = end;
	}
	return err;
}

int
story_parse(const char *text, const char *name, int64_t now,
	unsigned generation, struct lab_world **out, char why[STORY_WHY])
{
	struct story s = {
		.path = name, .now = now, .generation = generation, .why = why};
	int err;

	s.world = lab_world_new(now, STORY_DAYS);
	err = story_lines(&s,
		world_need(arena_text(
			lab_world_arena(s.world), text, strlen(text))));
	if (err != 0)
		lab_world_free(s.world);
	else
		*out = s.world;
	return err;
}

int
story_read(const char *path, int64_t now, unsigned generation,
	struct lab_world **out, char why[STORY_WHY])
{
	struct arena *arena = world_need(arena_new(65536));
	struct span all = {0};
	int err = file_read(path, STORY_SIZE, arena, &all);

	if (err != 0)
		snprintf(why, STORY_WHY, "%.200s: %s", path, err_text(err));
	else
		err = story_parse(
			(const char *)all.p, path, now, generation, out, why);
	arena_free(arena);
	return err;
}
