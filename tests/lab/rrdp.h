/*
 * rrdp: a publisher (RFC 8182 section 3), right or wrong.
 *
 *	folder of objects --\
 *	                     +--> OUT/notification.xml            renamed last
 *	OUT/.state ---------/     OUT/SESSION/SERIAL/snapshot.xml
 *	(what was published)      OUT/SESSION/SERIAL/delta.xml
 *
 * A new serial comes only when an object changed, or when asked for.  Each
 * publication may have faults, chosen by the words of the table below; the
 * state that is remembered is the true one, so that the next is right again.
 *
 *	FAULT = WORD [=FILE] [:MORE]      "wrong-hash=snapshot", "gap",
 *	                                  "publish=delta:rsync://h/m/x.roa"
 *
 * FILE is notification, snapshot or delta; without one all files that the fault
 * can be in have it, and MORE may stand behind the equals sign.
 */
#ifndef LAB_RRDP_H
#define LAB_RRDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/vec.h"
#include "waymark/span.h"

struct arena;

/* X(NAME, "word") */
#define RRDP_FILE_TABLE(X) \
	X(NOTIFICATION, "notification") \
	X(SNAPSHOT, "snapshot") \
	X(DELTA, "delta")

enum rrdp_file_kind {
#define RRDP_FILE_ENUM(name, word) RRDP_##name,
	RRDP_FILE_TABLE(RRDP_FILE_ENUM)
#undef RRDP_FILE_ENUM
	RRDP_FILES
};

/* X(NAME, "word", "files it can be in", "MORE", "help"); the files as n, s, d.
 */
#define RRDP_FAULT_TABLE(X) \
	X(DOCTYPE, "doctype", "nsd", "", "a document type") \
	X(ENTITIES, "entities", "nsd", "", \
		"entities that grow to 3 GB, nested and used") \
	X(EXTERNAL, "external", "nsd", "URI", "an external entity, used") \
	X(INSTRUCTION, "instruction", "nsd", "", "a processing instruction") \
	X(DEEP, "deep", "nsd", "N", "N elements in one another") \
	X(SPACES, "spaces", "nsd", "N", "N spaces between elements") \
	X(TOKEN, "token", "nsd", "N", "one attribute of N octets") \
	X(STRAY, "stray-text", "nsd", "", "text between elements") \
	X(ELEMENT, "unknown-element", "nsd", "", "an element of no meaning") \
	X(ATTRIBUTE, "unknown-attribute", "nsd", "", \
		"an attribute of no meaning in the first element") \
	X(NAMESPACE, "wrong-namespace", "nsd", "", "another namespace") \
	X(VERSION, "wrong-version", "nsd", "TEXT", "a version, 2 unless told") \
	X(SESSION, "wrong-session", "nsd", "TEXT", "another session") \
	X(SERIAL, "wrong-serial", "nsd", "TEXT", \
		"another serial, one more unless told") \
	X(LATIN, "not-ascii", "nsd", "", "an octet above 127") \
	X(CUT, "cut", "nsd", "", "only the first half, with its right hash") \
	X(MISSING, "missing", "nsd", "", "the file is not there") \
	X(HASH, "wrong-hash", "sd", "", "the notification tells another hash") \
	X(ELSEWHERE, "elsewhere", "sd", "URI", \
		"the notification names this URI") \
	X(OLD_HASH, "old-hash", "n", "", \
		"all deltas but the newest have other hashes than before") \
	X(GAP, "gap", "n", "", "the newest delta but one is not listed") \
	X(NO_NEWEST, "no-newest", "n", "", "the newest delta is not listed") \
	X(TWICE, "duplicate-delta", "n", "", "the newest delta stands twice") \
	X(CONFLICT, "conflicting-delta", "n", "", \
		"it stands twice, with another hash") \
	X(MANY, "many-deltas", "n", "N", "N deltas are listed") \
	X(NO_DELTAS, "no-deltas", "n", "", "no delta is listed") \
	X(NO_SNAPSHOT, "no-snapshot", "n", "", "no snapshot is listed") \
	X(PUBLISH, "publish", "sd", "URI", "an object more, at this URI") \
	X(WITHDRAW, "withdraw", "sd", "URI", \
		"this URI withdrawn, with a right hash where it is known") \
	X(DUPLICATE, "duplicate-publish", "sd", "first", \
		"an object twice, the second time (or the first) another") \
	X(BASE64, "bad-base64", "sd", "", "an object that is not base64") \
	X(EMPTY, "empty-object", "sd", "", "an object without octets") \
	X(BIG, "big-object", "sd", "N", "an object of N octets") \
	X(SCRAMBLED, "scrambled", "sd", "URI", \
		"other octets for the object whose URI ends so") \
	X(WITHDRAW_UNKNOWN, "withdraw-unknown", "d", "", \
		"what is not there is withdrawn") \
	X(WITHDRAW_HASH, "withdraw-hash", "d", "URI", \
		"an object is withdrawn with another hash than it has") \
	X(BAD_PUBLISH, "bad-publish", "d", "URI", \
		"an object is withdrawn, then replaced as if it were there") \
	X(BLIND, "publish-blind", "d", "URI", \
		"an object that is there is published without a hash") \
	X(EMPTY_DELTA, "empty-delta", "d", "", "no elements")

