/*
 * rrdp_out: one XML file, written aside, hashed, renamed; and the faults that
 * any of the three files can have.
 *
 *	[doctype, entities, instruction]
 *	<snapshot xmlns= version= session_id= serial= [odd attributes]>
 *	[stray text, elements, spaces ...]
 *	... what is put ...
 *	</snapshot>
 *
 * Without fsync, as lost files are made again.
 */
#include "tests/lab/rrdp_inner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "core/file.h"
#include "core/text.h"
#include "tests/lab/world_inner.h"
#include "waymark/err.h"

#define RRDP_XMLNS "http://www.ripe.net/rpki/rrdp"

enum {
	OUT_BUFFER = 1 << 16,
	OUT_ENTITIES = 10, /* levels, of ten times the one before */
};

struct rrdp_out {
	const struct rrdp_run *run;
	enum rrdp_file_kind kind;
	FILE *file;
	EVP_MD_CTX *digest;
	struct text scratch;
	char path[RRDP_PATH], aside[RRDP_PATH + 8];
};

static const char *
out_word(enum rrdp_file_kind kind)
{
	static const char *const words[] = {
#define RRDP_FILE_WORD(name, word) word,
		RRDP_FILE_TABLE(RRDP_FILE_WORD)
#undef RRDP_FILE_WORD
	};

	return words[kind];
}

void
rrdp_out_put(struct rrdp_out *o, const void *p, size_t n)
{
	/* What cannot be written shows in ferror, at the end. */
	(void)fwrite(p, 1, n, o->file);
	if (EVP_DigestUpdate(o->digest, p, n) != 1)
		world_need(NULL);
}

void
rrdp_out_text(struct rrdp_out *o, const char *format, ...)
{
	va_list args;

	text_clear(&o->scratch);
	va_start(args, format);
	text_addv(&o->scratch, format, args);
	va_end(args);
	rrdp_out_put(o, world_need(o->scratch.p), o->scratch.n);
}

void
rrdp_out_base64(struct rrdp_out *o, struct span octets)
{
	text_clear(&o->scratch);
	text_add_base64(&o->scratch, octets.p, octets.n);
	if (o->scratch.failed)
		world_need(NULL);
	rrdp_out_put(o, o->scratch.p, o->scratch.n);
}

void
rrdp_out_hash(struct rrdp_out *o, const uint8_t hash[32])
{
	text_clear(&o->scratch);
	text_hex(&o->scratch, hash, 32);
	rrdp_out_put(o, world_need(o->scratch.p), o->scratch.n);
}

void
rrdp_out_uri(struct rrdp_out *o, const char *uri)
{
	for (; *uri != '\0'; uri++) {
		if (strchr("&<>\"'", *uri) != NULL)
			rrdp_out_text(o, "&#%d;", *uri);
		else
			rrdp_out_put(o, uri, 1);
	}
}

static void
out_repeat(struct rrdp_out *o, const char *text, const char *count)
{
	size_t n = strlen(text);

	for (unsigned long i = strtoul(count, NULL, 10); i > 0; i--)
		rrdp_out_put(o, text, n);
}

/* The fault's argument for this file, `other` when it has none; NULL: not
 * asked for. */
static const char *
out_asked(const struct rrdp_out *o, enum rrdp_fault fault, const char *other)
{
	const char *more = rrdp_asked(o->run, fault, o->kind, 0);

	return more != NULL && more[0] == '\0' ? other : more;
}

static void
out_doctype(struct rrdp_out *o)
{
	const char *uri =
		out_asked(o, RRDP_FAULT_EXTERNAL, "file:///etc/passwd");

	if (uri != NULL)
		rrdp_out_text(o, "<!DOCTYPE %s [<!ENTITY e SYSTEM \"%s\">]>\n",
			out_word(o->kind), uri);
	if (out_asked(o, RRDP_FAULT_DOCTYPE, "") != NULL)
		rrdp_out_text(o, "<!DOCTYPE %s>\n", out_word(o->kind));
	if (out_asked(o, RRDP_FAULT_INSTRUCTION, "") != NULL)
		rrdp_out_text(o, "<?php echo 1 ?>\n");
	if (out_asked(o, RRDP_FAULT_ENTITIES, "") == NULL)
		return;
	rrdp_out_text(
		o, "<!DOCTYPE %s [\n<!ENTITY e0 \"lol\">\n", out_word(o->kind));
	for (unsigned i = 1; i < OUT_ENTITIES; i++) {
		rrdp_out_text(o, "<!ENTITY e%u \"", i);
		for (unsigned k = 0; k < 10; k++)
			rrdp_out_text(o, "&e%u;", i - 1);
		rrdp_out_text(o, "\">\n");
	}
	rrdp_out_text(o, "<!ENTITY e \"&e%u;\">]>\n", OUT_ENTITIES - 1);
}

