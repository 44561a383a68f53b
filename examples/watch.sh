#!/bin/sh
# What changes in several namespaces at once, and who changed it. It runs in namespaces of its own: no root, and nothing of
# the machine is changed.
set -eu
if [ -z "${WATCH_INSIDE-}" ]; then
	export WATCH_INSIDE=1
	if [ "$(id -u)" = 0 ]; then
		exec unshare --net --mount sh "$0"
	fi
	exec unshare --user --map-root-user --net --mount sh "$0"
fi
mount -t tmpfs run /run
mkfifo /run/told
ip netns add left
ip netns add right
ip -n left link add eth0 type veth peer name eth0 netns right
ip -n left addr add 10.0.0.1/24 dev eth0
ip -n right addr add 10.0.0.2/24 dev eth0
ip -n left link set eth0 up
ip -n right link set eth0 up

# From its first line on, which says how many namespaces are watched, everything is told.
nslab watch --every --only link,address,route >/run/told &
watch=$!
exec 3</run/told 4>&1

# told shows what is told, up to a line that matches.
told() {
	while read -r line <&3; do
		echo "$line" >&4
		case $line in *$1*) return ;; esac
	done
}
told watching

# What was before is told with what replaces it; and who did it, as long as that program runs.
{
	echo 'route add 10.9.0.0/16 via 10.0.0.2'
	echo 'route replace 10.9.0.0/16 via 10.0.0.3'
	told replaced
} | ip -n left -batch -

ip -n right addr add 10.5.0.1/24 dev eth0
ip -n left link set eth0 mtu 1400
ip netns add late # watched from now on
told late

# The kernel tells nothing of the routes that go with their link; nslab looks, and marks them (silent).
ip -n left link set eth0 down
told '10.9.0.0/16*silent'

ip netns del late
told gone
kill "$watch"
wait "$watch"
