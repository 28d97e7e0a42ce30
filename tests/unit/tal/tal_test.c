/*
 * tal: locators as the registries write them, and every way to write them
 * wrongly.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "tests/unit/core/folder.h"
#include "tests/unit/guard.h"
#include "validator/tal/tal.h"
#include "waymark/bounds.h"
#include "waymark/err.h"

#define URI "rsync://rpki.example.net/ta/ta.cer\n"

struct bad_row {
	const char *text;
	unsigned line;
	const char *why;
};

static const struct bad_row bad[] = {
	{"", 0, "there is no URI"},
	{"# only a comment\n", 1, "there is no URI"},
	{"\n" URI "\nQUJD\n", 1, "a URI is wanted here, not an empty line"},
	{"# c\n\n" URI "\nQUJD\n", 2,
		"a URI is wanted here, not an empty line"},
	{"http://h/ta.cer\n\nQUJD\n", 1,
		"a URI is neither rsync:// nor https://"},
	{URI "# late\n\nQUJD\n", 2, "comments stand before the URIs only"},
	{URI "QUJD\n", 2,
		"a URI has no scheme, no host, or one of no known form"},
	{URI "rsync://h/m/../ta.cer\n\nQUJD\n", 2,
		"a URI has a segment that is . or .., or no rsync module"},
	{"rsync://h/m/\n\nQUJD\n", 1,
		"a URI names a folder, not a certificate"},
	{URI, 1, "an empty line and the key are missing"},
	{URI "\n", 2, "the key is missing"},
	{URI "\n\n\n", 4, "the key is missing"},
	{URI "\nQUJ\n", 3, "the key is not whole base64"},
	{URI "\nQUJD\nQQ=\n", 3, "the key is not whole base64"},
	{URI "\nQU!D\n", 3, "the key holds a character that is not of base64"},
	{URI "\nQUJD\nQU-D\n", 4,
		"the key holds a character that is not of base64"},
	{URI "\nQUJD\n# late\n", 4,
		"the key holds a character that is not of base64"},
	{URI "\n QUJD\n", 3, "the key holds a character that is not of base64"},
};

static struct arena *
arena(void)
{
	struct arena *a = arena_new(4096);

	cr_assert(a != NULL);
	return a;
}

Test(tal, reads_what_registries_write)
{
	static const char text[] = "# one\r\n#\r\n"
				   "https://rpki.example.net/ta.cer\r\n"
				   "rsync://rpki.example.net/ta/ta.cer\r\n"
				   "\r\nQUJD\r\nREVG\r\n\r\n";
	struct arena *a = arena();
	struct tal_error why;
	struct tal tal;

	cr_assert(tal_parse(span_text(text), a, &tal, &why) == 0);
	cr_assert(tal.uri_count == 2);
	cr_expect_str_eq(
		(const char *)tal.uris[0].p, "https://rpki.example.net/ta.cer");
	cr_expect(tal.uris[1].n == strlen((const char *)tal.uris[1].p));
	cr_expect(span_equal(tal.spki, span_text("ABCDEF")));
	cr_expect(tal.key_line == 6);
	arena_free(a);
}

Test(tal, a_last_line_needs_no_end)
{
	struct arena *a = arena();
	struct tal_error why;
	struct tal tal;

	cr_assert(tal_parse(span_text(URI "\nQUJD"), a, &tal, &why) == 0);
	cr_expect(span_equal(tal.spki, span_text("ABC")));
	arena_free(a);
}

Test(tal, says_what_is_wrong_and_where)
{
	struct arena *a = arena();
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct tal tal = {.uri_count = 77};
		struct tal_error why = {0};
		int err = tal_parse(span_text(bad[i].text), a, &tal, &why);

		cr_expect(err == ERR_SYNTAX, "row %zu: %d", i, err);
		cr_expect(why.line == bad[i].line, "row %zu: line %u", i,
			why.line);
		cr_expect_str_eq(why.text, bad[i].why);
		cr_expect(tal.uri_count == 77);
	}
	arena_free(a);
}

Test(tal, uris_have_a_bound)
{
	struct arena *a = arena();
	size_t n = strlen(URI), i;

	for (i = BOUND_TAL_URIS - 1; i <= BOUND_TAL_URIS + 1; i++) {
		char text[sizeof(URI) * (BOUND_TAL_URIS + 2)];
		struct tal_error why;
		struct tal tal;
		size_t j;

		for (j = 0; j < i; j++)
			memcpy(text + j * n, URI, n);
		memcpy(text + i * n, "\nQUJD\n", 7);
		cr_expect(tal_parse(span_text(text), a, &tal, &why) ==
			(i <= BOUND_TAL_URIS ? 0 : ERR_LIMIT));
	}
	arena_free(a);
}

Test(tal, size_has_a_bound)
{
	struct arena *a = arena();
	char *text = malloc(BOUND_TAL_SIZE + 1);
	struct tal_error why;
	struct tal tal;

	cr_assert(text != NULL);
	memset(text, '\n', BOUND_TAL_SIZE + 1);
	memcpy(text, URI "\nQUJD", strlen(URI "\nQUJD"));
	cr_expect(tal_parse(span_of(text, BOUND_TAL_SIZE), a, &tal, &why) == 0);
	cr_expect(tal_parse(span_of(text, BOUND_TAL_SIZE + 1), a, &tal, &why) ==
		ERR_LIMIT);
	free(text);
	arena_free(a);
}

/* A cut locator is refused, or has lost whole groups of its key. */
Test(tal, cut_anywhere)
{
	static const char text[] = "# c\n" URI "\nQUJDREVGR0hJ\nSktM\n";
	struct guard g = guard_new(sizeof(text));
	struct arena *a = arena();
	size_t whole = strlen(text), n;

	for (n = 0; n <= whole; n++) {
		struct tal_error why = {0};
		struct tal tal;
		int err = tal_parse(
			guard_span(&g, span_of(text, n)), a, &tal, &why);

		if (err == 0)
			cr_expect(tal.spki.n % 3 == 0 && tal.spki.n > 0);
		else
			cr_expect(err == ERR_SYNTAX && why.text != NULL);
	}
	arena_free(a);
	guard_free(&g);
}

