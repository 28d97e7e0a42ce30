/*
 * object: the trees of each type of object, and their signing; inner parts of
 * lab.c.
 */
#ifndef LAB_OBJECT_H
#define LAB_OBJECT_H

#include "tests/lab/change.h"
#include "tests/lab/lab.h"
#include "tests/lab/resource.h"

struct lab {
	struct lab_keys *keys;
	struct lab_keys *own; /* the pool, when it is ours */
	struct arena *arena;
	char why[CHANGE_WHY];
};

/* Note what is wrong with a parameter.  Returns ERR_SYNTAX. */
int object_fail(struct lab *lab, const char *what, const char *value);

/* Below `parent`: AlgorithmIdentifiers named `name`, sha256WithRSAEncryption
 * or SHA-256 without parameters. */
void object_add_sha256_rsa(
	struct lab *lab, struct node *parent, const char *name);
void object_add_sha256(struct lab *lab, struct node *parent, const char *name);

/* A Name of one common name. */
void object_add_name(struct lab *lab, struct node *parent, const char *field,
	const char *common_name);

/* An extension; returns its value, where content is to be added. */
struct node *object_add_extension(struct lab *lab, struct node *parent,
	const char *name, const char *oid, bool critical);

/* An authority key identifier of a key. */
void object_add_aki(struct lab *lab, struct node *parent, unsigned key);

/* An empty BIT STRING "signature", to be computed over `tbs`. */
void object_add_signature(struct lab *lab, struct node *parent);

/* Fill the signature of a certificate or CRL with that of `key` over its
 * "tbs", then apply the changes that concern it; `top` is where paths begin.
 * Does nothing where a change took either out.  0 or ERR_SYNTAX. */
int object_sign(struct lab *lab, struct node *object, unsigned key,
	struct node *top, const char *const *changes);

/* Trees without digests and signatures, below `parent`.  0 or ERR_SYNTAX. */
int object_cert_tree(struct lab *lab, struct node *parent, const char *name,
	const struct lab_cert *params);
int object_crl_tree(
	struct lab *lab, struct node *parent, const struct lab_crl *params);

/* The envelope below `parent`; returns the eContent, where content is to be
 * added, or NULL with lab_why. */
struct node *object_envelope_tree(struct lab *lab, struct node *parent,
	const struct lab_envelope *params, const char *oid);

/* The contents. */
int object_mft_tree(
	struct lab *lab, struct node *parent, const struct lab_mft *params);
int object_roa_tree(
	struct lab *lab, struct node *parent, const struct lab_roa *params);
int object_signed_tree(
	struct lab *lab, struct node *parent, const struct lab_signed *params);

/* The other contents, below the eContent `parent`.  0 or ERR_SYNTAX. */
int content_gbr(
	struct lab *lab, struct node *parent, const struct lab_content *c);
int content_aspa(
	struct lab *lab, struct node *parent, const struct lab_content *c);
int content_spl(
	struct lab *lab, struct node *parent, const struct lab_content *c);
int content_tak(
	struct lab *lab, struct node *parent, const struct lab_content *c);
int content_rsc(
	struct lab *lab, struct node *parent, const struct lab_content *c);

/* Fill digest and signatures of an envelope, with the changes of each. */
int object_envelope_sign(struct lab *lab, struct node *root,
	const struct lab_envelope *params, const char *const *changes);

#endif
