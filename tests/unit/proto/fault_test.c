/*
 * fault: which code goes to which version, and which of them are fatal.
 */
#include <criterion/criterion.h>

#include "rtrd/proto/fault.h"

Test(fault, every_code_is_known_to_whom_it_is_sent)
{
	static const unsigned most[] = {7, 8, 13};

	for (unsigned code = 0; code < FAULT_CODES; code++) {
		for (unsigned v = 0; v < 3; v++)
			cr_expect(fault_for_version((enum fault)code, v) <=
					most[v],
				"code %u version %u", code, v);
	}
	cr_expect_eq(fault_for_version(FAULT_UNEXPECTED, 0), FAULT_VERSION);
	cr_expect_eq(fault_for_version(FAULT_UNEXPECTED, 1), FAULT_UNEXPECTED);
	for (unsigned code = 0; code < 8; code++)
		cr_expect_eq(
			(unsigned)fault_for_version((enum fault)code, 0), code);
}

/* RFC 8210 section 12: all but "no data available"; and what we do not know. */
Test(fault, fatal)
{
	for (unsigned code = 0; code < 20; code++)
		cr_expect_eq(fault_is_fatal(code, 2), code != 2 && code != 12,
			"code %u", code);
	cr_expect(fault_is_fatal(65535, 2));
	/* Who says a code that its version does not have is not understood. */
	cr_expect(fault_is_fatal(12, 1));
	cr_expect(fault_is_fatal(12, 0));
	for (unsigned version = 0; version < 3; version++)
		cr_expect_not(fault_is_fatal(2, version));
}

Test(fault, texts)
{
	for (unsigned code = 0; code < FAULT_CODES; code++)
		cr_expect_eq(fault_has_text((enum fault)code),
			code != 2 && code != 5);
}

Test(fault, names)
{
	cr_expect_eq(FAULT_CODES, 14);
	for (unsigned code = 0; code < FAULT_CODES; code++) {
		cr_assert(fault_name(code) != NULL);
		for (unsigned other = 0; other < code; other++)
			cr_expect_str_neq(fault_name(code), fault_name(other));
	}
	cr_expect_str_eq(fault_name(2), "no_data_available");
	cr_expect(fault_name(14) == NULL);
	cr_expect(fault_name(65535) == NULL);
}