static void
out_root(struct rrdp_out *o)
{
	const struct rrdp_state *state = &o->run->state;
	const char *version = out_asked(o, RRDP_FAULT_VERSION, "2");
	const char *session = out_asked(
		o, RRDP_FAULT_SESSION, "00000000-0000-4000-8000-000000000000");
	const char *serial = out_asked(o, RRDP_FAULT_SERIAL, "");
	const char *token = out_asked(o, RRDP_FAULT_TOKEN, "1000000");

	rrdp_out_text(o, "<%s xmlns=\"%s\" version=\"%s\" session_id=\"%s\"",
		out_word(o->kind),
		out_asked(o, RRDP_FAULT_NAMESPACE, "") != NULL
			? "http://example.net/other"
			: RRDP_XMLNS,
		version != NULL ? version : "1",
		session != NULL ? session : state->session);
	if (serial != NULL && serial[0] != '\0')
		rrdp_out_text(o, " serial=\"%s\"", serial);
	else
		rrdp_out_text(o, " serial=\"%llu\"",
			(unsigned long long)state->serial + (serial != NULL));
	if (out_asked(o, RRDP_FAULT_ATTRIBUTE, "") != NULL)
		rrdp_out_text(o, " color=\"red\"");
	if (token != NULL) {
		rrdp_out_text(o, " token=\"");
		out_repeat(o, "a", token);
		rrdp_out_text(o, "\"");
	}
	rrdp_out_text(o, ">\n");
}

static void
out_inside(struct rrdp_out *o)
{
	const char *deep = out_asked(o, RRDP_FAULT_DEEP, "100");
	const char *spaces = out_asked(o, RRDP_FAULT_SPACES, "1000");

	if (out_asked(o, RRDP_FAULT_EXTERNAL, "") != NULL ||
		out_asked(o, RRDP_FAULT_ENTITIES, "") != NULL)
		rrdp_out_text(o, "&e;\n");
	if (out_asked(o, RRDP_FAULT_STRAY, "") != NULL)
		rrdp_out_text(o, "hello\n");
	if (out_asked(o, RRDP_FAULT_LATIN, "") != NULL)
		rrdp_out_text(o, "<!-- \xc3\xa9 -->\n");
	if (out_asked(o, RRDP_FAULT_ELEMENT, "") != NULL)
		rrdp_out_text(o, "<surprise uri=\"rsync://a/b/c\"/>\n");
	if (spaces != NULL)
		out_repeat(o, " ", spaces);
	if (deep != NULL) {
		out_repeat(o, "<a>", deep);
		out_repeat(o, "</a>", deep);
	}
}

int
rrdp_out_open(const struct rrdp_run *run, enum rrdp_file_kind file,
	const char *name, struct rrdp_out **out)
{
	struct rrdp_out *o = world_need(calloc(1, sizeof(*o)));
	char *slash;
	int err;

	o->run = run;
	o->kind = file;
	snprintf(o->path, sizeof(o->path), "%s/%s", run->params->out, name);
	slash = strrchr(o->path, '/');
	*slash = '\0';
	err = file_make_folders(o->path);
	*slash = '/';
	snprintf(o->aside, sizeof(o->aside), "%s.aside", o->path);
	if (err == 0) {
		o->file = fopen(o->aside, "we");
		err = o->file != NULL ? 0 : err_from_errno(errno);
	}
	if (err != 0) {
		free(o);
		return err;
	}
	setvbuf(o->file, NULL, _IOFBF, OUT_BUFFER);
	o->digest = world_need(EVP_MD_CTX_new());
	if (EVP_DigestInit_ex(o->digest, EVP_sha256(), NULL) != 1)
		world_need(NULL);
	out_doctype(o);
	out_root(o);
	out_inside(o);
	*out = o;
	return 0;
}

/* Cut the file to its first half, and hash that. */
static int
out_cut(struct rrdp_out *o)
{
	long half = ftell(o->file) / 2;
	uint8_t buffer[4096];
	size_t n;
	FILE *file;

	if (truncate(o->aside, half) != 0)
		return err_from_errno(errno);
	file = fopen(o->aside, "re");
	if (file == NULL)
		return err_from_errno(errno);
	if (EVP_DigestInit_ex(o->digest, EVP_sha256(), NULL) != 1)
		world_need(NULL);
	while ((n = fread(buffer, 1, sizeof(buffer), file)) > 0)
		if (EVP_DigestUpdate(o->digest, buffer, n) != 1)
			world_need(NULL);
	fclose(file);
	return 0;
}

/* A file that is to be missing makes place for nothing. */
static int
out_place(struct rrdp_out *o)
{
	if (out_asked(o, RRDP_FAULT_MISSING, "") == NULL)
		return rename(o->aside, o->path) == 0 ? 0
						      : err_from_errno(errno);
	(void)unlink(o->path); /* it may well not be there */
	return unlink(o->aside) == 0 ? 0 : err_from_errno(errno);
}

int
rrdp_out_close(struct rrdp_out *o, uint8_t hash[32])
{
	int err = 0;

	rrdp_out_text(o, "</%s>\n", out_word(o->kind));
	if (fflush(o->file) != 0 || ferror(o->file))
		err = ERR_IO;
	if (err == 0 && out_asked(o, RRDP_FAULT_CUT, "") != NULL)
		err = out_cut(o);
	world_make_newer(fileno(o->file), AT_FDCWD, o->path);
	if (fclose(o->file) != 0 && err == 0)
		err = err_from_errno(errno);
	if (err == 0)
		err = out_place(o);
	if (EVP_DigestFinal_ex(o->digest, hash, NULL) != 1)
		world_need(NULL);
	EVP_MD_CTX_free(o->digest);
	text_free(&o->scratch);
	free(o);
	return err;
}