static void
write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	cr_assert(f != NULL);
	cr_assert(fputs(text, f) >= 0);
	cr_assert(fclose(f) == 0);
}

Test(tal, files_have_names_and_messages_have_places)
{
	struct folder f = folder_new();
	struct arena *a = arena();
	char path[256], why[TAL_WHY], want[TAL_WHY + 64];
	struct tal tal;

	folder_path(&f, "ripe.tal", path);
	write_text(path, URI "\nQUJD\n");
	cr_assert(tal_read(path, a, &tal, why) == 0, "%s", why);
	cr_expect_str_eq(tal.name, "ripe");
	cr_expect_str_eq(tal.path, path);

	folder_path(&f, "bad.tal", path);
	write_text(path, URI "\nQU*D\n");
	cr_expect(tal_read(path, a, &tal, why) == ERR_SYNTAX);
	(void)snprintf(want, sizeof(want),
		"%s: line 3: the key holds a character that is not of base64",
		path);
	cr_expect_str_eq(why, want);

	folder_path(&f, "none.tal", path);
	cr_expect(tal_read(path, a, &tal, why) == ERR_NOTFOUND);
	cr_expect(strstr(why, path) == why);
	arena_free(a);
	folder_free(&f);
}

Test(tal, names_are_labels)
{
	static const char *const names[] = {"x", "x.cer", ".tal", "a/.tal",
		"a b.tal", "a,b.tal", "a\"b.tal", "a\nb.tal", "\xc3\xa4.tal"};
	char longest[BOUND_TAL_NAME + 8];
	struct arena *a = arena();
	const char *out;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		cr_expect(tal_name(names[i], a, &out) == ERR_SYNTAX, "%s",
			names[i]);
	cr_expect(tal_name("/etc/x/arin.tal", a, &out) == 0);
	cr_expect_str_eq(out, "arin");
	memset(longest, 'a', sizeof(longest));
	memcpy(longest + BOUND_TAL_NAME, ".tal", 5);
	cr_expect(tal_name(longest, a, &out) == 0);
	memcpy(longest + BOUND_TAL_NAME + 1, ".tal", 5);
	longest[BOUND_TAL_NAME] = 'a';
	cr_expect(tal_name(longest, a, &out) == ERR_LIMIT);
	arena_free(a);
}

Test(tal, folders_are_listed_by_name)
{
	static const char *const files[] = {
		"b.tal", "a.tal", ".hidden.tal", "notes.txt", "c.tal.old"};
	struct folder f = folder_new();
	struct arena *a = arena();
	char path[256], why[TAL_WHY] = "";
	const char *const *paths;
	size_t n, i;

	cr_expect(tal_list(f.path, a, &paths, &n, why) == ERR_NOTFOUND);
	cr_expect(strstr(why, "no file NAME.tal") != NULL);
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		write_text(folder_path(&f, files[i], path), "x");
	cr_assert(tal_list(f.path, a, &paths, &n, why) == 0);
	cr_assert(n == 2);
	cr_expect_str_eq(paths[0], folder_path(&f, "a.tal", path));
	cr_expect_str_eq(paths[1], folder_path(&f, "b.tal", path));
	cr_assert(tal_list(path, a, &paths, &n, why) == 0);
	cr_expect(n == 1);
	cr_expect(tal_list("/nonexistent/x.tal", a, &paths, &n, why) ==
		ERR_NOTFOUND);
	arena_free(a);
	folder_free(&f);
}

/* The locators of the corpus are read as they are. */
Test(tal, corpus)
{
	const char *corpus = getenv("WAYMARK_CORPUS");
	struct arena *a = arena();
	char path[1024], why[TAL_WHY];
	struct tal tal;

	if (corpus == NULL) {
		printf("SKIPPED: WAYMARK_CORPUS\n");
		arena_free(a);
		return;
	}
	(void)snprintf(path, sizeof(path),
		"%s/objects/bridge/twnic/twnic-bridge.tal", corpus);
	cr_assert(tal_read(path, a, &tal, why) == 0, "%s", why);
	cr_expect_str_eq(tal.name, "twnic-bridge");
	cr_expect(tal.spki.n == 294);
	arena_free(a);
}
