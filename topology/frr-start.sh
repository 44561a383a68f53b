# Runs a daemon of FRR, and has it get its part of frr.conf:
#
#   sh /etc/frr/start "OTHERS" DAEMON [OPTION ...]
#
# The daemons of a router get their configuration together at first, which is
# quicker: the last of them, which alone has OTHERS, waits for these and loads
# it. One that is started again later loads its own part.
#
# Within /run/frr, DAEMON.ready has the number of a process that answers,
# DAEMON.lock is locked until it does, and "loaded" says that all have been
# configured.

others=$1 daemon=$2
shift 2
PATH=/usr/lib/frr:/usr/libexec/frr:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
cd /run/frr || exit

# answer DAEMON ...: do all of these?
answer() {
	for d; do
		{ read -r pid <"$d.ready"; } 2>/dev/null && kill -0 "$pid" 2>/dev/null || return
	done
}

# listens DAEMON: can a vtysh connect? (That flag is __SO_ACCEPTCON.)
listens() {
	[ -S "$1.vty" ] && grep -q " 00010000 .*/frr/$1\.vty\$" /proc/net/unix
}

# await COMMAND: waits until it succeeds, as long as this process lives.
await() {
	for pause in 0.01 0.02 0.04 0.08 0.16; do
		"$@" && return
		sleep $pause
	done
	until "$@"; do
		kill -0 $$ 2>/dev/null || exit
		sleep 0.3
	done
}

# load [-d DAEMON]: configures daemons; without it all.
load() {
	vtysh -b "$@" && return
	echo "/etc/frr/frr.conf has mistakes: $daemon is ended" >&2
	kill -KILL $$
	exit 1
}

if [ "$daemon" = zebra ]; then
	chown frr:frr . /etc/frr /var/tmp/frr || exit
	# What vtysh has written stays, unless the lab asks for something else.
	if [ -e /etc/frr/startup-config ] && ! cmp -s /etc/frr/startup-config /etc/frr/.startup-config; then
		rm -f loaded
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

rm -f "$daemon.vty" "$daemon.ready"
exec 9>"$daemon.lock"
flock 9
(
	await listens "$daemon"
	if [ -e loaded ]; then
		load -d "$daemon"
	elif [ -n "$others" ]; then
		await answer $others
		load
		: >loaded
	fi
	echo $$ >"$daemon.ready"
) &
exec 9>&-
exec "$daemon" -A 127.0.0.1 --log stdout "$@"
