/*
 * world_inner: what the files of the world share.
 */
#ifndef LAB_WORLD_INNER_H
#define LAB_WORLD_INNER_H

#include "core/arena.h"
#include "tests/lab/change.h"
#include "tests/lab/world.h"

enum {
	WORLD_EE_KEYS = 64, /* keys 0 to 63 are for EE certificates */
	WORLD_SERIAL_CA = 0x1000, /* serials of what a CA issues */
	WORLD_SERIAL_EXTRA = 0x800000,
	WORLD_SERIAL_ROA = 0x1000000,
};

struct lab_world {
	struct arena *arena;
	VEC(struct lab_ca *) cas;
	int64_t now;
	int days;
	char why[CHANGE_WHY + 256];
};

/* `p`, or the end of the program when it is NULL. */
void *world_need(void *p);

/* Whether a validator is to accept it. */
bool world_item_holds(const struct lab_item *item);

/* The same of all that a CA publishes, as far as it stands or falls as one. */
bool world_point_holds(const struct lab_ca *ca);

/* Write the ASPAs and router keys that hold; see world_expect_others.c.  0 or
 * an enum err. */
int world_expect_others(
	struct lab_world *world, struct lab_keys *keys, const char *path);

/* Make a folder's files what the calls say; see world_files.c. */
struct world_folder;

/* Begin with a folder, made when it is not there.  0 or an enum err. */
int world_folder_open(const char *path, struct world_folder **out);

/* Write a file unless it is there with the same octets. */
int world_folder_put(
	struct world_folder *folder, const char *name, struct span bytes);

/* Give the open file `aside`, which is to replace `name` in the folder `fd`, a
 * later second than that one has: ETags of servers and rsync's quick check see
 * no less. */
void world_make_newer(int aside, int fd, const char *name);

/* Say that a file of this name, put by somebody else, may stay. */
void world_folder_keep(struct world_folder *folder, const char *name);

/* Link each CA to the next that publishes in the same folder; see
 * world_shared.c.  Then: let what the others publish there stay. */
void world_link_shared(struct lab_world *world);
void world_keep_shared(struct world_folder *folder, const struct lab_ca *ca);

/* Write DIR/repositories into the folder DIR; see world_places.c.  0 or an
 * enum err. */
int world_put_places(
	const struct lab_world *world, struct world_folder *folder);

/* Remove the files that no call named, add up what was done, free. */
void world_folder_close(struct world_folder *folder, bool remove_others,
	struct lab_written *sum);

#endif
