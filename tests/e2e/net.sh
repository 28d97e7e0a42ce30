# net.sh: repositories on loopback, for tests of fetching.  To be sourced by
# bash; brings rtrd.sh and lib.sh.
#
#	. "$(dirname "$0")/net.sh"
#	net_start                       # CA, nginx, rsyncd; see net_hosts
#	net_world world --cas 20 --roas 100 --repositories 4
#	"$WAYMARK_BIN/validator" once "${net_options[@]}" --cache "$work/cache"
#	net_world world --cas 20 ... --roas-added 3      # a change, published
#	world_publish world --new-session                # again, otherwise
#
# Repository i is at 127.0.0.(1 + i modulo 99), module repoI, and its
# notification at https://127.0.0.x:$https/mI/notification.xml.  A host that is
# not in $net_hosts has no server: it is dead, or another's (server_start).
#
#	$www/127.0.0.x:$https/mI/...    what nginx serves
#	$work/NAME/repo/127.0.0.x:$rsync/repoI/...    what rsyncd serves
#	$work/nginx.access              a line a request: method, host and path,
#	                                status, octets, protocol, connection
#	$work/rsyncd.access             a line a connection and transfer
# shellcheck shell=bash
# shellcheck source=tests/e2e/rtrd.sh
. "$(dirname "${BASH_SOURCE[0]}")/rtrd.sh"
need nginx rsync openssl curl python3

umask 022
https=$(free_port)
rsync=$(free_port)
www=$work/www
net=$work/net
net_ca=$net/ca.pem
net_now=$(date +%s)
# last octets of the addresses that have servers
read -r -a net_hosts <<<"$(seq -s ' ' 9)"
# for validator once, fetch, run, and rtrd
# shellcheck disable=SC2034
net_options=(--tls-ca "$net_ca" --tal "$work/world")
mkdir -p "$net" "$www"

# net_key NAME ARGS...: an EC key and what openssl req makes of it
net_key()
{
	local name=$1
	shift
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$net/$name.key" "$@" 2>>"$work/openssl.log" ||
		fail "openssl: $(tail -n 3 "$work/openssl.log")"
}

# net_ca_make: a CA in $net_ca, and of it $net/server.pem with $net/server.key
# for localhost and 127.0.0.1 to 127.0.0.99
net_ca_make()
{
	local i
	net_key ca -x509 -days 30 -subj "/CN=Test CA" \
		-addext keyUsage=critical,keyCertSign -out "$net_ca"
	net_key server -subj "/CN=localhost" -out "$net/server.csr"
	{
		printf 'subjectAltName=DNS:localhost'
		for i in $(seq 99); do
			printf ',IP:127.0.0.%d' "$i"
		done
		echo
	} >"$net/san"
	openssl x509 -req -in "$net/server.csr" -CA "$net_ca" \
		-CAkey "$net/ca.key" -CAcreateserial -days 30 \
		-extfile "$net/san" -out "$net/server.pem" \
		2>>"$work/openssl.log" || fail "openssl x509"
}

# nginx_conf: the configuration, for $net_hosts
nginx_conf()
{
	local i
	[ "$(id -u)" -ne 0 ] || echo "user root;"
	cat <<-END
	daemon off;
	worker_processes 1;
	pid $net/nginx.pid;
	events { worker_connections 1024; }
	http {
		types { application/xml xml; }
		default_type application/octet-stream;
		log_format line '\$request_method \$http_host\$uri \$status '
			'\$bytes_sent \$server_protocol \$connection';
		access_log $work/nginx.access line;
		client_body_temp_path $net/nginx-body;
		proxy_temp_path $net/nginx-proxy;
		fastcgi_temp_path $net/nginx-fastcgi;
		uwsgi_temp_path $net/nginx-uwsgi;
		scgi_temp_path $net/nginx-scgi;
		keepalive_timeout 30;
		etag on;
		gzip on;
		gzip_types application/xml;
		ssl_certificate $net/server.pem;
		ssl_certificate_key $net/server.key;
		server {
			root $www/\$http_host;
	END
	for i in "${net_hosts[@]}"; do
		echo "		listen 127.0.0.$i:$https ssl http2;"
	done
	printf '\t}\n}\n'
}

# listens ADDRESS PORT: somebody takes connections there
listens()
{
	(exec 3<>"/dev/tcp/$1/$2") 2>/dev/null
}

# nginx_start: serve $www over HTTPS on $net_hosts; its id in $nginx
nginx_start()
{
	nginx_conf >"$net/nginx.conf"
	start nginx nginx -p "$net" -c "$net/nginx.conf" -e "$work/nginx.log"
	# shellcheck disable=SC2034
	nginx=$pid
	wait_for 10 listens "127.0.0.${net_hosts[-1]}" "$https" ||
		fail "nginx does not start"
}

# nginx_hosts I...: from now on nginx serves on these hosts alone
nginx_hosts()
{
	local old=("${net_hosts[@]}") i
	net_hosts=("$@")
	nginx_conf >"$net/nginx.conf"
	kill -HUP "$nginx"
	for i in "${old[@]}"; do
		case " $* " in
		*" $i "*) ;;
		*) wait_for 10 is_deaf "127.0.0.$i" "$https" ||
			fail "nginx still serves 127.0.0.$i" ;;
		esac
	done
}

