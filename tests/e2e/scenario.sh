# scenario.sh: a victim beside attackers, for the scenarios by number.  To be
# sourced by bash; brings net.sh.
#
#	127.0.0.1  the trust anchor, and   127.0.0.2  the victim: nginx, rsyncd
#	127.0.0.3  attackers 1 to N, each a CA with a module aI and a
#	           notification /aI/notification.xml: https.py, rsyncd
#	127.0.0.4  another host: https.py, which nobody has any business with
#
#	. "$(dirname "$0")/scenario.sh"
#	scene 3                  # generation 1 of all is published
#	held                     # and fetched
#	scene 3                  # generation 2
#	rules <<<'rules["/a1/notification.xml"] = {"status": 201}'
#	attack "S17 gzip-bomb"   # validator once, and the verdict on all
#	attacker 1 old           # of attacker 1 the VRPs of generation 1 stay
#
# Where nothing is to be said of fetching, no server is started:
#
#	scene_tree 1             # what is published, as a tree on disk
#	attack_tree "S02 ku-overflow"
#
# A verdict (`verdict`, within `attack`) is: the exit code is 0 or 3, no
# sanitizer spoke, the memory and the time are within bounds, and the victim's
# 1000 VRPs are those of this generation, no more and no less.
# shellcheck shell=bash
# shellcheck source=tests/e2e/net.sh
. "$(dirname "${BASH_SOURCE[0]}")/net.sh"

here=$(cd "$here" && pwd)
generation=0
evil=127.0.0.3
# shellcheck disable=SC2034
stranger=127.0.0.4
cache=$work/cache
scene_options=()
# what a run may take: seconds, and KiB of memory
deadline=60
memory=1048576
# what it took
# shellcheck disable=SC2034
code=0 ms=0 anon=0 hwm=0
fetched=0
attackers=0

# Shadow memory and what AddressSanitizer keeps of freed blocks is no memory of
# the program's, so such a build has more of it.
sanitized=
if grep -q __asan_init "$WAYMARK_BIN/validator"; then
	sanitized=yes
	export ASAN_OPTIONS=${ASAN_OPTIONS:-}:quarantine_size_mb=4
	export UBSAN_OPTIONS=${UBSAN_OPTIONS:-}:print_stacktrace=1
fi

# scene_start: all servers
scene_start()
{
	net_ca_make
	net_hosts=(1 2)
	nginx_start
	net_hosts=(1 2 3)
	rsyncd_start
	server_start evil 3
	server_start stranger 4
}

# scene_place NAME I NOTIFY: words of a story; what is of a later generation is
# of a later second
scene_place()
{
	echo "name=$1 module=$1 host=127.0.0.$2:@RSYNC@ number=$generation" \
		"this=$((net_now - 3600 + generation))" \
		"notify=https://127.0.0.$2:@HTTPS@/$3/notification.xml"
}

# scene_story N: the next generation with N attackers; $extra: lines more
scene_story()
{
	local i
	echo "ta $(scene_place alpha 1 ta)" \
		"https=https://127.0.0.1:@HTTPS@/ta/alpha.cer"
	for i in $(seq "$1"); do
		echo "ca parent=alpha $(scene_place "a$i" 3 "a$i")" \
			"resources=10.3.$i.0/24"
		echo "roa ca=a$i asn=$generation prefix=10.3.$i.0/24"
	done
	echo "ca parent=alpha $(scene_place victim 2 victim)" \
		"resources=10.128.0.0/16"
	for i in $(seq 0 24 239); do
		echo "roa ca=victim asn=$generation prefix=\"$(
			scene_prefixes "$i")\""
	done
	echo "${extra:-}"
}

# scene_prefixes I: a hundred prefixes of the victim's, from 10.128.I.0 on
scene_prefixes()
{
	local i
	for i in $(seq 0 99); do
		printf '10.128.%d.%d/32 ' $(($1 + i / 5)) $((i % 5))
	done
}

# scene N [ARGS]: the next generation, published; ARGS are those of lab world
scene()
{
	[ "$generation" -gt 0 ] || scene_start
	scene_tree "$@"
	world_publish world
}

# scene_tree N [ARGS]: the same, signed only
scene_tree()
{
	generation=$((generation + 1))
	attackers=$1
	scene_story "$1" >"$work/story"
	shift
	net_story world "$work/story" "$@"
	grep "^AS$generation,10\.128\." "$work/world/expected.csv" |
		cut -d, -f1-3 | sort -u >"$work/victim"
	[ "$(wc -l <"$work/victim")" -eq 1000 ] || fail "no 1000 VRPs"
}

# held: what is published now is in the store
held()
{
	"$WAYMARK_BIN/validator" once --quiet "${net_options[@]}" \
		"${scene_options[@]}" --cache "$cache" \
		--output csv="$work/csv" >"$work/held.log" 2>&1 ||
		fail "held: exit $?"
	fetched=$generation
}

# attack WHAT [ARGS...]: validator once, and the verdict; logs are once.log
# (report) and once.log.err, VRPs in csv; $code $ms $anon $hwm of watched.py
attack()
{
	local what=$1
	shift
	: >"$work/evil.requests"
	: >"$work/stranger.requests"
	rm -f "$work/csv"
	eval "$(python3 "$here/watched.py" "$deadline" "$work/once.log" \
		"$WAYMARK_BIN/validator" once "${net_options[@]}" \
		"${scene_options[@]}" --cache "$cache" \
		--output csv="$work/csv" "$@")"
	verdict "$what"
}

