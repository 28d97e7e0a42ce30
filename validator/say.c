/*
 * say: see the header.
 */
#include "validator/say.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/text.h"

void
say(const char *program, const char *format, ...)
{
	struct text raw = {0}, clean = {0};
	va_list args;

	va_start(args, format);
	text_addv(&raw, format, args);
	va_end(args);
	text_clean(&clean, raw.p, raw.n);
	fprintf(stderr, "%s: %s\n", program, clean.p == NULL ? "" : clean.p);
	text_free(&raw);
	text_free(&clean);
}
