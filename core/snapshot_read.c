/*
 * snapshot_read: from the file to arrays that can be trusted.
 *
 *	octets -> head, hash -> table -> records -> snapshot_check -> out
 *
 * The hash tells damage from intent; what lies behind it is still read through
 * the bounded reader, because whoever can write the file can hash it.
 *
 * The file's octets are gone when this returns: records become structs, texts
 * and public keys are copied.  A million payloads take some 40 MB then, and
 * twice that while it runs.
 */
#include <openssl/evp.h>
#include <string.h>

#include "core/arena.h"
#include "core/file.h"
#include "core/snapshot_format.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

enum {
	ARENA_CHUNK = 65536
};

struct input {
	struct span octets; /* the file */
	struct span sections[SECTIONS];
	struct arena *arena; /* of what is handed out */
	struct snapshot *s;
	struct span strings; /* in the arena */
	const char *why;
};

static const uint32_t record_sizes[SECTIONS] = {
#define RECORD_SIZE(name, size) size,
	SNAPSHOT_SECTION_TABLE(RECORD_SIZE)
#undef RECORD_SIZE
};

/* Keep what a person should read; the error is always the same. */
static int
fault(struct input *in, const char *why)
{
	in->why = why;
	return ERR_SYNTAX;
}

/* Magic, version and length: is this a whole snapshot, of ours? */
static int
check_head(struct input *in)
{
	struct reader r = reader_of(in->octets);
	uint32_t version, count;
	struct span magic;
	uint64_t length;

	if (!reader_take(&r, SNAPSHOT_MAGIC_SIZE, &magic))
		return ERR_TRUNCATED;
	if (memcmp(magic.p, SNAPSHOT_MAGIC, SNAPSHOT_MAGIC_SIZE) != 0)
		return fault(in, "not a snapshot");
	if (!reader_le32(&r, &version))
		return ERR_TRUNCATED;
	if (version != SNAPSHOT_VERSION)
		return ERR_VERSION;
	if (!reader_le32(&r, &count) || !reader_le64(&r, &length))
		return ERR_TRUNCATED;
	/* Shorter than it says: a copy under way; longer: no copy of ours. */
	if (in->octets.n < length ||
		in->octets.n < SNAPSHOT_TABLE_END + HASH_SIZE)
		return ERR_TRUNCATED;
	if (in->octets.n != length)
		return fault(in, "longer than it says");
	if (count != SECTIONS)
		return fault(in, "not the sections of this version");
	return 0;
}

/* Over all but itself.  Before anything else is read: a damaged file should be
 * called damaged, not malformed. */
static int
check_hash(const struct input *in)
{
	size_t n = in->octets.n - HASH_SIZE;
	uint8_t hash[EVP_MAX_MD_SIZE];

	if (EVP_Digest(in->octets.p, n, hash, NULL, EVP_sha256(), NULL) != 1)
		return ERR_CRYPTO;
	return memcmp(hash, in->octets.p + n, HASH_SIZE) == 0 ? 0
							      : ERR_CHECKSUM;
}

/* Take one section from where the last one ended, as its row says. */
static int
take_section(
	struct input *in, struct reader *rows, struct reader *body, int index)
{
	size_t at = in->octets.n - HASH_SIZE - reader_left(body);
	uint64_t offset = 0, length = 0;
	uint32_t id = 0, size = 0;
	uint8_t zero;

	if (!reader_le32(rows, &id) || !reader_le32(rows, &size) ||
		!reader_le64(rows, &offset) || !reader_le64(rows, &length))
		return ERR_TRUNCATED;
	/* The octets between two sections are zero: nothing hides there. */
	for (; at % SNAPSHOT_ALIGN != 0; at++)
		if (!reader_u8(body, &zero) || zero != 0)
			return fault(in, "sections do not follow each other");
	if (id != (uint32_t)index + 1 || size != record_sizes[index] ||
		offset != at)
		return fault(in, "sections do not follow each other");
	if (length > SIZE_MAX || length % size != 0 ||
		!reader_take(body, (size_t)length, &in->sections[index]))
		return fault(in, "a section does not fit");
	return 0;
}

/* All sections, in order, without gaps: there is nothing that could overlap. */
static int
take_sections(struct input *in)
{
	struct span rows = span_of(in->octets.p + SNAPSHOT_HEAD,
		SNAPSHOT_TABLE_END - SNAPSHOT_HEAD);
	struct span body = span_of(in->octets.p + SNAPSHOT_TABLE_END,
		in->octets.n - SNAPSHOT_TABLE_END - HASH_SIZE);
	struct reader from_rows = reader_of(rows);
	struct reader from_body = reader_of(body);
	int err = 0;

	for (int i = 0; i < SECTIONS && err == 0; i++)
		err = take_section(in, &from_rows, &from_body, i);
	if (err == 0 && reader_left(&from_body) != 0)
		err = fault(in, "something follows the last section");
	return err;
}

