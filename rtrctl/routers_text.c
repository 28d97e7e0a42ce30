/*
 * routers_text: one row a router: what it speaks, and what it is to be told.
 *
 * All do the same: take the set, drop what is invalid on import from other
 * ASes, in both families, and let pass what is valid or not found.  A policy
 * that also dropped what is not found would drop half of the Internet, and all
 * of it when the cache is away.
 *
 * BIRD, FRR and OpenBGPD are run with these texts by tests/interop.  The others
 * are written from their makers' documentation, which is said in the text.
 */
#include "rtrctl/routers_text.h"

#include <string.h>

#define TESTED	 "Tested with the release named, against this cache."
#define UNTESTED "From the maker's documentation: NOT RUN BY US."

static const char bird[] =
	"roa4 table waymark4;\n"
	"roa6 table waymark6;\n"
	"\n"
	"protocol rpki waymark {\n"
	"	roa4 { table waymark4; };\n"
	"	roa6 { table waymark6; };\n"
	"	remote {name} port {port};\n"
	"	# Intervals that hold until the cache tells its own; \"keep\":\n"
	"	# also then, as it may have no data yet for a minute or two.\n"
	"	refresh {refresh};\n"
	"	retry keep 60;\n"
	"	expire {expire};\n"
	"}\n"
	"\n"
	"# To be called first in import filters of other ASes' routes.\n"
	"function waymark_drop_invalid()\n"
	"{\n"
	"	if net.type = NET_IP4 then {\n"
	"		if roa_check(waymark4, net, bgp_path.last) = "
	"ROA_INVALID then\n"
	"			reject;\n"
	"	}\n"
	"	if net.type = NET_IP6 then {\n"
	"		if roa_check(waymark6, net, bgp_path.last) = "
	"ROA_INVALID then\n"
	"			reject;\n"
	"	}\n"
	"}\n"
	"\n"
	"# Where nothing else is to be filtered.\n"
	"filter waymark_import\n"
	"{\n"
	"	waymark_drop_invalid();\n"
	"	accept;\n"
	"}\n"
	"\n"
	"# With \"import table\" routes are judged again when the set changes,\n"
	"# without asking the neighbour for them:\n"
	"#\n"
	"#	protocol bgp NEIGHBOUR {\n"
	"#		...\n"
	"#		ipv4 { import table on; import filter waymark_import; };\n"
	"#		ipv6 { import table on; import filter waymark_import; };\n"
	"#	}\n";

static const char frr[] =
	"! bgpd wants its module: -M rpki among bgpd_options in\n"
	"! /etc/frr/daemons (Debian: package frr-rpki-rtrlib).\n"
	"! From FRR 10 on the word tcp stands behind \"rpki cache\".\n"
	"rpki\n"
	" rpki polling_period {refresh}\n"
	" rpki retry_interval {retry}\n"
	" rpki expire_interval {expire}\n"
	" rpki cache {address} {port} preference 1\n"
	" exit\n"
	"!\n"
	"route-map WAYMARK-IN deny 10\n"
	" match rpki invalid\n"
	"!\n"
	"route-map WAYMARK-IN permit 20\n"
	"!\n"
	"! For each neighbour of another AS.  A route that was dropped and\n"
	"! becomes valid comes back by \"clear bgp * soft in\" only (8.4): hourly.\n"
	"!\n"
	"! router bgp 64496\n"
	"!  address-family ipv4 unicast\n"
	"!   neighbor 192.0.2.2 soft-reconfiguration inbound\n"
	"!   neighbor 192.0.2.2 route-map WAYMARK-IN in\n"
	"!  address-family ipv6 unicast\n"
	"!   neighbor 2001:db8::2 soft-reconfiguration inbound\n"
	"!   neighbor 2001:db8::2 route-map WAYMARK-IN in\n";

static const char openbgpd[] =
	"# Intervals are the cache's.\n"
	"rtr {address} {\n"
	"	descr \"waymark\"\n"
	"	port {port}\n"
	"}\n"
	"\n"
	"# Both families.  \"quick\": nothing behind it can let such a route in.\n"
	"# It only denies: what is allowed is said by rules behind it, such as\n"
	"# \"allow from ebgp\".\n"
	"deny quick from ebgp ovs invalid\n";

static const char routeros[] =
	"/routing/rpki\n"
	"add group=waymark address={address} port={port} "
	"refresh-interval={refresh} retry-interval={retry} "
	"expire-interval={expire}\n"
	"\n"
	"# One chain for both families.  Without a set the state is\n"
	"# \"unverified\", and all is let in.\n"
	"/routing/filter/rule\n"
	"add chain=waymark-in rule=\"rpki-verify waymark\"\n"
	"add chain=waymark-in rule=\"if (rpki invalid) { reject } else "
	"{ accept }\"\n"
	"\n"
	"# For each neighbour of another AS:\n"
	"# /routing/bgp/connection set NEIGHBOUR input.filter=waymark-in\n";

