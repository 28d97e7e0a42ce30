/*
 * types: the default object of every type, by its word.
 */
#include <string.h>

#include "tests/lab/object.h"
#include "waymark/err.h"

#define OID_CT "1.2.840.113549.1.9.16.1."

enum types_kind {
	TYPES_CERT,
	TYPES_CRL,
	TYPES_MFT,
	TYPES_ROA,
	TYPES_SIGNED
};

struct types_row {
	const char *name;
	enum types_kind kind;
	enum lab_role role; /* certificates */
	const char *oid, *resources; /* other signed objects */
	struct span (*content)(struct lab *lab);
};

static struct span
types_gbr(struct lab *lab)
{
	(void)lab;
	return span_text("BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Lab\r\n"
			 "ORG:Lab\r\nEMAIL:lab@lab.example\r\nEND:VCARD\r\n");
}

static struct span
types_aspa(struct lab *lab)
{
	struct arena *a = lab->arena;
	struct node *seq = der_add(a, NULL, DER_SEQUENCE, NULL);
	struct node *list = der_add(a, seq, DER_CONTEXT_TREE | 0, NULL);

	der_add_number(a, list, NULL, 1);
	der_add_number(a, seq, NULL, 64496);
	list = der_add(a, seq, DER_SEQUENCE, NULL);
	der_add_number(a, list, NULL, 64500);
	der_add_number(a, list, NULL, 64501);
	return der_encode(a, seq);
}

/* RFC 9691 section 2: the current key, and nothing else. */
static struct span
types_tak(struct lab *lab)
{
	struct arena *a = lab->arena;
	struct node *seq = der_add(a, NULL, DER_SEQUENCE, NULL);
	struct node *key = der_add(a, seq, DER_SEQUENCE, NULL);
	struct node *list = der_add(a, key, DER_SEQUENCE, NULL);

	der_add_text(a, list, DER_UTF8, NULL, "current");
	list = der_add(a, key, DER_SEQUENCE, NULL);
	der_add_text(a, list, DER_IA5, NULL, "rsync://lab.example/repo/ta.cer");
	der_insert(key, key->last, lab_keys_tree(lab->keys, LAB_KEY_TA, a));
	return der_encode(a, seq);
}

static const struct types_row *
types_find(const char *name)
{
	static const struct types_row rows[] = {
		{"ta", TYPES_CERT, LAB_TA, NULL, NULL, NULL},
		{"ca", TYPES_CERT, LAB_CA, NULL, NULL, NULL},
		{"ee", TYPES_CERT, LAB_EE, NULL, NULL, NULL},
		{"router", TYPES_CERT, LAB_ROUTER, NULL, NULL, NULL},
		{"crl", TYPES_CRL, LAB_CA, NULL, NULL, NULL},
		{"mft", TYPES_MFT, LAB_EE, NULL, NULL, NULL},
		{"roa", TYPES_ROA, LAB_EE, NULL, NULL, NULL},
		{"gbr", TYPES_SIGNED, LAB_EE, OID_CT "35", "inherit",
			types_gbr},
		{"aspa", TYPES_SIGNED, LAB_EE, OID_CT "49", "AS64496",
			types_aspa},
		{"tak", TYPES_SIGNED, LAB_EE, OID_CT "50", "inherit",
			types_tak},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	return NULL;
}

static void
types_signed_init(
	struct lab *lab, const struct types_row *row, struct lab_signed *out)
{
	lab_signed_init(lab, row->oid, out);
	out->envelope.ee.resources = row->resources;
	out->content = row->content(lab);
}

int
lab_signed_init_type(struct lab *lab, const char *type, struct lab_signed *out)
{
	const struct types_row *row = types_find(type);

	if (row == NULL || row->kind != TYPES_SIGNED)
		return ERR_NOTFOUND;
	types_signed_init(lab, row, out);
	return 0;
}

int
lab_object_bytes(struct lab *lab, const char *type, const char *const *changes,
	struct span *out)
{
	const struct types_row *row = types_find(type);
	union {
		struct lab_cert cert;
		struct lab_crl crl;
		struct lab_mft mft;
		struct lab_roa roa;
		struct lab_signed other;
	} p;

	if (row == NULL)
		return ERR_NOTFOUND;
	switch (row->kind) {
	case TYPES_CERT:
		lab_cert_init(lab, row->role, &p.cert);
		p.cert.changes = changes;
		return lab_cert_bytes(lab, &p.cert, out);
	case TYPES_CRL:
		lab_crl_init(lab, &p.crl);
		p.crl.changes = changes;
		return lab_crl_bytes(lab, &p.crl, out);
	case TYPES_MFT:
		lab_mft_init(lab, &p.mft);
		p.mft.changes = changes;
		return lab_mft_bytes(lab, &p.mft, out);
	case TYPES_ROA:
		lab_roa_init(lab, &p.roa);
		p.roa.changes = changes;
		return lab_roa_bytes(lab, &p.roa, out);
	case TYPES_SIGNED:
		break;
	}
	types_signed_init(lab, row, &p.other);
	p.other.changes = changes;
	return lab_signed_bytes(lab, &p.other, out);
}

int
lab_object_tree(struct lab *lab, const char *type, struct node **out)
{
	const struct types_row *row = types_find(type);
	struct node *holder = der_add(lab->arena, NULL, 0, NULL);
	struct lab_cert cert;
	struct lab_crl crl;
	struct lab_mft mft;
	struct lab_roa roa;
	struct lab_signed other;

	if (row == NULL)
		return ERR_NOTFOUND;
	holder->raw = true;
	*out = holder;
	switch (row->kind) {
	case TYPES_CERT:
		lab_cert_init(lab, row->role, &cert);
		return object_cert_tree(lab, holder, NULL, &cert);
	case TYPES_CRL:
		lab_crl_init(lab, &crl);
		return object_crl_tree(lab, holder, &crl);
	case TYPES_MFT:
		lab_mft_init(lab, &mft);
		return object_mft_tree(lab, holder, &mft);
	case TYPES_ROA:
		lab_roa_init(lab, &roa);
		return object_roa_tree(lab, holder, &roa);
	case TYPES_SIGNED:
		break;
	}
	types_signed_init(lab, row, &other);
	return object_signed_tree(lab, holder, &other);
}
