# FRR's zebra cannot read for a while, and more links change than its buffer holds: it knows nothing of some from then on.
set -e
zebra_options='-s 16384'
. "${0%/*}/frr-start.sh"
# Between a peek and a receive it would see the error, and end.
while grep -h ^State /proc/$zebra/task/*/status | grep -v sleeping; do :; done
kill -STOP $zebra
for i in $(seq 50); do echo link add a$i type veth peer name b$i; done | ip -batch -
kill -CONT $zebra
until awk '$4 != "00000000" { queued += $5 } END { exit queued > 0 }' /proc/net/netlink; do :; done
ip link add last type veth peer name other
until vtysh -c 'show interface brief' | grep '^last '; do :; done
if vtysh -c 'show interface brief' | grep '^a50 '; then exit 1; fi
ip link show dev a50
kill $zebra
wait $zebra
