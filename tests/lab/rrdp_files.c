/*
 * rrdp_files: what stands in notification, snapshot and delta, and the faults
 * of their elements.
 */
#include "tests/lab/rrdp_inner.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "core/file.h"
#include "tests/lab/world_inner.h"
#include "waymark/err.h"

enum {
	FILES_OBJECT_MAX = 64 << 20,
	FILES_NAME = RRDP_NAME + 64,
};

#define FILES_NOWHERE "/nothing-was-ever-here.roa"

static const uint8_t FILES_HASH[32] = {0xde, 0xad};

/* "SESSION/SERIAL/WORD.xml" */
static const char *
files_name(const struct rrdp_run *run, uint64_t serial, const char *word,
	char name[FILES_NAME])
{
	snprintf(name, FILES_NAME, "%s/%llu/%s.xml", run->state.session,
		(unsigned long long)serial, word);
	return name;
}

static int
files_publish(struct rrdp_out *o, const char *uri, const uint8_t *replaces,
	struct span octets)
{
	rrdp_out_text(o, "<publish uri=\"");
	rrdp_out_uri(o, uri);
	if (replaces != NULL) {
		rrdp_out_text(o, "\" hash=\"");
		rrdp_out_hash(o, replaces);
	}
	rrdp_out_text(o, "\">");
	rrdp_out_base64(o, octets);
	rrdp_out_text(o, "</publish>\n");
	return 0;
}

static void
files_withdraw(struct rrdp_out *o, const char *uri, const uint8_t hash[32])
{
	rrdp_out_text(o, "<withdraw uri=\"");
	rrdp_out_uri(o, uri);
	rrdp_out_text(o, "\" hash=\"");
	rrdp_out_hash(o, hash);
	rrdp_out_text(o, "\"/>\n");
}

/* Whether `uri` is the one that the fault is to hit. */
static bool
files_is_hit(const struct rrdp_run *run, enum rrdp_fault fault,
	enum rrdp_file_kind file, const struct rrdp_object *object)
{
	const char *more = rrdp_asked(run, fault, file, 0);

	return more != NULL && object == rrdp_victim(run, more);
}

/* The object as it is, or with another last octet where it is to be scrambled.
 */
static int
files_put_object(const struct rrdp_run *run, struct rrdp_out *o,
	enum rrdp_file_kind file, const struct rrdp_object *object,
	const uint8_t *replaces)
{
	struct arena *scratch = world_need(arena_new(1 << 16));
	struct span octets = {0};
	int err = file_read(object->path, FILES_OBJECT_MAX, scratch, &octets);

	if (err == 0 && octets.n > 0 &&
		files_is_hit(run, RRDP_FAULT_SCRAMBLED, file, object)) {
		uint8_t *other =
			world_need(arena_copy(scratch, octets.p, octets.n));

		other[octets.n - 1] ^= 1;
		octets.p = other;
	}
	if (err == 0)
		err = files_publish(o, object->uri, replaces, octets);
	else
		snprintf(run->why, 256, "%.250s", object->path);
	arena_free(scratch);
	return err;
}

/* The first object again, with other octets. */
static void
files_duplicate(
	const struct rrdp_run *run, struct rrdp_out *o, const char *more)
{
	const struct rrdp_object *object = rrdp_victim(run, more);

	if (object != NULL)
		files_publish(o, object->uri, NULL,
			span_text("another object at the same place"));
}

/* A large object of octets that do not compress. */
static void
files_big(struct rrdp_out *o, const char *uri, size_t n)
{
	uint8_t *p = world_need(malloc(n + 1));
	uint32_t noise = 1;

	for (size_t i = 0; i < n; i++) {
		noise = noise * 1664525 + 1013904223;
		p[i] = (uint8_t)(noise >> 24);
	}
	rrdp_out_text(o, "<publish uri=\"%s.big\">", uri);
	rrdp_out_base64(o, span_of(p, n));
	rrdp_out_text(o, "</publish>\n");
	free(p);
}

