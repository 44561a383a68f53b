# systemd-networkd makes a veth pair and a bridge with addresses, a route, a rule and a neighbour; then others take some away.
# It needs no D-Bus, and no udev where /sys is read-only.
set -e
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /etc/systemd/network
mount -t sysfs -o ro sysfs /sys
install -d /run/systemd/network
install -d -o systemd-network -g systemd-network /run/systemd/netif /run/systemd/netif/links /run/systemd/netif/leases /run/systemd/netif/lldp
cd /run/systemd/network
cat >a0.netdev <<'FILE'
[NetDev]
Name=a0
Kind=veth
[Peer]
Name=b0
FILE
cat >br0.netdev <<'FILE'
[NetDev]
Name=br0
Kind=bridge
FILE
cat >a0.network <<'FILE'
[Match]
Name=a0
[Network]
Address=10.1.0.1/24
Address=2001:db8::1/64
IPv6AcceptRA=no
[Route]
Destination=10.2.0.0/16
Gateway=10.1.0.2
[RoutingPolicyRule]
From=10.3.0.0/16
Table=100
[Neighbor]
Address=10.1.0.9
LinkLayerAddress=02:00:00:00:00:09
FILE
cat >b0.network <<'FILE'
[Match]
Name=b0
[Network]
Bridge=br0
FILE
cat >br0.network <<'FILE'
[Match]
Name=br0
[Network]
Address=10.4.0.1/24
IPv6AcceptRA=no
FILE
/lib/systemd/systemd-networkd &
networkd=$!
until ip route | grep 10.2.0.0/16; do :; done
until ip route | grep 10.4.0.0/24; do :; done
until ip rule | grep 10.3.0.0/16; do :; done
until ip neigh | grep 10.1.0.9; do :; done
ip addr del 10.4.0.1/24 dev br0
ip link del a0
kill $networkd
wait $networkd
