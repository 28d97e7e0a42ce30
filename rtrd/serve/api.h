/*
 * api: what the HTTP server answers, from one table of routes.
 *
 *	GET  /metrics                          Prometheus
 *	GET  /api/v1/validity/ASN/PREFIX       one route (RFC 6811)
 *	POST /validity                         many routes
 *	GET  /api/v1/why?prefix=...            what stands behind it
 *	GET  /json  /csv                       the whole set, streamed
 *	...                                    GET / lists them all
 *
 * A request is plain octets, still percent-encoded; whatever they are, an
 * answer comes out: 400 names the parameter that is wrong, 404 and 405 say
 * what there is instead, 503 says why there is nothing yet.
 *
 * Not here: connections, header syntax, HTTP versions.
 */
#ifndef SERVE_API_H
#define SERVE_API_H

#include <stdbool.h>
#include <stddef.h>

#include "rtrd/serve/body.h"
#include "rtrd/serve/metrics.h"
#include "rtrd/serve/view.h"
#include "waymark/span.h"

/*
 * X(handler, METHOD, "path", "parameters", "help"); HEAD goes with GET.  From
 * a path's first capital letter on stands what the caller chooses.  Parameters
 * are separated by spaces; "*": any are ignored.
 */
#define API_TABLE(X) \
	X(index, GET, "/", "*", "this list") \
	X(metrics, GET, "/metrics", "*", "metrics for Prometheus") \
	X(health, GET, "/healthz", "*", "200 while rtrd is alive") \
	X(ready, GET, "/readyz", "*", \
		"200 while routers are given fresh data, else 503 and why") \
	X(status, GET, "/api/v1/status", "", \
		"what is served, the runs, the repositories, as JSON") \
	X(repos, GET, "/api/v1/repos", "", "the repositories alone") \
	X(validity_path, GET, "/api/v1/validity/ASN/PREFIX", "", \
		"what RFC 6811 says of a route, as JSON") \
	X(validity_query, GET, "/validity", "asn prefix", \
		"the same; parameters asn and prefix") \
	X(validity_post, POST, "/validity", "", \
		"the same for many: {\"routes\":[{\"asn\",\"prefix\"}]}") \
	X(why, GET, "/api/v1/why", "prefix asn", \
		"what stands behind a prefix, or a route: prefix, perhaps asn") \
	X(problems, GET, "/api/v1/problems", "ta repo", \
		"what is refused and stale, all or of one ta or repo") \
	X(json, GET, "/json", "", "all VRPs as JSON") \
	X(csv, GET, "/csv", "", "all VRPs as CSV")

struct api_request {
	const char *method; /* as sent: "GET" */
	const char *target; /* as sent: path, perhaps ?query */
	const char *if_none_match; /* header, or NULL */
	struct span body; /* of a POST */
	void (*process)(struct process_facts *out); /* asked by /metrics */
};

struct api_answer {
	unsigned status;
	const char *type; /* Content-Type, static; NULL: none */
	char allow[32]; /* Allow, or "" */
	char etag[64]; /* ETag with its quotes, or "" */
	struct wall modified; /* Last-Modified; 0: none */
	unsigned retry_after_s; /* Retry-After; 0: none */
	struct body *body; /* the caller frees it; NULL: out of memory, or
			      none for 304 */
};

/* Answer a request; HEAD is answered as GET, the caller leaves the body out. */
void api_answer(const struct view *v, struct wall now,
	const struct api_request *request, struct api_answer *out);

/* A refusal that the connection's owner must give by itself: 413 and the
 * like.  `text` is for people. */
void api_refuse(unsigned status, const char *text, struct api_answer *out);

/* Whether requests of this method have a body that matters. */
bool api_takes_body(const char *method);

#endif
