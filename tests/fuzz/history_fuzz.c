/*
 * history: any octets as the stored history, and the same under a length and a
 * hash that fit, so that what lies behind them is reached.  What is accepted is
 * in order: a router could be sent it.
 */
#include <openssl/evp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rtrd/state/lineage.h"
#include "rtrd/state/record.h"
#include "rtrd/state/serial.h"

enum {
	AT_LENGTH = 16,
	LENGTH = 8
};

/* The entry that libFuzzer calls. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What routers would be sent of it. */
static void
step_check(const struct history *h, size_t back)
{
	const struct step *step = history_back(h, back);

	if (back == history_count(h)) {
		if (step->delta != NULL)
			abort();
		return;
	}
	if (step->serial != serial_next(history_back(h, back + 1)->serial) ||
		delta_count(step->delta) == 0 ||
		!delta_half_is_sorted(&step->delta->gone) ||
		!delta_half_is_sorted(&step->delta->come))
		abort();
}

static void
try(const uint8_t *octets, size_t n)
{
	const struct delta *net;
	struct lineage l;

	if (lineage_parse(span_of(octets, n), &l) != 0)
		return;
	for (size_t back = 0; back <= history_count(l.history); back++)
		step_check(l.history, back);
	if (history_count(l.history) > 0 &&
		history_net(l.history, history_count(l.history), &net) == 0)
		delta_unref(net);
	history_unref(l.history);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *sealed;

	try(data, size);
	if (size < AT_LENGTH + LENGTH)
		return 0;
	sealed = malloc(size + HISTORY_HASH);
	if (sealed == NULL)
		abort();
	memcpy(sealed, data, size);
	for (size_t i = 0; i < LENGTH; i++)
		sealed[AT_LENGTH + i] =
			(uint8_t)((uint64_t)(size + HISTORY_HASH) >> 8 * i);
	if (EVP_Digest(sealed, size, sealed + size, NULL, EVP_sha256(), NULL) !=
		1)
		abort();
	try(sealed, size + HISTORY_HASH);
	free(sealed);
	return 0;
}