is_deaf()
{
	! listens "$@"
}

# rsyncd_conf NAME...: what lies in these worlds are the modules, from the next
# connection on
rsyncd_conf()
{
	local i name module
	mkdir -p "$net/rsyncd"
	for i in "${net_hosts[@]}"; do
		{
			echo "use chroot = no"
			echo "log file = $work/rsyncd.access"
			echo "log format = %o %m/%f %l"
			echo "transfer logging = yes"
			for name; do
				for module in "$work/$name/repo/127.0.0.$i:$rsync"/*; do
					[ -d "$module" ] || continue
					printf '[%s]\n\tpath = %s\n' \
						"${module##*/}" "$module"
				done
			done
		} >"$net/rsyncd/127.0.0.$i.conf.aside"
		mv "$net/rsyncd/127.0.0.$i.conf.aside" \
			"$net/rsyncd/127.0.0.$i.conf"
	done
}

# rsyncd_start: serve modules on $net_hosts; its id in $rsyncd
rsyncd_start()
{
	rsyncd_conf
	start rsyncd python3 "$here/../lab/servers/inetd.py" "$rsync" \
		"$net/rsyncd" "${net_hosts[@]/#/127.0.0.}"
	# shellcheck disable=SC2034
	rsyncd=$pid
	wait_for 10 grep -q listening "$work/rsyncd.log" ||
		fail "rsyncd does not start"
}

# server_start NAME I [JSON]: an HTTPS server that misbehaves as JSON says (see
# tests/lab/servers/https.py) instead of nginx, on 127.0.0.I, which is not in
# $net_hosts; it serves what is published there.  Its log is $work/NAME.requests
server_start()
{
	local name=$1 i=$2
	server_script "$name" "${3:-{\}}"
	start "$name" python3 "$here/../lab/servers/https.py" \
		--cert "$net/server.pem" --key "$net/server.key" \
		--script "$net/$name.json" --log "$work/$name.requests" \
		--root "$www/127.0.0.$i:$https" \
		--address "127.0.0.$i" --port "$https"
	wait_for 10 listens "127.0.0.$i" "$https" ||
		fail "the server $name does not start"
}

# server_script NAME JSON: from now on it does this
server_script()
{
	printf '%s\n' "$2" >"$net/$1.json.aside"
	mv "$net/$1.json.aside" "$net/$1.json"
}

# net_start: all of it
net_start()
{
	net_ca_make
	nginx_start
	rsyncd_start
}

# world_publish NAME ARGS...: what the lab wrote to $work/NAME becomes what the
# servers have; ARGS are those of lab rrdp
world_publish()
{
	local name=$1
	shift
	rsyncd_conf "$name"
	"$WAYMARK_BIN/lab" rrdp --world "$work/$name" --www "$www" "$@" \
		>>"$work/lab.log" 2>&1 ||
		fail "lab rrdp: $(tail -n 3 "$work/lab.log")"
}

# net_tree NAME ARGS...: a tree as lab tree makes it, with hosts as above; not
# published.  With the same ARGS only what --roas-added and --roas-withdrawn
# touch differs
net_tree()
{
	local name=$1
	shift
	world "$name" --now "$net_now" --host "127.0.0.%:$rsync" \
		--rrdp "https://127.0.0.%:$https/m%" \
		--ta-https "https://127.0.0.%:$https/ta" "$@"
}

# net_world NAME ARGS...: the same, published
net_world()
{
	net_tree "$@"
	world_publish "$1"
}

# net_story NAME FILE ARGS...: a world from a story, in which @HTTPS@ and
# @RSYNC@ stand for the ports; not published
net_story()
{
	local name=$1 story=$2
	shift 2
	sed "s/@HTTPS@/$https/g; s/@RSYNC@/$rsync/g" "$story" \
		>"$work/$name.story"
	"$WAYMARK_BIN/lab" world "$work/$name.story" \
		--keys "$WAYMARK_BIN/lab.keys" --now "$net_now" \
		--out "$work/$name" "$@" >>"$work/lab.log" 2>&1 ||
		fail "lab world: $(tail -n 3 "$work/lab.log")"
}

# net_rtrd NAME ARGS...: rtrd that fetches, on $port and $http, with short
# intervals; its log in $work/NAME.log
net_rtrd()
{
	local name=$1
	shift
	start "$name" "$WAYMARK_BIN/rtrd" "${net_options[@]}" \
		--state-dir "$work/state" \
		--control-socket "$work/rtrd.sock" \
		--http-listen "127.0.0.1:$http" \
		--rtr-listen "127.0.0.1:$port" --rtr-notify-interval 0 \
		--run-gap 1 --refresh 1 "$@"
}

# requests PATTERN: how many lines of nginx's log match by now
requests()
{
	grep -c -- "$1" "$work/nginx.access"
}
