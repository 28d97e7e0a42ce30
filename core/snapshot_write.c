/*
 * snapshot_write: from arrays to the file.
 *
 *	pass 1: all sections to nowhere: their sizes and the texts are known
 *	pass 2: head, table, sections, hash, through one small block
 *
 * Both passes run the same code, so that the table cannot disagree with what
 * it tells of; the payloads never stand in memory a second time.  Nothing is
 * sorted here.
 */
#include <assert.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/snapshot_format.h"
#include "core/text.h"
#include "core/vec.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

enum {
	BLOCK = 32768,
	BLOCK_MARGIN = 128, /* no record is longer */
	WORDS = 512, /* more than all rows of our tables of words */
};

/* The texts of STRINGS, found in pass 1 and used in that order in pass 2.
 * There is no hash table: whoever names objects must not be able to choose
 * what is slow. */
struct strings {
	struct text octets;
	VEC(uint32_t) offsets; /* one for every text field of the file */
	size_t next; /* of the offsets, in pass 2 */
	uint32_t words[WORDS]; /* offsets of the words so far */
	size_t word_count;
	uint32_t last; /* offset of the last URI: a sorted list repeats it */
};

struct output {
	const struct snapshot *s;
	bool dry; /* pass 1 */
	struct strings strings;
	uint64_t sizes[SECTIONS]; /* in octets, from pass 1 */
	struct file_out file;
	EVP_MD_CTX *digest;
	uint8_t block[BLOCK];
	struct writer w; /* over the block */
	uint64_t written; /* octets before the block */
	int err; /* the first error; later calls do nothing */
};

static const uint32_t record_sizes[SECTIONS] = {
#define RECORD_SIZE(name, size) size,
	SNAPSHOT_SECTION_TABLE(RECORD_SIZE)
#undef RECORD_SIZE
};

/* Where the next section begins. */
static uint64_t
align(uint64_t at)
{
	return (at + SNAPSHOT_ALIGN - 1) / SNAPSHOT_ALIGN * SNAPSHOT_ALIGN;
}

/* To the file and into the hash, or in pass 1 only counted. */
static void
put_octets(struct output *o, const void *p, size_t n)
{
	if (o->err != 0)
		return;
	o->written += n;
	if (o->dry)
		return;
	if (EVP_DigestUpdate(o->digest, p, n) != 1) {
		o->err = ERR_CRYPTO;
		return;
	}
	file_out_write(&o->file, p, n);
}

/* Empty the block. */
static void
flush(struct output *o)
{
	/* No record is longer than the margin. */
	assert(!o->w.over);
	put_octets(o, o->w.p, o->w.n);
	o->w = writer_of(o->block, sizeof(o->block));
}

/* A record is complete: is there room for another? */
static void
next(struct output *o)
{
	if (o->w.cap - o->w.n < BLOCK_MARGIN)
		flush(o);
}

/* Add a text to STRINGS. */
static uint32_t
strings_add(struct output *o, const char *text)
{
	struct text *octets = &o->strings.octets;
	size_t at = octets->n;

	if (at > BOUND_SNAPSHOT_SIZE) {
		o->err = ERR_LIMIT;
		return 0;
	}
	text_put(octets, text, strlen(text) + 1);
	if (octets->failed)
		o->err = ERR_NOMEM;
	return o->err == 0 ? (uint32_t)at : 0;
}

/* Whether this text stands at an offset of STRINGS. */
static bool
is_at(const struct strings *t, uint32_t at, const char *text)
{
	return strcmp(t->octets.p + at, text) == 0;
}

/* The place of a URI, which only its neighbour can share. */
static uint32_t
uri_place(struct output *o, const char *uri)
{
	struct strings *t = &o->strings;

	if (!is_at(t, t->last, uri))
		t->last = strings_add(o, uri);
	return t->last;
}

/* The place of a word of our own tables, of which there are few. */
static uint32_t
word_place(struct output *o, const char *word)
{
	struct strings *t = &o->strings;
	uint32_t at;

	for (size_t i = 0; i < t->word_count; i++)
		if (is_at(t, t->words[i], word))
			return t->words[i];
	at = strings_add(o, word);
	if (t->word_count < WORDS)
		t->words[t->word_count++] = at;
	return at;
}

