/*
 * export_lists: formats of one line a payload: CSV, OpenBGPD, BIRD.
 *
 * Routers have no use for a key without RTR, so that the latter two list none.
 * With ASPAs they are formats of their own: releases that do not know these
 * would refuse all of the file.
 */
#include "core/export_inner.h"

/* The column names that tools compare with. */
static char *
csv_head(struct export *e, char *p)
{
	(void)e;
	return export_put(p, "ASN,IP Prefix,Max Length,Trust Anchor,Expires\n");
}

/* A row as other validators write it, ASN with its "AS". */
static char *
csv_vrp(struct export *e, const struct vrp *v, char *p)
{
	*p++ = 'A';
	*p++ = 'S';
	p = export_number(p, v->asn);
	*p++ = ',';
	p = export_prefix(p, v);
	*p++ = ',';
	p = export_number(p, v->max_len);
	*p++ = ',';
	p = export_csv_name(p, export_ta(e, v->ta));
	*p++ = ',';
	p = export_number(p, v->expires);
	*p++ = '\n';
	return p;
}

const struct export_shape export_csv = {.head = csv_head, .vrp = csv_vrp};

static char *
openbgpd_head(struct export *e, char *p)
{
	(void)e;
	return export_put(p, "roa-set {\n");
}

static char *
openbgpd_vrp(struct export *e, const struct vrp *v, char *p)
{
	(void)e;
	*p++ = '\t';
	p = export_prefix(p, v);
	if (v->max_len > v->len) {
		p = export_put(p, " maxlen ");
		p = export_number(p, v->max_len);
	}
	p = export_put(p, " source-as ");
	p = export_number(p, v->asn);
	p = export_put(p, " expires ");
	p = export_number(p, v->expires);
	*p++ = '\n';
	return p;
}

static char *
openbgpd_tail(struct export *e, char *p)
{
	(void)e;
	return export_put(p, "}\n");
}

/* A set of none would be one of a grammar that nobody promises. */
static char *
openbgpd_aspas_head(struct export *e, char *p)
{
	p = openbgpd_tail(e, p);
	if (e->set->aspa_count > 0)
		p = export_put(p, "\naspa-set {\n");
	return p;
}

static char *
openbgpd_aspa(struct export *e, const struct aspa *a, char *p)
{
	if (e->part == 0) {
		p = export_put(p, "\tcustomer-as ");
		p = export_number(p, a->customer);
		p = export_put(p, " expires ");
		p = export_number(p, a->expires);
		p = export_put(p, " provider-as { ");
	}
	p = export_providers(e, a, ", ", p);
	if (e->part < a->provider_count)
		return p;
	e->part = 0;
	return export_put(p, " }\n");
}

static char *
openbgpd_aspa_tail(struct export *e, char *p)
{
	return e->set->aspa_count > 0 ? export_put(p, "}\n") : p;
}

const struct export_shape export_openbgpd = {
	.head = openbgpd_head, .vrp = openbgpd_vrp, .tail = openbgpd_tail};

const struct export_shape export_openbgpd_aspa = {
	.head = openbgpd_head,
	.vrp = openbgpd_vrp,
	.aspas_head = openbgpd_aspas_head,
	.aspa = openbgpd_aspa,
	.tail = openbgpd_aspa_tail,
};

/* The tables first: BIRD wants them known before who fills them. */
static char *
bird_head(struct export *e, char *p)
{
	e->family = FAMILY_IPV4;
	return export_put(p,
		"roa4 table ROAS4;\nroa6 table ROAS6;\n\n"
		"protocol static {\n\troa4 { table ROAS4; };\n\n");
}

static char *
bird_aspa_head(struct export *e, char *p)
{
	p = export_put(p, "aspa table ASPAS;\n");
	return bird_head(e, p);
}

/* On to IPv6: at its first route, or where it would have come. */
static char *
bird_ipv6(struct export *e, char *p)
{
	if (e->family == FAMILY_IPV6)
		return p;
	e->family = FAMILY_IPV6;
	return export_put(
		p, "}\n\nprotocol static {\n\troa6 { table ROAS6; };\n\n");
}

static char *
bird_vrp(struct export *e, const struct vrp *v, char *p)
{
	if (v->family == FAMILY_IPV6)
		p = bird_ipv6(e, p);
	p = export_put(p, "\troute ");
	p = export_prefix(p, v);
	p = export_put(p, " max ");
	p = export_number(p, v->max_len);
	p = export_put(p, " as ");
	p = export_number(p, v->asn);
	return export_put(p, ";\n");
}

static char *
bird_aspas_head(struct export *e, char *p)
{
	p = bird_ipv6(e, p);
	return export_put(
		p, "}\n\nprotocol static {\n\taspa { table ASPAS; };\n\n");
}

static char *
bird_aspa(struct export *e, const struct aspa *a, char *p)
{
	if (e->part == 0) {
		p = export_put(p, "\troute aspa ");
		p = export_number(p, a->customer);
		p = export_put(p, " providers ");
	}
	p = export_providers(e, a, ", ", p);
	if (e->part < a->provider_count)
		return p;
	e->part = 0;
	return export_put(p, ";\n");
}

static char *
bird_tail(struct export *e, char *p)
{
	p = bird_ipv6(e, p);
	return export_put(p, "}\n");
}

const struct export_shape export_bird = {
	.head = bird_head, .vrp = bird_vrp, .tail = bird_tail};

const struct export_shape export_bird_aspa = {
	.head = bird_aspa_head,
	.vrp = bird_vrp,
	.aspas_head = bird_aspas_head,
	.aspa = bird_aspa,
	.tail = bird_tail,
};
