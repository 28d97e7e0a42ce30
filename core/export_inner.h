/*
 * export_inner: what the formats of export share.
 *
 * Who writes a row appends at `p` and returns the new end; there is room for
 * EXPORT_STEP octets.  A row that goes out in parts keeps in e->part how far it
 * is, and 0 when it is done.
 */
#ifndef CORE_EXPORT_INNER_H
#define CORE_EXPORT_INNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "waymark/export.h"

enum {
	EXPORT_STEP = 7168, /* below EXPORT_BUFFER_MIN */
	EXPORT_NAME = 1536, /* octets of one name, escaped: 255 x 6 */
	EXPORT_URI = SNAPSHOT_URI, /* octets of a URI, of which none is escaped,
				      or some of a shorter one */
	EXPORT_OCTETS = 768, /* of a public key at once, a multiple of three */
	EXPORT_NUMBERS = 128, /* of a list of providers at once */
};

/* How a format writes each stage; NULL where it has nothing to say. */
struct export_shape {
	char *(*head)(struct export *e, char *p);
	char *(*vrp)(struct export *e, const struct vrp *v, char *p);
	char *(*keys_head)(struct export *e, char *p);
	char *(*key)(struct export *e, const struct router_key *k, char *p);
	char *(*aspas_head)(struct export *e, char *p);
	char *(*aspa)(struct export *e, const struct aspa *a, char *p);
	char *(*tail)(struct export *e, char *p);
};

extern const struct export_shape export_json, export_jsonext, export_csv,
	export_csvext, export_openbgpd, export_openbgpd_aspa, export_bird,
	export_bird_aspa;

/* A text without its NUL; a decimal number; the prefix of a VRP; a time as RFC
 * 3339. */
char *export_put(char *p, const char *text);
char *export_number(char *p, int64_t v);
char *export_prefix(char *p, const struct vrp *v);
char *export_time(char *p, struct wall at);

/* Octets in upper case hexadecimal; at most EXPORT_OCTETS as base64, a multiple
 * of three but at the end, so that parts put together are one text. */
char *export_hex(char *p, const uint8_t *octets, size_t n);
char *export_base64(char *p, const uint8_t *octets, size_t n);

/* A name in JSON's quotes, cut rather than too long for a step; a URI. */
char *export_json_name(char *p, const char *name);
char *export_json_uri(char *p, const char *uri);

/* A name as a field of CSV (RFC 4180 section 2), quoted only where it must be;
 * a URI, which must not be more than EXPORT_URI. */
char *export_csv_name(char *p, const char *name);
char *export_csv_uri(char *p, const char *uri);

/* The name of a trust anchor; "" for an index that none is known for. */
const char *export_ta(const struct export *e, uint8_t ta);

/* The next numbers of a list of providers, as many as may be written at once,
 * with `between` them; e->part counts them, and is the provider count when all
 * are out. */
char *export_providers(
	struct export *e, const struct aspa *a, const char *between, char *p);

#endif
