/*
 * reject: the table is whole, and its words are fit for machines.
 */
#include <criterion/criterion.h>
#include <stdbool.h>
#include <string.h>

#include "validator/object/reject.h"

/* Lower-case letters and digits, in parts between single dashes. */
static bool
is_word(const char *s)
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

	return s[0] != '\0' && s[0] != '-' && strspn(s, set) == strlen(s) &&
		s[strlen(s) - 1] != '-' && strstr(s, "--") == NULL;
}

Test(reject, every_row_has_word_section_and_text)
{
	for (int i = 0; i < REJECT_COUNT; i++) {
		enum reject code = (enum reject)i;

		cr_expect(is_word(reject_name(code)), "%s", reject_name(code));
		cr_expect(i == REJECT_NONE || reject_rfc(code)[0] != '\0', "%s",
			reject_name(code));
		cr_expect(
			strlen(reject_text(code)) > 5, "%s", reject_name(code));
	}
	cr_expect_str_eq(
		reject_name(REJECT_CERT_SIA_URI_HOST), "cert-sia-uri-host");
	cr_expect_str_eq(reject_rfc(REJECT_CERT_ISSUER_FORM), "RFC 6487 4.4");
}

Test(reject, no_word_is_there_twice)
{
	for (int i = 0; i < REJECT_COUNT; i++)
		for (int j = i + 1; j < REJECT_COUNT; j++)
			cr_expect(strcmp(reject_name((enum reject)i),
					  reject_name((enum reject)j)) != 0,
				"%s", reject_name((enum reject)i));
}
