# router.sh: the one story that every router is told.  To be sourced by bash,
# by a test that defines
#
#	router_start PORT    begin a router that uses the cache on PORT
#	router_dump          its table as ASN,PREFIX,MAXLEN lines, in any order
#
# rtrd serves a world of 200 CAs and 5,000 ROAs; the router holds exactly its
# VRPs; the world changes; the router holds exactly the new ones.
# shellcheck shell=bash
# shellcheck source=tests/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

cas=200
roas=5000

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
		fail "the router does not hold the $1 set of $lines VRPs"
	fi
	echo "ok: the router holds the $1 set, $lines VRPs"
}

story()
{
	local port
	port=$(free_port)
	world world --cas $cas --roas $roas --seed 7
	expected
	start rtrd "$WAYMARK_BIN/rtrd" --local "$work/world/repo" \
		--tal "$work/world" --state-dir "$work/state" \
		--control-socket "$work/rtrd.sock" --http-listen none \
		--rtr-listen "127.0.0.1:$port" --rtr-notify-interval 0
	wait_for 60 grep -q ' ready ' "$work/rtrd.log" ||
		fail "rtrd is not ready"
	router_start "$port"
	holds first

	cp "$work/expected" "$work/before"
	world world --cas $cas --roas $roas --seed 7 \
		--roas-added 40 --roas-withdrawn 25
	expected
	cmp -s "$work/expected" "$work/before" && fail "the world did not change"
	"$WAYMARK_BIN/rtrctl" --socket "$work/rtrd.sock" refresh ||
		fail "rtrctl refresh"
	holds changed
}
