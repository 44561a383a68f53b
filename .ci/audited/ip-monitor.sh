# ip monitor cannot read for a while, and more links change than its buffer holds. $1 is a directory for its output.
set -e
# Its buffer holds the dump of its beginning besides the change that tells of its end: it gives up when that is lost.
ip -rcvbuf 65536 monitor link >"$1/monitored" &
m=$!
socket() { awk -v m=$m '$3 == m && $4 != "00000000"' /proc/net/netlink; }
until [ -n "$(socket)" ]; do :; done
ip link set lo up
until grep -q ' lo:.*,UP' "$1/monitored"; do :; done
kill -STOP $m
for i in $(seq 100); do echo link add a$i type veth peer name b$i; done | ip -batch -
kill -CONT $m
until [ "$(socket | awk '{ print $5 }')" = 0 ]; do :; done
ip link set lo mtu 1400
until grep -q ' lo:.*mtu 1400' "$1/monitored"; do :; done
kill $m
