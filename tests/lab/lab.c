/*
 * lab: the workbench, the defaults, and objects from tree to octets.
 *
 * The default chain lives on lab.example:
 *
 *	ta.cer (key 0) --> ta/ca.cer (key 1) --> ca/ca.mft, ca/ca.crl,
 *	                                         ca/object.*, ca/child.cer
 */
#include "tests/lab/lab.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lab/object.h"
#include "waymark/err.h"

#define BASE "rsync://lab.example/repo/"

struct lab *
lab_new(struct lab_keys *keys)
{
	struct lab *lab = calloc(1, sizeof(*lab));

	if (lab == NULL)
		return NULL;
	lab->arena = arena_new(65536);
	lab->own = keys == NULL ? lab_keys_new(NULL) : NULL;
	lab->keys = keys == NULL ? lab->own : keys;
	if (lab->arena == NULL || lab->keys == NULL) {
		lab_free(lab);
		return NULL;
	}
	return lab;
}

void
lab_free(struct lab *lab)
{
	if (lab == NULL)
		return;
	lab_keys_free(lab->own);
	arena_free(lab->arena);
	free(lab);
}

const char *
lab_why(const struct lab *lab)
{
	return lab->why;
}

struct arena *
lab_arena(struct lab *lab)
{
	return lab->arena;
}

struct lab_keys *
lab_pool(struct lab *lab)
{
	return lab->keys;
}

int
object_fail(struct lab *lab, const char *what, const char *value)
{
	snprintf(lab->why, sizeof(lab->why), "%s: \"%.100s\"", what, value);
	return ERR_SYNTAX;
}

void
lab_cert_init(struct lab *lab, enum lab_role role, struct lab_cert *out)
{
	const int64_t year = 365 * (int64_t)LAB_DAY;
	bool ca = role == LAB_TA || role == LAB_CA;

	(void)lab;
	*out = (struct lab_cert){
		.role = role,
		.key = LAB_KEY_EE,
		.issuer_key = ca ? LAB_KEY_TA : LAB_KEY_CA,
		.serial = "16",
		.subject = "ee",
		.issuer = ca ? "ta" : "ca",
		.not_before = LAB_NOW - year / 2,
		.not_after = LAB_NOW + year / 2,
		.crl_uri = ca ? BASE "ta/ta.crl" : BASE "ca/ca.crl",
		.aia_uri = ca ? BASE "ta.cer" : BASE "ta/ca.cer",
	};
	switch (role) {
	case LAB_TA:
		out->key = LAB_KEY_TA;
		out->serial = "1";
		out->subject = out->issuer = "ta";
		out->crl_uri = out->aia_uri = NULL;
		out->repository_uri = BASE "ta/";
		out->manifest_uri = BASE "ta/ta.mft";
		out->resources = "0.0.0.0/0 ::/0 AS0-AS4294967295";
		break;
	case LAB_CA:
		out->key = LAB_KEY_CA;
		out->serial = "2";
		out->subject = "ca";
		out->repository_uri = BASE "ca/";
		out->manifest_uri = BASE "ca/ca.mft";
		out->resources = "10.0.0.0/8 192.0.2.0/24 198.51.100.0/24 "
				 "2001:db8::/32 AS64496-AS64511";
		break;
	case LAB_EE:
		out->object_uri = BASE "ca/object.roa";
		out->resources = "192.0.2.0/24";
		break;
	case LAB_ROUTER:
		out->key = LAB_KEY_P256;
		out->subject = "ROUTER-0000FBF0";
		out->resources = "AS64496";
		break;
	}
}

static void
lab_envelope_init(struct lab *lab, const char *uri, struct lab_envelope *out)
{
	lab_cert_init(lab, LAB_EE, &out->ee);
	out->ee.object_uri = uri;
	out->ee.resources = "inherit";
	out->signing_time = LAB_NOW - 3600;
}

void
lab_crl_init(struct lab *lab, struct lab_crl *out)
{
	(void)lab;
	*out = (struct lab_crl){
		.issuer_key = LAB_KEY_CA,
		.issuer = "ca",
		.this_update = LAB_NOW - 3600,
		.next_update = LAB_NOW + LAB_DAY,
		.number = "1",
	};
}

