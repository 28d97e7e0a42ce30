/*
 * show: every field of a parsed object onto a sheet.
 *
 * For people and for scripts: keys are the RFCs' names in snake_case, URIs and
 * names as they stand, serials and identifiers in hexadecimal, resources as
 * prefixes, ranges and AS numbers.
 */
#ifndef OBJECT_SHOW_H
#define OBJECT_SHOW_H

#include "validator/object/aspa.h"
#include "validator/object/ccr.h"
#include "validator/object/cert.h"
#include "validator/object/cms.h"
#include "validator/object/crl.h"
#include "validator/object/gbr.h"
#include "validator/object/mft.h"
#include "validator/object/roa.h"
#include "validator/object/rsc.h"
#include "validator/object/sheet.h"
#include "validator/object/spl.h"
#include "validator/object/tak.h"

/* RFC 3779: lists of what is there, by kind. */
void show_resources(struct sheet *s, const struct resources *r);

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

/* ASPA profile draft: a customer with its providers, and its envelope. */
void show_aspa(struct sheet *s, const struct aspa_object *aspa);

/* Prefix list draft: an AS number with its prefixes, and its envelope. */
void show_spl(struct sheet *s, const struct spl *spl);

/* RFC 9691: the keys of a trust anchor, and the envelope. */
void show_tak(struct sheet *s, const struct tak *tak);

/* RFC 9323: a checklist's resources and files, and its envelope. */
void show_rsc(struct sheet *s, const struct rsc *rsc);

/* RFC 6493: the lines of a vCard, and its envelope. */
void show_gbr(struct sheet *s, const struct gbr *gbr);

/* CCR draft: all states of a cache, with their hashes. */
void show_ccr(struct sheet *s, const struct ccr *ccr);

#endif
