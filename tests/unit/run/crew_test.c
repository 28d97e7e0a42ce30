/*
 * crew: every part is done once, by as many as asked for.
 */
#include <criterion/criterion.h>
#include <stdatomic.h>

#include "validator/run/crew.h"
#include "waymark/bounds.h"

static void
add(void *ctx, size_t i)
{
	atomic_uint *parts = ctx;

	atomic_fetch_add(&parts[i], 1);
}

Test(crew, each_part_once)
{
	static const size_t counts[] = {0, 1, 2, 7, BOUND_THREADS};
	size_t c, i;

	for (c = 0; c < sizeof(counts) / sizeof(counts[0]); c++) {
		atomic_uint parts[BOUND_THREADS] = {0};

		crew_run(counts[c], add, parts);
		for (i = 0; i < BOUND_THREADS; i++)
			cr_expect(atomic_load(&parts[i]) == (i < counts[c]));
	}
}

Test(crew, there_is_at_least_one_processor)
{
	cr_expect(crew_processors() >= 1);
	cr_expect(crew_processors() <= BOUND_THREADS);
}
