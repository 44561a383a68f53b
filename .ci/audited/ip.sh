# A session with ip, bridge, tc and ss.
set -e
ip link add a0 type veth peer name b0
ip link set a0 up
ip link set b0 up
ip addr add 10.1.0.1/24 dev a0
ip route add 10.2.0.0/16 via 10.1.0.2
ip -d link
ip -s link
ip addr show dev a0
ip route show table all
ip -6 route
ip route get 10.2.0.1
ip neigh add 10.1.0.9 lladdr 02:00:00:00:00:09 dev a0
ip neigh
ip rule
ip link add br0 type bridge
ip link set a0 master br0
bridge link
bridge fdb
tc qdisc add dev b0 root tbf rate 1mbit burst 10k latency 50ms
tc -s qdisc
ss -tua
ip addr flush dev a0
ip link del a0
