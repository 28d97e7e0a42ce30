# rtrd.sh: what the tests of the daemon share.  To be sourced by bash.
# shellcheck shell=bash
# shellcheck source=tests/lib.sh
here=$(dirname "${BASH_SOURCE[0]}")
. "$here/../lib.sh"

port=$(free_port)
http=$(free_port)

# rtrd_start NAME ARGS...: on $port and $http, its log in $work/NAME.log
rtrd_start()
{
	local name=$1
	shift
	rtrd_begin "$name" --local "$work/world/repo" "$@"
}

# rtrd_begin NAME ARGS...: the same without a local tree
rtrd_begin()
{
	local name=$1
	shift
	start "$name" "$WAYMARK_BIN/rtrd" \
		--tal "$work/world" --state-dir "$work/state" \
		--control-socket "$work/rtrd.sock" \
		--http-listen "127.0.0.1:$http" \
		--rtr-listen "127.0.0.1:$port" --rtr-notify-interval 0 "$@"
}

# logs NAME SECONDS PATTERN [COUNT]: until the log has so many lines of it
logs()
{
	local count=${4:-1}
	wait_for "$2" has_lines "$work/$1.log" "$3" "$count" ||
		fail "no \"$3\" in the log of $1"
}

has_lines()
{
	[ "$(grep -c -- "$2" "$1")" -ge "$3" ]
}

# count NAME PATTERN: how many lines the log has of it by now
count()
{
	grep -c -- "$2" "$work/$1.log"
}

# table: what a router that comes now is given
table()
{
	python3 "$here/rtr.py" table 127.0.0.1 "$port"
}

# serves WHAT: a new router is given exactly $work/expected
serves()
{
	table >"$work/got" || fail "$1: no table (exit $?)"
	sort -u "$work/got" | cmp -s - "$work/expected" ||
		fail "$1: not the expected set"
	echo "ok: $1"
}

# expect: make $work/expected of what the lab put into the world
expect()
{
	triples "$work/world/expected.csv" >"$work/expected"
}

# gone PID: no process has this id or group any more
gone()
{
	! kill -0 "$1" 2>/dev/null && ! kill -0 "-$1" 2>/dev/null
}

# fake: a validator that behaves as $work/mode says, and notes its process id
# in $work/children; "good" is the real one.  A run from the store takes the
# tree $work/world/repo as the store; a child that fetches is fake_fetch
fake()
{
	fake_fetch
	cat >"$work/validator" <<-END
	#!/usr/bin/env bash
	work=$work
	real=$WAYMARK_BIN/validator
	END
	cat >>"$work/validator" <<-'END'
	echo $$ >>"$work/children"
	case $1 in
	fetch) echo "$*" >>"$work/fetches"
		exec python3 "$work/fetch.py" "$work" ;;
	run) shift
		args=()
		while [ $# -gt 0 ]; do
			case $1 in
			--cache) shift ;;
			--no-rrdp | --no-rsync) ;;
			*) args+=("$1") ;;
			esac
			shift
		done
		set -- once --local "$work/world/repo" "${args[@]}" ;;
	esac
	for arg; do case $arg in snapshot=*) out=${arg#snapshot=} ;; esac; done
	flip()
	{
		python3 -c 'import sys
	b = bytearray(open(sys.argv[1], "rb").read())
	b[len(b) // 2] ^= 4
	open(sys.argv[1], "wb").write(b)' "$1"
	}
	case $(cat "$work/mode") in
	good) exec "$real" "$@" ;;
	incomplete) "$real" "$@"; exit 3 ;;
	fails) echo "the tree is on fire" >&2; exit 1 ;;
	kills) kill -9 $$ ;;
	crashes) kill -SEGV $$ ;;
	hangs) sleep 1000 & echo $! >>"$work/children"; wait ;;
	stubborn) trap "" TERM INT HUP
		sleep 1000 & echo $! >>"$work/children"
		while :; do wait; done ;;
	stops) kill -STOP $$ ;;
	detaches) setsid sleep 8 & exec "$real" "$@" ;;
	leaks) for fd in /proc/$$/fd/*; do
			case ${fd##*/}:$(readlink "$fd") in
			[12]:*) ;;
			*:socket:* | *:anon_inode:* | *:"$work/state/"*)
				echo "has $(readlink "$fd")" >&2; exit 1 ;;
			esac
		done
		exec "$real" "$@" ;;
	nothing) exit 0 ;;
	garbage) head -c 100000 /dev/urandom >"$out" ;;
	empty) : >"$out" ;;
	bit) "$real" "$@"; flip "$out" ;;
	cut) "$real" "$@"; truncate -s -1 "$out" ;;
	talks) yes "blah blah blah" | head -n 100000 >&2; exec "$real" "$@" ;;
	esac
	END
	chmod 755 "$work/validator"
	echo good >"$work/mode"
	: >"$work/children"
}

# fake_fetch: a child that says what is appended to $work/say, notes what it is
# told in $work/told, and behaves as $work/fetch-mode says
fake_fetch()
{
	cat >"$work/fetch.py" <<-'END'
	import os, select, signal, sys, time
	work = sys.argv[1]
	mode = open(work + "/fetch-mode").read().strip()
	if mode == "locked":
	    sys.exit("2026-11-21T00:00:00Z error store " + work + "/state: "
	             "another validator fetch holds the store")
	if mode == "dies":
	    os.kill(os.getpid(), signal.SIGSEGV)
	if mode == "stubborn":
	    signal.signal(signal.SIGTERM, signal.SIG_IGN)
	say = open(work + "/say")
	# before it says that it has started: then it may be killed
	with open(work + "/fetcher.aside", "w") as pid:
	    pid.write(str(os.getpid()))
	os.rename(work + "/fetcher.aside", work + "/fetcher")
	told = open(work + "/told", "a", buffering=1)
	told.write("start\n")
	while True:
	    text = say.read()
	    sys.stdout.write(text)
	    sys.stdout.flush()
	    if select.select([0], [], [], 0.05)[0]:
	        line = os.read(0, 4096).decode()
	        if line == "" and mode != "stubborn":
	            break
	        told.write(line)
	        if line == "":
	            time.sleep(1)
	END
	echo good >"$work/fetch-mode"
	: >"$work/say"
	: >"$work/told"
	: >"$work/fetches"
}

# fetcher: the process id of the child that fetches, or of the last one
fetcher()
{
	cat "$work/fetcher"
}

# repo KIND URI STATE [KEY=VALUE...]: the fetching child says this fact
repo()
{
	local kind=$1 uri=$2 state=$3 line key
	local -A v=([changed]=no [session]="" [serial]=0 [objects]=0 [bytes]=0
		[received]=0 [attempt]=0 [success]=0 [next]=0 [failures]=0
		[failures_all]=0 [elapsed_ms]=0 [reason]="")
	shift 3
	for key; do
		v[${key%%=*}]=${key#*=}
	done
	line="repo kind=$kind uri=$uri state=$state"
	for key in changed session serial objects bytes received attempt \
		success next failures failures_all elapsed_ms reason; do
		line="$line $key=${v[$key]// /%20}"
	done
	echo "$line" >>"$work/say"
}

# no_child_left: every process that the fake validator noted is gone
no_child_left()
{
	local child
	while read -r child; do
		wait_for 5 gone "$child" || fail "child $child is left"
	done <"$work/children"
	echo "ok: no child is left"
}
