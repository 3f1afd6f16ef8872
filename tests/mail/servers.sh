#!/usr/bin/env bash
# A real IMAP server (dovecot) and a real SMTP server (postfix) on loopback, for
# tests. Everything they keep lies in one folder; the ports are free ones.
#
#   servers.sh start DIR   writes DIR/env with the ports, when both answer
#   servers.sh stop DIR
#   servers.sh restart DIR   on the same ports
#
# Every address has a mailbox on the first mail (password: secret), whatever its
# domain: the shop's and the customers' alike. Two SMTP doors:
#   TEST_MX      takes mail for anybody from anybody, as the world would
#   TEST_SUBMIT  takes mail only after AUTH, as the shop's provider would
# Mail to the domain bounce.test comes back as a bounce (5.1.1 User unknown).
#
# Needs root (both servers drop their rights by themselves) and the packages
# dovecot-imapd, dovecot-lmtpd, postfix, openssl.
set -euo pipefail

die() { echo "servers.sh: $*" >&2; exit 1; }
[ $# = 2 ] || { echo "usage: servers.sh start|stop|restart DIR" >&2; exit 2; }
action=$1
mkdir -p "$2"
dir=$(cd "$2" && pwd)
PATH=$PATH:/usr/sbin

# That many free ports, all held until all are known.
free_ports() {
    python3 - "$1" <<'PY'
import socket, sys
held = [socket.socket() for _ in range(int(sys.argv[1]))]
for s in held:
    s.bind(("127.0.0.1", 0))
print(*[s.getsockname()[1] for s in held])
PY
}

make_certificate() {
    # A throw-away authority and a server certificate for 127.0.0.1, so that TLS
    # can be tried with and without trust in it.
    openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj '/CN=Kontor test authority' \
        -keyout "$dir/tls/ca.key" -out "$dir/tls/ca.pem" 2>/dev/null
    openssl req -newkey rsa:2048 -nodes -subj '/CN=localhost' \
        -keyout "$dir/tls/key.pem" -out "$dir/tls/request.pem" 2>/dev/null
    openssl x509 -req -in "$dir/tls/request.pem" -CA "$dir/tls/ca.pem" -CAkey "$dir/tls/ca.key" \
        -CAcreateserial -days 30 -out "$dir/tls/cert.pem" \
        -extfile <(printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE') 2>/dev/null
    chmod 600 "$dir"/tls/*.key "$dir/tls/key.pem"
}

configure_dovecot() {
    cat >"$dir/dovecot.conf" <<CONF
base_dir = $dir/dovecot/run
state_dir = $dir/dovecot/lib
log_path = $dir/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <$dir/tls/cert.pem
ssl_key = <$dir/tls/key.pem
# Loopback only: plain passwords are fine there.
disable_plaintext_auth = no
auth_mechanisms = plain login
# No waiting after a wrong password: tests try those.
auth_failure_delay = 0
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
mail_location = maildir:~/Maildir
mail_uid = dovecot
mail_gid = dovecot
first_valid_uid = 1
mail_max_userip_connections = 100
passdb {
  driver = static
  args = password=secret
}
userdb {
  driver = static
  args = uid=dovecot gid=dovecot home=$dir/mail/%Lu allow_all_users=yes
}
service imap-login {
  inet_listener imap {
    port = $imap
  }
  inet_listener imaps {
    port = $imaps
    ssl = yes
  }
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = $lmtp
  }
}
service auth {
  inet_listener {
    address = 127.0.0.1
    port = $auth
  }
}
CONF
}

configure_postfix() {
    cat >"$dir/postfix/main.cf" <<CONF
compatibility_level = 3.6
queue_directory = $dir/postfix/spool
data_directory = $dir/postfix/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
maillog_file = $dir/postfix.log
maillog_file_prefixes = $dir
myhostname = mx.provider.test
mydestination =
alias_maps =
alias_database =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtp_tls_security_level = none
message_size_limit = 157286400
mailbox_size_limit = 0
# Every domain is at home here: dovecot has a mailbox for every address.
relay_domains = static:all
transport_maps = inline:{ {bounce.test=error:5.1.1 User unknown} }
relay_transport = lmtp:[127.0.0.1]:$lmtp
default_transport = lmtp:[127.0.0.1]:$lmtp
mynetworks =
lmtp_destination_recipient_limit = 1
smtpd_recipient_restrictions =
# Mail to bounce.test is taken first and bounced after, as a far server would.
smtpd_reject_unlisted_recipient = no
smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, permit_auth_destination, reject
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:$auth
smtpd_sasl_security_options = noanonymous
smtpd_client_connection_rate_limit = 0
smtpd_error_sleep_time = 0
bounce_queue_lifetime = 1m
maximal_queue_lifetime = 1m
minimal_backoff_time = 20s
maximal_backoff_time = 30s
queue_run_delay = 20s
CONF
    cat >"$dir/postfix/master.cf" <<CONF
127.0.0.1:$mx inet n - n - - smtpd
127.0.0.1:$submit inet n - n - - smtpd
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
verify    unix  - - n - 1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
smtp      unix  - - n - - smtp
relay     unix  - - n - - smtp
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
lmtp      unix  - - n - - lmtp
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
CONF
}

# Waits until a port greets with a line that begins like $2.
wait_port() {
    local line
    for _ in $(seq 100); do
        if line=$( (exec 3<>"/dev/tcp/127.0.0.1/$1" && IFS= read -r -t 2 -u 3 line && printf %s "$line") 2>/dev/null) &&
            [[ $line == $2* ]]; then
            return 0
        fi
        sleep 0.1
    done
    return 1
}

# Starts both and waits until they greet: run_servers IMAP_PORT MX_PORT SUBMIT_PORT.
run_servers() {
    dovecot -c "$dir/dovecot.conf" || die "dovecot does not start (see $dir/dovecot.log)"
    # The warnings are about files of Debian's own instance, which is not used.
    postfix -c "$dir/postfix" start >"$dir/postfix-start.log" 2>&1 || die "postfix does not start (see $dir/postfix-start.log)"
    wait_port "$1" '* OK' || die "dovecot does not answer (see $dir/dovecot.log)"
    wait_port "$2" 220 || die "postfix does not answer (see $dir/postfix.log)"
    wait_port "$3" 220 || die "postfix does not answer for submission (see $dir/postfix.log)"
}

start() {
    [ "$(id -u)" = 0 ] || die "dovecot and postfix have to be started as root"
    local program
    for program in dovecot postfix openssl python3; do
        command -v $program >/dev/null || die "$program is not installed"
    done
    # Their unix sockets lie in here, and those names may have about 100 bytes.
    [ ${#dir} -le 60 ] || die "$dir is too long a path for the servers' sockets"
    [ ! -e "$dir/env" ] || die "$dir is in use; stop it first"
    read -r imap imaps lmtp auth mx submit <<<"$(free_ports 6)"
    # The mail servers' own users must reach their folders.
    chmod 755 "$dir"
    mkdir -p "$dir/dovecot/run" "$dir/dovecot/lib" "$dir/mail" "$dir/postfix/spool" "$dir/postfix/data" "$dir/tls"
    chown dovecot:dovecot "$dir/mail"
    chown postfix "$dir/postfix/data"
    make_certificate
    configure_dovecot
    configure_postfix
    run_servers "$imap" "$mx" "$submit"
    cat >"$dir/env.new" <<ENV
TEST_IMAP=127.0.0.1:$imap
TEST_IMAPS=127.0.0.1:$imaps
TEST_LMTP=127.0.0.1:$lmtp
TEST_MX=127.0.0.1:$mx
TEST_SUBMIT=127.0.0.1:$submit
TEST_PASSWORD=secret
TEST_CA=$dir/tls/ca.pem
ENV
    mv "$dir/env.new" "$dir/env"
    cat "$dir/env"
}

stop() {
    [ ! -e "$dir/postfix/main.cf" ] || postfix -c "$dir/postfix" stop >/dev/null 2>&1 || true
    [ ! -e "$dir/dovecot.conf" ] || doveadm -c "$dir/dovecot.conf" stop >/dev/null 2>&1 || true
    rm -f "$dir/env"
}

restart() {
    local name value
    while IFS='=' read -r name value; do declare "$name=${value#127.0.0.1:}"; done <"$dir/env"
    postfix -c "$dir/postfix" stop >/dev/null 2>&1 || true
    doveadm -c "$dir/dovecot.conf" stop >/dev/null 2>&1 || true
    sleep 0.3
    run_servers "$TEST_IMAP" "$TEST_MX" "$TEST_SUBMIT"
}

case $action in
    start) start ;;
    restart) restart ;;
    stop) stop ;;
    *) echo "usage: servers.sh start|stop|restart DIR" >&2; exit 2 ;;
esac
