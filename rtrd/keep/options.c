/*
 * options: the table as rows that core/opt reads, and the program's page.
 */
#include "rtrd/keep/options.h"

#include <stdint.h>

/* Where an option may stand. */
enum place {
	PLACE_BOTH,
	PLACE_FLAG
};

/* Indexed by enum rtrd_option, so that a value is found without a search. */
static const struct opt rows[] = {
#define RTRD_OPTION_ROW( \
	name, section_, key_, arg_, value_, kind_, min_, max_, place, help_) \
	[OPTION_##name] = { \
		.section = section_, \
		.key = key_, \
		.arg = arg_, \
		.value = value_, \
		.help = help_, \
		.kind = kind_, \
		.min = min_, \
		.max = max_, \
		.flag_only = PLACE_##place == PLACE_FLAG, \
	},
	RTRD_OPTION_TABLE(RTRD_OPTION_ROW)
#undef RTRD_OPTION_ROW
};

/* The same codes as every program of Waymark. */
static const char *const exits[][2] = {
	{"0",
		"stopped by SIGTERM or SIGINT, or taken over; with --check: "
		"the configuration is good"},
	{"1",
		"could not start: another instance holds the state folder, an "
		"address is taken, or a file cannot be written; with --stdio: "
		"no rtrd answers, or it broke off"},
	{"2", "wrong usage or a wrong configuration"},
	{NULL, NULL},
};

/* What is too long for who only wants to know of an option. */
static const char *const chapters[][2] = {
	{"STATE",
		"A start goes on where the last life ended, however it ended: "
		"with the same session ids, serial and changes, as `history` "
		"and `snapshot` have them, before anything is validated.  "
		"Each is written aside, synced and renamed, and ends in a "
		"hash; what does not hold, or does not fit together, is not "
		"used.\n\n"
		"While rtrd is stopped anything may be removed.  Without "
		"`history` routers get new session ids and the whole set "
		"once; without `snapshot` the same, and hear until the first "
		"run has ended that there is no data; without `objects.mdb` all is fetched "
		"again; without `engine.mdb` the next run is a whole one, and "
		"manifests that are older than those that were seen are not "
		"noticed any more, so leave it where you can.  Leave "
		"`sessions`, which keeps ids from coming again.  The rest is "
		"made anew.  After the folder is put back from an old copy, "
		"`history` must be removed: its serials were given out since, "
		"and nothing else can tell.\n\n"
		"When the disk is full or fails, routers get no news, as "
		"those have to be on it first; the set goes on, what expires "
		"leaves it, and the disk is tried every few seconds until it "
		"takes them: the log says \"storage\", "
		"waymark_storage_ok is 0."},
	{"UPGRADE",
		"A restart refuses nobody and costs no router its data.  Under "
		"systemd, systemctl restart is all: the unit keeps the "
		"listening sockets, routers that connect meanwhile wait, and "
		"who comes back gets the difference, under the same session "
		"and serial, from the state folder.\n\n"
		"Without a service manager, start the new program beside the "
		"old one, with the same options and --take-over.  It asks the "
		"one that answers at control-socket for its listening sockets, "
		"which gives them to its own user and to root.  When all that "
		"the new one's configuration asks for can be had, it tells the "
		"old one to make way: that ends its sessions (version 2 hears "
		"Cache Restart) and exits with 0, and the new one serves as "
		"soon as the state folder is free, mostly in a tenth of a "
		"second, and after ten seconds at most.  If it cannot start, "
		"it says why and exits with 1, and the old one goes on as if "
		"nothing had been.  Addresses may differ: what both have is "
		"handed over, the rest is opened and closed."},
	{"SERVICE MANAGER",
		"rtrd speaks the protocol of systemd: Type=notify (it is ready "
		"when its ports are open), a status line with serial, VRPs and "
		"routers, reloads, WatchdogSec (its loop turns), sockets that "
		"a socket unit opened, and FileDescriptorStoreMax: listening "
		"sockets are kept over a crash and a restart.\n\n"
		"A socket that comes along is used where rtr.listen, "
		"http.listen or control-socket name its address, and closed, "
		"with a line in the log, where none does.  A socket unit is "
		"needed for ports below 1024 only; other rights than those of "
		"any user are never needed."},
	{"WATCHDOG",
		"When the loop that serves everybody stands still for five "
		"seconds, that is logged (\"stalled\") with the stack of its "
		"thread (\"stack\", a line a frame; addr2line(1) finds the "
		"lines of the source); after a minute rtrd ends itself, to be "
		"started again.  Time in which all of it was stopped, or the "
		"machine slept, does not count."},
	{"TLS",
		"TLS (RFC 8210 section 9.2), 1.2 and later, is for listeners "
		"with the word tls; IANA gave it port 324.  tls-cert and "
		"tls-key of the section rtr are for all of them.  Routers know "
		"a cache by a dNSName in the subjectAltName of its "
		"certificate: the name that they are told to connect to.  A "
		"router's own certificate is asked for by clients=optional and "
		"clients=required; it leads to an authority of tls-client-ca, "
		"and its subjectAltName has the address from which it "
		"connects as an iPAddress.  With clients=none any router may "
		"talk that the access list lets in.  The RFC wants "
		"clients=required.  Certificates that were taken back are not "
		"looked up: give them a short life.\n\n"
		"SIGHUP reads the three files again: new connections are shown "
		"the new certificate, sessions keep the old one.  A file that "
		"is wrong fails the whole reload and is named in the log, and "
		"the old ones go on.  The log warns of the certificate's end "
		"(\"certificate\") once a day from 14 days before, "
		"waymark_rtr_tls_end_timestamp_seconds has the time, and "
		"--check tells both that and what is missing: the name, or "
		"files for a listener; and a key that everybody may read.\n\n"
		"A handshake has 10 seconds.  256 may be under way, 16 of them "
		"from one address, and together they use half of rtrd's time "
		"at most; more of them wait.  Sessions are not resumed, and "
		"there is no renegotiation and no early data.  Refused ones "
		"are counted by reason in waymark_rtr_refused_total: not-tls, "
		"handshake-failed, handshake-timeout, client-certificate; "
		"the log says what was wrong."},
	{NULL, NULL},
};

