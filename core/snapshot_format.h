/*
 * snapshot_format: what the writer and the reader of a snapshot share.
 *
 * All numbers little-endian; times are seconds, signed; `text` is an offset
 * into STRINGS, at which a text begins that a NUL ends.  Sections stand in the
 * order of this table, each begins at the next multiple of eight, the octets
 * between are zero, the hash follows the last: one content has one file.
 * Numbers of enums never leave the process: types and counters are texts, and
 * a reader that does not know a counter passes it over.
 *
 *	META       started i64 | at i64 | elapsed ms i64
 *	TAS        name text | complete u32
 *	VRPS       addr 16 | asn u32 | family u8 | len u8 | max u8 | ta u8
 *	           | expires i64 | source u32 | 0 u32
 *	KEYS       ski 20 | asn u32 | octets of SPKI u32 | source u32
 *	           | expires i64 | ta u32 | 0 u32
 *	ASPAS      customer u32 | providers u32 | source u32 | ta u32
 *	           | expires i64
 *	PROVIDERS  asn u32, those of one ASPA after those of another
 *	SPKIS      octets, those of one key after those of another
 *	SOURCES    hash 32 | uri text | type text | not before i64
 *	           | not after i64 | chain not after i64 | ta u32 | 0 u32
 *	REFUSALS   uri text | reason text | text text | type text | ta u32
 *	           | 0 u32
 *	COUNTS     ta u32 | counter or type text | state text | 0 u32
 *	           | value u64, where it is not zero
 *	REASONS    ta u32 | type text | reason text | 0 u32 | value u64
 *	REPOS      uri text | kind text | CAs u32 | failed points u32 | VRPs u64
 *	           | expires i64 | ta u32 | 0 u32
 *	STRINGS    texts; the first is ""
 */
#ifndef CORE_SNAPSHOT_FORMAT_H
#define CORE_SNAPSHOT_FORMAT_H

#include "waymark/snapshot.h"

#define SNAPSHOT_MAGIC "WAYMARK1"

/* X(NAME, octets of a record); the id is the place in the table, from one. */
#define SNAPSHOT_SECTION_TABLE(X) \
	X(META, 24) \
	X(TAS, 8) \
	X(VRPS, 40) \
	X(KEYS, 48) \
	X(ASPAS, 24) \
	X(PROVIDERS, 4) \
	X(SPKIS, 1) \
	X(SOURCES, 72) \
	X(REFUSALS, 24) \
	X(COUNTS, 24) \
	X(REASONS, 24) \
	X(REPOS, 40) \
	X(STRINGS, 1)

enum snapshot_section {
#define SNAPSHOT_SECTION_ENUM(name, size) SECTION_##name,
	SNAPSHOT_SECTION_TABLE(SNAPSHOT_SECTION_ENUM)
#undef SNAPSHOT_SECTION_ENUM
	SECTIONS
};

enum {
	SNAPSHOT_MAGIC_SIZE = 8,
	SNAPSHOT_HEAD = 24, /* magic, version, sections, file length */
	SNAPSHOT_ROW = 24, /* id, record size, offset, length */
	SNAPSHOT_TABLE_END = SNAPSHOT_HEAD + SECTIONS * SNAPSHOT_ROW,
	SNAPSHOT_ALIGN = 8,
};

/* Whether everything in `s` holds together: order, ranges, indexes.  0, or
 * ERR_SYNTAX with `*why` a static text that says what does not. */
int snapshot_check(const struct snapshot *s, const char **why);

#endif
