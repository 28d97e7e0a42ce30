/*
 * secure: keys and listeners are looked at together: what is missing is said
 * before the first router finds out.
 */
#include "rtrd/net/secure.h"

#include <stdio.h>

#include "rtrd/net/endpoint.h"
#include "waymark/err.h"

/* What one listener lacks; NULL: nothing.  A text that is none is the
 * acceptor's to refuse. */
static const char *
lacks(const char *text, const struct tls_keys *k)
{
	char ignored[WORDS_WHY];
	struct endpoint e;

	if (endpoint_parse(text, &e, ignored) != 0 ||
		e.transport != TRANSPORT_TLS)
		return NULL;
	if (k == NULL)
		return "rtr.tls-cert and rtr.tls-key";
	if (e.clients != CLIENTS_NONE && !tls_keys_has_ca(k))
		return "rtr.tls-client-ca";
	return NULL;
}

int
secure_load(const char *const *listen, size_t count,
	const struct tls_files *files, struct tls_keys **out,
	char why[TLS_KEYS_WHY])
{
	struct tls_keys *k = NULL;
	int err = 0;

	if (files->cert != NULL)
		err = tls_keys_load(files, &k, why);
	for (size_t i = 0; i < count && err == 0; i++) {
		const char *what = lacks(listen[i], k);

		if (what == NULL)
			continue;
		snprintf(why, TLS_KEYS_WHY, "'%.100s' needs %s", listen[i],
			what);
		err = ERR_USAGE;
	}
	if (err != 0) {
		tls_keys_unref(k);
		return err;
	}
	*out = k;
	return 0;
}
