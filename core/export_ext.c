/*
 * export_ext: payloads with the objects that they came from, as JSON and CSV.
 *
 *	{"asn","prefix","maxLength","source":[
 *	  {"type","uri","tal","validity","chainValidity","stale"}, ...]}
 *
 * `validity` is that of the object's own certificate; `chainValidity` that of
 * all certificates from the trust anchor's to this one together; `stale` is
 * when the first of the manifests and CRLs on the way ends, or a certificate
 * above if that is sooner: the point is not used any longer then.
 *
 * The set tells which payloads there are, the snapshot where they came from.
 * One that the snapshot does not have has no source.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/export_inner.h"

/* How two payloads of a kind are ordered. */
typedef int order_fn(const struct export *e, size_t i, const void *payload);

static int
vrp_order(const struct export *e, size_t i, const void *payload)
{
	return vrp_compare(&e->meta.snapshot->vrps[i], payload);
}

static int
key_order(const struct export *e, size_t i, const void *payload)
{
	return router_key_compare(&e->meta.snapshot->keys[i], payload);
}

static int
aspa_order(const struct export *e, size_t i, const void *payload)
{
	return aspa_compare(&e->meta.snapshot->aspas[i], payload);
}

/* Find the payload's rows in the snapshot, of which there are `n`: from
 * e->origin to e->origin_end. */