/* Elements that both snapshot and delta may have too many. */
static void
files_extras(
	const struct rrdp_run *run, struct rrdp_out *o, enum rrdp_file_kind f)
{
	const struct rrdp_object *victim = rrdp_victim(run, "");
	const char *uri = victim != NULL ? victim->uri : "rsync://a/b/c.roa";
	const char *more;

	for (size_t i = 0; (more = rrdp_asked(run, RRDP_FAULT_PUBLISH, f, i));
		i++)
		files_publish(o, more, NULL,
			span_text("an object of a publisher who may not"));
	for (size_t i = 0; (more = rrdp_asked(run, RRDP_FAULT_WITHDRAW, f, i));
		i++) {
		const struct rrdp_object *known = rrdp_set_find(run->set, more);

		files_withdraw(
			o, more, known != NULL ? known->hash : FILES_HASH);
	}
	if (rrdp_asked(run, RRDP_FAULT_BASE64, f, 0) != NULL)
		rrdp_out_text(o,
			"<publish uri=\"%s.b64\">AAAA*not base64*</publish>\n",
			uri);
	if (rrdp_asked(run, RRDP_FAULT_EMPTY, f, 0) != NULL)
		rrdp_out_text(o, "<publish uri=\"%s.empty\"></publish>\n", uri);
	more = rrdp_asked(run, RRDP_FAULT_BIG, f, 0);
	if (more != NULL)
		files_big(o, uri, strtoul(more, NULL, 10));
}

int
rrdp_write_snapshot(struct rrdp_run *run, uint8_t hash[32])
{
	const char *twice =
		rrdp_asked(run, RRDP_FAULT_DUPLICATE, RRDP_SNAPSHOT, 0);
	bool first = twice != NULL && strcmp(twice, "first") == 0;
	char name[FILES_NAME];
	struct rrdp_out *o;
	int err = rrdp_out_open(run, RRDP_SNAPSHOT,
		files_name(run, run->state.serial, "snapshot", name), &o);
	int closed;

	if (err != 0)
		return err;
	if (first)
		files_duplicate(run, o, "");
	for (size_t i = 0; i < run->set->objects.n && err == 0; i++)
		err = files_put_object(
			run, o, RRDP_SNAPSHOT, &run->set->objects.at[i], NULL);
	if (twice != NULL && !first)
		files_duplicate(run, o, twice);
	files_extras(run, o, RRDP_SNAPSHOT);
	closed = rrdp_out_close(o, hash);
	return err != 0 ? err : closed;
}

/* What is new or differs, and what went. */
static int
files_changes(struct rrdp_run *run, struct rrdp_out *o)
{
	const struct rrdp_set *old = &run->state.set;
	int err = 0;

	for (size_t i = 0; i < run->set->objects.n && err == 0; i++) {
		const struct rrdp_object *now = &run->set->objects.at[i];
		const struct rrdp_object *was = rrdp_set_find(old, now->uri);

		if (was == NULL || memcmp(was->hash, now->hash, 32) != 0)
			err = files_put_object(run, o, RRDP_DELTA, now,
				was != NULL ? was->hash : NULL);
	}
	for (size_t i = 0; i < old->objects.n; i++)
		if (rrdp_set_find(run->set, old->objects.at[i].uri) == NULL)
			files_withdraw(o, old->objects.at[i].uri,
				old->objects.at[i].hash);
	return err;
}

/* Faults of a delta alone. */
static int
files_delta_faults(struct rrdp_run *run, struct rrdp_out *o)
{
	const struct rrdp_object *victim;
	const char *more;
	int err = 0;

	more = rrdp_asked(run, RRDP_FAULT_WITHDRAW_UNKNOWN, RRDP_DELTA, 0);
	victim = rrdp_victim(run, "");
	if (more != NULL && victim != NULL) {
		rrdp_out_text(o,
			"<withdraw uri=\"%s" FILES_NOWHERE "\" hash=\"",
			victim->uri);
		rrdp_out_hash(o, FILES_HASH);
		rrdp_out_text(o, "\"/>\n");
	}
	more = rrdp_asked(run, RRDP_FAULT_WITHDRAW_HASH, RRDP_DELTA, 0);
	if (more != NULL && (victim = rrdp_victim(run, more)) != NULL)
		files_withdraw(o, victim->uri, FILES_HASH);
	more = rrdp_asked(run, RRDP_FAULT_BAD_PUBLISH, RRDP_DELTA, 0);
	if (more != NULL && (victim = rrdp_victim(run, more)) != NULL) {
		files_withdraw(o, victim->uri, victim->hash);
		err = files_put_object(run, o, RRDP_DELTA, victim, FILES_HASH);
	}
	more = rrdp_asked(run, RRDP_FAULT_BLIND, RRDP_DELTA, 0);
	if (more != NULL && (victim = rrdp_victim(run, more)) != NULL &&
		err == 0)
		err = files_put_object(run, o, RRDP_DELTA, victim, NULL);
	more = rrdp_asked(run, RRDP_FAULT_DUPLICATE, RRDP_DELTA, 0);
	if (more != NULL)
		files_duplicate(run, o, "");
	return err;
}

