/*
 * err: the errors of our own doing, in one table.
 *
 * Functions answer 0 or a negative enum err.  What a repository or a router
 * sends is never an error here: a refused object has a reject code, a bad PDU
 * an RTR error code.
 */
#ifndef WAYMARK_ERR_H
#define WAYMARK_ERR_H

/* X(NAME, value, "name", "text for people") */
#define ERR_TABLE(X) \
	X(NONE, 0, "ok", "success") \
	X(NOMEM, -1, "no-memory", "out of memory") \
	X(IO, -2, "io", "input or output failed") \
	X(NOTFOUND, -3, "not-found", "no such file or entry") \
	X(EXISTS, -4, "exists", "already there") \
	X(DENIED, -5, "denied", "permission denied") \
	X(LOCKED, -6, "locked", "another instance holds the lock") \
	X(SYNTAX, -7, "syntax", "malformed text or data") \
	X(RANGE, -8, "range", "value out of range") \
	X(LIMIT, -9, "limit", "a safety limit was reached") \
	X(TRUNCATED, -10, "truncated", "data ends too early") \
	X(VERSION, -11, "version", "unknown format version") \
	X(CHECKSUM, -12, "checksum", "checksum does not match") \
	X(CRYPTO, -13, "crypto", "the cryptographic library failed") \
	X(SYSTEM, -14, "system", "a system call failed") \
	X(USAGE, -15, "usage", "wrong usage") \
	X(BUSY, -16, "busy", "already under way") \
	X(SPACE, -17, "no-space", "no space left on the device") \
	X(KIND, -18, "not-a-file", "not a regular file") \
	X(FOLDER, -19, "is-a-folder", "is a folder") \
	X(READONLY, -20, "read-only", "the file system is read-only")

enum err {
#define ERR_ENUM(name, value, word, text) ERR_##name = value,
	ERR_TABLE(ERR_ENUM)
#undef ERR_ENUM
};

/* The word of an error for logs and metrics ("no-memory"); "unknown" for a
 * number that is not in the table.  Static text. */
const char *err_name(int err);

/* The error as a person reads it ("out of memory").  Static text. */
const char *err_text(int err);

/* The enum err that stands for a positive errno value; ERR_SYSTEM for those
 * without a row of their own.  err_from_errno(0) is ERR_NONE. */
int err_from_errno(int number);

#endif