/* Paragraphs, not lines: core/opt breaks them for terminal and page. */
static const struct opt_program program = {
	.name = "rtrd",
	.title = "serve validated RPKI data to routers",
	.usage = "[OPTIONS]",
	.text = "rtrd keeps a child that fetches the repositories, runs the "
		"validator when one of them has changed, takes the snapshot "
		"that a run leaves, and serves the set to routers over the "
		"RTR protocol, versions 0 (RFC 6810), 1 (RFC 8210) and 2 "
		"(draft-ietf-sidrops-8210bis), to people and Prometheus over "
		"HTTP, and to rtrctl over a Unix socket.\n\n"
		"A child that fails, is killed or hangs changes nothing for "
		"routers: the last good set goes on.  At a start, the last "
		"good snapshot is served before the first run ends, and the "
		"first set of this life is a complete one: every trust anchor "
		"is there, and each of its repositories was tried.  Without "
		"a last good snapshot routers are told that there is no data "
		"until then.  Data that no run has renewed for the time of "
		"rtr.expire is not given to routers: they are told so, and "
		"turn to another cache.\n\n"
		"SIGUSR1 starts a run now.  SIGHUP reads the configuration "
		"again: it is checked whole before anything changes, "
		"sessions survive (see rtrd(8), LISTENERS), and then a run "
		"starts; the state folder, rtr.history, rtr.history-time, "
		"rtr.first-serial and the timers for routers change at the "
		"next start only.  SIGTERM "
		"and SIGINT stop, in five seconds at most: what routers have "
		"they keep until it expires, and answers that are under way "
		"are cut.\n\n"
		"The configuration file holds `key = value` lines, lists as "
		"`key = { \"a\", \"b\" }`, and sections as `rtr { ... }`; # "
		"begins a comment.  An option on the command line replaces "
		"the one of the file.",
	.opts = rows,
	.opt_count = sizeof(rows) / sizeof(rows[0]),
	.exits = exits,
	.files = "/etc/waymark/rtrd.conf: the configuration.\n\n"
		 "/etc/waymark/tals/*.tal: the trust anchor locators.\n\n"
		 "/usr/share/waymark/tals/*.tal: those of the five "
		 "registries, where there is no such folder in /etc.\n\n"
		 "/var/lib/waymark/snapshot: the last good set.\n\n"
		 "/var/lib/waymark/history: session ids, serial and the last "
		 "changes, as routers know them; removed, routers get the "
		 "whole set once.  It must be, from a folder that is put back "
		 "from an old copy.\n\n"
		 "/var/lib/waymark/sessions: session ids that were used.\n\n"
		 "/var/lib/waymark/lock: held by the one rtrd that runs.\n\n"
		 "/var/lib/waymark/objects.mdb: the store of what was "
		 "fetched.\n\n"
		 "/var/lib/waymark/engine.mdb: what runs remember.\n\n"
		 "/run/waymark/rtrd.sock: the socket for rtrctl.",
	.listeners =
		"A listener is one text, an address and words behind it, each "
		"after a comma:\n\n"
		"192.0.2.1:3323,allow=192.0.2.0/24,max-version=1\n\n"
		"[2001:db8::1]:324,tls,clients=required\n\n"
		"unix:/run/waymark/rtr.sock,mode=0660\n\n"
		"Of allow and deny the first that covers a router's address "
		"decides; where there is an allow, what none covers is "
		"refused.  A refused connection is closed at once, and "
		"counted: rtrctl status, waymark_rtr_refused_total.  A "
		"reload changes words without closing the listener; sessions "
		"go on, but for those of an address that their listener now "
		"denies, which are cut.\n\n"
		"A Unix socket is there only when it is named: there is none "
		"by default.  The folder that it is in is made when it is "
		"missing, a socket that nobody answers makes way, and a stop "
		"removes it.  Who may connect is a matter of its mode and of "
		"its folder's.\n\n"
		"rtr.client says what holds for routers of a prefix at all "
		"listeners: `192.0.2.7,max-version=1,connections=2`.  Of "
		"several rules the longest prefix counts, and it alone.  The "
		"versions that are spoken are those that the rule, the "
		"listener and rtr.max-version all allow.\n\n"
		"TCP-MD5 (RFC 2385) and TCP-AO (RFC 5925): "
		"`192.0.2.7,md5=/etc/waymark/router7.key`.  The kernel then "
		"drops every segment from that prefix that is not signed with "
		"the key, and sessions are signed on both sides.  A key file "
		"holds one line of printable ASCII, at most 80 octets of it "
		"the key, and nobody but its owner and group may have any "
		"permission for it: chown root:_waymark, chmod 640.  For ao "
		"the line is `SENDID RECVID ALGORITHM KEY`, with the ids as of "
		"our side, and as algorithm hmac-sha-1-96, aes-128-cmac-96 "
		"(RFC 5926) or hmac-sha-256-96; it needs Linux 6.7 with "
		"CONFIG_TCP_AO.  A reload reads the files again; sessions keep "
		"the key that they came with.  A key that cannot be read, or "
		"that this kernel cannot use, is an error at a start and at a "
		"reload, and --check tells it: rtrd never listens without it. "
		" The number of TCP-MD5 keys is limited by "
		"net.core.optmem_max.\n\n"
		"SSH (RFC 6810 section 9.1) is the work of OpenSSH.  In "
		"rtrd.conf name a Unix socket, `listen += "
		"{ \"unix:/run/waymark/rtr.sock\" }`; make a user for "
		"routers, rtr here, in the group of the socket; and in "
		"sshd_config say\n\n"
		"Subsystem rpki-rtr /usr/bin/rtrd --stdio --rtr-listen "
		"unix:/run/waymark/rtr.sock\n\n"
		"Match User rtr\n\n"
		"ForceCommand /usr/bin/rtrd --stdio --rtr-listen "
		"unix:/run/waymark/rtr.sock\n\n"
		"DisableForwarding yes\n\n"
		"PermitTTY no\n\n"
		"with a line for each router's key in the authorized_keys of "
		"that user.  rtrd --stdio moves octets between sshd and the "
		"socket, and ends with 0 when either side ends, with 1 and a "
		"line on stderr when no rtrd answers.  Where --rtr-listen is "
		"given no configuration is read; without it the first Unix "
		"socket of rtr.listen is taken, else "
		"/run/waymark/rtr.sock.  rtrctl sessions shows such routers as "
		"ssh:ADDRESS:PORT, as sshd told it, and rtr.max-per-source "
		"holds for that address; access lists do not, as sshd has "
		"decided already.",
	.clock =
		"Whether a certificate holds is a matter of the time, which is "
		"that of the system: keep it right, with NTP or better NTS "
		"from several servers, and let rtrd start after it is set.\n\n"
		"A clock that is set by up to a day is believed.  One that is "
		"set by more, forwards or back, is held against the clock of "
		"the kernel that never jumps: where more than half of the "
		"payloads would end with it, they do not.  The set of before "
		"goes on, its payloads end by the steady clock, routers are "
		"told nothing, and the log (\"clock set by\"), rtrctl "
		"status (\"Held\"), readyz and waymark_clock_jump_seconds "
		"say so.\n\n"
		"When that is told, look at date(1) and at the time service "
		"first.  If the clock is wrong, set it right: within a minute "
		"it is believed again, and nothing else is to be done.  If it "
		"is right now and was wrong before, fetching and the next "
		"runs give a set that is as large as before, and the clock is "
		"believed with it; rtrctl refresh asks for both at once.  If "
		"the world has really changed so much, "
		"restart rtrd: it believes the clock that it finds at its "
		"start.\n\n"
		"If no run succeeds meanwhile for the time of rtr.expire, "
		"routers hear that there is no data, as they would with any "
		"other reason; the log says \"stale\".  With a clock that is "
		"wrong from the start on nothing holds, and routers hear that "
		"there is no data until it is set.  Time in which the machine "
		"sleeps counts; that in which a virtual machine is "
		"frozen or restored from an image is a jump.",
	.chapters = chapters,
	.examples = "rtrd --check --config /etc/waymark/rtrd.conf\n\n"
		    "rtrd --local /srv/rpki --tal /etc/waymark/tals "
		    "--rtr-listen 192.0.2.1:3323\n\n"
		    "rtrd --rtr-listen 192.0.2.1:3323,allow=192.0.2.0/24 "
		    "--rtr-client 192.0.2.7,md5=/etc/waymark/router7.key\n\n"
		    "rtrd --config /etc/waymark/rtrd.conf --take-over",
};

const struct opt_program *
rtrd_program(void)
{
	return &program;
}
