/*
 * export: the payload set as the texts that operators' tools read.
 *
 * One table of formats serves `validator --output` and the HTTP API.  A set is
 * written piece by piece into the caller's buffer, so that 800,000 VRPs never
 * stand in memory as text:
 *
 *	export_init --> export_next --> n octets ... --> 0: done
 *
 * Rows stand by family, address ascending, then prefix length and max length
 * descending, then ASN ascending: the order of rpki-client's files.
 */
#ifndef WAYMARK_EXPORT_H
#define WAYMARK_EXPORT_H

#include <stddef.h>
#include <stdint.h>

#include "waymark/clock.h"
#include "waymark/payload.h"
#include "waymark/snapshot.h"

/* X(NAME, "word", "content type", "help") */
#define EXPORT_TABLE(X) \
	X(JSON, "json", "application/json", \
		"JSON as StayRTR, OpenBGPD's tools and BGPalerter read it") \
	X(JSONEXT, "jsonext", "application/json", \
		"JSON with the objects that each payload came from") \
	X(CSV, "csv", "text/csv; charset=utf-8", \
		"ASN,IP Prefix,Max Length,Trust Anchor,Expires") \
	X(CSVEXT, "csvext", "text/csv; charset=utf-8", \
		"URI,ASN,IP Prefix,Max Length,Not Before,Not After") \
	X(OPENBGPD, "openbgpd", "text/plain; charset=utf-8", \
		"roa-set of OpenBGPD") \
	X(OPENBGPD_ASPA, "openbgpd-aspa", "text/plain; charset=utf-8", \
		"the same, and its aspa-set: OpenBGPD 8 and later") \
	X(BIRD, "bird", "text/plain; charset=utf-8", \
		"tables of ROAs for BIRD 2") \
	X(BIRD_ASPA, "bird-aspa", "text/plain; charset=utf-8", \
		"the same, and one of ASPAs: BIRD 2.16 and later")

enum export_format {
#define EXPORT_ENUM(name, word, type, help) EXPORT_##name,
	EXPORT_TABLE(EXPORT_ENUM)
#undef EXPORT_ENUM
	EXPORT_FORMATS
};

/* What the head of a file tells of the set. */
struct export_meta {
	const char *const *ta_names; /* by index; outlives the export */
	size_t ta_count;
	struct wall built; /* when the set was made */
	int64_t elapsed_ms; /* how long the run took */
	const struct snapshot *snapshot; /* where the payloads came from;
					    outlives the export.  NULL: no
					    format tells it */
};

/* Where a running export stands; opaque but for its size. */
struct export
{
	const struct payload_set *set; /* holds one reference */
	struct export_meta meta;
	enum export_format format;
	int stage;
	size_t next; /* row of the stage */
	size_t part; /* octets, numbers or sources of the row that are out */
	size_t octets; /* the same of a row that has two lists */
	size_t origin, origin_end; /* payloads of the snapshot that are the
				      row's, still to come */
	const struct vrp *vrp; /* the row, when it is one */
	uint8_t family; /* of the rows so far, where that matters */
	size_t run, run_end; /* VRPs of one address, by index into the set */
	unsigned group_len, group_max; /* lengths of the group under way */
	size_t group, group_end; /* VRPs of one address and these lengths */
	uint32_t order[256]; /* the next rows, in order */
	size_t order_at, order_n;
};

enum {
	EXPORT_BUFFER_MIN = 8192
};

/* The word of a format, its HTTP content type, its help.  Static text. */
const char *export_name(enum export_format format);
const char *export_content_type(enum export_format format);
const char *export_help(enum export_format format);

/* The format of a word.  0 or ERR_NOTFOUND. */
int export_parse(const char *word, enum export_format *out);

/* Begin: takes a reference to `set` until export_fini. */
void export_init(struct export *e, enum export_format format,
	const struct payload_set *set, const struct export_meta *meta);

/* Put the next octets into `buf`, at most `cap` (at least EXPORT_BUFFER_MIN).
 * Returns how many; 0 at the end. */
size_t export_next(struct export *e, char *buf, size_t cap);

/* Give the reference back. */
void export_fini(struct export *e);

#endif
