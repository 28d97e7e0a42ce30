/*
 * uri: checking URIs before anybody makes a path or a request of them.
 *
 * All that follows takes URIs apart at slashes and compares them octet by
 * octet.  So a URI is refused whose parts could mean something else to a file
 * system or to a server: dot segments, also in disguise, hidden separators,
 * hosts that are not names.  Nothing is decoded or made canonical here: what
 * was accepted is used as it stands.
 */
#include "core/uri.h"

#include <stdbool.h>
#include <string.h>

#include "core/ascii.h"
#include "core/text.h"
#include "waymark/bounds.h"

enum {
	PORT_DIGITS = 5
};

/* RFC 3986 section 2: letters, digits and -._~:/?#[]@!$&'()*+,;= */
static const struct ascii_set uri_characters = {
	0xafffffda00000000, 0x47fffffeafffffff};

/* Letters, digits and -._ */
static const struct ascii_set host_characters = {
	0x03ff600000000000, 0x07fffffe87fffffe};

static bool
is_one_of(uint8_t c, const char *set)
{
	while (*set != '\0' && (uint8_t)*set != c)
		set++;
	return *set != '\0';
}

/* The octet that %XX stands for, or -1. */
static int
percent_octet(struct span s)
{
	if (s.n < 3 || text_hex_digit(s.p[1]) < 0 || text_hex_digit(s.p[2]) < 0)
		return -1;
	return text_hex_digit(s.p[1]) * 16 + text_hex_digit(s.p[2]);
}

static struct span
drop(struct span s, size_t n)
{
	return span_of(s.p + n, s.n - n);
}

/* RFC 3986 section 2: unreserved, reserved, and percent-encoded octets; of
 * those none that is a control or a separator. */
static bool
characters_are_good(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '%') {
			int c = percent_octet(drop(s, i));

			if (c < 0x20 || c == 0x7f || c == '/' || c == '\\')
				return false;
		} else if (!ascii_has(uri_characters, s.p[i]))
			return false;
	}
	return true;
}

/* How many octets `s` has before the first one of `set`, or in all. */
static size_t
length_until(struct span s, const char *set)
{
	size_t n = 0;

	while (n < s.n && !is_one_of(s.p[n], set))
		n++;
	return n;
}

static bool
port_is_good(struct span s)
{
	unsigned port = 0;

	if (s.n == 0 || s.n > PORT_DIGITS)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		port = port * 10 + (unsigned)(s.p[i] - '0');
	}
	return port > 0 && port <= 65535;
}

/* A host name or an address, and perhaps a port.  A name that begins with a dot
 * would hide, or lead away from, the folder that it names. */
static bool
authority_is_good(struct span s)
{
	size_t n = 0;

	if (s.n > 0 && s.p[0] == '[') {
		for (n = 1; n < s.n && s.p[n] != ']'; n++)
			if (text_hex_digit(s.p[n]) < 0 &&
				!is_one_of(s.p[n], ":."))
				return false;
		if (n < 3 || n == s.n)
			return false;
		n++;
	} else {
		while (n < s.n && ascii_has(host_characters, s.p[n]))
			n++;
		if (n == 0 || s.p[0] == '.')
			return false;
	}
	return n == s.n || (s.p[n] == ':' && port_is_good(drop(s, n + 1)));
}

/* Whether a segment is "." or "..", each dot also as %2E. */
static bool
is_dot_segment(struct span s)
{
	size_t dots = 0;

	while (s.n > 0 && dots < 3) {
		size_t n = s.p[0] == '%' ? 3 : 1;

		if (s.p[0] != '.' && percent_octet(s) != '.')
			return false;
		s = drop(s, n);
		dots++;
	}
	return dots == 1 || dots == 2;
}

static bool
segments_are_good(struct span path)
{
	while (path.n > 0) {
		size_t n;

		path = drop(path, 1); /* the separator */
		n = length_until(path, "/?#");
		if (is_dot_segment(span_of(path.p, n)))
			return false;
		path = drop(path, n);
	}
	return true;
}

/* RFC 3986 section 3.1: schemes are alike in either case. */
static bool
scheme_is(struct span s, const char *name)
{
	size_t n = strlen(name);

	if (s.n != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if ((s.p[i] | 0x20) != name[i])
			return false;
	return true;
}

/* The rows of the table are in the order of the enum. */
static const char *const fault_texts[URI_FAULTS] = {
#define URI_FAULT_TEXT(name, text) text,
	URI_FAULT_TABLE(URI_FAULT_TEXT)
#undef URI_FAULT_TEXT
};

static enum uri_scheme
scheme_of(struct span s)
{
	if (scheme_is(s, "rsync"))
		return URI_RSYNC;
	return scheme_is(s, "https") ? URI_HTTPS : URI_OTHER;
}

enum uri_fault
uri_parse(struct span text, struct uri *out)
{
	struct span s = text;
	struct uri u;
	size_t n;

	if (text.n > BOUND_URI)
		return URI_SIZE;
	if (!characters_are_good(text))
		return URI_CHARACTER;
	n = length_until(s, ":");
	if (n == 0 || s.n < n + 3 || memcmp(s.p + n, "://", 3) != 0)
		return URI_HOST;
	u.scheme = scheme_of(span_of(s.p, n));
	s = drop(s, n + 3);
	n = length_until(s, "/?#");
	u.host = span_of(s.p, n);
	if (!authority_is_good(u.host))
		return URI_HOST;
	s = drop(s, n);
	if (u.scheme == URI_RSYNC &&
		(s.n < 2 || s.p[0] != '/' || s.p[1] == '/'))
		return URI_PATH;
	if (!segments_are_good(s))
		return URI_PATH;
	u.path = s.n > 0 && s.p[0] == '/' ? drop(s, 1) : span_of(s.p, 0);
	*out = u;
	return URI_GOOD;
}

const char *
uri_fault_text(enum uri_fault fault)
{
	return fault_texts[fault];
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
	return drop(uri, uri_folder(uri).n);
}