static const char junos[] =
	"routing-options {\n"
	"    validation {\n"
	"        group waymark {\n"
	"            session {address} {\n"
	"                port {port};\n"
	"                refresh-time {refresh};\n"
	"                hold-time {hold};\n"
	"                record-lifetime {expire};\n"
	"            }\n"
	"        }\n"
	"    }\n"
	"}\n"
	"policy-options {\n"
	"    policy-statement waymark-import {\n"
	"        term invalid {\n"
	"            from {\n"
	"                protocol bgp;\n"
	"                validation-database invalid;\n"
	"            }\n"
	"            then {\n"
	"                validation-state invalid;\n"
	"                reject;\n"
	"            }\n"
	"        }\n"
	"        term valid {\n"
	"            from {\n"
	"                protocol bgp;\n"
	"                validation-database valid;\n"
	"            }\n"
	"            then {\n"
	"                validation-state valid;\n"
	"                next policy;\n"
	"            }\n"
	"        }\n"
	"        term not-found {\n"
	"            from protocol bgp;\n"
	"            then {\n"
	"                validation-state unknown;\n"
	"                next policy;\n"
	"            }\n"
	"        }\n"
	"    }\n"
	"}\n"
	"/* For each group of neighbours of other ASes, before its own policies,\n"
	" * both families:\n"
	" *	set protocols bgp group GROUP import [ waymark-import OWN ]\n"
	" */\n";

static const char iosxr[] =
	"! 64496: your own AS.\n"
	"router bgp 64496\n"
	" rpki server {address}\n"
	"  transport tcp port {port}\n"
	"  refresh-time {refresh}\n"
	"  ! How long the set is kept when the session is gone: 360 s is the\n"
	"  ! most that this system takes.\n"
	"  purge-time 360\n"
	" !\n"
	"!\n"
	"route-policy WAYMARK-IN\n"
	"  if validation-state is invalid then\n"
	"    drop\n"
	"  endif\n"
	"  pass\n"
	"end-policy\n"
	"!\n"
	"! For each neighbour of another AS:\n"
	"!\n"
	"! router bgp 64496\n"
	"!  neighbor 192.0.2.2\n"
	"!   address-family ipv4 unicast\n"
	"!    route-policy WAYMARK-IN in\n"
	"!  neighbor 2001:db8::2\n"
	"!   address-family ipv6 unicast\n"
	"!    route-policy WAYMARK-IN in\n";

static const char eos[] =
	"! 64496: your own AS.  Wants the multi-agent model:\n"
	"service routing protocols model multi-agent\n"
	"!\n"
	"route-map WAYMARK-IN deny 10\n"
	"   match origin-as validity invalid\n"
	"!\n"
	"route-map WAYMARK-IN permit 20\n"
	"!\n"
	"router bgp 64496\n"
	"   rpki cache waymark\n"
	"      host {address} port {port}\n"
	"      preference 1\n"
	"      refresh-interval {refresh}\n"
	"      retry-interval {retry}\n"
	"      expire-interval {expire}\n"
	"   !\n"
	"   rpki origin-validation\n"
	"      ebgp local\n"
	"!\n"
	"! For each neighbour of another AS:\n"
	"!\n"
	"! router bgp 64496\n"
	"!    neighbor 192.0.2.2 route-map WAYMARK-IN in\n"
	"!    neighbor 2001:db8::2 route-map WAYMARK-IN in\n";

const struct routers_text routers_texts[] = {
	{"bird", "BIRD 2", "version 1 over TCP (or SSH)",
		TESTED "  BIRD 2.0.12.", "# ", "", 86400, bird},
	{"frr", "FRRouting", "version 1, going down to 0, over TCP (or SSH)",
		TESTED "  FRR 8.4.", "! ", "", 86400, frr},
	{"openbgpd", "OpenBGPD", "version 1 over TCP; 2 in newer ones",
		TESTED "  OpenBGPD 7.7.", "# ", "", 86400, openbgpd},
	{"routeros", "RouterOS 7", "version 1 over TCP only", UNTESTED, "# ",
		"", 86400, routeros},
	{"junos", "Junos", "version 1 or 0 over TCP", UNTESTED, "/* ", " */",
		1800, junos},
	{"iosxr", "IOS XR", "version 1 or 0 over TCP (or SSH)", UNTESTED, "! ",
		"", 3600, iosxr},
	{"eos", "Arista EOS", "version 1 over TCP", UNTESTED, "! ", "", 86400,
		eos},
	{NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL},
};

const struct routers_text *
routers_text_find(const char *word)
{
	for (size_t i = 0; routers_texts[i].word != NULL; i++) {
		if (strcmp(routers_texts[i].word, word) == 0)
			return &routers_texts[i];
	}
	return NULL;
}
