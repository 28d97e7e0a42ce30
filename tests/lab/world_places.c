/*
 * world_places: DIR/repositories, what is to be published where (world.h).
 */
#include "core/text.h"
#include "tests/lab/world_inner.h"
#include "waymark/err.h"

static const char *
world_or_dash(const char *text)
{
	return text == NULL ? "-" : text;
}

int
world_put_places(const struct lab_world *world, struct world_folder *folder)
{
	struct text text = {0};
	int err;

	for (size_t i = 0; i < world->cas.n; i++) {
		const struct lab_ca *ca = world->cas.at[i];

		if (ca->parent == NULL)
			text_add(&text, "ta %s %s/%s %s\n",
				world_or_dash(ca->https_uri), ca->host,
				ca->module, ca->cert.file);
		text_add(&text, "point %s %s/%s %s\n",
			world_or_dash(ca->notify_uri), ca->host, ca->module,
			ca->folder);
	}
	err = text.failed ? ERR_NOMEM
			  : world_folder_put(folder, "repositories",
				    span_of(text.p, text.n));
	text_free(&text);
	return err;
}
