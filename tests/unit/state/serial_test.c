/*
 * serial: the examples of RFC 1982, and the whole circle around some places.
 */
#include <criterion/criterion.h>

#include "rtrd/state/serial.h"

Test(serial, order)
{
	static const struct {
		uint32_t a, b;
		enum serial_order order;
	} rows[] = {
		{0, 0, SERIAL_EQUAL},
		{1, 0, SERIAL_LATER},
		{0, 1, SERIAL_EARLIER},
		{0, UINT32_MAX, SERIAL_LATER},
		{UINT32_MAX, 0, SERIAL_EARLIER},
		{UINT32_MAX, 1, SERIAL_EARLIER},
		{0, 0x7fffffff, SERIAL_EARLIER},
		{0, 0x80000000, SERIAL_UNDEFINED},
		{0x80000000, 0, SERIAL_UNDEFINED},
		{0, 0x80000001, SERIAL_LATER},
		{44, 0x8000002c, SERIAL_UNDEFINED},
		{100, 200, SERIAL_EARLIER},
		{200, 100, SERIAL_LATER},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect_eq(serial_compare(rows[i].a, rows[i].b),
			rows[i].order, "%u, %u", rows[i].a, rows[i].b);
}

Test(serial, steps_wrap)
{
	uint32_t s = UINT32_MAX - 2;

	for (uint32_t i = 0; i < 6; i++) {
		cr_expect_eq(serial_steps(UINT32_MAX - 2, s), i);
		cr_expect_eq(serial_compare(s, serial_next(s)), SERIAL_EARLIER);
		s = serial_next(s);
	}
	cr_expect_eq(s, 3);
	cr_expect_eq(serial_next(UINT32_MAX), 0);
}
