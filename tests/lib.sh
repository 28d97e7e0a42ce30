# lib.sh: what the scripts among the tests share.  To be sourced by bash.
#
# Needs WAYMARK_BIN, the folder of the programs.  Makes a private folder $work
# that goes at the end, and ends every process that `start` began, by its id.
# shellcheck shell=bash

set -u
: "${WAYMARK_BIN:?set it to the folder of the programs}"
export LC_ALL=C
work=$(mktemp -d "${TMPDIR:-/tmp}/waymark.XXXXXX")
chmod 755 "$work"
started=()

finish()
{
	local code=$? pid
	for pid in "${started[@]}"; do
		kill "$pid" 2>/dev/null && continue
	done
	for pid in "${started[@]}"; do
		for _ in $(seq 50); do
			kill -0 "$pid" 2>/dev/null || break
			sleep 0.1
		done
		kill -9 "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	if [ "$code" -ne 0 ] && [ "$code" -ne 77 ]; then
		echo "--- logs of the failed test"
		tail -n 40 "$work"/*.log 2>/dev/null
	fi
	[ -n "${KEEP:-}" ] || rm -rf "$work"
	exit "$code"
}
trap finish EXIT
trap 'exit 1' INT TERM

# fail TEXT: end the test, with its logs
fail()
{
	echo "not ok: $*"
	exit 1
}

# skip TEXT: end the test as skipped
skip()
{
	echo "SKIPPED: $*"
	exit 77
}

# need PROGRAM...: skip when one is not installed
need()
{
	local program
	for program in "$@"; do
		[ -x "$program" ] || command -v "$program" >/dev/null ||
			skip "no $program on this machine"
	done
}

# start NAME COMMAND...: run in the background, output to $work/NAME.log, the
# process id in $pid
start()
{
	local name=$1
	shift
	"$@" >"$work/$name.log" 2>&1 &
	pid=$!
	started+=("$pid")
}

# free_port: a TCP port that nobody has on any address, from below those that
# the kernel gives to connections: it is still free when it is listened on
free_port()
{
	python3 -c 'import random, socket
while True:
    port = random.randrange(12000, 32000)
    with socket.socket() as s:
        try:
            s.bind(("", port))
        except OSError:
            continue
    print(port)
    break'
}

# wait_for SECONDS COMMAND...: until it succeeds; 1 when time is up
wait_for()
{
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}

# stop PID: ask it to end, wait until it has; its exit code
stop()
{
	kill "$1" 2>/dev/null
	wait "$1"
}

# world NAME ARGS...: a lab tree in $work/NAME, from a cache of key pairs that
# the build keeps
world()
{
	local name=$1
	shift
	"$WAYMARK_BIN/lab" tree --keys "$WAYMARK_BIN/lab.keys" \
		--out "$work/$name" "$@" >>"$work/lab.log" 2>&1 ||
		fail "lab tree: $(tail -n 3 "$work/lab.log")"
}

# triples FILE: ASN,PREFIX,MAXLEN of a Waymark or rpki-client csv, sorted
triples()
{
	tail -n +2 "$1" | cut -d, -f1-3 | sort -u
}
