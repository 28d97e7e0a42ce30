/*
 * show: every field of a parsed object onto a sheet.
 *
 * For people and for scripts: keys are the RFCs' names in snake_case, URIs and
 * names as they stand, serials and identifiers in hexadecimal, resources as
 * prefixes, ranges and AS numbers.
 */
#ifndef OBJECT_SHOW_H
#define OBJECT_SHOW_H

#include "validator/object/cert.h"
#include "validator/object/cms.h"
#include "validator/object/crl.h"
#include "validator/object/mft.h"
#include "validator/object/roa.h"
#include "validator/object/sheet.h"

/* RFC 6487 section 4: a certificate with its resources. */
void show_cert(struct sheet *s, const struct cert *cert);

/* RFC 6487 section 5: a CRL with its entries. */
void show_crl(struct sheet *s, const struct crl *crl);

/* RFC 6488: what all signed objects have, the EE certificate as a group. */
void show_cms(struct sheet *s, const struct cms *cms);

/* RFC 9286 section 4.2: a manifest with its files, and its envelope. */
void show_mft(struct sheet *s, const struct mft *mft);

/* RFC 9582 section 4: a ROA with its prefixes, and its envelope. */
void show_roa(struct sheet *s, const struct roa *roa);

#endif
