/*
 * address: "ADDR:PORT" and socket addresses, both ways.
 *
 * The port follows the last colon; IPv6 stands in brackets, so that its own
 * colons cannot be taken for that one.  Names are not looked up: a listener
 * must not wait for a resolver.
 */
#include "rtrd/net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/text.h"
#include "waymark/err.h"

/* What a claim begins with, in the abstract namespace. */
#define CLAIM "waymark-rtr/"

/* Take the host part, without brackets, as one of the two families. */
static int
host_parse(const char *host, size_t n, struct sockaddr_storage *out)
{
	char text[INET6_ADDRSTRLEN];
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;
	struct sockaddr_in *in = (struct sockaddr_in *)out;
	bool brackets = n >= 2 && host[0] == '[' && host[n - 1] == ']';

	if (brackets) {
		host++;
		n -= 2;
	}
	if (n == 0 || n >= sizeof(text))
		return ERR_SYNTAX;
	memcpy(text, host, n);
	text[n] = '\0';
	memset(out, 0, sizeof(*out));
	if (brackets) {
		if (inet_pton(AF_INET6, text, &in6->sin6_addr) != 1)
			return ERR_SYNTAX;
		in6->sin6_family = AF_INET6;
		return 0;
	}
	if (inet_pton(AF_INET, text, &in->sin_addr) != 1)
		return ERR_SYNTAX;
	in->sin_family = AF_INET;
	return 0;
}

/* A port must be named: a default hidden in here would differ from service
 * to service. */
int
address_parse(const char *text, struct sockaddr_storage *out)
{
	const char *colon = strrchr(text, ':');
	struct sockaddr_storage a;
	uint64_t port;
	int err;

	if (colon == NULL)
		return ERR_SYNTAX;
	err = host_parse(text, (size_t)(colon - text), &a);
	if (err == 0)
		err = text_number(colon + 1, 0, UINT16_MAX, &port);
	if (err != 0)
		return err;
	if (a.ss_family == AF_INET6)
		((struct sockaddr_in6 *)&a)->sin6_port = htons((uint16_t)port);
	else
		((struct sockaddr_in *)&a)->sin_port = htons((uint16_t)port);
	*out = a;
	return 0;
}

socklen_t
address_size(const struct sockaddr_storage *a)
{
	if (a->ss_family == AF_UNIX)
		return sizeof(struct sockaddr_un);
	return a->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6)
					: sizeof(struct sockaddr_in);
}

/* What a peer on a Unix socket claims to stand for, if it does. */
static bool
claim_read(const struct sockaddr_un *un, struct sockaddr_storage *behind)
{
	char text[sizeof(un->sun_path)];
	size_t n = strlen(CLAIM);

	if (un->sun_path[0] != '\0' || memcmp(un->sun_path + 1, CLAIM, n) != 0)
		return false;
	/* The last octet of the longest name is no NUL. */
	snprintf(text, sizeof(text), "%.*s",
		(int)(sizeof(un->sun_path) - 1 - n), un->sun_path + 1 + n);
	text[strcspn(text, "/")] = '\0';
	return address_parse(text, behind) == 0;
}

static const char *
unix_format(const struct sockaddr_storage *a, char buf[ADDRESS_TEXT])
{
	const struct sockaddr_un *un = (const struct sockaddr_un *)a;
	struct sockaddr_storage behind;
	char text[ADDRESS_TEXT];

	if (claim_read(un, &behind))
		snprintf(buf, ADDRESS_TEXT, "ssh:%.64s",
			address_format(&behind, text));
	else
		snprintf(buf, ADDRESS_TEXT, "unix%s%.108s",
			un->sun_path[0] != '\0' ? ":" : "", un->sun_path);
	return buf;
}

const char *
address_format(const struct sockaddr_storage *a, char buf[ADDRESS_TEXT])
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)a;
	const struct sockaddr_in *in = (const struct sockaddr_in *)a;
	char host[INET6_ADDRSTRLEN] = "";

	if (a->ss_family == AF_UNIX)
		return unix_format(a, buf);
	if (a->ss_family == AF_INET6) {
		inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host));
		snprintf(buf, ADDRESS_TEXT, "[%s]:%u", host,
			(unsigned)ntohs(in6->sin6_port));
	} else if (a->ss_family == AF_INET) {
		inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host));
		snprintf(buf, ADDRESS_TEXT, "%s:%u", host,
			(unsigned)ntohs(in->sin_port));
	} else {
		snprintf(buf, ADDRESS_TEXT, "?");
	}
	return buf;
}

void
address_source(const struct sockaddr_storage *a, uint8_t out[ADDRESS_SOURCE])
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)a;
	const struct sockaddr_in *in = (const struct sockaddr_in *)a;
	struct sockaddr_storage behind;

	memset(out, 0, ADDRESS_SOURCE);
	if (a->ss_family == AF_UNIX &&
		claim_read((const struct sockaddr_un *)a, &behind)) {
		address_source(&behind, out);
	} else if (a->ss_family == AF_INET6) {
		memcpy(out, &in6->sin6_addr, ADDRESS_SOURCE);
	} else if (a->ss_family == AF_INET) {
		out[10] = 0xff;
		out[11] = 0xff;
		memcpy(out + 12, &in->sin_addr, 4);
	}
}

socklen_t
address_claim(
	const struct sockaddr_storage *behind, struct sockaddr_storage *out)
{
	struct sockaddr_un *un = (struct sockaddr_un *)out;
	char text[ADDRESS_TEXT];
	int n;

	memset(out, 0, sizeof(*out));
	un->sun_family = AF_UNIX;
	/* Names are unique: the process is part of it. */
	n = snprintf(un->sun_path + 1, sizeof(un->sun_path) - 1, CLAIM "%s/%ld",
		address_format(behind, text), (long)getpid());
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
		(size_t)n);
}
