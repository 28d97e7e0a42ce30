/*
 * serial: numbers that wrap.
 *
 * Unsigned subtraction is the distance forward on the circle; less than half
 * of the circle forward is later.
 */
#include "rtrd/state/serial.h"

#define HALF UINT32_C(0x80000000)

uint32_t
serial_next(uint32_t s)
{
	return s + 1;
}

uint32_t
serial_steps(uint32_t from, uint32_t to)
{
	return to - from;
}

enum serial_order
serial_compare(uint32_t a, uint32_t b)
{
	uint32_t steps = serial_steps(a, b);

	if (steps == 0)
		return SERIAL_EQUAL;
	if (steps == HALF)
		return SERIAL_UNDEFINED;
	return steps < HALF ? SERIAL_EARLIER : SERIAL_LATER;
}
