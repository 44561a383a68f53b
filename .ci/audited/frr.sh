# FRR's zebra and staticd: an interface appears, static routes are configured and taken away, an address goes.
set -e
. "${0%/*}/frr-start.sh"
/usr/lib/frr/staticd &
staticd=$!
until [ -S /run/frr/staticd.vty ]; do :; done
ip link add a0 type veth peer name b0
ip link set a0 up
ip link set b0 up
vtysh -c 'configure terminal' -c 'interface a0' -c 'ip address 10.1.0.1/24' -c 'ipv6 address 2001:db8::1/64' -c exit \
  -c 'ip route 10.2.0.0/16 10.1.0.2' -c 'ipv6 route 2001:db8:1::/64 2001:db8::2' \
  -c 'ip route 10.3.0.0/16 10.1.0.2' -c 'ip route 10.3.0.0/16 10.1.0.3'
until ip route | grep 10.2.0.0/16; do :; done
until ip route | grep 10.3.0.0/16; do :; done
until ip -6 route | grep 2001:db8:1::/64; do :; done
vtysh -c 'configure terminal' -c 'no ip route 10.3.0.0/16 10.1.0.2' -c 'no ip route 10.3.0.0/16 10.1.0.3'
while ip route | grep 10.3.0.0/16; do :; done
ip addr del 10.1.0.1/24 dev a0
while ip route | grep 10.2.0.0/16; do :; done
ip link del a0
kill $staticd $zebra
wait $staticd
wait $zebra
