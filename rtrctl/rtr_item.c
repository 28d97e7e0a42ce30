/*
 * rtr_item: payloads in one shape, in one order, and as text.
 *
 * The order is the one of withdrawals: types ascend, and within a type
 * everything does.  Announcements of prefixes stand in the opposite order, so
 * that a more specific one is known before the one that covers it.
 */
#include "rtrctl/rtr_item.h"

#include <stdlib.h>
#include <string.h>

#include "waymark/err.h"

struct rtr_blob {
	uint32_t refs;
	uint32_t n; /* octets */
	uint32_t words[];
};

/* Providers become numbers of this machine, a key stays as it is. */
static struct rtr_blob *
blob_new(const struct rtr_pdu *pdu)
{
	size_t words = (pdu->octets.n + 3) / 4;
	struct rtr_blob *b = calloc(1, sizeof(*b) + words * sizeof(uint32_t));
	struct reader r = reader_of(pdu->octets);

	if (b == NULL)
		return NULL;
	b->refs = 1;
	b->n = (uint32_t)pdu->octets.n;
	if (pdu->type == RTR_KEY)
		memcpy(b->words, pdu->octets.p, pdu->octets.n);
	for (size_t i = 0; pdu->type == RTR_ASPA && i < words; i++)
		reader_be32(&r, &b->words[i]);
	return b;
}

int
rtr_item_make(const struct rtr_pdu *pdu, struct rtr_item *out)
{
	struct rtr_item item = {
		.type = pdu->type,
		.len = pdu->len,
		.max_len = pdu->max_len,
		.announce = pdu->announce,
		.asn = pdu->asn,
	};

	if (pdu->type == RTR_KEY)
		memcpy(item.ski, pdu->ski, SKI_SIZE);
	else
		item.addr = pdu->addr;
	if (pdu->octets.n > 0) {
		item.blob = blob_new(pdu);
		if (item.blob == NULL)
			return ERR_NOMEM;
	}
	*out = item;
	return 0;
}

struct rtr_item
rtr_item_share(const struct rtr_item *item)
{
	if (item->blob != NULL)
		item->blob->refs++;
	return *item;
}

void
rtr_item_free(struct rtr_item *item)
{
	if (item->blob != NULL && --item->blob->refs == 0)
		free(item->blob);
	item->blob = NULL;
}

struct span
rtr_item_octets(const struct rtr_item *item)
{
	if (item->blob == NULL)
		return span_of("", 0);
	return span_of(item->blob->words, item->blob->n);
}

const uint32_t *
rtr_item_providers(const struct rtr_item *item, size_t *count)
{
	*count = item->blob != NULL ? item->blob->n / sizeof(uint32_t) : 0;
	return item->blob != NULL ? item->blob->words : NULL;
}

