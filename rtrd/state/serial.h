/*
 * serial: numbers that wrap, and which of two is the later one (RFC 1982 with
 * 32 bits).
 */
#ifndef STATE_SERIAL_H
#define STATE_SERIAL_H

#include <stdint.h>

enum serial_order {
	SERIAL_EARLIER,
	SERIAL_EQUAL,
	SERIAL_LATER,
	SERIAL_UNDEFINED, /* half the circle apart: neither */
};

/* How `a` stands to `b` (RFC 1982 section 3.2). */
enum serial_order serial_compare(uint32_t a, uint32_t b);

/* The serial after `s`: 0 follows 4294967295 (RFC 1982 section 3.1). */
uint32_t serial_next(uint32_t s);

/* Steps from `from` forward to `to`. */
uint32_t serial_steps(uint32_t from, uint32_t to);

#endif
