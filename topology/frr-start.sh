# Runs a daemon of FRR, and has it get its part of frr.conf:
#
#   sh /etc/frr/start "OTHERS" DAEMON [OPTION ...]
#   sh /etc/frr/start --ready DAEMON
#
# The second succeeds when the daemon answers and has its configuration.
#
# The daemons of a router get their configuration together at first, which is
# quicker: the last of them, which alone has OTHERS, waits for these and loads
# it. One that is started again later loads its own part.
#
# Within /run/frr, DAEMON.ready has the kernel's number of the socket on which a
# configured daemon listens. No other daemon ever listens on it, so what one
# leaves says nothing of the next. (The number of a process would: one that was
# killed has it until its parent looks.) DAEMON.lock is locked until the daemon
# is ready, and "loaded" says that the configuration of all has begun, so that
# one that starts from now on has to load its own part.

PATH=/usr/lib/frr:/usr/libexec/frr:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
cd /run/frr || exit
others=$1 daemon=$2
shift 2

# socket DAEMON: the number of the socket on which it listens for vtysh, if it
# does. (That flag is __SO_ACCEPTCON.)
socket() {
	sed -n "/ 00010000 .*\/frr\/$1\.vty\$/{s/^\([^ ]* \)\{6\} *\([0-9]*\) .*/\2/p;q}" /proc/net/unix
}

# answer DAEMON ...: do all of these, and are they ready?
answer() {
	for d; do
		{ read -r ready <"$d.ready"; } 2>/dev/null && [ "$ready" = "$(socket "$d")" ] || return
	done
}

# listens DAEMON: can a vtysh connect?
listens() {
	[ -S "$1.vty" ] && [ -n "$(socket "$1")" ]
}

# alive: does this process live, which is the daemon's?
alive() {
	kill -0 $$ 2>/dev/null && ! grep -q '^State:.Z' /proc/$$/status 2>/dev/null
}

# await COMMAND: waits until it succeeds, as long as this process lives.
await() {
	for pause in 0.01 0.02 0.04 0.08 0.16; do
		"$@" && return
		sleep $pause
	done
	until "$@"; do
		alive || exit
		sleep 0.3
	done
}

# load [-d DAEMON]: configures daemons; without it all.
load() {
	said=$(vtysh -b "$@" 2>&1)
	status=$?
	[ -z "$said" ] || printf '%s\n' "$said"
	[ $status != 0 ] || return 0
	# "line 3: % Unknown command: ...", which nslab says instead of the signal.
	line=$(printf '%s\n' "$said" | sed -n '/^line [0-9]*: /{p;q}')
	echo "nslab: /etc/frr/frr.conf: ${line:-it cannot be loaded}; $daemon is ended" >&2
	kill -KILL $$
	exit 1
}

if [ "$others" = --ready ]; then
	{ exec 9<"$daemon.lock"; } 2>/dev/null && flock -s 9 && answer "$daemon"
	exit
fi

rm -f "$daemon.ready"
if [ "$daemon" = zebra ]; then
	chown frr:frr . /etc/frr /var/tmp/frr || exit
	# What vtysh has written stays, unless the lab asks for something else.
	if [ -e /etc/frr/startup-config ] && ! cmp -s /etc/frr/startup-config /etc/frr/.startup-config; then
		cp /etc/frr/startup-config /etc/frr/frr.conf && chown frr:frr /etc/frr/frr.conf && chmod 640 /etc/frr/frr.conf &&
			cp /etc/frr/startup-config /etc/frr/.startup-config || exit
	fi
	# From version 10 on daemons keep state in another directory, and mgmtd has
	# what configures zebra and staticd.
	if [ -d /var/lib/frr ]; then
		mkdir -p lib && chown frr:frr lib && mount --bind lib /var/lib/frr || exit
	fi
	if command -v mgmtd >/dev/null; then
		rm -f mgmtd.vty
		mgmtd -A 127.0.0.1 --log stdout &
		await listens mgmtd
	fi
	rm -f zserv.api
else
	[ ! -d lib ] || mount --bind lib /var/lib/frr || exit
	# One that does not find zebra tries again ten seconds later.
	await answer zebra
fi

rm -f "$daemon.vty"
exec 9>"$daemon.lock"
flock 9
(
	await listens "$daemon"
	if [ -e loaded ]; then
		load -d "$daemon"
	elif [ -n "$others" ]; then
		await answer $others
		: >loaded
		load
	fi
	socket "$daemon" >"$daemon.ready"
) &
exec 9>&-
# A daemon takes -A once only.
case " $*" in
*" -A"* | *" --vty_a"*) ;;
*) set -- -A 127.0.0.1 "$@" ;;
esac
exec "$daemon" --log stdout "$@"
