/*
 * cert_uri: the extensions of a certificate that hold URIs, for cert_ext.c
 * only.  Each takes the value inside extnValue and fills the URIs of `out`.
 */
#ifndef OBJECT_CERT_URI_H
#define OBJECT_CERT_URI_H

#include "validator/object/cert.h"
#include "validator/object/der.h"

/* CRL distribution points: RFC 6487 section 4.8.6. */
void cert_read_crldp(struct der *d, struct cert *out);

/* Authority information access: RFC 6487 section 4.8.7. */
void cert_read_aia(struct der *d, struct cert *out);

/* Subject information access, of a CA or of an EE: RFC 6487 section 4.8.8,
 * RFC 8182 section 3.2. */
void cert_read_sia(struct der *d, struct cert *out);

#endif
