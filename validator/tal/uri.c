/*
 * uri: see the header.
 *
 * The syntax is checked by refusing what could hurt, not by allowing what RFC
 * 3986 allows: repositories of today use characters of all kinds in paths.
 * Nothing is decoded; "%2E" is only looked through to find dot segments.
 */
#include "validator/tal/uri.h"

#include <string.h>
#include <strings.h>

#include "waymark/bounds.h"

static bool
begins(struct span text, const char *with)
{
	size_t n = strlen(with);

	return text.n >= n && strncasecmp((const char *)text.p, with, n) == 0;
}

/* Skip one dot, also an encoded one. */
static bool
take_dot(struct span *s)
{
	size_t n = begins(*s, ".") ? 1 : begins(*s, "%2e") ? 3 : 0;

	s->p += n;
	s->n -= n;
	return n > 0;
}

/* Whether a segment stands for this folder or the one above. */
static bool
is_dots(struct span segment)
{
	if (!take_dot(&segment))
		return false;
	take_dot(&segment);
	return segment.n == 0;
}

static bool
has_dot_segment(struct span path)
{
	size_t from = 0, i;

	for (i = 0; i <= path.n; i++) {
		if (i < path.n && path.p[i] != '/')
			continue;
		if (is_dots(span_of(path.p + from, i - from)))
			return true;
		from = i + 1;
	}
	return false;
}

static const char *
check_characters(struct span text)
{
	size_t i;

	for (i = 0; i < text.n; i++) {
		uint8_t c = text.p[i];

		if (c <= 0x20 || c >= 0x7f)
			return "a URI holds a space, a control character or "
			       "one outside ASCII";
		if (c == '\\')
			return "a URI holds a backslash";
	}
	return NULL;
}

/* Letters, digits, '-', '.', '_'; ':' before a port; brackets around IPv6.  A
 * percent sign, user name or query has no place in a host. */
static const char *
check_host(struct span host)
{
	size_t i;

	if (host.n == 0 || host.p[0] == ':')
		return "a URI has no host";
	if (is_dots(host))
		return "a URI has a host of dots";
	for (i = 0; i < host.n; i++) {
		uint8_t c = host.p[i];
		bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
		bool digit = c >= '0' && c <= '9';

		if (!letter && !digit && strchr("-._:[]", c) == NULL)
			return "a URI has a host of odd characters";
	}
	return NULL;
}

static const char *
check_parts(const struct uri *u)
{
	const char *why = check_host(u->host);

	if (why != NULL)
		return why;
	/* A web server's top folder is one; rsync wants a module. */
	if (u->path.n == 0 ? u->scheme == URI_RSYNC : u->path.p[0] == '/')
		return "a URI has nothing behind its host";
	if (has_dot_segment(u->path))
		return "a URI has a segment that is . or ..";
	return NULL;
}

const char *
uri_parse(struct span text, struct uri *out)
{
	struct uri u;
	const uint8_t *slash;
	const char *why;
	size_t skip;

	if (text.n > BOUND_URI)
		return "a URI is longer than any may be";
	why = check_characters(text);
	if (why != NULL)
		return why;
	if (begins(text, "rsync://"))
		u.scheme = URI_RSYNC;
	else if (begins(text, "https://"))
		u.scheme = URI_HTTPS;
	else
		return "a URI is neither rsync:// nor https://";
	skip = strlen("rsync://");
	text = span_of(text.p + skip, text.n - skip);
	slash = text.n == 0 ? NULL : memchr(text.p, '/', text.n);
	if (slash == NULL)
		return "a URI has nothing behind its host";
	u.host = span_of(text.p, (size_t)(slash - text.p));
	u.path = span_of(slash + 1, text.n - u.host.n - 1);
	why = check_parts(&u);
	if (why == NULL)
		*out = u;
	return why;
}

struct span
uri_folder(struct span uri)
{
	size_t n = uri.n;

	while (n > 0 && uri.p[n - 1] != '/')
		n--;
	return span_of(uri.p, n);
}

struct span
uri_name(struct span uri)
{
	struct span folder = uri_folder(uri);

	return span_of(uri.p + folder.n, uri.n - folder.n);
}
