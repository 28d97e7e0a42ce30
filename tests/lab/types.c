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
	int (*build)(struct lab *lab, struct node *parent,
		const struct lab_content *c);
	struct lab_content content;
};

#define URI "rsync://lab.example/repo/ta.cer"

static const struct types_row *
types_find(const char *name)
{
	static const struct types_row rows[] = {
		{.name = "ta", .kind = TYPES_CERT, .role = LAB_TA},
		{.name = "ca", .kind = TYPES_CERT, .role = LAB_CA},
		{.name = "ee", .kind = TYPES_CERT, .role = LAB_EE},
		{.name = "router", .kind = TYPES_CERT, .role = LAB_ROUTER},
		{.name = "crl", .kind = TYPES_CRL},
		{.name = "mft", .kind = TYPES_MFT},
		{.name = "roa", .kind = TYPES_ROA},
		{"gbr", TYPES_SIGNED, LAB_EE, OID_CT "35", "inherit",
			content_gbr, {0}},
		{"rsc", TYPES_SIGNED, LAB_EE, OID_CT "48", "AS64496",
			content_rsc, {.asn = 64496, .list = "file.txt"}},
		{"aspa", TYPES_SIGNED, LAB_EE, OID_CT "49", "AS64496",
			content_aspa, {.asn = 64496, .list = "64500 64501"}},
		{"tak", TYPES_SIGNED, LAB_EE, OID_CT "50", "inherit",
			content_tak,
			{.list = "https://lab.example/next.cer",
				.uri = URI,
				.key = LAB_KEY_TA,
				.next_key = LAB_KEY_CHILD}},
		{"spl", TYPES_SIGNED, LAB_EE, OID_CT "51", "AS64496",
			content_spl,
			{.asn = 64496,
				.list = "192.0.2.0/24 198.51.100.0/22 "
					"2001:db8::/32"}},
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
	out->content = row->content;
	out->build = row->build;
	/* RFC 9323 section 2: it is published nowhere. */
	if (row->build == content_rsc)
		out->envelope.ee.object_uri = NULL;
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
