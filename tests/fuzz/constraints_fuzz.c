/*
 * constraints: any octets as the text of a file; of what is accepted, each
 * range that is denied is not permitted, and each that is allowed is, unless
 * some of it is denied.
 */
#include "tests/fuzz/fuzz.h"

#include "validator/tal/constraints.h"

static bool
overlaps(const struct constraint_list *list, const struct constraint_range *r)
{
	for (size_t i = 0; i < list->n; i++)
		if (addr_compare(&list->at[i].min, &r->max) <= 0 &&
			addr_compare(&r->min, &list->at[i].max) <= 0)
			return true;
	return false;
}

static void
check(const struct constraints *c, enum constraint_class class)
{
	const struct constraint_list *allow = &c->allow[class];
	const struct constraint_list *deny = &c->deny[class];

	for (size_t i = 0; i < deny->n; i++)
		if (constraints_permit(
			    c, class, &deny->at[i].min, &deny->at[i].max))
			abort();
	for (size_t i = 0; i < allow->n; i++)
		if (constraints_permit(c, class, &allow->at[i].min,
			    &allow->at[i].max) == overlaps(deny, &allow->at[i]))
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = fuzz_begin(data, size);
	struct constraints c;
	struct tal_error why;

	if (constraints_parse(f.der, f.arena, &c, &why) == 0) {
		check(&c, CONSTRAINT_IPV4);
		check(&c, CONSTRAINT_IPV6);
		check(&c, CONSTRAINT_ASN);
	}
	return fuzz_end(&f);
}
