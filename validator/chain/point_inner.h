/*
 * point_inner: what the files of a publication point share.
 *
 *	point.c    which place holds, and what is told of the point
 *	place.c    one place: manifest, CRL, files
 *	recall.c   the same, from memory; and what is to be remembered
 *	stand_in.c an earlier certificate in the place of an unusable one
 */
#ifndef CHAIN_POINT_INNER_H
#define CHAIN_POINT_INNER_H

#include "validator/chain/issued.h"
#include "validator/chain/member.h"
#include "validator/chain/memory.h"
#include "validator/chain/note.h"
#include "validator/chain/point.h"
#include "validator/object/crl.h"
#include "validator/object/mft.h"

/* Why a place failed, to be told when a later one holds. */
struct setback {
	enum reject reason;
	size_t name_n;
	uint8_t name[BOUND_FILE_NAME]; /* of the file it failed for */
};

struct named;

/* What earlier runs have left of the point. */
struct history {
	bool is_kept; /* the source remembers points */
	struct past past;
	bool is_read; /* there is a memory, of whatever issuer */
	bool has_memory; /* of the same issuer and rules */
	struct memory memory;
	uint8_t base[SHA256_SIZE]; /* of this run's issuer and rules */
	struct memory_file *files; /* of the memory, while one place is looked
				      at; NULL: not asked for yet */
	struct named *named; /* the same, by name */
};

/* A manifest that holds, and what was spent on it, from memory or not. */
struct manifest_facts {
	uint8_t hash[SHA256_SIZE];
	uint8_t number[SKI_SIZE]; /* big-endian */
	struct wall this_update, next_update;
	uint32_t size; /* octets */
	size_t file_count;
};

/* A point under way. */
struct point {
	struct checker *k;
	const struct ca *ca;
	struct noter noter;
	struct issuer by;
	struct key *key; /* NULL: not made ready yet */
	struct mft mft;
	struct crl crl;
	struct household house; /* its members share `by` and `noter` */
	struct place place; /* that is looked at */
	bool has_manifest; /* at this place */
	struct manifest_facts manifest;
	bool is_recalled; /* this place was taken from memory */
	bool is_free; /* older manifests may take the place of newer ones */
	bool is_told; /* looked at once more: all was counted */
	bool is_gone; /* the last good version is known, and not there */
	int home; /* its repository, see point_gain */
	bool fell_back; /* `before` failed, this one holds */
	enum reject failed; /* why the point gives nothing */
	struct span culprit; /* the file's name, when it is for a file */
	enum object_type culprit_type;
	uint64_t objects; /* that the manifests list, themselves included */
	bool beyond; /* a limit of the trust anchor is passed */
	uint64_t read_before; /* octets, at other places */
	struct window window; /* in which this place comes out the same */
	uint64_t head_octets, head_signatures; /* of manifest and CRL */
	uint64_t signatures; /* counted without being checked again */
	struct setback before;
	struct history history;
	char crl_uri[BOUND_URI + BOUND_FILE_NAME + 2];
};

/* Look at p->place, which is open: p->failed says what came of it. */
void place_check(struct point *p);

/* What an error of the source means: `missing` for a file that is not there.
 * Want of memory or descriptors is no fault of the point: it voids the run. */
enum reject place_error(struct point *p, int err, enum reject missing);

/* Count the files that a manifest lists, before any of them costs anything;
 * p->beyond when there are too many. */
void place_count(struct point *p, size_t files);

/* Whether the walk is to end, or memory has. */
bool place_is_stopped(const struct point *p);

/* Ask for what is remembered of the point. */
void recall_begin(struct point *p);

/* Take what p->place gives from memory.  False when it has to be looked at:
 * nothing has happened then. */
bool recall_place(struct point *p);

/* Take one member, unread, from what is remembered of an earlier manifest.
 * False when it has to be read and judged. */
bool recall_member(struct point *p, struct member *m);

/* The hash of the certificate that may stand in for `entry`'s by what is
 * remembered: of what stands in now, or of what was a valid certificate of a
 * CA, with another hash.  NULL: there is none. */
const uint8_t *recall_earlier(struct point *p, const struct mft_file *entry);

/* Remember what came of a member, which is `octets` long; of the CRL; or of a
 * stand-in. */
void recall_note(struct point *p, const struct memory_file *file);

/* Keep what held for later runs. */
void recall_keep(struct point *p);

/* Whether a certificate may stand in for a member of which `what` came, and
 * which is refused for `code` (REJECT_NONE: it is not). */
bool stand_in_is_wanted(const struct outcome *what, enum reject code);

/* Look for one, judge it, and take and remember it when it is valid. */
void stand_in_seek(struct point *p, const struct member *m, enum reject code);

/* Take one from memory, unread. */
void stand_in_take(struct point *p, const struct member *m, enum reject code,
	const struct memory_file *earlier);

#endif
