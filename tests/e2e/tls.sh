# tls.sh: certificates for tests of RTR over TLS.  To be sourced after rtrd.sh.
#
# In $work/tls: ca.pem, an authority; NAME.pem and NAME.key, signed by it or by
# another one.
# shellcheck shell=bash
tls=$work/tls

# openssl_quiet ARGS...: what it has to say matters when it fails
openssl_quiet()
{
	openssl "$@" >>"$work/openssl.log" 2>&1 || fail "openssl $1"
}

# authority NAME: one that signs itself
authority()
{
	mkdir -p "$tls"
	openssl_quiet req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
		-nodes -keyout "$tls/$1.key" -out "$tls/$1.pem" -days 3650 \
		-subj "/CN=$1"
}

# certificate NAME SAN [AUTHORITY [DAYS]]: an empty SAN: none at all
certificate()
{
	local name=$tls/$1 san=$2 ca=$tls/${3:-ca} days=${4:-90}
	openssl_quiet req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$name.key" -out "$name.csr" -subj "/CN=$1"
	echo "${san:+subjectAltName=}$san" >"$name.ext"
	openssl_quiet x509 -req -in "$name.csr" -CA "$ca.pem" \
		-CAkey "$ca.key" -CAcreateserial -days "$days" \
		-extfile "$name.ext" -out "$name.new"
	chmod 600 "$name.key"
	mv "$name.new" "$name.pem"
}

# tls_table [ARGS...]: what a router that comes now over TLS to $port is given;
# exit code 5: TLS was refused
tls_table()
{
	python3 "$here/rtr_tls.py" table 127.0.0.1 "${tls_port:-$port}" \
		--ca "$tls/ca.pem" "$@"
}

# tls_serves WHAT ARGS...: such a router is given exactly $work/expected
tls_serves()
{
	local what=$1
	shift
	tls_table "$@" >"$work/got" || fail "$what: no table (exit $?)"
	sort -u "$work/got" | cmp -s - "$work/expected" ||
		fail "$what: not the expected set"
	echo "ok: $what"
}

# tls_refuses WHAT ARGS...: such a router gets nothing
tls_refuses()
{
	local what=$1 code
	shift
	tls_table "$@" >"$work/got" 2>&1
	code=$?
	[ "$code" = 5 ] || fail "$what: exit $code, $(tail -n 1 "$work/got")"
	echo "ok: $what"
}

# refused REASON: how many connections were counted as refused for it
refused()
{
	curl -s "http://127.0.0.1:$http/metrics" |
		sed -n "s/^waymark_rtr_refused_total{reason=\"$1\"} //p"
}
