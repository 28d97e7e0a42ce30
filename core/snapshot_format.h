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
 *	META       at i64
 *	TAS        name text | complete u32
 *	VRPS4      addr 4 | asn u32 | source u32 | len u8 | max u8 | 0 u16
 *	VRPS6      addr 16 | asn u32 | source u32 | len u8 | max u8 | 0 u16
 *	KEYS       ski 20 | asn u32 | octets of SPKI u32 | source u32
 *	ASPAS      customer u32 | providers u32 | source u32
 *	PROVIDERS  asn u32, those of one ASPA after those of another
 *	SPKIS      octets, those of one key after those of another
 *	POINTS     hash 32 | ski 20 | number 20 | folder text | manifest text
 *	           | certificate text | state text | reason text | rule text
 *	           | file text | parent u32 | depth u32 | repo u32 | ta u32
 *	           | claims u32 | size u32 | 0 u32 | since i64 | not before i64
 *	           | certificates' end i64 | not after i64 | this update i64
 *	           | next update i64
 *	SOURCES    hash 32 | name text | type text | point u32 | again u32
 *	           | not before i64 | not after i64
 *	REFUSALS   name text | reason text | rule text | type text | point u32
 *	           | claims u32 | ta u32 | 0 u32
 *	CLAIMS     addr 16 | asn u32 | family u8 | len u8 | max u8 | 0 u8,
 *	           those of one point after those of another, then the refusals'
 *	COUNTS     ta u32 | counter or type text | state text | 0 u32
 *	           | value u64, where it is not zero
 *	REASONS    ta u32 | type text | reason text | 0 u32 | value u64
 *	REPOS      uri text | kind text | CAs u32 | failed points u32 | VRPs u64
 *	           | expires i64 | ta u32 | 0 u32
 *	STRINGS    texts; the first is ""
 *
 * Nothing stands twice that is long or often there: when a payload ends and
 * its trust anchor follow from its source, and a URI of an object is its
 * point's folder and its own name.
 */
#ifndef CORE_SNAPSHOT_FORMAT_H
#define CORE_SNAPSHOT_FORMAT_H

#include "waymark/snapshot.h"

#define SNAPSHOT_MAGIC "WAYMARK1"

/* X(NAME, octets of a record); the id is the place in the table, from one. */
#define SNAPSHOT_SECTION_TABLE(X) \
	X(META, 8) \
	X(TAS, 8) \
	X(VRPS4, 16) \
	X(VRPS6, 28) \
	X(KEYS, 32) \
	X(ASPAS, 12) \
	X(PROVIDERS, 4) \
	X(SPKIS, 1) \
	X(POINTS, 176) \
	X(SOURCES, 64) \
	X(REFUSALS, 32) \
	X(CLAIMS, 24) \
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

/* Where the IPv6 ones begin among VRPs that are in order. */
size_t snapshot_ipv4_count(const struct snapshot *s);

/* What a payload has from its source. */
struct snapshot_origin {
	int64_t end;
	uint8_t ta;
};

/* That of each source, in an array by index; NULL out of memory.  Every
 * source's point is one.  Freed with free(). */
struct snapshot_origin *snapshot_origins(const struct snapshot *s);

/* Whether everything in `s` holds together: order, ranges, indexes.  0; or
 * ERR_SYNTAX with `*why` a static text that says what does not; ERR_NOMEM.
 * snapshot_check_objects does the same for all but the payloads, which are not
 * looked at; snapshot_check_payloads for these, when the others hold and
 * `origins` are what they should have from their sources. */
int snapshot_check(const struct snapshot *s, const char **why);
int snapshot_check_objects(const struct snapshot *s, const char **why);
int snapshot_check_payloads(const struct snapshot *s,
	const struct snapshot_origin *origins, const char **why);

#endif
