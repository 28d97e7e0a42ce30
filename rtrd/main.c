/*
 * rtrd: serve validated RPKI data to routers.
 *
 * Reads what it was told, and hands over: to the help, the check, or the
 * daemon.
 */
#include <stdio.h>
#include <sys/socket.h>

#include "core/opt.h"
#include "rtrd/daemon.h"
#include "rtrd/keep/config.h"
#include "rtrd/keep/manual.h"
#include "rtrd/keep/options.h"
#include "rtrd/keep/places.h"
#include "rtrd/net/address.h"
#include "waymark/err.h"

enum {
	EXIT_USAGE = 2
};

static int
address_check(const char *text)
{
	struct sockaddr_storage address;

	return address_parse(text, &address);
}

static void
on_place(void *ctx, const char *text)
{
	(void)ctx;
	fprintf(stderr, "rtrd: %s\n", text);
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
	if (!c->check_only)
		return -1;
	if (places_check(c, on_place, NULL) > 0)
		return EXIT_USAGE;
	printf("configuration ok\n");
	return 0;
}

int
main(int argc, char **argv)
{
	const struct config_source source = {argc, argv, address_check};
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
