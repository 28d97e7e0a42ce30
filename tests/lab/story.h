/*
 * story: a small world as lines of text, for demonstrations and tests.
 *
 *	# anything behind a '#' is a comment
 *	world generation=2
 *	ta name=alpha resources="0.0.0.0/0 ::/0 0-4294967295"
 *	ta name=beta host=127.0.0.1:8873 notify=https://127.0.0.1:8443/b/n.xml
 *	ca name=isp parent=alpha resources="192.0.2.0/24 AS64496"
 *	roa ca=isp asn=64496 prefix="192.0.2.0/24-25" name=first
 *	extra ca=isp type=gbr name=contact.gbr
 *	extra ca=isp type=router name=r1.cer asn=64496 key=1
 *	extra ca=isp type=aspa name=as1.asa asn=64496 list="64500 64501"
 *	file ca=isp name=hello.txt text="hello"
 *	revoke ca=isp serial=77
 *	mutate object=isp.mft content.manifestNumber=int:-1
 *	fault object=first.roa kind=hash
 *
 * Later lines may speak of earlier ones only.  `ta` and `ca` take host (also
 * with a port), module, folder, notify, number, before, after, this, next,
 * serial and key too, `ta` also https, a second place of its certificate.  A CA
 * with the host and module of its parent has its notification too, unless
 * notify="". `roa` takes name, serial, resources, before, after; `extra` is a
 * gbr, aspa, spl, tak, rsc or router and takes serial, resources, asn, list (as
 * in struct lab_content), key, before and after; `file` takes missing=yes, for
 * one that is only listed; times are RFC 3339, Unix seconds, or "+DAYS" and
 * "-DAYS" from now.  `mutate` and `fault` take
 * harmless=yes, before the change: the object is to be accepted all the same.
 * `fault` of kind=other takes from=PATH: a file whose octets are published in
 * place of the object's.
 */
#ifndef LAB_STORY_H
#define LAB_STORY_H

#include "tests/lab/world.h"

enum {
	STORY_WHY = 512
};

/* Read the story in the file `path` at the time `now`; `generation` above 0
 * makes every manifest and CRL that much newer than the story says.  0 with
 * `*out` to be freed by lab_world_free; or an enum err with `why` naming file
 * and line. */
int story_read(const char *path, int64_t now, unsigned generation,
	struct lab_world **out, char why[STORY_WHY]);

/* The same of a text; `name` stands for the file in messages. */
int story_parse(const char *text, const char *name, int64_t now,
	unsigned generation, struct lab_world **out, char why[STORY_WHY]);

#endif
