/*
 * bounds_serve: every limit of serving routers, operators and children, with
 * its reason; the rest of bounds.h.
 */
#ifndef WAYMARK_BOUNDS_SERVE_H
#define WAYMARK_BOUNDS_SERVE_H

enum {
	/* RTR. */
	BOUND_RTR_PDU_SEND = 65535, /* rtr-wire: no PDU is longer */
	BOUND_RTR_PDU_RECEIVE = 65600, /* an Error Report with a whole PDU */
	BOUND_RTR_ERROR_PDU = 64, /* octets of the culprit sent back */
	BOUND_RTR_ERROR_TEXT = 256, /* octets of text sent */
	BOUND_RTR_PIPELINE = 4, /* queries waiting; routers send one */
	BOUND_RTR_CONNECTIONS = 1024, /* in total */
	BOUND_RTR_CONNECTIONS_MAX = 65536, /* that an operator may ask for */
	BOUND_RTR_PER_SOURCE = 64, /* connections from one address */
	BOUND_RTR_FIRST_PDU_MS = 30000, /* a router queries at once */
	BOUND_RTR_PROGRESS_MS = 30000, /* no octet accepted for so long */
	BOUND_RTR_SYNC_MS = 300000, /* a whole set at 100 kB/s */
	BOUND_RTR_HISTORY_MIN = 32, /* deltas kept at least */
	BOUND_RTR_HISTORY_MAX = 4096, /* deltas an operator may ask for */
	BOUND_RTR_HISTORY_BYTES = 134217728, /* memory of all deltas: 3 M
						changes */
	BOUND_HISTORY_BYTES = 33554432, /* of them in the file: it is written
					   anew for every serial, and a day's
					   changes take a tenth */
	BOUND_HISTORY_FILE = 67108864, /* all of the file, with as many steps
					  as there may be */
	BOUND_RTR_DELTA_BYTES = 134217728, /* answers laid out of deltas, of
					      all sessions together */
	BOUND_RTR_OLD_BYTES = 268435456, /* full sets that are not current any
					    more, of all slow routers: ten of
					    today's */
	BOUND_TLS_HANDSHAKE_MS = 10000, /* a router needs three round trips */
	BOUND_TLS_HANDSHAKES = 256, /* under way at once; more wait */
	BOUND_TLS_PER_SOURCE = 16, /* of them from one address: what fills all
				      places fills all connections as well */
	BOUND_TLS_STEPS = 4, /* let in at once of those that wait */
	BOUND_TLS_SHARE = 2, /* handshakes have a half of the loop's time, */
	BOUND_TLS_BURST_US = 10000, /* after a pause this much in one go */
	BOUND_TLS_AHEAD = 2, /* records encrypted ahead of the socket */
	BOUND_TLS_FILE = 1048576, /* octets of certificates or of a key */
	BOUND_TLS_CHAIN = 10, /* certificates that lead to ours; 1 or 2 seen */
	BOUND_TLS_CLIENT_OCTETS = 16384, /* of a router's certificates: a usual
					    chain has 3,000 */
	BOUND_TLS_CLIENT_DEPTH = 4, /* of them */
	BOUND_TLS_WARN_S = 1209600, /* 14 days before the end, and then */
	BOUND_TLS_WARN_EVERY_S = 86400,
	BOUND_RTR_NOTIFY_MS = 60000, /* RFC 8210 section 5.2 */
	BOUND_RTR_SPREAD_PARTS = 10, /* of that time: routers are told within
					one, a thousand in six seconds */
	BOUND_RTR_PACE_MS = 5000, /* between full sets of one source, once its
				     burst is over: R23 */
	BOUND_RTR_PACE_SOURCES = 4096, /* that are measured: four times the
					  connections, 96 KiB */

	/* Timers of RFC 8210 section 6, seconds. */
	BOUND_REFRESH_MIN = 1,
	BOUND_REFRESH_SHORT = 10, /* before an end: dense ends must not make
				     routers ask each second */
	BOUND_REFRESH_MAX = 86400,
	BOUND_RETRY_MIN = 1,
	BOUND_RETRY_MAX = 7200,
	BOUND_EXPIRE_MIN = 600,
	BOUND_EXPIRE_MAX = 172800,