/* Cleared room for the records of a section, and how many they are. */
static void *
room(struct input *in, enum snapshot_section section, size_t size,
	size_t *count)
{
	size_t n = in->sections[section].n / record_sizes[section];
	void *p = arena_array(in->arena, n, size);

	*count = p != NULL ? n : 0;
	return p;
}

/* Two's complement, as every compiler that we build with has it. */
static bool
read_time(struct reader *r, int64_t *out)
{
	uint64_t v;

	if (!reader_le64(r, &v))
		return false;
	*out = (int64_t)v;
	return true;
}

/* The index of a trust anchor; one too great for the field is refused. */
static bool
read_ta(struct reader *r, uint8_t *out)
{
	uint32_t v;

	if (!reader_le32(r, &v) || v > UINT8_MAX)
		return false;
	*out = (uint8_t)v;
	return true;
}

/* A field that a later version may use must be zero in this one. */
static bool
read_zero(struct reader *r)
{
	uint32_t v;

	return reader_le32(r, &v) && v == 0;
}

/* A text by its offset, which must be where one begins. */
static bool
read_text(const struct input *in, struct reader *r, const char **out)
{
	uint32_t at;

	/* The last octet of STRINGS is a NUL: every text ends inside. */
	if (!reader_le32(r, &at) || at >= in->strings.n ||
		(at > 0 && in->strings.p[at - 1] != '\0'))
		return false;
	*out = (const char *)in->strings.p + at;
	return true;
}

/* A type by its word; one that a later version knows is "other". */
static bool
read_type(const struct input *in, struct reader *r, enum object_type *out)
{
	const char *word;

	if (!read_text(in, r, &word))
		return false;
	*out = OBJECT_OTHER;
	for (int i = 0; i < OBJECT_TYPES; i++)
		if (strcmp(word, object_type_name((enum object_type)i)) == 0)
			*out = (enum object_type)i;
	return true;
}

/* The texts live as long as the snapshot: they are copied once, as a whole. */
static int
read_strings(struct input *in)
{
	struct span s = in->sections[SECTION_STRINGS];
	const uint8_t *p;

	if (s.n == 0 || s.p[0] != '\0' || s.p[s.n - 1] != '\0')
		return fault(in, "texts do not end");
	p = arena_copy(in->arena, s.p, s.n);
	if (p == NULL)
		return ERR_NOMEM;
	in->strings = span_of(p, s.n);
	return 0;
}

/* The run itself and its trust anchors; their numbers come in read_counts. */
static int
read_report(struct input *in)
{
	struct reader meta = reader_of(in->sections[SECTION_META]);
	struct reader tas = reader_of(in->sections[SECTION_TAS]);
	struct report *report = &in->s->report;
	uint32_t complete;

	if (!read_time(&meta, &report->started.s) ||
		!read_time(&meta, &report->at.s) ||
		!read_time(&meta, &report->elapsed_ms) ||
		reader_left(&meta) != 0)
		return fault(in, "not one record about the run");
	report->tas =
		room(in, SECTION_TAS, sizeof(*report->tas), &report->ta_count);
	if (report->tas == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < report->ta_count; i++) {
		if (!read_text(in, &tas, &report->tas[i].name) ||
			!reader_le32(&tas, &complete) || complete > 1)
			return fault(in, "a trust anchor is malformed");
		report->tas[i].complete = complete == 1;
	}
	return 0;
}

/* Most of the file.  What the fields mean is for snapshot_check. */
static int
read_vrps(struct input *in)
{
	struct reader r = reader_of(in->sections[SECTION_VRPS]);
	struct vrp *v = room(in, SECTION_VRPS, sizeof(*v), &in->s->vrp_count);

	if (v == NULL)
		return ERR_NOMEM;
	in->s->vrps = v;
	for (size_t i = 0; i < in->s->vrp_count; i++, v++) {
		if (!reader_copy(&r, v->addr.b, sizeof(v->addr.b)) ||
			!reader_le32(&r, &v->asn) ||
			!reader_u8(&r, &v->family) || !reader_u8(&r, &v->len) ||
			!reader_u8(&r, &v->max_len) || !reader_u8(&r, &v->ta) ||
			!read_time(&r, &v->expires) ||
			!reader_le32(&r, &v->source) ||
			!reader_le32(&r, &v->reserved))
			return fault(in, "a VRP is malformed");
	}
	return 0;
}