/* Put a text field; `place` finds where in STRINGS the text stands. */
static void
put_text(struct output *o, const char *text,
	uint32_t (*place)(struct output *o, const char *text))
{
	struct strings *t = &o->strings;
	uint32_t at = 0;

	if (o->err == 0 && o->dry) {
		at = place(o, text);
		if (!VEC_PUSH(&t->offsets, at))
			o->err = ERR_NOMEM;
	} else if (o->err == 0) {
		at = t->offsets.at[t->next++];
	}
	writer_le32(&o->w, at);
}

/* A text that others name: any number of different ones. */
static void
put_uri(struct output *o, const char *uri)
{
	put_text(o, uri, uri_place);
}

/* A text that we name. */
static void
put_word(struct output *o, const char *word)
{
	put_text(o, word, word_place);
}

/* Two's complement. */
static void
put_i64(struct output *o, int64_t v)
{
	writer_le64(&o->w, (uint64_t)v);
}

/* Sizes are known from pass 1.  A file that no reader would take is not begun:
 * its size is tested before the first octet goes out. */
static void
put_table(struct output *o)
{
	uint64_t at = SNAPSHOT_TABLE_END;
	uint64_t end = at;

	for (int i = 0; i < SECTIONS; i++)
		end = align(end) + o->sizes[i];
	if (end + HASH_SIZE > BOUND_SNAPSHOT_SIZE && o->err == 0)
		o->err = ERR_LIMIT;
	writer_bytes(&o->w, SNAPSHOT_MAGIC, SNAPSHOT_MAGIC_SIZE);
	writer_le32(&o->w, SNAPSHOT_VERSION);
	writer_le32(&o->w, SECTIONS);
	writer_le64(&o->w, end + HASH_SIZE);
	for (int i = 0; i < SECTIONS; i++) {
		at = align(at);
		writer_le32(&o->w, (uint32_t)i + 1);
		writer_le32(&o->w, record_sizes[i]);
		writer_le64(&o->w, at);
		writer_le64(&o->w, o->sizes[i]);
		at += o->sizes[i];
	}
}

/* META: one record. */
static void
put_report(struct output *o)
{
	const struct report *r = &o->s->report;

	put_i64(o, r->started.s);
	put_i64(o, r->at.s);
	put_i64(o, r->elapsed_ms);
}

/* TAS: their numbers are in COUNTS. */
static void
put_tas(struct output *o)
{
	const struct report *r = &o->s->report;

	for (size_t i = 0; i < r->ta_count; i++) {
		put_word(o, r->tas[i].name);
		writer_le32(&o->w, r->tas[i].complete ? 1 : 0);
		next(o);
	}
}

/* VRPS: most of the file. */
static void
put_vrps(struct output *o)
{
	for (size_t i = 0; i < o->s->vrp_count; i++) {
		const struct vrp *v = &o->s->vrps[i];

		writer_bytes(&o->w, v->addr.b, sizeof(v->addr.b));
		writer_le32(&o->w, v->asn);
		writer_u8(&o->w, v->family);
		writer_u8(&o->w, v->len);
		writer_u8(&o->w, v->max_len);
		writer_u8(&o->w, v->ta);
		put_i64(o, v->expires);
		writer_le32(&o->w, v->source);
		writer_le32(&o->w, 0);
		next(o);
	}
}

/* KEYS: the octets of the public keys follow in SPKIS. */
static void
put_keys(struct output *o)
{
	for (size_t i = 0; i < o->s->key_count; i++) {
		const struct router_key *k = &o->s->keys[i];

		writer_bytes(&o->w, k->ski, SKI_SIZE);
		writer_le32(&o->w, k->asn);
		writer_le32(&o->w, (uint32_t)k->spki.n);
		writer_le32(&o->w, k->source);
		put_i64(o, k->expires);
		writer_le32(&o->w, k->ta);
		writer_le32(&o->w, 0);
		next(o);
	}
}

