/*
 * inlet: what a router sends, PDU by PDU.
 *
 * The order of the checks is version, type, length, sender: each is only
 * meaningful when the ones before it hold.
 */
#include <string.h>

#include "rtrd/proto/inlet.h"

void
inlet_init(struct inlet *in, unsigned min_version, unsigned max_version)
{
	*in = (struct inlet){
		.min_version = min_version,
		.max_version = max_version,
		.version = -1,
	};
}

bool
inlet_is_busy(const struct inlet *in)
{
	return in->n > 0 || in->skip > 0;
}

/* Fill up to `want` octets; whether they are all there. */
static bool
fill(struct inlet *in, struct reader *r, size_t want)
{
	size_t left = reader_left(r);
	size_t n = in->n >= want ? 0 : want - in->n;

	if (n > left)
		n = left;
	if (n > 0 && reader_copy(r, in->bytes + in->n, n))
		in->n += n;
	return in->n >= want;
}

/* Pass over what is left of an Error Report's body, without keeping it: its
 * length may be any up to 65,600 octets. */
static void
skip(struct inlet *in, struct reader *r)
{
	size_t n = reader_left(r);
	struct span passed;

	if (n > in->skip)
		n = in->skip;
	if (reader_take(r, n, &passed))
		in->skip -= (uint32_t)n;
}

static bool
is_legal(const struct pdu_form *form, uint32_t length)
{
	return length >= form->least && length <= form->most;
}

/* How many octets of a PDU to collect: as many as an answer may enclose, if
 * any version knows such a PDU; else its length cannot be believed. */
static size_t
octets_wanted(const struct pdu_header *h)
{
	unsigned version =
		h->version < PDU_VERSIONS ? h->version : PDU_VERSIONS - 1;
	struct pdu_form form;

	if (!pdu_form(version, h->type, &form) || !is_legal(&form, h->length))
		return PDU_HEADER;
	return h->length < BOUND_RTR_ERROR_PDU ? h->length
					       : BOUND_RTR_ERROR_PDU;
}

/* The first PDU chooses among the versions that we speak; those after it have
 * no choice (RFC 8210 section 7). */
static bool
is_version_wrong(const struct inlet *in, const struct pdu_header *h)
{
	if (in->version < 0)
		return h->version < in->min_version ||
			h->version > in->max_version;
	return h->version != in->version;
}

/* The rules of the header.  False with `fault` and `text` when one is broken.
 */
static bool
judge(struct inlet *in, struct inlet_pdu *pdu)
{
	const struct pdu_header *h = &pdu->header;
	struct pdu_form form;

	if (is_version_wrong(in, h)) {
		pdu->fault = in->version < 0
			? FAULT_VERSION
			: fault_for_version(
				  FAULT_UNEXPECTED, (unsigned)in->version);
		pdu->text = in->version < 0
			? "this protocol version is not spoken here"
			: "the protocol version changed within a session";
		return false;
	}
	in->version = h->version;
	if (!pdu_form(h->version, h->type, &form)) {
		/* RFC 8210bis: no text with this code. */
		pdu->fault = FAULT_TYPE;
		pdu->text = "";
		return false;
	}
	if (!is_legal(&form, h->length)) {
		pdu->fault = FAULT_CORRUPT;
		pdu->text = "the length is not one of this PDU type";
		return false;
	}
	if (form.sender == PDU_SENDER_CACHE) {
		pdu->fault = FAULT_REQUEST;
		pdu->text = "only caches send this PDU type";
		return false;
	}
	return true;
}

/* An Error Report is told as soon as its header is there, and never a fault:
 * it must not be answered (RFC 8210 section 5.11). */
static enum inlet_result
take_report(struct inlet *in, struct inlet_pdu *pdu)
{
	const struct pdu_header *h = &pdu->header;
	struct pdu_form form;

	pdu->malformed = is_version_wrong(in, h) ||
		!pdu_form(h->version, h->type, &form) ||
		!is_legal(&form, h->length);
	in->n = 0;
	if (!pdu->malformed)
		in->skip = h->length - PDU_HEADER;
	return INLET_REPORT;
}

/* A PDU that is there as far as it is wanted. */
static enum inlet_result
take_pdu(struct inlet *in, struct inlet_pdu *pdu)
{
	struct reader body =
		reader_of(span_of(in->bytes + PDU_HEADER, in->n - PDU_HEADER));

	pdu->bytes = span_of(in->bytes, in->n);
	in->n = 0;
	if (!judge(in, pdu))
		return INLET_FAULT;
	if (pdu->header.type == PDU_SERIAL_QUERY)
		reader_be32(&body, &pdu->serial);
	return INLET_QUERY;
}

enum inlet_result
inlet_take(struct inlet *in, struct reader *r, struct inlet_pdu *out)
{
	struct inlet_pdu pdu = {.text = ""};
	struct reader header;

	skip(in, r);
	if (in->skip > 0 || !fill(in, r, PDU_HEADER))
		return INLET_MORE;
	header = reader_of(span_of(in->bytes, in->n));
	/* Cannot fail: eight octets are there. */
	pdu_header_read(&header, &pdu.header);
	if (pdu.header.type == PDU_ERROR_REPORT) {
		*out = pdu;
		return take_report(in, out);
	}
	if (!fill(in, r, octets_wanted(&pdu.header)))
		return INLET_MORE;
	*out = pdu;
	return take_pdu(in, out);
}
