/*
 * source: see the header.
 */
#include "validator/chain/source.h"

#include <stdlib.h>

void
source_buffer_fini(struct source_buffer *b)
{
	free(b->p);
	*b = (struct source_buffer){0};
}

void
source_fini(struct source *s)
{
	if (s->view != NULL)
		s->ops->free(s->view);
	s->view = NULL;
}