/* ASPAS: their providers follow in PROVIDERS. */
static void
put_aspas(struct output *o)
{
	for (size_t i = 0; i < o->s->aspa_count; i++) {
		const struct aspa *a = &o->s->aspas[i];

		writer_le32(&o->w, a->customer);
		writer_le32(&o->w, a->provider_count);
		writer_le32(&o->w, a->source);
		writer_le32(&o->w, a->ta);
		put_i64(o, a->expires);
		next(o);
	}
}

/* PROVIDERS: in the order of the ASPAs, without anything between. */
static void
put_providers(struct output *o)
{
	for (size_t i = 0; i < o->s->aspa_count; i++) {
		const struct aspa *a = &o->s->aspas[i];

		for (size_t k = 0; k < a->provider_count; k++) {
			writer_le32(&o->w, a->providers[k]);
			next(o);
		}
	}
}

/* SPKIS: past the block, as one may be longer than it. */
static void
put_spkis(struct output *o)
{
	flush(o);
	for (size_t i = 0; i < o->s->key_count; i++)
		put_octets(o, o->s->keys[i].spki.p, o->s->keys[i].spki.n);
}

/* SOURCES: what a payload's index points to. */
static void
put_sources(struct output *o)
{
	for (size_t i = 0; i < o->s->source_count; i++) {
		const struct snapshot_source *a = &o->s->sources[i];

		writer_bytes(&o->w, a->hash, HASH_SIZE);
		put_uri(o, a->uri);
		put_word(o, object_type_name(a->type));
		put_i64(o, a->not_before.s);
		put_i64(o, a->not_after.s);
		put_i64(o, a->chain_not_after.s);
		writer_le32(&o->w, a->ta);
		writer_le32(&o->w, 0);
		next(o);
	}
}

/* REFUSALS: with the words of the rule, so that a reader needs no table. */
static void
put_refusals(struct output *o)
{
	for (size_t i = 0; i < o->s->refusal_count; i++) {
		const struct snapshot_refusal *a = &o->s->refusals[i];

		put_uri(o, a->uri);
		put_word(o, a->reason);
		put_word(o, a->text);
		put_word(o, object_type_name(a->type));
		writer_le32(&o->w, a->ta);
		writer_le32(&o->w, 0);
		next(o);
	}
}

/* One number, unless it is zero. */
static void
put_count(struct output *o, size_t ta, const char *name, const char *state,
	uint64_t value)
{
	if (value == 0)
		return;
	writer_le32(&o->w, (uint32_t)ta);
	put_word(o, name);
	put_word(o, state);
	writer_le32(&o->w, 0);
	writer_le64(&o->w, value);
	next(o);
}

/* COUNTS: by word, so that a new row in a table is no new version. */
static void
put_counts(struct output *o)
{
	const struct report *r = &o->s->report;

	for (size_t ta = 0; ta < r->ta_count; ta++) {
		for (int i = 0; i < OBJECT_TYPES * OBJECT_STATES; i++) {
			int type = i / OBJECT_STATES, state = i % OBJECT_STATES;

			put_count(o, ta,
				object_type_name((enum object_type)type),
				object_state_name((enum object_state)state),
				r->tas[ta].objects[type][state]);
		}
		for (int i = 0; i < REPORT_COUNTERS; i++)
			put_count(o, ta,
				report_counter_name((enum report_counter)i), "",
				r->tas[ta].counters[i]);
	}
}

/* REASONS: how often each rule refused. */
static void
put_reasons(struct output *o)
{
	const struct report *r = &o->s->report;

	for (size_t i = 0; i < r->reason_count; i++) {
		writer_le32(&o->w, r->reasons[i].ta);
		put_word(o, object_type_name(r->reasons[i].type));
		put_word(o, r->reasons[i].reason);
		writer_le32(&o->w, 0);
		writer_le64(&o->w, r->reasons[i].count);
		next(o);
	}
}

