#!/usr/bin/env bash
# TLS between two containers: the tests of the SDK over it, by the name of the service; the image's own check; and who is
# turned away.
source "$(dirname "$0")/lib.sh"

tls=$work/tls
mkdir -m 755 "$tls"

# make_ca NAME: $tls/NAME.pem, and its key, which stays out of the containers.
make_ca() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 1 -keyout "$work/$1.key" \
        -out "$tls/$1.pem" -subj "/CN=$1" 2>>"$work/openssl.log"
}

make_ca ca
make_ca stranger
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -keyout "$tls/server.key" -out "$work/server.csr" \
    -subj /CN=tugd 2>>"$work/openssl.log"
openssl x509 -req -in "$work/server.csr" -CA "$tls/ca.pem" -CAkey "$work/ca.key" -CAcreateserial -days 1 \
    -extfile <(echo "subjectAltName=DNS:$name") -out "$tls/server.pem" 2>>"$work/openssl.log"
chmod 600 "$tls/server.key"
docker run --rm --label tug-test --user 0 -v "$tls:/tls" --entrypoint /bin/chown tug:prebuilt 10001 /tls/server.key

in_containers=(-v "$tls:/tls:ro" -e TUG_TLS_CA=/tls/ca.pem)
tugd_options=("${in_containers[@]}" -e TUG_TLS_CERT=/tls/server.pem -e TUG_TLS_KEY=/tls/server.key -e TUG_REQUIRE_TLS=1
    -e TUG_TLS_SERVER_NAME="$name")
start_tugd
await_healthy

docker run --rm --label tug-test --network "$name" -v "$name-keys:/etc/tug:ro" "${in_containers[@]}" \
    -e TUG_ADDRESS="$name:8840" -e TUG_KEY_FILE=/etc/tug/keys tug:test --report_level=short --color_output=no ||
    fail "the tests of the SDK over TLS"

# turned_away ERROR OPTION...: a client of the host with these options is refused by that error.
turned_away() {
    status=0
    "$tug" ping "${@:2}" 2>"$work/ping.err" || status=$?
    equals "exit code of tug ping ${*:2}" 1 "$status"
    names_error "$work/ping.err" "$1"
}

"$tug" ping --tls-ca "$tls/ca.pem" --tls-server-name "$name"
turned_away tls_untrusted --tls-ca "$tls/ca.pem" # the certificate is for another name than this address
turned_away tls_untrusted --tls-ca "$tls/stranger.pem" --tls-server-name "$name"
turned_away tls_required
