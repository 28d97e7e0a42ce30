/*
 * peer: stayrtr of Debian, with the same set, for comparison.
 *
 * It takes VRPs as JSON and sends the PDUs of the same version; in another
 * order, but as many octets.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/rtr/bench.h"

extern char **environ;

/* The set as stayrtr wants it. */
static void
json_write(const char *path, size_t count)
{
	const struct payload_set *set = bench_set(count, 0);
	FILE *f = fopen(path, "w");

	if (f == NULL)
		bench_die(path);
	fprintf(f, "{\"metadata\":{},\"roas\":[");
	for (size_t i = 0; i < set->vrp_count; i++) {
		const struct vrp *v = &set->vrps[i];
		char address[INET6_ADDRSTRLEN];

		inet_ntop(v->family == FAMILY_IPV4 ? AF_INET : AF_INET6,
			v->addr.b, address, sizeof(address));
		fprintf(f,
			"%s{\"prefix\":\"%s/%u\",\"maxLength\":%u,\"asn\":%u,"
			"\"ta\":\"bench\"}",
			i > 0 ? ",\n" : "", address, (unsigned)v->len,
			(unsigned)v->max_len, (unsigned)v->asn);
	}
	fprintf(f, "]}\n");
	if (fclose(f) != 0)
		bench_die(path);
	payload_unref(set);
}

bool
bench_stayrtr(const char *dir, size_t count, struct server *out)
{
	char path[BENCH_PATH], bind[64], metrics[64];
	char *const argv[] = {"stayrtr", "-cache", path, "-bind", bind,
		"-metrics.addr", metrics, "-checktime=false", "-loglevel",
		"error", "-protocol", "1", NULL};
	struct server s;

	snprintf(path, sizeof(path), "%.4000s/vrps.json", dir);
	json_write(path, count);
	snprintf(bind, sizeof(bind), "127.0.0.1:%u",
		(unsigned)bench_port(&s.port));
	snprintf(metrics, sizeof(metrics), "127.0.0.1:%u",
		(unsigned)bench_port(&(uint16_t){0}));
	errno = posix_spawnp(&s.pid, argv[0], NULL, NULL, argv, environ);
	if (errno != 0)
		return false;
	*out = s;
	return true;
}