static void
find_origins(struct export *e, order_fn *order, size_t n, const void *payload)
{
	size_t from = 0, to = n;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (order(e, middle, payload) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	e->origin = e->origin_end = from;
	while (e->origin_end < n && order(e, e->origin_end, payload) == 0)
		e->origin_end++;
}

static void
find_vrp(struct export *e, const struct vrp *v)
{
	const struct snapshot *s = e->meta.snapshot;

	find_origins(e, vrp_order, s == NULL ? 0 : s->vrp_count, v);
}

/* The next source of the payload under way; NULL after the last.  An object on
 * a second path is the same object. */
static const struct snapshot_source *
next_source(struct export *e, uint32_t (*source)(const struct export *e))
{
	while (e->origin < e->origin_end) {
		const struct snapshot_source *s =
			&e->meta.snapshot->sources[source(e)];

		e->origin++;
		if (!s->again)
			return s;
	}
	return NULL;
}

static uint32_t
vrp_source(const struct export *e)
{
	return e->meta.snapshot->vrps[e->origin].source;
}

static uint32_t
key_source(const struct export *e)
{
	return e->meta.snapshot->keys[e->origin].source;
}

static uint32_t
aspa_source(const struct export *e)
{
	return e->meta.snapshot->aspas[e->origin].source;
}

static char *
put_validity(char *p, const char *key, struct wall from, struct wall to)
{
	p = export_put(p, key);
	p = export_put(p, "{\"notBefore\":\"");
	p = export_time(p, from);
	p = export_put(p, "\",\"notAfter\":\"");
	p = export_time(p, to);
	return export_put(p, "\"}");
}

/* RFC 5280 section 6.1.3: a chain holds from when its last certificate does. */
static char *
put_source(const struct export *e, const struct snapshot_source *s,
	const char *type, char *p)
{
	const struct snapshot *snapshot = e->meta.snapshot;
	const struct snapshot_point *point = &snapshot->points[s->point];
	struct wall begin = point->not_before;
	char uri[SNAPSHOT_URI];

	if (begin.s < s->not_before.s)
		begin = s->not_before;
	p = export_put(p, "{\"type\":\"");
	p = export_put(p, type);
	p = export_put(p, "\",\"uri\":");
	p = export_json_uri(p, snapshot_source_uri(snapshot, s, uri));
	p = export_put(p, ",\"tal\":");
	p = export_json_name(p, export_ta(e, s->ta));
	p = put_validity(p, ",\"validity\":", s->not_before, s->not_after);
	p = put_validity(p, ",\"chainValidity\":", begin,
		wall_earlier(point->certs_end, s->not_after));
	p = export_put(p, ",\"stale\":\"");
	p = export_time(p, point->not_after);
	return export_put(p, "\"}");
}

/* One more source of a row of which `part` were put, or the row's end. */
static char *
put_next(struct export *e, uint32_t (*source)(const struct export *e),
	const char *type, char *p)
{
	const struct snapshot_source *s = next_source(e, source);

	if (s == NULL) {
		e->part = 0;
		return export_put(p, "]}");
	}
	if (e->part++ > 1)
		*p++ = ',';
	return put_source(e, s, type, p);
}

static char *
put_row(const struct export *e, char *p)
{
	return export_put(p, e->next > 0 ? ",\n{" : "\n{");
}

static char *
put_asn(char *p, uint32_t asn)
{
	p = export_put(p, "\"AS");
	p = export_number(p, asn);
	*p++ = '"';
	return p;
}

static char *
ext_head(struct export *e, char *p)
{
	p = export_put(p, "{\"metadata\":{\"generated\":");
	p = export_number(p, e->meta.built.s);
	p = export_put(p, ",\"generatedTime\":\"");
	p = export_time(p, e->meta.built);
	return export_put(p, "\"},\n\"roas\":[");
}

static char *
ext_vrp(struct export *e, const struct vrp *v, char *p)
{
	if (e->part > 0)
		return put_next(e, vrp_source, "roa", p);
	find_vrp(e, v);
	e->part = 1;
	p = put_row(e, p);
	p = export_put(p, "\"asn\":");
	p = put_asn(p, v->asn);
	p = export_put(p, ",\"prefix\":\"");
	p = export_prefix(p, v);
	p = export_put(p, "\",\"maxLength\":");
	p = export_number(p, v->max_len);
	return export_put(p, ",\"source\":[");
}

static char *
ext_keys_head(struct export *e, char *p)
{
	(void)e;
	return export_put(p, "\n],\n\"routerKeys\":[");
}

/* The octets of the key first, then the sources: e->octets tells the two. */
static char *
ext_key(struct export *e, const struct router_key *k, char *p)
{
	const struct snapshot *s = e->meta.snapshot;
	size_t n = k->spki.n - e->octets;

	if (e->part > 0 && e->octets == 0)
		return put_next(e, key_source, "cer", p);
	if (e->part == 0) {
		p = put_row(e, p);
		p = export_put(p, "\"asn\":");
		p = put_asn(p, k->asn);
		p = export_put(p, ",\"SKI\":\"");
		p = export_hex(p, k->ski, SKI_SIZE);
		p = export_put(p, "\",\"routerPublicKey\":\"");
	}
	e->part = 1;
	if (n > EXPORT_OCTETS) {
		p = export_base64(p, k->spki.p + e->octets, EXPORT_OCTETS);
		e->octets += EXPORT_OCTETS;
		return p;
	}
	p = export_base64(p, k->spki.p + e->octets, n);
	e->octets = 0;
	find_origins(e, key_order, s == NULL ? 0 : s->key_count, k);
	return export_put(p, "\",\"source\":[");
}

static char *
ext_aspas_head(struct export *e, char *p)
{
	(void)e;
	return export_put(p, "\n],\n\"aspas\":[");
}

/* Providers first, then the sources, counted from there. */
static char *
ext_aspa(struct export *e, const struct aspa *a, char *p)
{
	const struct snapshot *s = e->meta.snapshot;
	size_t end = e->part + EXPORT_NUMBERS;

	if (e->octets > 0) {
		p = put_next(e, aspa_source, "aspa", p);
		e->octets = e->part;
		return p;
	}
	if (e->part == 0) {
		p = put_row(e, p);
		p = export_put(p, "\"customer\":");
		p = put_asn(p, a->customer);
		p = export_put(p, ",\"providers\":[");
	}
	for (; e->part < end && e->part < a->provider_count; e->part++) {
		if (e->part > 0)
			*p++ = ',';
		p = put_asn(p, a->providers[e->part]);
	}
	if (e->part < a->provider_count)
		return p;
	e->octets = e->part = 1;
	find_origins(e, aspa_order, s == NULL ? 0 : s->aspa_count, a);
	return export_put(p, "],\"source\":[");
}

static char *
ext_tail(struct export *e, char *p)
{
	(void)e;
	return export_put(p, "\n]}\n");
}

const struct export_shape export_jsonext = {
	.head = ext_head,
	.vrp = ext_vrp,
	.keys_head = ext_keys_head,
	.key = ext_key,
	.aspas_head = ext_aspas_head,
	.aspa = ext_aspa,
	.tail = ext_tail,
};

static char *
csvext_head(struct export *e, char *p)
{
	(void)e;
	return export_put(
		p, "URI,ASN,IP Prefix,Max Length,Not Before,Not After\n");
}

/* "2026-03-16 07:25:00", in UTC, as this format has it; "N/A" for none. */
static char *
put_csv_time(char *p, const struct wall *at)
{
	char text[WALL_TEXT];

	if (at == NULL)
		return export_put(p, "N/A");
	(void)wall_format(*at, text);
	text[10] = ' ';
	text[19] = '\0';
	return export_put(p, text);
}

static char *
put_csv_row(const struct export *e, const struct vrp *v,
	const struct snapshot_source *s, char *p)
{
	char uri[SNAPSHOT_URI] = "N/A";

	if (s != NULL)
		(void)snapshot_source_uri(e->meta.snapshot, s, uri);
	p = export_csv_uri(p, uri);
	p = export_put(p, ",AS");
	p = export_number(p, v->asn);
	*p++ = ',';
	p = export_prefix(p, v);
	*p++ = ',';
	p = export_number(p, v->max_len);
	*p++ = ',';
	p = put_csv_time(p, s == NULL ? NULL : &s->not_before);
	*p++ = ',';
	p = put_csv_time(p, s == NULL ? NULL : &s->not_after);
	*p++ = '\n';
	return p;
}

/* A row for each object, or one for none. */
static char *
csvext_vrp(struct export *e, const struct vrp *v, char *p)
{
	const struct snapshot_source *s;

	if (e->part == 0)
		find_vrp(e, v);
	s = next_source(e, vrp_source);
	if (s != NULL || e->part == 0)
		p = put_csv_row(e, v, s, p);
	e->part = s == NULL ? 0 : 1;
	return p;
}

const struct export_shape export_csvext = {
	.head = csvext_head, .vrp = csvext_vrp};