int
rrdp_write_delta(struct rrdp_run *run, uint8_t hash[32])
{
	bool empty = rrdp_asked(run, RRDP_FAULT_EMPTY_DELTA, RRDP_DELTA, 0);
	char name[FILES_NAME];
	struct rrdp_out *o;
	int err = rrdp_out_open(run, RRDP_DELTA,
		files_name(run, run->state.serial, "delta", name), &o);
	int closed;

	if (err != 0)
		return err;
	if (!empty) {
		err = files_changes(run, o);
		files_extras(run, o, RRDP_DELTA);
	}
	if (err == 0 && !empty)
		err = files_delta_faults(run, o);
	closed = rrdp_out_close(o, hash);
	return err != 0 ? err : closed;
}

/* One line of the notification, of a file that lies where it should unless it
 * is to lie elsewhere, and has another hash if `wrong`. */
static void
files_list(const struct rrdp_run *run, struct rrdp_out *o,
	enum rrdp_file_kind file, const struct rrdp_delta *listed, bool wrong)
{
	bool delta = file == RRDP_DELTA;
	const char *elsewhere = rrdp_asked(run, RRDP_FAULT_ELSEWHERE, file, 0);
	uint8_t hash[32];
	char name[FILES_NAME];

	memcpy(hash, listed->hash, sizeof(hash));
	hash[0] = (uint8_t)(hash[0] ^ wrong);
	if (delta)
		rrdp_out_text(o, "<delta serial=\"%llu\" uri=\"",
			(unsigned long long)listed->serial);
	else
		rrdp_out_text(o, "<snapshot uri=\"");
	if (elsewhere != NULL && elsewhere[0] != '\0') {
		rrdp_out_uri(o, elsewhere);
	} else {
		rrdp_out_uri(o, run->params->uri);
		rrdp_out_text(o, "/");
		rrdp_out_uri(o,
			files_name(run, listed->serial,
				delta ? "delta" : "snapshot", name));
	}
	rrdp_out_text(o, "\" hash=\"");
	rrdp_out_hash(o, hash);
	rrdp_out_text(o, "\"/>\n");
}

/* So many deltas that end at the serial; most exist on this list only. */
static void
files_many(const struct rrdp_run *run, struct rrdp_out *o, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++) {
		struct rrdp_delta none = {.serial = run->state.serial - i};

		memcpy(none.hash, FILES_HASH, sizeof(none.hash));
		files_list(run, o, RRDP_DELTA, &none, false);
	}
}

static void
files_deltas(const struct rrdp_run *run, struct rrdp_out *o)
{
	enum rrdp_file_kind n = RRDP_NOTIFICATION;
	const char *many = rrdp_asked(run, RRDP_FAULT_MANY, n, 0);

	if (many != NULL)
		files_many(run, o, strtoull(many, NULL, 10));
	if (many != NULL || rrdp_asked(run, RRDP_FAULT_NO_DELTAS, n, 0) != NULL)
		return;
	for (size_t i = run->state.deltas.n; i-- > 0;) {
		const struct rrdp_delta *d = &run->state.deltas.at[i];
		size_t age = run->state.deltas.n - 1 - i;
		bool wrong = age == 0
			? rrdp_asked(run, RRDP_FAULT_HASH, RRDP_DELTA, 0) !=
				NULL
			: rrdp_asked(run, RRDP_FAULT_OLD_HASH, n, 0) != NULL;

		if ((age == 0 && rrdp_asked(run, RRDP_FAULT_NO_NEWEST, n, 0)) ||
			(age == 1 && rrdp_asked(run, RRDP_FAULT_GAP, n, 0)))
			continue;
		files_list(run, o, RRDP_DELTA, d, wrong);
		if (age != 0)
			continue;
		if (rrdp_asked(run, RRDP_FAULT_TWICE, n, 0) != NULL)
			files_list(run, o, RRDP_DELTA, d, wrong);
		if (rrdp_asked(run, RRDP_FAULT_CONFLICT, n, 0) != NULL)
			files_list(run, o, RRDP_DELTA, d, !wrong);
	}
}

int
rrdp_write_notification(struct rrdp_run *run, const uint8_t snapshot_hash[32])
{
	enum rrdp_file_kind n = RRDP_NOTIFICATION;
	struct rrdp_delta snapshot = {.serial = run->state.serial};
	struct rrdp_out *o;
	uint8_t hash[32];
	int err = rrdp_out_open(run, n, "notification.xml", &o);

	if (err != 0)
		return err;
	memcpy(snapshot.hash, snapshot_hash, sizeof(snapshot.hash));
	if (rrdp_asked(run, RRDP_FAULT_NO_SNAPSHOT, n, 0) == NULL)
		files_list(run, o, RRDP_SNAPSHOT, &snapshot,
			rrdp_asked(run, RRDP_FAULT_HASH, RRDP_SNAPSHOT, 0) !=
				NULL);
	files_deltas(run, o);
	return rrdp_out_close(o, hash);
}
