/*
 * change: "PATH=OPERATION" or "PATH=OPERATION:ARGUMENT", applied to a tree.
 *
 *	tbs.serial=int:0             content[0]=first:a003020100
 *	tbs.extensions.ski=remove    signerInfo.signature=flip:7
 *	.=after:00                   tbs.extensions.aki=copy:tbs.extensions.ski
 *
 * The table below is all there is; `lab show` prints it.
 */
#ifndef LAB_CHANGE_H
#define LAB_CHANGE_H

#include "tests/lab/der.h"

enum {
	CHANGE_WHY = 256
}; /* octets of a complaint */

/* X(NAME, "word", "argument", "help") */
#define CHANGE_TABLE(X) \
	X(REMOVE, "remove", "", "take the node out") \
	X(HEX, "hex", "OCTETS", "replace the content, in hexadecimal") \
	X(RAW, "raw", "OCTETS", "replace the node, tag and length too") \
	X(INT, "int", "N", "content of an INTEGER, decimal or 0x") \
	X(TEXT, "text", "TEXT", "content of a string") \
	X(FILL, "fill", "N", "content of N letters A") \
	X(OID, "oid", "1.2.3", "content of an OBJECT IDENTIFIER") \
	X(BOOL, "bool", "true|false", "content of a BOOLEAN") \
	X(TIME, "time", "TIME", "content of a time, in the node's type") \
	X(UTC, "utctime", "TIME", "make it a UTCTime") \
	X(GENERAL, "gentime", "TIME", "make it a GeneralizedTime") \
	X(TAG, "tag", "0xNN", "replace the tag octet") \
	X(FLIP, "flip", "N", "flip bit N of the content, from the end if < 0") \
	X(CUT, "cut", "N", "drop the content's last N octets") \
	X(DUP, "dup", "[N]", "put N copies behind it, one unless told") \
	X(SWAP, "swap", "", "change places with the node behind it") \
	X(BEFORE, "before", "OCTETS", "put octets before it") \
	X(AFTER, "after", "OCTETS", "put octets behind it") \
	X(FIRST, "first", "OCTETS", "put octets before its children") \
	X(LAST, "last", "OCTETS", "put octets behind its children") \
	X(COPY, "copy", "PATH", "replace the node by a copy of another") \
	X(LENGTH, "length", "long|indefinite|N", \
		"write the length in another way, or falsely as N")

enum change_op {
#define CHANGE_ENUM(name, word, argument, help) CHANGE_##name,
	CHANGE_TABLE(CHANGE_ENUM)
#undef CHANGE_ENUM
	CHANGE_OPS
};

/* Apply, of the NULL-terminated `changes` (may be NULL), those whose node is
 * `only`, or with `only` NULL those whose node is not computed.  0, or
 * ERR_SYNTAX with `why` naming the change. */
int change_apply(struct arena *a, struct node *root, const char *const *changes,
	const struct node *only, char why[CHANGE_WHY]);

/* The word, argument and help of an operation.  Static text. */
const char *change_name(enum change_op op);
const char *change_argument(enum change_op op);
const char *change_help(enum change_op op);

#endif