# attack_fetch WHAT [ARGS...]: the same by validator fetch --once and then a run
# from the store; memory and time are those of the fetching, and `elapsed` and
# `reason` tell what it says of each attacker
attack_fetch()
{
	local what=$1 fetch
	shift
	: >"$work/evil.requests"
	: >"$work/stranger.requests"
	fetch=$(python3 "$here/watched.py" "$deadline" "$work/facts.log" \
		"$WAYMARK_BIN/validator" fetch --once "${net_options[@]}" \
		"${scene_options[@]}" --cache "$cache" "$@")
	no_sanitizer "$what" "$work/facts.log.err"
	attack_local "$what"
	eval "$fetch"
	verdict "$what"
}

# attack_local WHAT: a run from the store
attack_local()
{
	rm -f "$work/csv"
	eval "$(python3 "$here/watched.py" "$deadline" "$work/once.log" \
		"$WAYMARK_BIN/validator" once --no-fetch "${net_options[@]}" \
		--cache "$cache" --output csv="$work/csv")"
	verdict "$1"
}

# attack_tree WHAT [ARGS...]: a run over the tree
attack_tree()
{
	local what=$1
	shift
	rm -f "$work/csv"
	eval "$(python3 "$here/watched.py" "$deadline" "$work/once.log" \
		"$WAYMARK_BIN/validator" once --tal "$work/world" \
		--local "$work/world/repo" --output csv="$work/csv" "$@")"
	verdict "$what"
}

# refused TYPE REASON N: the report says that so many were, "any" of a reason
refused()
{
	local n
	n=$(sed -n '/^  refused /,/^$/p' "$work/once.log" |
		awk -v type="$1" -v reason="$2" '$1 == type &&
			(reason == "any" || $NF == reason) { n += $(NF - 1) }
			END { print n + 0 }')
	[ "$n" -eq "$3" ] || fail "$n $1 are refused as $2, not $3"
}

# fact I KEY: what the last fact of attacker I's notification says
fact()
{
	grep -F "uri=https://$evil:$https/a$1/" "$work/facts.log" |
		grep -v "state=fetching" | tail -n 1 | tr ' ' '\n' |
		sed -n "s/^$2=//p"
}

# verdict WHAT: see above
verdict()
{
	# shellcheck disable=SC2154
	case $code in
	0 | 3) ;;
	124) fail "$1: not within $deadline s" ;;
	*) fail "$1: exit $code" ;;
	esac
	no_sanitizer "$1" "$work/once.log.err"
	victim_complete "$1" "$work/csv"
	# shellcheck disable=SC2154
	within "$1" "$anon" "$hwm"
}

# no_sanitizer WHAT LOG...: none has anything to say there
no_sanitizer()
{
	local what=$1
	shift
	grep -q "ERROR: .*Sanitizer\|runtime error:" "$@" &&
		fail "$what: a sanitizer speaks"
}

# within WHAT ANON HWM: RssAnon is within $memory; VmHWM, in which pages of the
# store are too, within 1 GiB
within()
{
	local more=0
	[ -z "$sanitized" ] || more=400000
	[ "$2" -gt 0 ] || fail "$1: nobody saw how much memory it took"
	[ "$2" -le $((memory + more)) ] ||
		fail "$1: RssAnon $2 KiB, not $memory at most"
	[ "$3" -le $((1048576 + more)) ] || fail "$1: VmHWM $3 KiB"
}

# victim_complete WHAT CSV: all of the victim's, of this generation, are there
victim_complete()
{
	tail -n +2 "$2" | grep ",10\.128\." | cut -d, -f1-3 | sort -u |
		cmp -s - "$work/victim" ||
		fail "$1: the victim's VRPs are not complete"
}

# attacker I new|old|none [CSV]: its VRPs are of this generation, of the one
# that was held, or there are none
attacker()
{
	local got want
	got=$(grep ",10\.3\.$1\.0/24," "${3:-$work/csv}" | cut -d, -f1)
	case $2 in
	new) want=AS$generation ;;
	old) want=AS$fetched ;;
	none) want= ;;
	esac
	[ "$got" = "$want" ] ||
		fail "attacker $1: \"$got\" and not \"$want\" ($2)"
}

# says I PATTERN: a warning in the log is of attacker I's notification, and has
# the reason
says()
{
	grep -F "https://$evil:$https/a$1/" "$work/once.log.err" |
		grep -q -- "$2" || fail "attacker $1: no word of \"$2\""
}

# asked PATH [SERVER]: how many requests there were for it
asked()
{
	grep -c "\"event\": \"request\".*\"path\": \"$1\"" \
		"$work/${2:-evil}.requests"
}

# was_asked PATH: the stimulus was there
was_asked()
{
	[ "$(asked "$1")" -gt 0 ] || fail "nobody asked for $1"
}

# nobody_at_stranger WHAT: no connection came to the other host
nobody_at_stranger()
{
	[ ! -s "$work/stranger.requests" ] ||
		fail "$1: connected to $stranger"
}

# rules: python on standard input fills the dictionary `rules` of the server of
# the attackers; see scenario_rules.py for what is at hand
rules()
{
	local code
	code=$(cat)
	server_script evil "$(https=$https rsync=$rsync work=$work \
		attackers=$attackers \
		PYTHONPATH=$here PYTHONDONTWRITEBYTECODE=1 python3 -c \
		"from scenario_rules import *
$code
print(json.dumps(rules))")" || fail "rules"
	python3 -c 'import json, sys; json.load(open(sys.argv[1]))' \
		"$net/evil.json" || fail "rules: no JSON"
}