void
lab_mft_init(struct lab *lab, struct lab_mft *out)
{
	static const struct lab_file files[] = {
		{"ca.crl", {0xca}},
		{"object.roa", {0x40}},
	};

	*out = (struct lab_mft){
		.number = "1",
		.this_update = LAB_NOW - 3600,
		.next_update = LAB_NOW + LAB_DAY,
		.files = files,
		.file_count = 2,
	};
	lab_envelope_init(lab, BASE "ca/ca.mft", &out->envelope);
	/* RFC 9286 section 5.1.1: valid as long as the manifest. */
	out->envelope.ee.not_before = out->this_update;
	out->envelope.ee.not_after = out->next_update;
}

void
lab_roa_init(struct lab *lab, struct lab_roa *out)
{
	*out = (struct lab_roa){
		.asn = 64496,
		.prefixes = "192.0.2.0/24 198.51.100.0/24-26 2001:db8::/32-48",
	};
	lab_envelope_init(lab, BASE "ca/object.roa", &out->envelope);
	out->envelope.ee.resources = NULL;
}

void
lab_signed_init(struct lab *lab, const char *oid, struct lab_signed *out)
{
	*out = (struct lab_signed){.oid = oid, .octets = span_of("", 0)};
	lab_envelope_init(lab, BASE "ca/object.xxx", &out->envelope);
}

/* A holder, so that the outermost node has a place to be changed in. */
static struct node *
lab_holder(struct lab *lab)
{
	struct node *holder = der_add(lab->arena, NULL, 0, NULL);

	holder->raw = true;
	lab->why[0] = '\0';
	return holder;
}

static int
lab_finish(struct lab *lab, int err, struct node *holder, struct span *out)
{
	if (err == 0)
		*out = der_encode(lab->arena, holder);
	return err;
}

static int
lab_change(struct lab *lab, int err, struct node *holder,
	const char *const *changes)
{
	if (err != 0)
		return err;
	return change_apply(lab->arena, holder, changes, NULL, lab->why);
}

int
lab_cert_bytes(struct lab *lab, const struct lab_cert *params, struct span *out)
{
	struct node *holder = lab_holder(lab);
	unsigned key =
		params->role == LAB_TA ? params->key : params->issuer_key;
	int err = object_cert_tree(lab, holder, NULL, params);

	err = lab_change(lab, err, holder, params->changes);
	if (err == 0)
		err = object_sign(lab, holder, key, holder, params->changes);
	return lab_finish(lab, err, holder, out);
}

int
lab_crl_bytes(struct lab *lab, const struct lab_crl *params, struct span *out)
{
	struct node *holder = lab_holder(lab);
	int err = object_crl_tree(lab, holder, params);

	err = lab_change(lab, err, holder, params->changes);
	if (err == 0)
		err = object_sign(lab, holder, params->issuer_key, holder,
			params->changes);
	return lab_finish(lab, err, holder, out);
}

static int
lab_seal(struct lab *lab, int err, struct node *holder,
	const struct lab_envelope *envelope, const char *const *changes)
{
	err = lab_change(lab, err, holder, changes);
	if (err == 0)
		err = object_envelope_sign(lab, holder, envelope, changes);
	return err;
}

int
lab_mft_bytes(struct lab *lab, const struct lab_mft *params, struct span *out)
{
	struct node *holder = lab_holder(lab);
	int err = object_mft_tree(lab, holder, params);

	err = lab_seal(lab, err, holder, &params->envelope, params->changes);
	return lab_finish(lab, err, holder, out);
}

int
lab_roa_bytes(struct lab *lab, const struct lab_roa *params, struct span *out)
{
	struct node *holder = lab_holder(lab);
	int err = object_roa_tree(lab, holder, params);

	err = lab_seal(lab, err, holder, &params->envelope, params->changes);
	return lab_finish(lab, err, holder, out);
}

int
lab_signed_bytes(
	struct lab *lab, const struct lab_signed *params, struct span *out)
{
	struct node *holder = lab_holder(lab);
	int err = object_signed_tree(lab, holder, params);

	err = lab_seal(lab, err, holder, &params->envelope, params->changes);
	return lab_finish(lab, err, holder, out);
}
