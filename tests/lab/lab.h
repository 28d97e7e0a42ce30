/*
 * lab: a signer that makes any object of the RPKI, right or wrong.
 *
 *	parameters --> tree of named nodes --> changes --> digests and
 *	(structs)      (der.h)                 (texts)     signatures --> octets
 *
 * A change is a text "PATH=OPERATION" (change.h has the operations; `lab show
 * TYPE` prints every path).  Changes happen before digests and signatures are
 * made, so that a broken object is a well signed one; a change of a digest or
 * signature itself happens after it was made.
 *
 *	struct lab *lab = lab_new(NULL);
 *	struct lab_roa roa;
 *	lab_roa_init(lab, &roa);
 *	roa.changes = (const char *[]){"content.asID=int:-1", NULL};
 *	if (lab_roa_bytes(lab, &roa, &der) != 0)
 *		puts(lab_why(lab));
 *
 * The defaults of the *_init functions form one chain: trust anchor (key
 * LAB_KEY_TA), its CA (key LAB_KEY_CA), and what that CA publishes.  They hold
 * at LAB_NOW.  Same parameters, same octets, on every machine: keys come from
 * primes that are searched from fixed seeds.
 *
 * Octets and all that is handed out live until lab_free.  One lab a thread.
 */
#ifndef LAB_LAB_H
#define LAB_LAB_H

#include <stddef.h>
#include <stdint.h>

#include "tests/lab/der.h"
#include "tests/lab/keys.h"
#include "waymark/span.h"

enum {
	LAB_NOW = 1893456000, /* 2030-01-01T00:00:00Z */
	LAB_DAY = 86400,
	LAB_KEY_TA = 0, /* keys of the default chain */
	LAB_KEY_CA = 1,
	LAB_KEY_EE = 2,
	LAB_KEY_CHILD = 3,
};

struct lab;

/* A workbench over a pool of keys; NULL: over one of its own. */
struct lab *lab_new(struct lab_keys *keys);
void lab_free(struct lab *lab);

/* What went wrong last: names the change or parameter.  "" if nothing. */
const char *lab_why(const struct lab *lab);

/* Its memory, for who has texts to build; and its keys. */
struct arena *lab_arena(struct lab *lab);
struct lab_keys *lab_pool(struct lab *lab);

enum lab_role {
	LAB_TA,
	LAB_CA,
	LAB_EE,
	LAB_ROUTER
};

/* A certificate (RFC 6487 section 4, RFC 8209 for routers).  A NULL text leaves
 * the field or extension out.  `resources` is a list such as "192.0.2.0/24
 * 10.0.0.1-10.0.0.9 2001:db8::/32 AS64496-AS64511", in any order, or
 * "inherit", "inherit-ipv4", "inherit-ipv6", "inherit-asn". */
struct lab_cert {
	enum lab_role role;
	unsigned key; /* its own; see keys.h */
	unsigned issuer_key; /* ignored for LAB_TA */
	const char *serial; /* decimal or 0x hexadecimal */
	const char *subject, *issuer; /* common names */
	int64_t not_before, not_after; /* Unix seconds */
	const char *resources;
	const char *crl_uri, *aia_uri;
	const char *repository_uri, *manifest_uri, *notify_uri; /* TA, CA */
	const char *object_uri; /* EE */
	const char *const *changes; /* NULL at the end; or NULL */
};

struct lab_revoked {
	const char *serial;
	int64_t at;
};

struct lab_crl {
	unsigned issuer_key;
	const char *issuer;
	int64_t this_update, next_update;
	const char *number;
	const struct lab_revoked *revoked;
	size_t revoked_count;
	const char *const *changes;
};

/* What is common to signed objects (RFC 6488): the EE certificate, without
 * changes of its own (say "ee.tbs..."), and when it was signed. */
struct lab_envelope {
	struct lab_cert ee;
	int64_t signing_time;
};

struct lab_file {
	const char *name;
	uint8_t hash[32];
};

struct lab_mft {
	struct lab_envelope envelope;
	const char *number;
	int64_t this_update, next_update;
	const struct lab_file *files;
	size_t file_count;
	const char *const *changes;
};

struct lab_roa {
	struct lab_envelope envelope; /* ee.resources NULL: the prefixes */
	uint32_t asn;
	const char *prefixes; /* "192.0.2.0/24-26 2001:db8::/32" */
	const char *const *changes;
};

/* What the types below say; each takes what concerns it. */
struct lab_content {
	uint32_t asn; /* aspa: customer; spl: origin; rsc */
	const char *list; /* aspa: providers, "64500 AS64501"; spl: prefixes;
			     tak: the successor's URI, "": none; rsc: the name
			     of the one file */
	const char *uri; /* tak: the current key's */
	unsigned key, next_key; /* tak: the current one and the successor */
};

/* Any other signed object. */
struct lab_signed {
	struct lab_envelope envelope;
	const char *oid; /* eContentType */
	struct lab_content content;
	int (*build)(struct lab *lab, struct node *parent,
		const struct lab_content *c); /* NULL: `octets` */
	struct span octets; /* of the eContent */
	const char *const *changes;
};

/* Valid defaults, as described above. */
void lab_cert_init(struct lab *lab, enum lab_role role, struct lab_cert *out);
void lab_crl_init(struct lab *lab, struct lab_crl *out);
void lab_mft_init(struct lab *lab, struct lab_mft *out);
void lab_roa_init(struct lab *lab, struct lab_roa *out);
void lab_signed_init(struct lab *lab, const char *oid, struct lab_signed *out);

/* Valid defaults of a signed object that is neither manifest nor ROA: "gbr",
 * "aspa", "tak", "spl", "rsc".  0, or ERR_NOTFOUND. */
int lab_signed_init_type(
	struct lab *lab, const char *type, struct lab_signed *out);

/* Make the object's octets.  0, or ERR_SYNTAX with lab_why for a change or
 * parameter that cannot be followed. */
int lab_cert_bytes(
	struct lab *lab, const struct lab_cert *params, struct span *out);
int lab_crl_bytes(
	struct lab *lab, const struct lab_crl *params, struct span *out);
int lab_mft_bytes(
	struct lab *lab, const struct lab_mft *params, struct span *out);
int lab_roa_bytes(
	struct lab *lab, const struct lab_roa *params, struct span *out);
int lab_signed_bytes(
	struct lab *lab, const struct lab_signed *params, struct span *out);

/* The default object of a type, changed: "ta", "ca", "ee", "router", "crl",
 * "mft", "roa", "gbr", "aspa", "tak", "spl", "rsc".  `changes` as above, or
 * NULL.  0;
 * ERR_NOTFOUND for another type; ERR_SYNTAX with lab_why. */
int lab_object_bytes(struct lab *lab, const char *type,
	const char *const *changes, struct span *out);

/* The default object's tree before any signature, for `lab show`. */
int lab_object_tree(struct lab *lab, const char *type, struct node **out);

#endif
