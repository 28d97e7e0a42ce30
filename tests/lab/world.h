/*
 * world: a whole RPKI on disk, from trust anchors to ROAs, right or wrong.
 *
 *	ta alpha ── ca isp ── ca customer
 *	               ├── isp-1.roa       DIR/repo/HOST/MODULE/alpha.cer
 *	               └── isp-2.roa       DIR/repo/HOST/MODULE/alpha/isp.cer
 *	                                   DIR/repo/HOST/MODULE/isp/isp.mft
 *	                                   DIR/alpha.tal, DIR/expected.csv
 *	                                   DIR/repositories
 *
 * Names are file names: CA "isp" has isp.cer (in its parent's folder), isp.mft
 * and isp.crl; they are unique in a world.  Fields may be changed between
 * adding and writing.  The same world gives the same octets; written over an
 * earlier one, only files that differ are replaced (aside, then renamed), and
 * files that went are removed.
 *
 * HOST may have a port.  `repositories` says what is to be published where, for
 * rrdp.h and for who sets up servers:
 *
 *	point NOTIFY|- HOST/MODULE FOLDER
 *	ta HTTPS-URI|- HOST/MODULE FILE
 *
 * expected.csv holds the VRPs that a validator must find: objects with a change
 * or fault, and what hangs on them, are taken to be refused unless told
 * otherwise.  expected.others holds the ASPAs and router keys.
 */
#ifndef LAB_WORLD_H
#define LAB_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/vec.h"
#include "tests/lab/lab.h"

/* X(NAME, "word", "help"): what can be wrong around an object. */
#define LAB_FAULT_TABLE(X) \
	X(MISSING, "missing", "listed in the manifest, not on disk") \
	X(UNLISTED, "unlisted", "on disk, not in the manifest") \
	X(HASH, "hash", "listed with another hash") \
	X(REVOKED, "revoked", "its serial is in the issuer's CRL") \
	X(EMPTY, "empty", "no octets on disk, and listed so") \
	X(CUT, "cut", "only the first half on disk, and listed so") \
	X(GROWN, "grown", "a zero octet at the end, and listed so") \
	X(OTHER, "other", "the octets of a file on disk, and listed so")

enum lab_fault {
#define LAB_FAULT_ENUM(name, word, help) LAB_FAULT_##name,
	LAB_FAULT_TABLE(LAB_FAULT_ENUM)
#undef LAB_FAULT_ENUM
	LAB_FAULTS
};

struct lab_ca;

/* What every object of a world has. */
struct lab_item {
	const char *file; /* "isp.mft" */
	VEC(const char *) changes; /* NULL at the end once there are any */
	bool faults[LAB_FAULTS];
	struct span other; /* what LAB_FAULT_OTHER puts in its place */
	bool harmless; /* its changes and faults refuse nothing */
};

struct lab_world_roa {
	struct lab_item item;
	const char *serial;
	const char *prefixes;
	const char *resources; /* of the EE; NULL: the prefixes */
	uint32_t asn;
	int64_t not_before, not_after;
};

/* Any other object that a CA signs. */
struct lab_world_extra {
	struct lab_item item;
	const char *type; /* "gbr", "aspa", "spl", "tak", "rsc", "router" */
	const char *serial;
	const char *resources; /* NULL: those of its AS number, or of the type's
				  default object */
	bool has_asn;
	uint32_t asn; /* aspa: customer; spl: origin; router */
	const char *list; /* NULL: the default's; see struct lab_content */
	unsigned key; /* router: LAB_KEY_P256 and up; tak: of the successor */
	int64_t not_before, not_after;
};

/* A file of any content that a CA publishes and lists. */
struct lab_world_file {
	struct lab_item item;
	struct span bytes;
};

