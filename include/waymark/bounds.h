/*
 * bounds: every limit, with its reason, in one place.
 *
 * A limit hurts only the object, the trust anchor, the repository or the peer
 * that breaks it; it is counted and logged, and never ends a process.  Those of
 * serving routers and people stand in bounds_serve.h, which comes along.
 */
#ifndef WAYMARK_BOUNDS_H
#define WAYMARK_BOUNDS_H

#include "waymark/bounds_serve.h"

enum {
	/* Objects. */
	BOUND_OBJECT_MAX = 20000000, /* as the most used validator, so that
					verdicts agree; largest known 1.4 MB */
	BOUND_OBJECT_MIN = 100, /* nothing signed is shorter */
	BOUND_DER_DEPTH = 32, /* the deepest legal object needs 14 */
	BOUND_URI = 2048, /* octets; longest seen 300 */
	BOUND_FILE_NAME = 255, /* octets; what file systems take */
	BOUND_MANIFEST_FILES = 250000, /* 20 MB at 70 octets an entry */
	BOUND_RESOURCE_BLOCKS = 200000, /* addresses and ASNs a certificate */
	BOUND_INTEGER_OCTETS = 20, /* serial and manifest numbers, RFC 5280
				      4.1.2.2, RFC 9286 4.2.1 */
	BOUND_EXTENSIONS = 16, /* that are ignored in a certificate; none is
				  seen */
	BOUND_NAME_OCTETS = 1024, /* a distinguished name, encoded; longest
				     seen 560, usual 60 */

	/* The walk. */
	BOUND_CA_DEPTH = 32, /* below the trust anchor; deepest seen 6 */
	BOUND_CAS_PER_TA = 500000, /* ten times all of today's */
	BOUND_CHILDREN_PER_CA = 100000, /* registries have tens of thousands */
	BOUND_VRPS_PER_TA = 10000000, /* ten times all of today's */
	BOUND_OBJECTS_PER_TA = 5000000, /* the same, on all paths together: a
					   point that many paths lead to is
					   checked for each */
	BOUND_PATHS_PER_POINT = 100, /* certification paths to one, on each
					level; two are seen */
	BOUND_OCTETS_PER_TA = 536870912, /* of memory that CAs, sources and
					    refusals take; ten times that of
					    the largest */
	BOUND_READ_MIB_PER_TA = 10240, /* to be read of one; ten times all of
					  today's, a minute of hashing */
	BOUND_READ_MIB_PER_POINT = 1024, /* to be read of one point; 250,000
					    files of the usual size take half */
	BOUND_TAS = 64, /* trust anchor locators; five are usual */
	BOUND_THREADS = 256, /* workers of one run */
	BOUND_LOG_LINES_PER_POINT = 100, /* a hostile publication point
					    must not fill a disk */
	BOUND_LOG_LINES_PER_TA = 2000, /* nor many of them */
	BOUND_LOG_LINES_PER_RUN = 8000, /* what a parent reads, with room for
					   its own */
	BOUND_REFUSALS_PER_POINT = 1000, /* kept by URI; the rest are only
					    counted */
	BOUND_REFUSALS_PER_TA = 200000, /* the same, of all points */

	BOUND_CLAIMS = 100, /* prefixes that are kept of one refusal, or of a
			       point that failed */
	BOUND_ASPA_PROVIDERS = 10000, /* over all ASPAs of one customer; seen
					 100 */
	BOUND_ASPA_PROVIDERS_MAX = 16380, /* that an operator may ask for: what
					     fits in BOUND_RTR_PDU_SEND */

	/* Trust anchor locators and local files. */
	BOUND_TAL_SIZE = 65536, /* text of a few URIs and one key */
	BOUND_TAL_URIS = 32, /* two are usual */
	BOUND_TAL_NAME = 64, /* octets; it is a label everywhere */
	BOUND_PATH = 4096, /* PATH_MAX */
	BOUND_CONFIG_SIZE = 1048576, /* text that people write */

	/* Fetching: HTTP. */
	BOUND_HTTP_JOBS = 64, /* repositories fetched by HTTPS at once */
	BOUND_HOST_JOBS = 4, /* of these and of rsync's, from one host */
	BOUND_FETCH_CONNECT_S = 15, /* TCP and TLS */
	BOUND_FETCH_IDLE_S = 30, /* no octet for so long */
	BOUND_FETCH_TOTAL_S = 600, /* one file */
	BOUND_FETCH_GRACE_S = 60, /* from then on not slower than the next */
	BOUND_FETCH_RATE = 10000, /* octets a second, on average */
	BOUND_FETCH_STATUS = 8192, /* octets of a status line */
	BOUND_FETCH_HEAD = 65536, /* octets of all header fields */
	BOUND_FETCH_FIELDS = 100, /* header fields */
	BOUND_FETCH_REDIRECTS = 5, /* within the origin */
	BOUND_FETCH_TAG = 1024, /* octets of an ETag that is kept */
	BOUND_FETCH_RATIO = 100, /* decompressed to received; usual: 2 */
	BOUND_FETCH_RATIO_FREE = 8388608, /* octets before that counts */