/* Router keys, each taking its octets off the front of SPKIS. */
static int
read_keys(struct input *in)
{
	struct reader r = reader_of(in->sections[SECTION_KEYS]);
	struct reader spkis = reader_of(in->sections[SECTION_SPKIS]);
	struct router_key *k =
		room(in, SECTION_KEYS, sizeof(*k), &in->s->key_count);
	uint32_t n;

	if (k == NULL)
		return ERR_NOMEM;
	in->s->keys = k;
	for (size_t i = 0; i < in->s->key_count; i++, k++) {
		if (!reader_copy(&r, k->ski, SKI_SIZE) ||
			!reader_le32(&r, &k->asn) || !reader_le32(&r, &n) ||
			!reader_le32(&r, &k->source) ||
			!read_time(&r, &k->expires) || !read_ta(&r, &k->ta) ||
			!read_zero(&r) || !reader_take(&spkis, n, &k->spki))
			return fault(in, "a router key is malformed");
		k->spki.p = arena_copy(in->arena, k->spki.p, k->spki.n);
		if (k->spki.p == NULL)
			return ERR_NOMEM;
	}
	if (reader_left(&spkis) != 0)
		return fault(in, "a public key belongs to no router key");
	return 0;
}

/* All providers of all ASPAs as one array. */
static int
read_providers(struct input *in, uint32_t **out, size_t *count)
{
	struct reader r = reader_of(in->sections[SECTION_PROVIDERS]);
	uint32_t *p = room(in, SECTION_PROVIDERS, sizeof(*p), count);

	if (p == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < *count; i++)
		if (!reader_le32(&r, &p[i]))
			return fault(in, "a provider is malformed");
	*out = p;
	return 0;
}

/* ASPAs, each taking its providers off the front of that array. */
static int
read_aspas(struct input *in)
{
	struct reader r = reader_of(in->sections[SECTION_ASPAS]);
	struct aspa *a =
		room(in, SECTION_ASPAS, sizeof(*a), &in->s->aspa_count);
	uint32_t *providers;
	size_t left;
	int err = a == NULL ? ERR_NOMEM : read_providers(in, &providers, &left);

	if (err != 0)
		return err;
	in->s->aspas = a;
	/* No sum is built that could overflow: what is left only shrinks. */
	for (size_t i = 0; i < in->s->aspa_count; i++, a++) {
		if (!reader_le32(&r, &a->customer) ||
			!reader_le32(&r, &a->provider_count) ||
			!reader_le32(&r, &a->source) || !read_ta(&r, &a->ta) ||
			!read_time(&r, &a->expires) || a->provider_count > left)
			return fault(in, "an ASPA is malformed");
		a->providers = providers;
		providers += a->provider_count;
		left -= a->provider_count;
	}
	return left == 0 ? 0 : fault(in, "a provider belongs to no ASPA");
}

/* The objects that payloads came from. */
static int
read_sources(struct input *in)
{
	struct reader r = reader_of(in->sections[SECTION_SOURCES]);
	struct snapshot_source *a =
		room(in, SECTION_SOURCES, sizeof(*a), &in->s->source_count);

	if (a == NULL)
		return ERR_NOMEM;
	in->s->sources = a;
	for (size_t i = 0; i < in->s->source_count; i++, a++) {
		if (!reader_copy(&r, a->hash, HASH_SIZE) ||
			!read_text(in, &r, &a->uri) ||
			!read_type(in, &r, &a->type) ||
			!read_time(&r, &a->not_before.s) ||
			!read_time(&r, &a->not_after.s) ||
			!read_time(&r, &a->chain_not_after.s) ||
			!read_ta(&r, &a->ta) || !read_zero(&r))
			return fault(in, "a source is malformed");
	}
	return 0;
}

/* The objects that were refused, with the rule. */
static int
read_refusals(struct input *in)
{
	struct reader r = reader_of(in->sections[SECTION_REFUSALS]);
	struct snapshot_refusal *a =
		room(in, SECTION_REFUSALS, sizeof(*a), &in->s->refusal_count);

	if (a == NULL)
		return ERR_NOMEM;
	in->s->refusals = a;
	for (size_t i = 0; i < in->s->refusal_count; i++, a++) {
		if (!read_text(in, &r, &a->uri) ||
			!read_text(in, &r, &a->reason) ||
			!read_text(in, &r, &a->text) ||
			!read_type(in, &r, &a->type) || !read_ta(&r, &a->ta) ||
			!read_zero(&r))
			return fault(in, "a refusal is malformed");
	}
	return 0;
}

