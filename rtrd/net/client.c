/*
 * client: the words of rtr.client, in one table.
 */
#include "rtrd/net/client.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "rtrd/net/endpoint.h"
#include "rtrd/proto/pdu.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

static const char *
take_min_version(void *out, const char *value)
{
	struct client *c = out;

	return endpoint_version(value, &c->min_version);
}

static const char *
take_max_version(void *out, const char *value)
{
	struct client *c = out;

	return endpoint_version(value, &c->max_version);
}

static const char *
take_connections(void *out, const char *value)
{
	struct client *c = out;
	uint64_t n;

	if (text_number(value, 1, BOUND_RTR_CONNECTIONS_MAX, &n) != 0)
		return "not a number of connections";
	c->connections = (size_t)n;
	return NULL;
}

/* An absolute path: the daemon does not stay where it was started. */
static const char *
take_key(struct client *c, enum key_kind kind, const char *path)
{
	if (c->key != KEY_NONE)
		return "only one of md5 and ao";
	if (path[0] != '/')
		return "not the absolute path of a file";
	c->key = kind;
	/* No word is longer than a head. */
	snprintf(c->key_file, sizeof(c->key_file), "%s", path);
	return NULL;
}

static const char *
take_md5(void *out, const char *value)
{
	return take_key(out, KEY_MD5, value);
}

static const char *
take_ao(void *out, const char *value)
{
	return take_key(out, KEY_AO, value);
}

static const struct words_row rows[] = {
	{"min-version", "N", false, take_min_version},
	{"max-version", "N", false, take_max_version},
	{"connections", "N", false, take_connections},
	{"md5", "FILE", false, take_md5},
	{"ao", "FILE", false, take_ao},
};

int
client_parse(const char *text, struct client *out, char why[WORDS_WHY])
{
	struct client c = {.max_version = PDU_VERSIONS - 1};
	char head[WORDS_HEAD];
	const char *tail = words_head(text, head);
	const char *wrong =
		tail == NULL ? "too long" : endpoint_prefix(head, &c.prefix);
	int err;

	if (wrong != NULL) {
		snprintf(why, WORDS_WHY, "wrong: %s", wrong);
		return ERR_SYNTAX;
	}
	err = words_parse(tail, rows, sizeof(rows) / sizeof(rows[0]), &c, why);
	if (err != 0)
		return err;
	if (c.min_version > c.max_version) {
		snprintf(why, WORDS_WHY,
			"wrong: its min-version is above its max-version");
		return ERR_SYNTAX;
	}
	*out = c;
	return 0;
}

const struct client *
client_find(const struct client *list, size_t n,
	const uint8_t source[ACCESS_SOURCE])
{
	const struct client *best = NULL;
	struct prefix host;

	if (!access_host(source, &host))
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (prefix_covers(&list[i].prefix, &host) &&
			(best == NULL || list[i].prefix.len > best->prefix.len))
			best = &list[i];
	return best;
}
