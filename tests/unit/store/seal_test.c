/*
 * seal: a file that was seen to be whole.
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "tests/unit/core/folder.h"
#include "validator/store/seal.h"

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "wb");

	cr_assert(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0);
}

Test(seal, is_good_until_the_file_changes)
{
	struct folder f = folder_new();
	char path[256];
	struct seal seal;

	folder_path(&f, "file", path);
	write_file(path, "octets");
	cr_expect(!seal_is_good(path), "there is none");
	seal_take(path, &seal);
	cr_expect(!seal_is_good(path), "nor while it is used");
	seal_put(path, &seal, false);
	cr_expect(seal_is_good(path));
	seal_put(path, &seal, false);
	cr_expect(seal_is_good(path), "once is enough");
	seal_take(path, &seal);
	cr_expect(!seal_is_good(path), "taken away");
	write_file(path, "octet2");
	seal_put(path, &seal, false);
	cr_expect(!seal_is_good(path), "it is another file now");
	seal_take(path, &seal);
	write_file(path, "ours");
	seal_put(path, &seal, true);
	cr_expect(seal_is_good(path), "but we changed it");
	folder_free(&f);
}

Test(seal, that_is_cut_or_altered_is_none)
{
	struct folder f = folder_new();
	char path[256], name[256];
	struct seal seal;
	uint8_t octet;
	struct stat st;
	int fd;

	folder_path(&f, "file", path);
	folder_path(&f, "file-seal", name);
	write_file(path, "octets");
	seal_take(path, &seal);
	seal_put(path, &seal, false);
	cr_assert(stat(name, &st) == 0);
	fd = open(name, O_RDWR);
	cr_assert(fd >= 0);
	for (off_t at = 0; at < st.st_size; at++) {
		cr_assert(pread(fd, &octet, 1, at) == 1);
		octet ^= 0x10;
		cr_assert(pwrite(fd, &octet, 1, at) == 1);
		cr_expect(!seal_is_good(path), "%d", (int)at);
		octet ^= 0x10;
		cr_assert(pwrite(fd, &octet, 1, at) == 1);
	}
	cr_expect(seal_is_good(path));
	cr_assert(ftruncate(fd, st.st_size - 1) == 0);
	cr_expect(!seal_is_good(path));
	(void)close(fd);
	folder_free(&f);
}

Test(seal, of_no_file_is_none)
{
	struct folder f = folder_new();
	char path[256];
	struct seal seal;

	folder_path(&f, "file", path);
	seal_take(path, &seal);
	seal_put(path, &seal, false);
	cr_expect(!seal_is_good(path));
	write_file(path, "octets");
	cr_expect(!seal_is_good(path));
	folder_free(&f);
}