/* The number that a name and a state stand for; NULL when we have no such. */
static uint64_t *
find_count(struct report_ta *ta, const char *name, const char *state)
{
	for (int i = 0; i < REPORT_COUNTERS && state[0] == '\0'; i++)
		if (strcmp(name, report_counter_name((enum report_counter)i)) ==
			0)
			return &ta->counters[i];
	for (int i = 0; i < OBJECT_TYPES * OBJECT_STATES; i++) {
		int t = i / OBJECT_STATES, s = i % OBJECT_STATES;

		if (strcmp(name, object_type_name((enum object_type)t)) == 0 &&
			strcmp(state,
				object_state_name((enum object_state)s)) == 0)
			return &ta->objects[t][s];
	}
	return NULL;
}

/* Numbers by word.  Zero is never written, so a cell that is not zero has been
 * set before. */
static int
read_counts(struct input *in)
{
	struct reader r = reader_of(in->sections[SECTION_COUNTS]);
	struct report *report = &in->s->report;
	const char *name, *state;
	uint64_t value, *at;
	uint32_t ta;

	while (reader_left(&r) > 0) {
		if (!reader_le32(&r, &ta) || !read_text(in, &r, &name) ||
			!read_text(in, &r, &state) || !read_zero(&r) ||
			!reader_le64(&r, &value) || ta >= report->ta_count)
			return fault(in, "a count is malformed");
		/* A word that we do not know is of a later validator. */
		at = find_count(&report->tas[ta], name, state);
		if (at != NULL && *at != 0)
			return fault(in, "a count stands twice");
		if (at != NULL)
			*at = value;
	}
	return 0;
}

/* How often each rule refused. */
static int
read_reasons(struct input *in)
{
	struct reader r = reader_of(in->sections[SECTION_REASONS]);
	struct report *report = &in->s->report;
	struct report_reason *a =
		room(in, SECTION_REASONS, sizeof(*a), &report->reason_count);

	if (a == NULL)
		return ERR_NOMEM;
	report->reasons = a;
	for (size_t i = 0; i < report->reason_count; i++, a++)
		if (!reader_le32(&r, &a->ta) || !read_type(in, &r, &a->type) ||
			!read_text(in, &r, &a->reason) || !read_zero(&r) ||
			!reader_le64(&r, &a->count))
			return fault(in, "a reason is malformed");
	return 0;
}

/* A kind by its word; a later validator may know others, but we do not. */
static bool
read_kind(const struct input *in, struct reader *r, enum repo_kind *out)
{
	const char *word;

	return read_text(in, r, &word) && repo_kind_parse(word, out) == 0;
}

/* Who leans on which repository. */
static int
read_repos(struct input *in)
{
	struct reader r = reader_of(in->sections[SECTION_REPOS]);
	struct snapshot_repo *a =
		room(in, SECTION_REPOS, sizeof(*a), &in->s->repo_count);

	if (a == NULL)
		return ERR_NOMEM;
	in->s->repos = a;
	for (size_t i = 0; i < in->s->repo_count; i++, a++)
		if (!read_text(in, &r, &a->uri) ||
			!read_kind(in, &r, &a->kind) ||
			!reader_le32(&r, &a->cas) ||
			!reader_le32(&r, &a->points_failed) ||
			!reader_le64(&r, &a->vrps) ||
			!read_time(&r, &a->expires.s) || !read_ta(&r, &a->ta) ||
			!read_zero(&r))
			return fault(in, "a repository is malformed");
	return 0;
}

/* STRINGS come first: the others point there. */
static int (*const stages[])(struct input *in) = {
	check_head,
	take_sections,
	read_strings,
	read_report,
	read_sources,
	read_refusals,
	read_vrps,
	read_keys,
	read_aspas,
	read_counts,
	read_reasons,
	read_repos,
};

/* Stage by stage; the first that refuses ends it. */
static int
parse(struct input *in)
{
	int err = 0;

	in->s = arena_array(in->arena, 1, sizeof(*in->s));
	if (in->s == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
		err = stages[i](in);
		/* Damage is told from what does not hold together. */
		if (i == 0 && err == 0)
			err = check_hash(in);
		if (err != 0)
			return err;
	}
	return snapshot_check(in->s, &in->why);
}

int
snapshot_read(const char *path, struct snapshot **out, const char **why)
{
	struct arena *file = arena_new(ARENA_CHUNK); /* of the octets */
	struct input in = {.arena = arena_new(ARENA_CHUNK)};
	int err = ERR_NOMEM;

	if (file != NULL && in.arena != NULL)
		err = file_read(path, BOUND_SNAPSHOT_SIZE, file, &in.octets);
	if (err == 0)
		err = parse(&in);
	arena_free(file);
	if (err != 0) {
		if (err == ERR_SYNTAX && why != NULL)
			*why = in.why;
		arena_free(in.arena);
		return err;
	}
	in.s->arena = in.arena;
	*out = in.s;
	return 0;
}

void
snapshot_free(struct snapshot *s)
{
	/* It lies in its own arena. */
	if (s != NULL)
		arena_free(s->arena);
}
