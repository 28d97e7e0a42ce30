/*
 * snapshot_read: from the file to arrays that can be trusted.
 *
 *	octets -> head, hash -> table -> objects -> check -> payloads -> check
 *
 * The hash tells damage from intent; what lies behind it is still read through
 * the bounded reader, because whoever can write the file can hash it.
 *
 * The file's octets are gone when this returns: records become structs, texts
 * and public keys are copied.  800,000 payloads of 330,000 objects take some
 * 80 MB then, and 60 MB more while it runs.
 */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/file.h"
#include "core/snapshot_in.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

enum {
	ARENA_CHUNK = 65536
};

static const uint32_t record_sizes[SECTIONS] = {
#define RECORD_SIZE(name, size) size,
	SNAPSHOT_SECTION_TABLE(RECORD_SIZE)
#undef RECORD_SIZE
};

uint32_t
snapshot_record_size(enum snapshot_section section)
{
	return record_sizes[section];
}

/* The error is always the same. */
int
in_fault(struct in *in, const char *why)
{
	in->why = why;
	return ERR_SYNTAX;
}

/* Magic, version and length: is this a whole snapshot, of ours? */
static int
check_head(struct in *in)
{
	struct reader r = reader_of(in->octets);
	uint32_t version, count;
	struct span magic;
	uint64_t length;

	if (!reader_take(&r, SNAPSHOT_MAGIC_SIZE, &magic))
		return ERR_TRUNCATED;
	if (memcmp(magic.p, SNAPSHOT_MAGIC, SNAPSHOT_MAGIC_SIZE) != 0)
		return in_fault(in, "not a snapshot");
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
		return in_fault(in, "longer than it says");
	if (count != SECTIONS)
		return in_fault(in, "not the sections of this version");
	return 0;
}

/* Over all but itself.  Before anything else is read: a damaged file should be
 * called damaged, not malformed. */
static int
check_hash(const struct in *in)
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
take_section(struct in *in, struct reader *rows, struct reader *body, int index)
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
			return in_fault(
				in, "sections do not follow each other");
	if (id != (uint32_t)index + 1 || size != record_sizes[index] ||
		offset != at)
		return in_fault(in, "sections do not follow each other");
	if (length > SIZE_MAX || length % size != 0 ||
		!reader_take(body, (size_t)length, &in->sections[index]))
		return in_fault(in, "a section does not fit");
	return 0;
}

/* All sections, in order, without gaps: there is nothing that could overlap. */
static int
take_sections(struct in *in)
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
		err = in_fault(in, "something follows the last section");
	return err;
}

/* The objects first: payloads are taken and checked by what these say. */
static int
take_records(struct in *in)
{
	struct snapshot_origin *origins;
	int err = snapshot_take_objects(in);

	if (err == 0)
		err = snapshot_check_objects(in->s, &in->why);
	if (err != 0)
		return err;
	origins = snapshot_origins(in->s);
	if (origins == NULL)
		return ERR_NOMEM;
	err = snapshot_take_payloads(in, origins);
	if (err == 0)
		err = snapshot_check_payloads(in->s, origins, &in->why);
	free(origins);
	return err;
}

/* Stage by stage; the first that refuses ends it. */
static int
parse(struct in *in)
{
	int err;

	in->s = arena_array(in->arena, 1, sizeof(*in->s));
	if (in->s == NULL)
		return ERR_NOMEM;
	err = check_head(in);
	/* Damage is told from what does not hold together. */
	if (err == 0)
		err = check_hash(in);
	if (err == 0)
		err = take_sections(in);
	return err == 0 ? take_records(in) : err;
}

/* When the file was written; nothing depends on it but what people are told,
 * so one that is replaced meanwhile does no harm. */
static struct wall
made(const char *path)
{
	struct stat st;

	return (struct wall){stat(path, &st) == 0 ? st.st_mtim.tv_sec : 0};
}

int
snapshot_read(const char *path, struct snapshot **out, const char **why)
{
	struct arena *file = arena_new(ARENA_CHUNK); /* of the octets */
	struct in in = {.arena = arena_new(ARENA_CHUNK)};
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
	in.s->report.made = made(path);
	in.s->arena = in.arena;
	*out = in.s;
	return 0;
}
