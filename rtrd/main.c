/*
 * rtrd: serve validated RPKI data to routers.
 *
 * Reads what it was told, and hands over: to the help, the check, or the
 * daemon.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "core/opt.h"
#include "rtrd/daemon.h"
#include "rtrd/keep/config.h"
#include "rtrd/keep/manual.h"
#include "rtrd/keep/options.h"
#include "rtrd/keep/places.h"
#include "rtrd/net/address.h"
#include "rtrd/net/client.h"
#include "rtrd/net/clients.h"
#include "rtrd/net/endpoint.h"
#include "rtrd/net/secure.h"
#include "rtrd/net/stdio.h"
#include "waymark/err.h"

enum {
	EXIT_USAGE = 2
};

/* What a listener or a client is, is known to who listens; HTTP has addresses
 * alone. */
static int
net_check(enum rtrd_option option, const char *text, char why[CONFIG_WHY])
{
	struct sockaddr_storage address;
	struct endpoint endpoint;
	struct client client;
	int err;

	_Static_assert((int)CONFIG_WHY == (int)WORDS_WHY, "handed on");
	if (option == OPTION_RTR_LISTEN)
		return endpoint_parse(text, &endpoint, why);
	if (option == OPTION_RTR_CLIENT)
		return client_parse(text, &client, why);
	err = address_parse(text, &address);
	if (err != 0)
		snprintf(why, CONFIG_WHY,
			"not an address with a port (192.0.2.1:8323, "
			"[2001:db8::1]:8323), and not none");
	return err;
}

static void
on_place(void *ctx, const char *text)
{
	(void)ctx;
	fprintf(stderr, "rtrd: %s\n", text);
}

/* Whether the keys of clients are there, and this kernel can use them: one by
 * one, so that it can be said where each stands, then together. */
static size_t
keys_check(const struct config *c)
{
	const struct config_list *list = &c->rtr_clients;
	struct clients *clients;
	char why[256], name[OPT_NAME];
	size_t wrong = 0;

	for (size_t i = 0; i < list->n; i++) {
		if (clients_load(&list->at[i], 1, &clients, why) == 0) {
			clients_free(clients);
			continue;
		}
		fprintf(stderr, "rtrd: %s: %s\n",
			config_origin(c, OPTION_RTR_CLIENT, list->at[i], name),
			why);
		wrong++;
	}
	if (wrong > 0)
		return wrong;
	if (clients_load(list->at, list->n, &clients, why) != 0) {
		fprintf(stderr, "rtrd: rtr.client: %s\n", why);
		return 1;
	}
	clients_free(clients);
	return 0;
}

/* Whether TLS listeners have their files, and routers will like what is in
 * them. */
static size_t
tls_check(const struct config *c)
{
	const struct tls_files files = {
		c->rtr_tls_cert, c->rtr_tls_key, c->rtr_tls_client_ca};
	struct tls_keys *keys;
	char why[TLS_KEYS_WHY];
	size_t n = 0;

	if (secure_load(c->rtr_listen.at, c->rtr_listen.n, &files, &keys,
		    why) != 0) {
		on_place(NULL, why);
		return 1;
	}
	if (keys != NULL)
		n = tls_keys_check(keys, wall_now(), on_place, NULL);
	tls_keys_unref(keys);
	return n;
}

/* Join stdin and stdout to the daemon of this configuration. */
static int
join(const struct config *c)
{
	const char *path = STDIO_PATH;
	struct endpoint at;
	char why[256];

	for (size_t i = 0; i < c->rtr_listen.n; i++)
		if (endpoint_parse(c->rtr_listen.at[i], &at, why) == 0 &&
			endpoint_is_unix(&at)) {
			path = endpoint_path(&at);
			break;
		}
	if (stdio_join(path, why) == 0)
		return 0;
	fprintf(stderr, "rtrd: %s\n", why);
	return EXIT_FAILURE;
}

/* Answer what is no run; -1: it is one. */
static int
answer(const struct config *c)
{
	switch (c->request) {
	case OPT_HELP:
		opt_print_help(rtrd_program());
		return 0;
	case OPT_VERSION:
		opt_print_version(rtrd_program());
		return 0;
	case OPT_MAN:
		opt_print_man(rtrd_program(), 1);
		return 0;
	case OPT_RUN:
		break;
	}
	if (c->man_config) {
		manual_print_config();
		return 0;
	}
	if (c->stdio)
		return join(c);
	if (!c->check_only)
		return -1;
	if (places_check(c, on_place, NULL) + keys_check(c) + tls_check(c) > 0)
		return EXIT_USAGE;
	printf("configuration ok\n");
	return 0;
}

int
main(int argc, char **argv)
{
	const struct config_source source = {argc, argv, net_check};
	const struct config *config;
	char why[256];
	int err = config_load(&source, &config, why), code;

	if (err != 0) {
		fprintf(stderr, "rtrd: %s\n", why);
		return err == ERR_NOMEM ? 1 : EXIT_USAGE;
	}
	code = answer(config);
	if (code < 0)
		return daemon_run(&source, config);
	config_free(config);
	return code;
}
