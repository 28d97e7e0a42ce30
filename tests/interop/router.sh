# router.sh: the one story that every router is told.  To be sourced by bash,
# by a test that defines
#
#	router_start PORT    begin a router that uses the cache on PORT
#	router_dump          its table as ASN,PREFIX,MAXLEN lines, in any order
#
# rtrd serves a world; the router holds exactly its VRPs; the world changes; the
# router holds exactly the new ones.  rtrd stops, and comes again with its state,
# which is a difference for the router; it comes again without its state, which
# is another session.  CAS, ROAS: how large a world; 200 and 5000 are the whole.
# shellcheck shell=bash
# shellcheck source=tests/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

cas=${CAS:-40}
roas=${ROAS:-1000}

expected()
{
	"$WAYMARK_BIN/validator" once --quiet --local "$work/world/repo" \
		--tal "$work/world" --output csv="$work/expected.csv" \
		2>>"$work/validator.log" || fail "validator once: exit $?"
	triples "$work/expected.csv" >"$work/expected"
	triples "$work/world/expected.csv" >"$work/lab-expected"
	cmp -s "$work/expected" "$work/lab-expected" ||
		fail "the validator's set is not the lab's"
}

same()
{
	router_dump 2>>"$work/dump.log" | sort -u >"$work/got"
	cmp -s "$work/expected" "$work/got"
}

# holds WHAT: the router comes to hold the expected set
holds()
{
	local lines
	lines=$(wc -l <"$work/expected")
	if ! wait_for 90 same; then
		diff "$work/expected" "$work/got" | head -n 20
		fail "the router does not hold the $1 of $lines VRPs"
	fi
	echo "ok: the router holds the $1, $lines VRPs"
}

# facts: session and serial of version 1, as our own router sees them
facts()
{
	"$WAYMARK_BIN/rtrctl" rtr --version 1 --strict --json \
		"127.0.0.1:$rtr_port" 2>>"$work/facts.log" |
		python3 -c 'import json, sys
f = json.load(sys.stdin)
print(f["session"], f["serial"])'
}

cache_start()
{
	# a retry interval that a test can wait for
	start "rtrd$1" "$WAYMARK_BIN/rtrd" --local "$work/world/repo" \
		--tal "$work/world" --state-dir "$work/state" \
		--control-socket "$work/rtrd.sock" --http-listen none \
		--rtr-listen "127.0.0.1:$rtr_port" --rtr-notify-interval 0 \
		--rtr-retry 2
	cache=$pid
	wait_for 60 grep -q ' ready ' "$work/rtrd$1.log" ||
		fail "rtrd is not ready"
}

# given: octets that the routers connected now were sent, the most of any
given()
{
	"$WAYMARK_BIN/rtrctl" --json --socket "$work/rtrd.sock" sessions |
		python3 -c 'import json, sys
print(max([s["bytes_out"] for s in json.load(sys.stdin)], default=0))'
}

# change ADDED WITHDRAWN: another world, and what is expected of it
change()
{
	cp "$work/expected" "$work/before"
	world world --cas "$cas" --roas "$roas" --seed 7 \
		--roas-added "$1" --roas-withdrawn "$2"
	expected
	cmp -s "$work/expected" "$work/before" &&
		fail "the world did not change"
}

# The cache goes, the world changes, the cache comes again: session and serial
# go on, and a router gets the difference.
restarts()
{
	local before after full again
	full=$(given)
	before=$(facts)
	stop "$cache" || fail "rtrd: exit $?"
	change 60 25
	cache_start -again
	holds "set after a restart"
	again=$(given)
	after=$(facts)
	[ "${before% *}" = "${after% *}" ] ||
		fail "another session after a restart: $before, $after"
	[ "${before#* }" -lt "${after#* }" ] ||
		fail "the serial did not go on: $before, $after"
	echo "ok: session ${after% *} goes on, serial ${before#* } to" \
		"${after#* }"
	if [ "${resumes:-yes}" = yes ]; then
		[ "$again" -lt $((full / 4)) ] ||
			fail "the router got $again octets, no difference"
		echo "ok: the router took $again octets for the difference," \
			"$full before"
	fi
}

# The cache loses its state: other ids, and routers begin anew.
loses()
{
	local before after
	before=$(facts)
	stop "$cache" || fail "rtrd: exit $?"
	rm -rf "$work/state"
	change 20 5
	cache_start -lost
	holds "set after a loss"
	after=$(facts)
	[ "${before% *}" != "${after% *}" ] ||
		fail "the same session after a loss: $before, $after"
	echo "ok: session ${before% *} is gone, ${after% *} begins"
}

story()
{
	rtr_port=$(free_port)
	world world --cas "$cas" --roas "$roas" --seed 7
	expected
	cache_start ""
	router_start "$rtr_port"
	holds "first set"
	change 40 25
	"$WAYMARK_BIN/rtrctl" --socket "$work/rtrd.sock" refresh ||
		fail "rtrctl refresh"
	holds "changed set"
	restarts
	loses
}
