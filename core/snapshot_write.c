/*
 * snapshot_write: from arrays to the file.
 *
 *	pass 1: the sections with texts, to nowhere: sizes and texts are known
 *	pass 2: head, table, sections, hash, through one small block
 *
 * Both passes run the same code, so that the texts cannot disagree with what
 * names them; the payloads never stand in memory a second time.  Nothing is
 * sorted here.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/snapshot_out.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

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

void
out_octets(struct out *o, const void *p, size_t n)
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

void
out_flush(struct out *o)
{
	/* No record is longer than the margin. */
	assert(!o->w.over);
	out_octets(o, o->w.p, o->w.n);
	o->w = writer_of(o->block, sizeof(o->block));
}

void
out_next(struct out *o)
{
	if (o->w.cap - o->w.n < OUT_MARGIN)
		out_flush(o);
}

/* Add a text to STRINGS. */
static uint32_t
strings_add(struct out *o, const char *text)
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

/* The place of a folder, which only its neighbour can share. */
static uint32_t
folder_place(struct out *o, const char *folder)
{
	struct out_strings *t = &o->strings;

	if (t->folder == NULL ||
		(t->folder != folder && strcmp(t->folder, folder) != 0)) {
		t->folder = folder;
		t->folder_at = strings_add(o, folder);
	}
	return t->folder_at;
}

/* The place of a word of our own tables, of which there are few, and most of
 * them always the same octets in memory. */
static uint32_t
word_place(struct out *o, const char *word)
{
	struct out_strings *t = &o->strings;
	uint32_t at;

	for (size_t i = 0; i < t->word_count; i++)
		if (t->seen[i] == word)
			return t->words[i];
	for (size_t i = 0; i < t->word_count; i++)
		if (strcmp(t->octets.p + t->words[i], word) == 0)
			return t->words[i];
	at = strings_add(o, word);
	if (t->word_count < OUT_WORDS) {
		t->seen[t->word_count] = word;
		t->words[t->word_count++] = at;
	}
	return at;
}

/* Put a text field; `place` finds where in STRINGS the text stands. */
static void
put_text(struct out *o, const char *text,
	uint32_t (*place)(struct out *o, const char *text))
{
	struct out_strings *t = &o->strings;
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

void
out_name(struct out *o, const char *text)
{
	put_text(o, text, strings_add);
}

void
out_folder(struct out *o, const char *text)
{
	put_text(o, text, folder_place);
}

void
out_word(struct out *o, const char *text)
{
	put_text(o, text, word_place);
}

void
out_i64(struct out *o, int64_t v)
{
	writer_le64(&o->w, (uint64_t)v);
}

/* Sizes are known from pass 1.  A file that no reader would take is not begun:
 * its size is tested before the first octet goes out. */
static void
put_table(struct out *o, const uint64_t sizes[SECTIONS])
{
	uint64_t at = SNAPSHOT_TABLE_END;
	uint64_t end = at;

	for (int i = 0; i < SECTIONS; i++)
		end = align(end) + sizes[i];
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
		writer_le64(&o->w, sizes[i]);
		at += sizes[i];
	}
}

/* All sections, each from where the table says. */
static void
put_sections(struct out *o, const uint64_t sizes[SECTIONS])
{
	static const uint8_t zeros[SNAPSHOT_ALIGN];

	for (int i = 0; i < SECTIONS; i++) {
		uint64_t from = align(o->written + o->w.n);

		writer_bytes(
			&o->w, zeros, (size_t)(from - o->written - o->w.n));
		out_next(o);
		snapshot_put(o, (enum snapshot_section)i);
		/* Both passes put the same. */
		assert(o->err != 0 || o->written + o->w.n - from == sizes[i]);
	}
	out_flush(o);
}

/* Find sizes and texts; nothing is written. */
static void
pass_dry(struct out *o, uint64_t sizes[SECTIONS])
{
	o->dry = true;
	o->w = writer_of(o->block, sizeof(o->block));
	if (word_place(o, "") != 0)
		o->err = ERR_NOMEM;
	for (int i = 0; i < SECTIONS; i++) {
		enum snapshot_section section = (enum snapshot_section)i;
		uint64_t from = o->written + o->w.n;
		size_t n = snapshot_put_count(o->s, section);

		if (n == SIZE_MAX || snapshot_put_has_texts(section))
			snapshot_put(o, section);
		sizes[i] = n == SIZE_MAX ? o->written + o->w.n - from
					 : (uint64_t)n * record_sizes[i];
	}
	out_flush(o);
	o->written = 0;
	o->dry = false;
}

/* Everything, in the order of the file. */
static void
pass_real(struct out *o, const uint64_t sizes[SECTIONS])
{
	uint8_t hash[HASH_SIZE];

	put_table(o, sizes);
	put_sections(o, sizes);
	if (o->err == 0 && EVP_DigestFinal_ex(o->digest, hash, NULL) != 1)
		o->err = ERR_CRYPTO;
	if (o->err == 0)
		file_out_write(&o->file, hash, sizeof(hash));
}

/* Nothing is created before pass 1 has shown that all of it can be written. */
static int
write_file(struct out *o, const char *path)
{
	uint64_t sizes[SECTIONS];

	pass_dry(o, sizes);
	if (o->err != 0)
		return o->err;
	o->err = file_out_open(&o->file, path);
	if (o->err != 0)
		return o->err;
	pass_real(o, sizes);
	if (o->err == 0)
		o->err = file_out_commit(&o->file);
	file_out_drop(&o->file);
	return o->err;
}

int
snapshot_write(const struct snapshot *s, const char *path)
{
	const char *why; /* a run that is out of order is a bug of ours */
	struct out *o;
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
