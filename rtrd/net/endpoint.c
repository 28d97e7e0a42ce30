/*
 * endpoint: the words of a listener, in one table.
 */
#include "rtrd/net/endpoint.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "core/text.h"
#include "rtrd/net/address.h"
#include "rtrd/proto/pdu.h"
#include "waymark/err.h"

#define UNIX_PREFIX "unix:"

/* While it is read: some words go together, some do not. */
struct reading {
	struct endpoint endpoint;
	bool transport_named, clients_named, mode_named;
};

const char *
endpoint_version(const char *text, unsigned *out)
{
	uint64_t n;

	_Static_assert(PDU_VERSIONS == 3, "said in the text below");
	if (text_number(text, 0, PDU_VERSIONS - 1, &n) != 0)
		return "not a version from 0 to 2";
	*out = (unsigned)n;
	return NULL;
}

const char *
endpoint_prefix(const char *text, struct prefix *out)
{
	switch (prefix_parse(text, out)) {
	case 0:
		return NULL;
	case ERR_RANGE:
		return "its length is too great, or bits behind it are set";
	default:
		return "not a prefix (192.0.2.0/24, 2001:db8::/32)";
	}
}

static const char *
take_transport(struct reading *r, enum transport transport)
{
	if (r->transport_named)
		return "only one of tcp and tls";
	r->transport_named = true;
	r->endpoint.transport = transport;
	return NULL;
}

static const char *
take_tcp(void *out, const char *value)
{
	(void)value;
	return take_transport(out, TRANSPORT_TCP);
}

static const char *
take_tls(void *out, const char *value)
{
	(void)value;
	return take_transport(out, TRANSPORT_TLS);
}

static const char *
take_clients(void *out, const char *value)
{
	static const char *const names[] = {
		[CLIENTS_NONE] = "none",
		[CLIENTS_OPTIONAL] = "optional",
		[CLIENTS_REQUIRED] = "required",
	};
	struct reading *r = out;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(value, names[i]) == 0) {
			r->endpoint.clients = (enum client_certs)i;
			r->clients_named = true;
			return NULL;
		}
	return "not one of none, optional and required";
}

static const char *
take_min_version(void *out, const char *value)
{
	struct reading *r = out;

	return endpoint_version(value, &r->endpoint.min_version);
}

static const char *
take_max_version(void *out, const char *value)
{
	struct reading *r = out;

	return endpoint_version(value, &r->endpoint.max_version);
}

static const char *
take_rule(struct reading *r, const char *value, bool allows)
{
	struct prefix prefix;
	const char *wrong = endpoint_prefix(value, &prefix);

	if (wrong != NULL)
		return wrong;
	if (!access_add(&r->endpoint.access, &prefix, allows))
		return "there are more than 256 rules before it";
	return NULL;
}

static const char *
take_allow(void *out, const char *value)
{
	return take_rule(out, value, true);
}

static const char *
take_deny(void *out, const char *value)
{
	return take_rule(out, value, false);
}

/* Three or four octal digits, no more than read and write for three. */
static const char *
take_mode(void *out, const char *value)
{
	struct reading *r = out;
	size_t n = strlen(value);
	unsigned mode = 0;

	for (size_t i = 0; i < n && mode <= 0777; i++) {
		if (value[i] < '0' || value[i] > '7')
			return "not a mode (0660)";
		mode = mode * 8 + (unsigned)(value[i] - '0');
	}
	if (n < 3 || n > 4 || (mode & ~0666U) != 0)
		return "not a mode of a socket (0600, 0660, 0666)";
	r->endpoint.mode = mode;
	r->mode_named = true;
	return NULL;
}

static const struct words_row rows[] = {
	{"tcp", NULL, false, take_tcp},
	{"tls", NULL, false, take_tls},
	{"clients", "none|optional|required", false, take_clients},
	{"min-version", "N", false, take_min_version},
	{"max-version", "N", false, take_max_version},
	{"allow", "PREFIX", true, take_allow},
	{"deny", "PREFIX", true, take_deny},
	{"mode", "MODE", false, take_mode},
};

/* An absolute path that fits: a relative one would depend on where a service
 * was started. */
static const char *
path_take(const char *path, struct sockaddr_storage *out)
{
	struct sockaddr_un *un = (struct sockaddr_un *)out;
	size_t n = strlen(path);

	if (path[0] != '/' || path[n - 1] == '/')
		return "not the absolute path of a socket (unix:/run/x.sock)";
	if (n >= sizeof(un->sun_path))
		return "a path that is too long for a socket (107 octets)";
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, path, n + 1);
	return NULL;
}

/* Where; NULL, or what is wrong, with its error. */
static const char *
head_take(const char *head, struct endpoint *e, int *err)
{
	*err = ERR_SYNTAX;
	if (strncmp(head, UNIX_PREFIX, strlen(UNIX_PREFIX)) == 0)
		return path_take(head + strlen(UNIX_PREFIX), &e->address);
	*err = address_parse(head, &e->address);
	return *err == 0 ? NULL
			 : "not an address with a port (192.0.2.1:3323, "
			   "[2001:db8::1]:3323), nor a Unix socket (unix:PATH)";
}

/* What must hold between words. */
static const char *
together_wrong(const struct reading *r)
{
	const struct endpoint *e = &r->endpoint;

	if (e->min_version > e->max_version)
		return "wrong: its min-version is above its max-version";
	if (r->clients_named && e->transport != TRANSPORT_TLS)
		return "wrong at 'clients': only with tls";
	if (r->mode_named && !endpoint_is_unix(e))
		return "wrong at 'mode': only with a Unix socket";
	if (!endpoint_is_unix(e))
		return NULL;
	if (r->transport_named)
		return "wrong: tcp and tls are not for a Unix socket";
	if (e->access.n > 0)
		return "wrong: allow and deny are not for a Unix socket, "
		       "whose mode decides";
	return NULL;
}

int
endpoint_parse(const char *text, struct endpoint *out, char why[WORDS_WHY])
{
	struct reading r = {.endpoint = {.max_version = PDU_VERSIONS - 1,
				    .mode = ENDPOINT_MODE}};
	char head[WORDS_HEAD];
	const char *wrong = NULL, *tail = words_head(text, head);
	int err = ERR_SYNTAX;

	if (tail == NULL)
		wrong = "too long";
	else
		wrong = head_take(head, &r.endpoint, &err);
	if (wrong == NULL) {
		err = words_parse(
			tail, rows, sizeof(rows) / sizeof(rows[0]), &r, why);
		if (err != 0)
			return err;
		err = ERR_SYNTAX;
		wrong = together_wrong(&r);
	}
	if (wrong != NULL) {
		snprintf(why, WORDS_WHY, "%s", wrong);
		return err;
	}
	*out = r.endpoint;
	return 0;
}

bool
endpoint_is_unix(const struct endpoint *e)
{
	return e->address.ss_family == AF_UNIX;
}

const char *
endpoint_path(const struct endpoint *e)
{
	return ((const struct sockaddr_un *)&e->address)->sun_path;
}