	/* Fetching: RRDP. */
	BOUND_RRDP_SESSION = 255, /* octets; a UUID has 36 */
	BOUND_RRDP_NOTIFICATION = 8388608, /* 500 deltas take 100 KB */
	BOUND_RRDP_SNAPSHOT = 2147483647, /* decompressed; seen 530 MB */
	BOUND_RRDP_ATTRIBUTE = 4096, /* octets */
	BOUND_RRDP_DEPTH = 3, /* XML elements in one another */
	BOUND_RRDP_DELTAS_LISTED = 500, /* that are read: the latest */
	BOUND_RRDP_DELTAS = 100, /* applied; a snapshot is smaller then */
	BOUND_RRDP_SNAPSHOTS = 4, /* an hour and repository, unless session or
				     serial are new */
	BOUND_RRDP_HOSTS = 16, /* rsync hosts that one notification may name */

	/* Fetching: rsync. */
	BOUND_RSYNC_JOBS = 16, /* at once */
	BOUND_RSYNC_CONNECT_S = 15,
	BOUND_RSYNC_IO_S = 30, /* no octet for so long */
	BOUND_RSYNC_WALL_MS = 600000, /* one run of the program */
	BOUND_RSYNC_KILL_MS = 5000, /* from SIGTERM to SIGKILL */
	BOUND_RSYNC_OCTETS = 2147483647, /* that one module may have */
	BOUND_RSYNC_FILES = 1000000,
	BOUND_RSYNC_DEPTH = 16, /* folders in one another */
	BOUND_RSYNC_OUTPUT = 16777216, /* octets of its messages: a line for
					  each of 100,000 entries */
	BOUND_RSYNC_MEMORY = 1073741824, /* octets of one of its processes; a
					    list of a million files takes a
					    tenth */

	/* Fetching: repositories. */
	BOUND_REFRESH_S = 600, /* between attempts, give or take a tenth */
	BOUND_BACKOFF_S = 3600, /* the longest after failures */
	BOUND_REPO_WALL_MS = 900000, /* one attempt at one repository */
	BOUND_FETCH_STOP_MS = 3000000, /* `validator once` fetches no longer */
	BOUND_FALLBACK_MIN_S = 600, /* from RRDP to rsync where there is data:
				       at random, or a herd ends the server */
	BOUND_FALLBACK_MAX_S = 3600,
	BOUND_REPOS_PER_TA = 1000, /* some 60 exist */
	BOUND_REPOS_NEW = 100, /* never seen before, a delegation and run */
	BOUND_REPO_KNOWN_S = 864000, /* a success this long ago: known, and
					always admitted */
	BOUND_REPO_FORGET_S = 864000, /* not wanted for so long */
	BOUND_REPO_UNWANTED_MS = 86400000, /* and by the clock that never jumps,
					      for so long: a wall clock that is
					      set by months makes all unwanted
					      at once, and old as well */
	BOUND_TA_VERSIONS = 4, /* of a trust anchor certificate, unproven */
	BOUND_WANTED_SIZE = 67108864, /* 64,000 repositories with long URIs */
	BOUND_WANTED_REPOS = 64000, /* lines: those of BOUND_TAS trust anchors
				       */
	BOUND_NEW_RETRY_S = 60, /* the first back-off where there is no data at
				   all; doubles */
	BOUND_SLOW_MS = 30000, /* an attempt that takes longer counts as slow;
				  snapshots of the largest take ten seconds */
	BOUND_SLOW_FAILURE_MS = 5000, /* and one that fails, sooner */
	BOUND_SLOW_MEMORY = 8, /* quick attempts until one is quick again */
	BOUND_DELEGATION_SHARE = 8, /* one delegation has a slot in so many */

	/* Store. */
	BOUND_STORE_BUDGET_MIN = 64, /* MiB that an operator may ask for */
	BOUND_STORE_BUDGET_MIB = 10240, /* ten times what is needed */
	BOUND_STORE_BUDGET_MAX = 16777216, /* MiB: 16 TiB */
	BOUND_STORE_FULL_PERCENT = 95, /* then nothing more is fetched */
	BOUND_STORE_BATCH = 16777216, /* octets written before they are made
					 durable: memory, three times that with
					 all around them */
	BOUND_PIN_S = 2592000, /* a point that held so long ago is forgotten */

	/* Report. */
	BOUND_REPORT_POINTS = 10000, /* listed as JSON, of those that do not
					hold; the rest are counted */
	BOUND_REPORT_POINTS_TEXT = 50, /* the same for people, a trust anchor */

	/* Snapshot. */
	BOUND_SNAPSHOT_SIZE = 2147483647, /* 40 octets x 10 M payloads, with
					     room for the rest */
};

#endif