static int
number_compare(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

static int
prefix_order(const struct rtr_item *a, const struct rtr_item *b)
{
	int order = memcmp(a->addr.b, b->addr.b, sizeof(a->addr.b));

	if (order == 0)
		order = number_compare(a->max_len, b->max_len);
	if (order == 0)
		order = number_compare(a->len, b->len);
	return order != 0 ? order : number_compare(a->asn, b->asn);
}

static int
key_order(const struct rtr_item *a, const struct rtr_item *b)
{
	struct span x = rtr_item_octets(a), y = rtr_item_octets(b);
	int order = memcmp(a->ski, b->ski, SKI_SIZE);

	if (order == 0)
		order = number_compare((uint32_t)x.n, (uint32_t)y.n);
	if (order == 0)
		order = span_compare(x, y);
	return order != 0 ? order : number_compare(a->asn, b->asn);
}

int
rtr_item_compare(const struct rtr_item *a, const struct rtr_item *b)
{
	if (a->type != b->type)
		return number_compare(a->type, b->type);
	if (a->type == RTR_KEY)
		return key_order(a, b);
	if (a->type == RTR_ASPA)
		return number_compare(a->asn, b->asn);
	return prefix_order(a, b);
}

bool
rtr_item_same(const struct rtr_item *a, const struct rtr_item *b)
{
	return rtr_item_compare(a, b) == 0 &&
		(a->type != RTR_ASPA ||
			span_equal(rtr_item_octets(a), rtr_item_octets(b)));
}

enum rtr_rule
rtr_item_order(const struct rtr_item *a, const struct rtr_item *b)
{
	bool is_prefix = b->type == RTR_IPV4 || b->type == RTR_IPV6;
	int order;

	if (a->type != b->type)
		return a->type < b->type ? RTR_RULES : RTR_RULE_ORDER_TYPE;
	if (a->announce != b->announce)
		return a->announce ? RTR_RULES : RTR_RULE_ORDER_FLAG;
	order = rtr_item_compare(a, b);
	if (is_prefix && b->announce)
		order = -order;
	/* Two of the same are another rule's. */
	return order <= 0 ? RTR_RULES : RTR_RULE_ORDER;
}

static void
prefix_add(struct text *t, const struct rtr_item *item)
{
	struct prefix p = {
		.addr = item->addr,
		.len = item->len,
		.family = item->type == RTR_IPV4 ? FAMILY_IPV4 : FAMILY_IPV6,
	};
	char buf[PREFIX_TEXT];

	text_add(t, "%s", prefix_format(&p, buf));
}

/* Providers with something between them. */
static void
providers_add(struct text *t, const struct rtr_item *item, const char *before,
	const char *between)
{
	size_t count;
	const uint32_t *p = rtr_item_providers(item, &count);

	for (size_t i = 0; i < count; i++)
		text_add(t, "%s%s%lu", i > 0 ? between : "", before,
			(unsigned long)p[i]);
}

void
rtr_item_text(struct text *t, const struct rtr_item *item)
{
	text_add(t, "AS%lu ", (unsigned long)item->asn);
	if (item->type == RTR_KEY) {
		text_add(t, "router key ");
		text_hex(t, item->ski, SKI_SIZE);
	} else if (item->type == RTR_ASPA) {
		text_add(t, "providers ");
		providers_add(t, item, "AS", " ");
	} else {
		prefix_add(t, item);
		text_add(t, "-%u", (unsigned)item->max_len);
	}
}

void
rtr_item_csv(struct text *t, const struct rtr_item *item)
{
	struct span spki = rtr_item_octets(item);

	text_add(t, "%s,AS%lu,", rtr_item_kind(item), (unsigned long)item->asn);
	if (item->type == RTR_KEY) {
		text_add(t, ",,");
		text_hex(t, item->ski, SKI_SIZE);
		text_char(t, ' ');
		text_add_base64(t, spki.p, spki.n);
	} else if (item->type == RTR_ASPA) {
		text_add(t, ",,");
		providers_add(t, item, "AS", " ");
	} else {
		prefix_add(t, item);
		text_add(t, ",%u,", (unsigned)item->max_len);
	}
}

void
rtr_item_json(struct text *t, const struct rtr_item *item)
{
	struct span spki = rtr_item_octets(item);

	text_add(t, "\"type\":\"%s\",", rtr_item_kind(item));
	if (item->type == RTR_KEY) {
		text_add(t, "\"asn\":%lu,\"ski\":\"", (unsigned long)item->asn);
		text_hex(t, item->ski, SKI_SIZE);
		text_add(t, "\",\"pubkey\":\"");
		text_add_base64(t, spki.p, spki.n);
		text_add(t, "\"");
	} else if (item->type == RTR_ASPA) {
		text_add(t, "\"customer_asid\":%lu,\"providers\":[",
			(unsigned long)item->asn);
		providers_add(t, item, "", ",");
		text_add(t, "]");
	} else {
		text_add(t, "\"asn\":%lu,\"prefix\":\"",
			(unsigned long)item->asn);
		prefix_add(t, item);
		text_add(t, "\",\"maxLength\":%u", (unsigned)item->max_len);
	}
}

const char *
rtr_item_kind(const struct rtr_item *item)
{
	return item->type == RTR_KEY	 ? "router-key"
		: item->type == RTR_ASPA ? "aspa"
					 : "vrp";
}
