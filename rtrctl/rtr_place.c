/*
 * rtr_place: where a cache listens, from what a person types.
 *
 *	[tcp:|tls:] HOST | HOST:PORT | ADDRESS | [ADDRESS] | [ADDRESS]:PORT
 *	unix:PATH
 *
 * An IPv6 address may stand without brackets when no port follows: its colons
 * are more than one.
 */
#include <stdio.h>
#include <string.h>

#include "rtrctl/rtr_link.h"
#include "core/text.h"

/* What lies behind the transport's word, and which that is. */
static const char *
transport_cut(const char *text, bool tls, enum rtr_transport *out)
{
	static const struct {
		const char *word;
		enum rtr_transport transport;
	} words[] = {{"tcp:", RTR_TCP}, {"tls:", RTR_TLS}, {"unix:", RTR_UNIX}};

	*out = tls ? RTR_TLS : RTR_TCP;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		size_t n = strlen(words[i].word);

		if (strncmp(text, words[i].word, n) == 0) {
			*out = words[i].transport;
			return text + n;
		}
	}
	return text;
}

/* Where the host ends; `*port` is what follows, NULL: nothing. */
static const char *
host_end(const char **host, const char **port)
{
	const char *text = *host, *end = strchr(text, ':');

	*port = NULL;
	if (text[0] == '[') {
		*host = text + 1;
		end = strchr(text, ']');
		if (end != NULL && end[1] == ':')
			*port = end + 2;
		else if (end != NULL && end[1] != '\0')
			end = NULL;
		return end;
	}
	if (end == NULL || strchr(end + 1, ':') != NULL)
		return text + strlen(text);
	*port = end + 1;
	return end;
}

bool
rtr_place_parse(
	const char *text, bool tls, struct rtr_place *out, struct text *why)
{
	struct rtr_place place = {0};
	const char *host = transport_cut(text, tls, &place.transport);
	const char *port = NULL, *end;
	uint64_t number;

	end = place.transport == RTR_UNIX ? host + strlen(host)
					  : host_end(&host, &port);
	if (end == NULL || end == host || end - host >= RTR_HOST) {
		text_add(why,
			"\"%s\" names no cache: HOST, HOST:PORT, "
			"[ADDRESS]:PORT or unix:PATH",
			text);
		return false;
	}
	if (port == NULL)
		port = place.transport == RTR_TLS ? "324" : "3323";
	if (text_number(port, 1, UINT16_MAX, &number) != 0) {
		text_add(why, "\"%s\" is no port", port);
		return false;
	}
	memcpy(place.host, host, (size_t)(end - host));
	snprintf(place.port, sizeof(place.port), "%u", (unsigned)number);
	*out = place;
	return true;
}