/* REPOS: who leans on which repository. */
static void
put_repos(struct output *o)
{
	for (size_t i = 0; i < o->s->repo_count; i++) {
		const struct snapshot_repo *a = &o->s->repos[i];

		put_uri(o, a->uri);
		put_word(o, repo_kind_name(a->kind));
		writer_le32(&o->w, a->cas);
		writer_le32(&o->w, a->points_failed);
		writer_le64(&o->w, a->vrps);
		put_i64(o, a->expires.s);
		writer_le32(&o->w, a->ta);
		writer_le32(&o->w, 0);
		next(o);
	}
}

/* STRINGS: last, as all others add to them. */
static void
put_strings(struct output *o)
{
	flush(o);
	put_octets(o, o->strings.octets.p, o->strings.octets.n);
}

static void (*const sections[SECTIONS])(struct output *o) = {
	[SECTION_META] = put_report,
	[SECTION_TAS] = put_tas,
	[SECTION_VRPS] = put_vrps,
	[SECTION_KEYS] = put_keys,
	[SECTION_ASPAS] = put_aspas,
	[SECTION_PROVIDERS] = put_providers,
	[SECTION_SPKIS] = put_spkis,
	[SECTION_SOURCES] = put_sources,
	[SECTION_REFUSALS] = put_refusals,
	[SECTION_COUNTS] = put_counts,
	[SECTION_REASONS] = put_reasons,
	[SECTION_REPOS] = put_repos,
	[SECTION_STRINGS] = put_strings,
};

/* All sections, each from where the table says; pass 1 notes the sizes. */
static void
put_sections(struct output *o)
{
	static const uint8_t zeros[SNAPSHOT_ALIGN];

	for (int i = 0; i < SECTIONS; i++) {
		uint64_t from = align(o->written + o->w.n);

		writer_bytes(
			&o->w, zeros, (size_t)(from - o->written - o->w.n));
		next(o);
		sections[i](o);
		if (o->dry)
			o->sizes[i] = o->written + o->w.n - from;
		/* Both passes put the same. */
		assert(o->err != 0 ||
			o->written + o->w.n - from == o->sizes[i]);
	}
	flush(o);
}

/* Find sizes and texts; nothing is written. */
static void
pass_dry(struct output *o)
{
	o->dry = true;
	if (strings_add(o, "") != 0)
		o->err = ERR_NOMEM;
	o->strings.word_count = 1; /* "" */
	o->w = writer_of(o->block, sizeof(o->block));
	o->written = SNAPSHOT_TABLE_END;
	put_sections(o);
	o->written = 0;
	o->dry = false;
}

/* Everything, in the order of the file. */
static void
pass_real(struct output *o)
{
	uint8_t hash[HASH_SIZE];

	put_table(o);
	put_sections(o);
	if (o->err == 0 && EVP_DigestFinal_ex(o->digest, hash, NULL) != 1)
		o->err = ERR_CRYPTO;
	if (o->err == 0)
		file_out_write(&o->file, hash, sizeof(hash));
}

/* Nothing is created before pass 1 has shown that all of it can be written. */
static int
write_file(struct output *o, const char *path)
{
	pass_dry(o);
	if (o->err != 0)
		return o->err;
	o->err = file_out_open(&o->file, path);
	if (o->err != 0)
		return o->err;
	pass_real(o);
	if (o->err == 0)
		o->err = file_out_commit(&o->file);
	file_out_drop(&o->file);
	return o->err;
}

int
snapshot_write(const struct snapshot *s, const char *path)
{
	const char *why; /* a run that is out of order is a bug of ours */
	struct output *o;
	int err = snapshot_check(s, &why);

	if (err != 0)
		return err;
	o = calloc(1, sizeof(*o));
	if (o == NULL)
		return ERR_NOMEM;
	o->s = s;
	o->digest = EVP_MD_CTX_new();
	if (o->digest == NULL ||
		EVP_DigestInit_ex(o->digest, EVP_sha256(), NULL) != 1)
		o->err = ERR_CRYPTO;
	err = o->err != 0 ? o->err : write_file(o, path);
	EVP_MD_CTX_free(o->digest);
	VEC_FREE(&o->strings.offsets);
	text_free(&o->strings.octets);
	free(o);
	return err;
}
