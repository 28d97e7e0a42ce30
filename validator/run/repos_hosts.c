/*
 * repos_hosts: which rsync hosts a notification may name.
 *
 * Objects come under the URIs of the CAs that publish them, so a host may be
 * named when a CA with this notification publishes there.  Anybody may name a
 * stranger's notification, with hosts of his own; as there is a limit, those
 * that objects were taken from come first, then the notification's own, then
 * others; each in the order in which they were met.
 */
#include <string.h>

#include "core/uri.h"
#include "validator/run/repos_inner.h"
#include "waymark/err.h"

/* A host without its port. */
static struct span
name_of(struct span host)
{
	size_t i;

	for (i = host.n; i > 0 && host.p[i - 1] != ']'; i--)
		if (host.p[i - 1] == ':')
			return span_of(host.p, i - 1);
	return host;
}

/* Whether a host is among some that stand between commas. */
static bool
is_listed(struct span list, struct span host)
{
	while (list.n > 0) {
		const uint8_t *comma = memchr(list.p, ',', list.n);
		size_t n = comma == NULL ? list.n : (size_t)(comma - list.p);

		if (span_equal(span_of(list.p, n), host))
			return true;
		n += comma == NULL ? 0 : 1;
		list = span_of(list.p + n, list.n - n);
	}
	return false;
}

/* How near a host is to a notification. */
static enum host_rank
rank_of(const struct row *row, struct span host)
{
	struct uri own;

	if (is_listed(row->known_hosts, host)) /* objects were taken from it */
		return HOST_KNOWN;
	if (uri_parse(span_text(row->uri), &own) == URI_GOOD &&
		span_equal(name_of(own.host), name_of(host)))
		return HOST_OWN;
	return HOST_STRANGE;
}

int
repos_add_host(struct repos *r, struct row *row, struct span folder)
{
	struct row_host host = {0};
	struct uri u;
	size_t i;

	if (uri_parse(folder, &u) != URI_GOOD)
		return 0;
	for (i = 0; i < row->hosts.n; i++)
		if (span_equal(row->hosts.at[i].text, u.host))
			return 0;
	host.rank = rank_of(row, u.host);
	if (row->ranks[host.rank]++ >= BOUND_RRDP_HOSTS)
		return 0;
	host.text.p = arena_copy(r->arena, u.host.p, u.host.n);
	host.text.n = u.host.n;
	if (host.text.p == NULL || !VEC_PUSH(&row->hosts, host))
		return ERR_NOMEM;
	return 0;
}

/* Add the hosts of one rank, of one row. */
static void
add_rank(struct text *list, const struct row *row, enum host_rank rank,
	size_t *taken)
{
	for (size_t i = 0; i < row->hosts.n; i++) {
		const struct row_host *host = &row->hosts.at[i];

		if (host->rank != rank || *taken >= BOUND_RRDP_HOSTS ||
			is_listed(span_of((const uint8_t *)list->p, list->n),
				host->text))
			continue;
		text_add(list, "%s%.*s", list->n > 0 ? "," : "",
			(int)host->text.n, (const char *)host->text.p);
		++*taken;
	}
}

/* Of all trust anchors that lean on it: it is fetched once for all, and below
 * one of them anybody may name it with hosts of his own. */
const char *
repos_hosts(struct repos *r, const struct row *row)
{
	struct span uri = span_text(row->uri);
	struct text list = {0};
	const char *hosts;
	size_t taken = 0;
	int rank, at;
	uint32_t ta;

	if (row->kind != REPO_RRDP)
		return "";
	for (rank = 0; rank < HOST_RANKS; rank++) {
		for (ta = 0; ta < r->config.ta_count; ta++) {
			if (repos_find(r, ta, row->kind, uri, &at) != 0)
				list.failed = true;
			else if (at >= 0)
				add_rank(&list, &r->rows.at[at],
					(enum host_rank)rank, &taken);
		}
	}
	hosts = list.failed
		? NULL
		: arena_text(r->arena, list.p == NULL ? "" : list.p, list.n);
	text_free(&list);
	return hosts;
}