	/* Control, HTTP, children. */
	BOUND_CONTROL_REQUEST = 65536, /* one line of JSON */
	BOUND_CONTROL_CLIENTS = 64, /* operators at once */
	BOUND_CONTROL_IDLE_MS = 10000, /* to send a request, or to take more
					  of the answer */
	BOUND_CONTROL_ANSWER_MS = 300000, /* a whole answer at 300 kB/s */
	BOUND_HTTP_CONNECTIONS = 256, /* scrapers and people */
	BOUND_HTTP_PER_SOURCE = 64, /* connections from one address */
	BOUND_HTTP_TARGET = 4096, /* octets of path and query */
	BOUND_HTTP_BODY = 1048576, /* POST /validity */
	BOUND_HTTP_BODIES = 16777216, /* all bodies that are held at once */
	BOUND_HTTP_IDLE_MS = 30000, /* no octet either way */
	BOUND_HTTP_REQUEST_MS = 60000, /* a whole request, however it drips */
	BOUND_HTTP_ANSWER_MS = 300000, /* a whole answer at 300 kB/s */
	BOUND_VALIDITY_ROUTES = 10000, /* in one POST */
	BOUND_VALIDITY_VRPS = 10000, /* shown a list; a route has a few */
	BOUND_WHY_ROWS = 100, /* shown a list; each with its whole chain */
	BOUND_TELL_OCTETS = 4194304, /* of rows in an answer that is made at
					once, give or take one: some 10 ms */
	BOUND_PROBLEMS_ROWS = 2000, /* shown; all are counted.  More would keep
				       the loop */
	BOUND_PROBLEM_KINDS = 256, /* of object and reason that are counted
				      apart */
	BOUND_CHILD_LINE = 8192, /* a line of a child's output */
	BOUND_CHILD_LINES = 10000, /* a pipe and a run: logs are finite */
	BOUND_RUN_MS = 3600000, /* a validator that takes longer hangs */
	BOUND_RUN_GAP_MS = 10000, /* between the starts of two runs */
	BOUND_RUN_GAP_FIRST_MS = 1000, /* as long as nobody is served: each run
					  finds the next level */
	BOUND_FIRST_MS = 900000, /* for repositories to be tried, before an
				    earlier set gives way to less */
	BOUND_CLOCK_JUMP_S = 86400, /* by which the wall clock may be set: more
				       is not simply believed */
	BOUND_RUN_RETRY_MS = 10000, /* after the first failure; doubles */
	BOUND_CHILD_STOP_MS = 2000, /* from SIGTERM to SIGKILL */
	BOUND_STOP_MS = 4000, /* a stop cuts what is left */
	BOUND_FAREWELL_MS = 1000, /* before it, for routers that shall hear that
				     we do not come again: with the stop no
				     more than 5 s */

	/* The life of the process. */
	BOUND_BEAT_MS = 1000, /* the loop says that it turns */
	BOUND_STALL_LOOK_MS = 500, /* and the watchdog looks whether it did */
	BOUND_STALL_TELL_MS = 5000, /* a turn takes some 50 ms at most */
	BOUND_STALL_ABORT_MS = 60000, /* routers keep what they have for longer;
					 what hangs so long will not end */
	BOUND_DESCRIPTORS_MIN = 48, /* that a process must be let have: a run,
				       the store's files and a few routers take
				       40 */
	BOUND_ADDRESS_SPACE_MIB = 512, /* the same of addresses: stacks of
					  threads, and a small set, twice */
	BOUND_HERITAGE = 1024, /* sockets that come along: each may listen on
				  all addresses of a large machine */
	BOUND_TAKE_OVER_MS = 10000, /* for an answer, a decision, or the lock of
				       the state folder: twice BOUND_STOP_MS and
				       more */
};

#endif