struct lab_ca {
	struct lab_item cert, crl, mft;
	struct lab_ca *parent; /* NULL: a trust anchor */
	const char *name;
	const char *serial;
	const char *resources;
	const char *host, *module;
	const char *folder; /* below the module; its name unless told; CAs may
			       share one */
	struct lab_ca *shares; /* the next CA with this folder, in a ring */
	const char *notify_uri; /* NULL: none */
	const char *https_uri; /* of a trust anchor, before the rsync URI in its
				  TAL; NULL: none */
	const char *number; /* of manifest and CRL */
	unsigned key;
	int64_t not_before, not_after;
	int64_t this_update, next_update; /* manifest and CRL */
	bool is_written; /* its point is on disk as it is to be: let it stay */
	VEC(struct lab_ca *) children;
	VEC(struct lab_world_roa *) roas;
	VEC(struct lab_world_extra *) extras;
	VEC(struct lab_world_file *) files;
	VEC(struct lab_revoked) revoked; /* beyond the faults */
};

struct lab_world;

/* An empty world at `now` (Unix seconds).  Certificates begin a day before it
 * and end `days` + 365 after, manifests and CRLs begin an hour before and end
 * `days` after.  Its memory is its own; ends the program out of memory. */
struct lab_world *lab_world_new(int64_t now, int days);
void lab_world_free(struct lab_world *world);

/* Memory that lives as long as the world; formatted text in it. */
struct arena *lab_world_arena(struct lab_world *world);
const char *lab_world_text(struct lab_world *world, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Add a trust anchor, a CA below `parent`, a ROA ("NAME.roa"), another signed
 * object of a type as above, or a file of any content; texts are copied.
 * Fields that are not asked for have defaults that hold; a CA publishes where
 * its parent does. */
struct lab_ca *lab_ta_add(
	struct lab_world *world, const char *name, const char *resources);
struct lab_ca *lab_ca_add(struct lab_world *world, struct lab_ca *parent,
	const char *name, const char *resources);
struct lab_world_roa *lab_roa_add(struct lab_world *world, struct lab_ca *ca,
	const char *name, uint32_t asn, const char *prefixes);
struct lab_world_extra *lab_extra_add(struct lab_world *world,
	struct lab_ca *ca, const char *file, const char *type);
struct lab_world_file *lab_file_add(struct lab_world *world, struct lab_ca *ca,
	const char *file, struct span bytes);

/* All CAs, trust anchors too, in the order of adding.  NULL at the end. */
struct lab_ca *lab_world_ca(const struct lab_world *world, size_t index);

/* A CA by name, an object by file name; NULL when there is none. */
struct lab_ca *lab_ca_find(const struct lab_world *world, const char *name);
struct lab_item *lab_item_find(const struct lab_world *world, const char *file);

/* Change an object ("isp.mft") as change.h tells; or give it a fault by its
 * word ("other" when the item has other octets).  0, ERR_NOTFOUND for an unknown
 * object or fault, ERR_USAGE for a fault that this object cannot have. */
int lab_mutate(struct lab_world *world, const char *file, const char *change);
int lab_fault(struct lab_world *world, const char *file, const char *fault);

/* How a world was written. */
struct lab_written {
	size_t objects; /* made and signed */
	size_t replaced; /* files that were new or differed */
	size_t removed;
	size_t vrps; /* lines of expected.csv */
	int64_t elapsed_ms;
};

/* Write all below `dir`, on `threads` threads.  0 or the first error, with
 * `why` naming the object or path. */
int lab_world_write(struct lab_world *world, const char *dir,
	struct lab_keys *keys, unsigned threads, struct lab_written *out);

/* What was wrong with the last write.  "" if nothing. */
const char *lab_world_why(const struct lab_world *world);

/* Write the VRPs that hold as "ASN,IP Prefix,Max Length,Trust Anchor", in the
 * order of include/waymark/export.h.  0 or an enum err; `*count` lines. */
int lab_world_expect(
	const struct lab_world *world, const char *path, size_t *count);

/* The word of a fault, and its help.  Static text. */
const char *lab_fault_name(enum lab_fault fault);
const char *lab_fault_help(enum lab_fault fault);

#endif
