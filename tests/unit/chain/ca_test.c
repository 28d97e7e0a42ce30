/*
 * ca: nodes that outlive their bytes, and know their ancestors.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "validator/chain/ca.h"

static const struct ipv4_range own_ipv4[] = {{1, 2}, {9, 12}};
static const struct asn_range own_asn[] = {{64496, 64511}};

/* A certificate as cert_parse leaves it, of this key and manifest. */
static struct cert
cert_of(const char *key, const char *manifest)
{
	struct cert cert = {
		.subject = span_text("subject"),
		.spki = span_text(key),
		.repository_uri = span_text("rsync://h/m/ca"),
		.manifest_uri = span_text(manifest),
		.not_after = {1000},
		.resources = {.ipv4 = own_ipv4,
			.ipv4_count = 2,
			.asn = own_asn,
			.asn_count = 1,
			.has_ip = true,
			.has_asn = true},
	};

	memset(cert.ski, 7, sizeof(cert.ski));
	return cert;
}

static struct ca *
below(const struct ca *parent, const struct cert *cert, uint32_t order)
{
	struct ca_origin from = {
		.cert = cert,
		.folder = span_text("rsync://h/m/"),
		.name = span_text("ca.cer"),
		.parent = parent,
		.path_end = {5000},
		.ta = 3,
		.order = order,
	};
	struct ca *ca = ca_new(&from);

	cr_assert(ca != NULL);
	return ca;
}

Test(ca, owns_what_it_needs)
{
	char key[] = "key", manifest[] = "rsync://h/m/ca/ca.mft";
	struct cert cert = cert_of(key, manifest);
	struct ca *ca = below(NULL, &cert, 0);

	memset(key, 'x', 3);
	memset(manifest, 'x', 3);
	cr_expect(span_equal(ca->uri, span_text("rsync://h/m/ca.cer")));
	cr_expect(span_equal(ca->spki, span_text("key")));
	cr_expect(span_equal(
		ca->manifest_uri, span_text("rsync://h/m/ca/ca.mft")));
	cr_expect(span_equal(ca->repository_uri, span_text("rsync://h/m/ca/")),
		"a folder ends in a slash");
	cr_expect(ca->resources.ipv4 != own_ipv4 &&
		ca->resources.ipv4[1].max == 12);
	cr_expect(ca->ski[19] == 7 && ca->ta == 3 && ca->depth == 0);
	cr_expect(ca->chain_end.s == 1000, "the earlier of path and own");
	ca_unref(ca);
}

/* Inherited arrays are an ancestor's, which stays as long as it is needed. */
Test(ca, holds_its_parents)
{
	struct cert top = cert_of("a", "rsync://h/m/ca/a.mft");
	struct cert heir = cert_of("b", "rsync://h/m/ca/b.mft");
	struct ca *parent = below(NULL, &top, 0), *child, *grandchild;

	heir.resources =
		(struct resources){.inherit_ipv4 = true, .has_ip = true};
	child = below(parent, &heir, 1);
	ca_unref(parent);
	grandchild = below(child, &heir, 2);
	ca_unref(child);
	cr_expect(grandchild->depth == 2 && grandchild->ta == 3);
	cr_expect(grandchild->resources.ipv4_count == 2 &&
		grandchild->resources.ipv4[0].min == 1);
	cr_expect(grandchild->resources.asn_count == 0,
		"what is not inherited is not had");
	cr_expect(!resources_inherit_any(&grandchild->resources));
	cr_expect(ca_ref(grandchild) == grandchild);
	ca_unref(grandchild);
	ca_unref(grandchild);
	ca_unref(NULL);
}

Test(ca, a_loop_is_key_and_manifest)
{
	struct cert a = cert_of("a", "rsync://h/m/ca/a.mft");
	struct cert b = cert_of("b", "rsync://h/m/ca/b.mft");
	struct ca *top = below(NULL, &a, 0), *ca = below(top, &b, 0);

	cr_expect(ca_has_ancestor(ca, a.spki, a.manifest_uri));
	cr_expect(ca_has_ancestor(ca, b.spki, b.manifest_uri), "itself");
	cr_expect(!ca_has_ancestor(ca, a.spki, b.manifest_uri),
		"a new place of the same key");
	cr_expect(!ca_has_ancestor(ca, b.spki, a.manifest_uri),
		"a new key in the same place");
	ca_unref(ca);
	ca_unref(top);
}

/* By the way down: siblings by their place, descendants behind. */
Test(ca, order_is_by_path)
{
	struct cert cert = cert_of("a", "rsync://h/m/ca/a.mft");
	struct ca *top = below(NULL, &cert, 0);
	struct ca *x = below(top, &cert, 1), *y = below(top, &cert, 2);
	struct ca *x9 = below(x, &cert, 9), *y1 = below(y, &cert, 1);
	struct ca *in_order[] = {top, x, x9, y, y1};
	size_t i, j;

	for (i = 0; i < 5; i++) {
		for (j = 0; j < 5; j++) {
			int c = ca_compare(in_order[i], in_order[j]);

			cr_expect((c < 0) == (i < j) && (c > 0) == (i > j),
				"%zu %zu: %d", i, j, c);
		}
	}
	for (i = 0; i < 5; i++)
		ca_unref(in_order[i]);
}
