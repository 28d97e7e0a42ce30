/*
 * http_target: origins, and redirects within them (RFC 9674).
 *
 *	https://rpki.example.net[:443]/notification.xml
 *	[       origin               ]
 *
 * A repository that could send us elsewhere could have us ask any machine that
 * we can reach, so a Location is resolved here and compared before anybody
 * connects.
 */
#include <curl/curl.h>
#include <string.h>

#include "core/uri.h"
#include "validator/fetch/http.h"
#include "validator/fetch/http_target.h"
#include "waymark/err.h"

enum {
	HTTPS_PORT = 443
};

struct origin {
	struct span host;
	unsigned port;
};

/* Takes the host apart, of which uri_parse has found that it is sound. */
static struct origin
origin_of(struct span host)
{
	struct origin o = {host, HTTPS_PORT};
	size_t n = host.n;

	while (n > 0 && host.p[n - 1] >= '0' && host.p[n - 1] <= '9')
		n--;
	if (n == 0 || n == host.n || host.p[n - 1] != ':')
		return o;
	o.host = span_of(host.p, n - 1);
	o.port = 0;
	for (; n < host.n; n++)
		o.port = o.port * 10 + (unsigned)(host.p[n] - '0');
	return o;
}

static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

bool
http_same_origin(struct span a, struct span b)
{
	struct uri ua, ub;
	struct origin oa, ob;

	if (uri_parse(a, &ua) != URI_GOOD || uri_parse(b, &ub) != URI_GOOD ||
		ua.scheme != URI_HTTPS || ub.scheme != URI_HTTPS)
		return false;
	oa = origin_of(ua.host);
	ob = origin_of(ub.host);
	if (oa.port != ob.port || oa.host.n != ob.host.n)
		return false;
	for (size_t i = 0; i < oa.host.n; i++)
		if (lower(oa.host.p[i]) != lower(ob.host.p[i]))
			return false;
	return true;
}

bool
http_target_is_good(struct span uri)
{
	struct uri u;

	return uri_parse(uri, &u) == URI_GOOD && u.scheme == URI_HTTPS &&
		memchr(uri.p, '#', uri.n) == NULL;
}

/* Resolves with what libcurl itself would ask. */
static int
resolve(CURLU *u, const char *base, const char *location, char **out)
{
	if (curl_url_set(u, CURLUPART_URL, base, 0) != CURLUE_OK ||
		curl_url_set(u, CURLUPART_URL, location, 0) != CURLUE_OK ||
		curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0) != CURLUE_OK ||
		curl_url_get(u, CURLUPART_URL, out, 0) != CURLUE_OK)
		return ERR_SYNTAX;
	return 0;
}

int
http_target_find(
	const char *base, const char *location, char out[BOUND_URI + 1])
{
	CURLU *u = curl_url();
	char *to = NULL;
	size_t n;
	int err;

	if (u == NULL)
		return ERR_NOMEM;
	err = resolve(u, base, location, &to);
	curl_url_cleanup(u);
	if (err != 0)
		return err;
	n = strlen(to);
	if (!http_target_is_good(span_of(to, n)))
		err = ERR_SYNTAX;
	else {
		memcpy(out, to, n + 1);
		if (!http_same_origin(span_text(base), span_of(to, n)))
			err = ERR_DENIED;
	}
	curl_free(to);
	return err;
}
