# What TestStrace lets strace watch; errors are as good as success.
exec >/dev/null 2>&1
ip link set lo up
ip link add a0 type veth peer name b0
ip link add br0 type bridge stp_state 1 forward_delay 400 vlan_protocol 802.1Q mcast_snooping 1
ip link add vx0 type vxlan id 42 dstport 4789 remote 192.0.2.9 dev a0 ttl 7 tos 4 nolearning ageing 30
ip link add mv0 link a0 type macvlan mode bridge
ip link add v10 link a0 type vlan id 10 egress 1:2 ingress 2:3
ip link add gre1 type gre remote 192.0.2.1 local 192.0.2.2 key 7 ttl 9
ip link add tap0 type tun mode tap
ip link add vrf0 type vrf table 100
ip link add bo0 type bond mode 802.3ad miimon 100
ip link add d0 type dummy
ip link set a0 master br0
ip link set dev a0 type bridge_slave cost 10 priority 5 hairpin on guard on
ip link set a0 up
ip link set b0 up mtu 1400 alias other
ip link set br0 up
ip link property add dev b0 altname second
ip addr add 192.0.2.2/24 dev br0
ip addr add 192.0.2.3/24 dev br0 valid_lft 100 preferred_lft 50 label br0:x
ip addr add 2001:db8::2/64 dev br0 nodad
ip addr add 192.0.2.4 peer 192.0.2.5 dev b0
ip route add 198.51.100.0/24 via 192.0.2.1 dev br0 mtu 1300 advmss 1200 metric 7
ip route add 198.51.101.0/24 nexthop via 192.0.2.1 weight 2 nexthop via 192.0.2.7 weight 3
ip route add unreachable 198.51.102.0/24
ip route add 198.51.103.0/24 encap ip id 5 dst 192.0.2.1 via 192.0.2.1
ip -6 route add 2001:db8:1::/64 via 2001:db8::1 dev br0 pref high
ip route add 198.51.104.0/24 dev br0 table 70 realm 3/4
ip nexthop add id 1 via 192.0.2.1 dev br0
ip nexthop add id 2 group 1
ip route add 198.51.105.0/24 nhid 1
ip rule add from 192.0.2.0/24 iif br0 fwmark 1/3 lookup 70 priority 99
ip rule add to 192.0.2.0/24 ipproto tcp dport 80-90 uidrange 1-2 prohibit
ip -6 rule add suppress_prefixlength 0 table main
ip neigh add 192.0.2.8 lladdr 02:00:00:00:00:01 dev br0 nud stale
ip neigh add proxy 192.0.2.18 dev br0
bridge fdb add 02:00:00:00:00:02 dev a0 master static vlan 1
bridge fdb append 00:00:00:00:00:00 dev vx0 dst 192.0.2.77 port 4790 vni 5
bridge mdb add dev br0 port a0 grp 239.1.1.1 permanent
bridge vlan add dev a0 vid 10-12 pvid untagged
bridge link set dev a0 cost 4 learning off flood off
ip addrlabel add prefix 2001:db8:2::/48 label 9
ip netns list-id
ip ntable change name arp_cache dev lo queue 30
tc qdisc add dev b0 root handle 1: htb default 10 r2q 5
tc class add dev b0 parent 1: classid 1:10 htb rate 1mbit ceil 2mbit burst 15k
tc qdisc add dev b0 parent 1:10 tbf rate 1mbit burst 10k latency 10ms
tc qdisc add dev b0 ingress
tc filter add dev b0 parent ffff: protocol ip prio 5 u32 match ip dst 192.0.2.0/24 action drop
tc filter add dev b0 parent 1: protocol ip flower dst_ip 192.0.2.0/24 action mirred egress redirect dev a0
ip -s -d link show
ip -6 link show
ip -d link show dev b0
bridge -d link show
bridge vlan show
bridge fdb show
bridge -d mdb show
ip addr show
ip -6 addr show
ip route show table all
ip -6 route show table all
ip route get 192.0.2.9
ip rule show
ip -6 rule show
ip neigh show
ip neigh show proxy
ip nexthop show
ip netconf show
ip -s ntable show
ip addrlabel list
ip mroute show
ip maddr show
ip stats show
tc -s -d qdisc show
tc -s -d class show dev b0
tc -s filter show dev b0 parent ffff:
tc -s filter show dev b0 parent 1:
tc actions list action gact
ip link del vx0
ip link del a0
ip route flush table 70
exit 0
