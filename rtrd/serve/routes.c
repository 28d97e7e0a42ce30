/*
 * routes: many routes to be looked at in one request.
 *
 *	body -> jansson -> array of (prefix, ASN) -> one answer a piece
 *
 * The document is gone before the first answer is made; what stays for as long
 * as a slow client takes is 24 octets a route and a reference to the set.
 */
#include "rtrd/serve/routes.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "rtrd/serve/emit.h"
#include "rtrd/serve/validity.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

struct routes {
	const struct payload_set *set; /* a reference, once there is a body */
	struct wall built;
	size_t n, next;
	struct routes_one at[];
};

/* The words here are shown to people who typed something. */
const char *
routes_parse(const char *asn, const char *prefix, struct routes_one *out,
	const char **parameter)
{
	int err;

	*parameter = "asn";
	if (asn_parse(asn, &out->asn) != 0)
		return "not an AS number (AS64496 or 64496)";
	*parameter = "prefix";
	err = prefix_parse(prefix, &out->prefix);
	if (err == ERR_RANGE)
		return "the length is too great, or bits are set beyond it";
	if (err != 0)
		return "not a prefix (192.0.2.0/24 or 2001:db8::/32)";
	return NULL;
}

/* One element of the array; the ASN may be a number. */
static const char *
route_read(const json_t *item, struct routes_one *out, const char **parameter)
{
	const json_t *asn = json_object_get(item, "asn");
	const json_t *prefix = json_object_get(item, "prefix");
	const char *text = json_string_value(prefix);
	char number[24];

	*parameter = NULL;
	if (!json_is_object(item))
		return "not an object with asn and prefix";
	if (!json_is_integer(asn))
		return routes_parse(
			json_is_string(asn) ? json_string_value(asn) : "",
			text != NULL ? text : "", out, parameter);
	snprintf(number, sizeof(number), "%lld",
		(long long)json_integer_value(asn));
	return routes_parse(number, text != NULL ? text : "", out, parameter);
}

/* Room for all is taken at once, after the count was held against its bound. */
static const char *
array_read(const json_t *array, struct routes **out, char where[ROUTES_WHERE])
{
	size_t i, n = json_array_size(array);
	const char *wrong = NULL, *parameter;
	struct routes *r;

	snprintf(where, ROUTES_WHERE, "routes");
	if (!json_is_array(array))
		return "an object with an array of routes is wanted";
	if (n > BOUND_VALIDITY_ROUTES)
		return "too many routes for one request";
	r = calloc(1, sizeof(*r) + n * sizeof(r->at[0]));
	*out = r;
	if (r == NULL)
		return NULL;
	for (i = 0; i < n; i++) {
		wrong = route_read(
			json_array_get(array, i), &r->at[i], &parameter);
		if (wrong != NULL)
			break;
	}
	r->n = n;
	if (wrong != NULL) {
		snprintf(where, ROUTES_WHERE, "routes[%zu]%s%s", i,
			parameter != NULL ? "." : "",
			parameter != NULL ? parameter : "");
		routes_free(r);
		*out = NULL;
	}
	return wrong;
}

/* A member that is there twice is refused: two readers would see two
 * requests. */
const char *
routes_read(struct span json, struct routes **out, char where[ROUTES_WHERE])
{
	const char *wrong;
	json_error_t error;
	json_t *root = json_loadb(
		(const char *)json.p, json.n, JSON_REJECT_DUPLICATES, &error);

	*out = NULL;
	where[0] = '\0';
	if (root == NULL)
		return "the body is not well-formed JSON";
	wrong = array_read(json_object_get(root, "routes"), out, where);
	json_decref(root);
	return wrong;
}

/* One route a piece: its lists are bounded, the number of routes is too, but
 * not both together as one text. */
static bool
routes_fill(void *ctx, struct text *out)
{
	struct routes *r = ctx;
	struct validity found;

	if (r->next == 0)
		text_add(out, "{\"validated_routes\":[");
	if (r->next < r->n) {
		const struct routes_one *one = &r->at[r->next++];

		if (r->next > 1)
			text_add(out, ",\n");
		validity_check(r->set, &one->prefix, one->asn, &found);
		validity_write(out, NULL, &found);
		return true;
	}
	text_char(out, ']');
	emit_time(out, "generatedTime", r->built);
	emit_close(out, '}');
	text_char(out, '\n');
	return false;
}

void
routes_free(struct routes *r)
{
	if (r == NULL)
		return;
	payload_unref(r->set);
	free(r);
}

static void
routes_drop(void *ctx)
{
	routes_free(ctx);
}

struct body *
routes_body(struct routes *r, const struct payload_set *set, struct wall built)
{
	r->set = payload_ref(set);
	r->built = built;
	return body_new(routes_fill, routes_drop, r);
}
