/*
 * place: see the header.
 */
#include "validator/chain/place.h"

#include "validator/tal/uri.h"
#include "waymark/report.h"

static bool
is_safe(struct span uri)
{
	struct uri u;

	return uri_parse(uri, &u) == NULL && u.scheme == URI_RSYNC;
}

enum reject
place_check(const struct cert *cert)
{
	struct span folder = uri_folder(cert->manifest_uri);
	struct span name = uri_name(cert->manifest_uri);
	struct span repository = cert->repository_uri;

	if (!is_safe(cert->manifest_uri) || !is_safe(repository))
		return REJECT_URI_UNSAFE;
	if (repository.p[repository.n - 1] != '/')
		folder.n--; /* written without its slash: the same folder */
	if (!span_equal(folder, repository) ||
		object_type_of((const char *)name.p, name.n) != OBJECT_MANIFEST)
		return REJECT_MANIFEST_PLACE;
	return REJECT_NONE;
}