enum rrdp_fault {
#define RRDP_FAULT_ENUM(name, word, files, more, help) RRDP_FAULT_##name,
	RRDP_FAULT_TABLE(RRDP_FAULT_ENUM)
#undef RRDP_FAULT_ENUM
	RRDP_FAULTS
};

/* A fault that was asked for. */
struct rrdp_wrong {
	enum rrdp_fault fault;
	unsigned files; /* bits by enum rrdp_file_kind */
	const char *more; /* "" when there is none; points into the text */
};

/* Read "WORD[=FILE][:MORE]".  0, or ERR_NOTFOUND for what is no fault, or none
 * of this file.  `out->more` points into `text`. */
int rrdp_wrong_parse(const char *text, struct rrdp_wrong *out);

/* The word of a fault, the argument that it takes, its help.  Static text. */
const char *rrdp_fault_name(enum rrdp_fault fault);
const char *rrdp_fault_more(enum rrdp_fault fault);
const char *rrdp_fault_help(enum rrdp_fault fault);

/* What is published. */
struct rrdp_object {
	const char *uri;
	const char *path; /* of the file; NULL: only known by its hash */
	uint8_t hash[32];
};

struct rrdp_set {
	struct arena *arena;
	VEC(struct rrdp_object) objects; /* by URI, once sorted */
};

/* An empty set; ends the program out of memory.  And free it; one of zeros is
 * fine. */
void rrdp_set_init(struct rrdp_set *set);
void rrdp_set_free(struct rrdp_set *set);

/* Add what lies in a folder, and below it if `deep`: regular files without a
 * dot first.  `base` is the URI of the folder, with or without its last slash.
 * 0 or an enum err. */
int rrdp_set_add(
	struct rrdp_set *set, const char *folder, const char *base, bool deep);

/* Add one that is known by its hash. */
void rrdp_set_add_hash(
	struct rrdp_set *set, const char *uri, const uint8_t hash[32]);

/* Sort by URI; of doubles one stays. */
void rrdp_set_sort(struct rrdp_set *set);

/* The object at a URI, or NULL. */
const struct rrdp_object *rrdp_set_find(
	const struct rrdp_set *set, const char *uri);

struct rrdp_params {
	const char *out; /* folder, made when it is not there */
	const char *uri; /* of this folder, "https://HOST:PORT/PATH" */
	const char *session; /* NULL: that of before, or one made of the URI */
	bool new_session; /* begin another */
	bool force; /* a new serial even if nothing changed */
	uint64_t serial; /* of this publication; 0: the next */
	unsigned deltas; /* that are kept and listed */
	const struct rrdp_wrong *wrong;
	size_t wrong_count;
};

struct rrdp_result {
	bool published; /* false: nothing changed, nothing was written */
	bool snapshot_only; /* no delta leads here */
	char session[256];
	uint64_t serial;
	size_t objects, added, changed, removed;
};

/* Publish a sorted set.  0 with `*out`, or an enum err with `why` naming the
 * file; then the notification is that of before. */
int rrdp_publish(const struct rrdp_params *params, const struct rrdp_set *set,
	struct rrdp_result *out, char why[256]);

/* `lab rrdp ARGS...`: the exit code. */
int rrdp_command(int argc, char **argv);

#endif
