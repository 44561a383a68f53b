# What TestCommandsAreNamed has recorded: one command of ip, bridge, tc, nft, ss, ethtool, devlink, dcb or genl on a line, in
# an empty network namespace. Kernels lack some kinds of links, qdiscs and so on: an error is as good as success. Not here are
# ip xfrm, l2tp, macsec, ila, ioam and sr, whose protocols and families neither nslab nor the kernel's specifications name.
# With NSIM=9 the kernel gets a device netdevsim9, whose only port is eth0, for devlink and ethtool: one that all users of the
# machine see, so for virtual machines alone.
exec >/dev/null 2>&1
[ -z "$NSIM" ] || echo "$NSIM 1 2" >/sys/bus/netdevsim/new_device

# Links of every kind
ip link set lo up
ip link add a0 type veth peer name b0
ip link add a1 numtxqueues 2 numrxqueues 2 type veth peer name b1 address 02:00:00:00:00:b1 mtu 1400
ip link add d0 address 02:00:00:00:00:d0 mtu 1400 txqueuelen 7 type dummy
ip link add i0 type ifb
ip link add br0 type bridge stp_state 1 forward_delay 400 hello_time 300 max_age 1000 ageing_time 2000 priority 9 group_fwd_mask 8
ip link set br0 type bridge vlan_filtering 1 vlan_protocol 802.1Q vlan_default_pvid 3 vlan_stats_enabled 1 vlan_stats_per_port 1
ip link set br0 type bridge mcast_snooping 1 mcast_router 2 mcast_querier 1 mcast_hash_max 64 mcast_stats_enabled 1 mcast_igmp_version 3
ip link set br0 type bridge nf_call_iptables 1 nf_call_ip6tables 1 nf_call_arptables 1 fdb_flush group_address 01:80:c2:00:00:04
ip link add bo0 type bond mode 802.3ad miimon 100 lacp_rate fast xmit_hash_policy layer3+4 ad_select bandwidth
ip link add bo1 type bond mode active-backup arp_interval 100 arp_ip_target 192.0.2.1,192.0.2.2 arp_validate all fail_over_mac active
ip link add te0 type team
ip link add vr0 type vrf table 100
ip link add v10 link a0 type vlan id 10 loose_binding on egress 1:2 ingress 2:3
ip link add v20 link a0 type vlan proto 802.1ad id 20 gvrp off reorder_hdr off
ip link add mv0 link a0 type macvlan mode bridge bcqueuelen 7
ip link add mv1 link d0 type macvlan mode source macaddr add 02:00:00:00:00:11
ip link add mt0 link a0 type macvtap mode vepa
ip link add iv0 link d0 type ipvlan mode l3 private
ip link add it0 link a1 type ipvtap mode l2 vepa
ip link add vx0 type vxlan id 42 dstport 4789 group 239.0.0.1 dev a0 ttl 7 tos 4 nolearning ageing 30 local 192.0.2.2
ip link add vx1 type vxlan external vnifilter dstport 4790 udpcsum gbp
ip link add vx2 type vxlan id 43 dstport 4791 remote 2001:db8::9 udp6zerocsumtx udp6zerocsumrx gpe srcport 1000 2000 maxaddress 99
ip link add ge0 type geneve id 44 remote 192.0.2.9 ttl inherit df set udpcsum
ip link add ge1 type geneve external dstport 6082
ip link add ba0 type bareudp dstport 6635 ethertype mpls_uc
ip link add gr0 type gre remote 192.0.2.1 local 192.0.2.2 key 7 ttl 9 csum seq
ip link add gt0 type gretap remote 192.0.2.1 ikey 7 okey 8 nopmtudisc encap fou encap-sport auto encap-dport 5555
ip link add er0 type erspan remote 192.0.2.1 local 192.0.2.2 key 5 seq erspan_ver 1 erspan 123
ip link add gs0 type ip6gre remote 2001:db8::1 local 2001:db8::2 hoplimit 9 encaplimit 4 flowlabel 0x11 tclass 0x22
ip link add gp0 type ip6gretap remote 2001:db8::1 key 1.2.3.4
ip link add es0 type ip6erspan remote 2001:db8::1 key 6 seq erspan_ver 2 erspan_dir ingress erspan_hwid 7
ip link add ii0 type ipip remote 192.0.2.1 local 192.0.2.2 dev a0 mode any
ip link add si0 type sit remote 192.0.2.1 local 192.0.2.2 ttl 64 isatap
ip link add s60 type ip6tnl remote 2001:db8::1 local 2001:db8::2 mode any encaplimit none
ip link add vt0 type vti remote 192.0.2.1 local 192.0.2.2 key 9 fwmark 3
ip link add vs0 type vti6 remote 2001:db8::1 local 2001:db8::2 ikey 1 okey 2
ip link add xf0 type xfrm dev a0 if_id 42
ip link add nl0 type nlmon
ip link add wg0 type wireguard
ip link add hs0 type hsr slave1 a1 slave2 d0 supervision 45 version 1
ip link add vc0 type vcan
ip link add vy0 type vxcan peer name vy1
ip link add rm0 link a0 type rmnet mux_id 5
ip link add nk0 type netkit peer name nk1
ip link add gtp0 type gtp role sgsn
ip link add bt0 type batadv
ip link add am0 type amt discovery 192.0.2.1 mode gateway local 192.0.2.2 dev a0 relay_port 2268
ip tuntap add dev tu0 mode tun
ip tuntap add dev ta0 mode tap multi_queue vnet_hdr
ip tuntap show
ip tunnel add tn0 mode gre remote 192.0.2.7 local 192.0.2.2
ip tunnel show
ip -6 tunnel show

# What can be set of them
ip link set a0 master br0
ip link set dev a0 type bridge_slave cost 10 priority 5 hairpin on guard on root_block on fastleave on learning off flood off
ip link set dev a0 type bridge_slave proxy_arp on proxy_arp_wifi on mcast_router 2 mcast_fast_leave on mcast_flood on bcast_flood on
ip link set dev a0 type bridge_slave mcast_to_unicast on neigh_suppress on vlan_tunnel on isolated on locked on group_fwd_mask 8 fdb_flush
ip link set d0 master bo0
ip link set dev d0 type bond_slave queue_id 1
ip link set i0 master te0
ip link set b1 master vr0
ip link set a0 up
ip link set b0 up mtu 1400 alias other
ip link set br0 up
ip link set bo0 up
ip link set vr0 up
ip link set vx0 up
ip link set b0 txqueuelen 77
ip link set b0 address 02:00:00:00:00:b0
ip link set b0 group 7
ip link set b0 addrgenmode none
ip link set b0 promisc on allmulticast on arp off
ip link set b0 gso_max_size 30000 gso_max_segs 100
ip link set b0 gro_max_size 30000
ip link set b0 carrier on
ip link set b0 protodown on
ip link set b0 protodown_reason 3 on
ip link set b0 mode dormant
ip link set b0 state up
ip link set d0 vf 0 mac 02:00:00:00:00:01 vlan 5 qos 2 rate 10
ip link set d0 xdp off
ip link property add dev b0 altname second altname third
ip link property del dev b0 altname third
ip link set b1 name b9
ip link set b9 down
ip link set mv1 type macvlan macaddr flush
ip link set si0 type sit ttl 5

# Links shown
ip link show
ip -s -s -d link show
ip -d link show type bridge
ip -d link show type veth
ip -6 link show
ip link show dev b0
ip link show dev second
ip link show up
ip link show master br0
ip link show vrf vr0
ip link show group 7
ip link show nothing
ip -d link show type bridge_slave
ip link xstats type bridge
ip link xstats type bridge_slave
ip link xstats type bond
ip link afstats
ip link afstats dev a0
ip stats show
ip stats show group link
ip stats show group offload
ip stats show dev a0 group xstats
ip stats show group xstats_slave
ip stats show group afstats
ip stats set dev a0 l3_stats on

# Addresses
ip addr add 192.0.2.2/24 dev br0
ip addr add 192.0.2.3/24 dev br0 valid_lft 100 preferred_lft 50 label br0:x
ip addr add 192.0.2.4 peer 192.0.2.5 dev b0
ip addr add 198.51.100.1/24 broadcast + dev b0 scope link metric 77 noprefixroute
ip addr add 233.252.0.1/24 dev b0 autojoin
ip addr add 2001:db8::2/64 dev br0 nodad
ip addr add 2001:db8:5::2/64 dev b0 nodad home mngtmpaddr proto 3
ip addr add 2001:db8::3 peer 2001:db8::4 dev b0 nodad
ip addr change 2001:db8::2/64 dev br0 valid_lft 300 preferred_lft 200
ip addr del 192.0.2.3/24 dev br0
ip addr add 10.0.0.1/8 dev nothing
ip addr show
ip -6 addr show
ip -s addr show dev br0
ip addr show scope global
ip addr show permanent
ip addr show to 192.0.2.0/24
ip addrlabel add prefix 2001:db8:2::/48 label 9
ip addrlabel list
ip addrlabel del prefix 2001:db8:2::/48
ip maddr add 33:33:00:00:00:05 dev a0
ip maddr show
ip token set ::5 dev b0
ip token list
ip netconf show
ip netconf show dev a0
ip -4 netconf show dev all
ip -6 netconf show

# Routes, with every encapsulation
ip route add 198.51.100.0/24 via 192.0.2.1 dev br0 mtu 1300 advmss 1200 metric 7 window 5 rtt 30ms rttvar 3ms initcwnd 9 initrwnd 8
ip route add 198.51.101.0/24 nexthop via 192.0.2.1 weight 2 nexthop via 192.0.2.7 weight 3
ip route add unreachable 198.51.102.0/24
ip route add blackhole 198.51.103.0/24
ip route add prohibit 198.51.104.0/24
ip route add throw 198.51.105.0/24
ip route add 198.51.106.0/24 dev br0 table 70 realm 3/4 proto static scope link src 192.0.2.2
ip route add 198.51.107.0/24 via inet6 2001:db8::1 dev br0
ip route add 198.51.108.0/24 dev br0 onlink via 10.9.9.9
ip route add 198.51.109.0/24 dev br0 features ecn quickack 1 congctl cubic hoplimit 7 reordering 4 rto_min 5ms
ip route add 198.51.110.0/24 encap ip id 5 dst 192.0.2.1 src 192.0.2.2 ttl 9 tos 4 key csum seq via 192.0.2.1
ip route add 198.51.111.0/24 encap ip6 id 5 dst 2001:db8::1 hoplimit 9 tc 4 via 192.0.2.1
ip route add 198.51.112.0/24 encap mpls 100/200 ttl 9 via 192.0.2.1
ip route add 198.51.113.0/24 encap xfrm if_id 1 link_dev a0 dev a0
ip route add 198.51.114.0/24 encap ip id 1 dst 192.0.2.1 geneve_opts 1:2:0304 via 192.0.2.1
ip route add 198.51.115.0/24 encap ip id 1 dst 192.0.2.1 vxlan_opts 5 via 192.0.2.1
ip route add 198.51.116.0/24 encap ip id 1 dst 192.0.2.1 erspan_opts 1:5:0:0 via 192.0.2.1
ip -6 route add 2001:db8:1::/64 via 2001:db8::1 dev br0 pref high expires 100
ip -6 route add 2001:db8:2::/64 encap seg6 mode encap segs 2001:db8::5,2001:db8::6 dev br0
ip -6 route add 2001:db8:3::/64 encap seg6 mode inline segs 2001:db8::5 hmac 1 dev br0
ip -6 route add 2001:db8:4::/128 encap seg6local action End.X nh6 2001:db8::7 dev br0
ip -6 route add 2001:db8:4::1/128 encap seg6local action End.DT4 vrftable 100 dev br0
ip -6 route add 2001:db8:4::2/128 encap seg6local action End.B6.Encaps srh segs 2001:db8::5 count dev br0
ip -6 route add 2001:db8:4::3/128 encap seg6local action End.DX2 oif a0 dev br0
ip -6 route add 2001:db8:6::/64 encap rpl segs 2001:db8::5 dev br0
ip -6 route add 2001:db8:7::/64 encap ioam6 mode inline trace prealloc type 0x800000 ns 1 size 12 dev br0
ip -6 route add 2001:db8:8::/64 encap ip6 id 5 dst 2001:db8::1 dev br0
ip -6 route add 2001:db8:9::/64 nexthop via 2001:db8::1 dev br0 nexthop via 2001:db8::5 dev br0 weight 3
ip -f mpls route add 100 as 200 via inet 192.0.2.1 dev br0
ip -f mpls route add 101 via inet6 2001:db8::1 dev br0 ttl-propagate disabled
ip -f mpls route show
ip -f mpls netconf show
ip route change 198.51.100.0/24 via 192.0.2.9 dev br0 metric 7
ip route append 198.51.100.0/24 via 192.0.2.10 dev br0 metric 7
ip route replace 198.51.100.0/24 via 192.0.2.11 dev br0 metric 8
ip route add 203.0.113.0/24 via 172.31.0.1
ip route get 192.0.2.9
ip route get 192.0.2.9 from 192.0.2.2 oif br0 mark 3 ipproto tcp sport 1 dport 2
ip route get fibmatch 192.0.2.9
ip route get 192.0.2.9 iif br0 from 192.0.2.77
ip -6 route get 2001:db8::77
ip route show
ip route show table all
ip route show cache
ip -s -d route show table 70
ip -6 route show table all
ip route show root 198.51.0.0/16
ip route show proto static
ip route del 198.51.102.0/24
ip route flush table 70
ip mroute show
ip -6 mroute show
ip mroute show table all

# Next hops
ip nexthop add id 1 via 192.0.2.1 dev br0
ip nexthop add id 2 via 2001:db8::1 dev br0 proto static
ip nexthop add id 3 blackhole
ip nexthop add id 4 dev br0 scope link
ip nexthop add id 5 group 1,7/4,3
ip nexthop add id 6 group 1 type resilient buckets 8 idle_timer 60 unbalanced_timer 300
ip nexthop add id 7 via 192.0.2.7 dev vx0 fdb
ip nexthop add id 8 via 192.0.2.7 dev br0 encap mpls 300
ip nexthop replace id 1 via 192.0.2.8 dev br0 onlink
ip route add 198.51.120.0/24 nhid 1
ip nexthop show
ip -d nexthop show
ip -s nexthop show
ip nexthop get id 5
ip nexthop show groups
ip nexthop show dev br0
ip nexthop bucket show
ip nexthop bucket show id 6
ip nexthop bucket get id 6 index 0
ip nexthop del id 4
ip nexthop flush

# Rules
ip rule add from 192.0.2.0/24 iif br0 fwmark 1/3 lookup 70 priority 99
ip rule add to 192.0.2.0/24 ipproto tcp dport 80-90 sport 5 uidrange 1-2 prohibit
ip rule add from all tos 4 oif a0 goto 32766 priority 98
ip rule add l3mdev priority 97
ip rule add suppress_ifgroup default table 71 priority 96
ip rule add tun_id 77 blackhole priority 95 protocol static
ip rule add nop priority 94
ip rule add realms 3/4 lookup 72 priority 93
ip -6 rule add suppress_prefixlength 0 table main
ip -6 rule add not from 2001:db8::/32 unreachable
ip rule show
ip -d -6 rule show
ip rule del priority 94
ip rule flush

# Neighbours
ip neigh add 192.0.2.8 lladdr 02:00:00:00:00:01 dev br0 nud stale router
ip neigh add 192.0.2.9 lladdr 02:00:00:00:00:02 dev br0 nud permanent protocol static
ip neigh add 192.0.2.10 lladdr 02:00:00:00:00:03 dev br0 extern_learn
ip neigh add 192.0.2.11 dev br0 managed
ip neigh add proxy 192.0.2.18 dev br0
ip -6 neigh add 2001:db8::8 lladdr 02:00:00:00:00:01 dev br0
ip neigh get 192.0.2.8 dev br0
ip neigh show
ip -s -6 neigh show
ip neigh show proxy
ip neigh show nud all
ip neigh show dev br0
ip neigh show vrf vr0
ip neigh del 192.0.2.8 dev br0
ip neigh flush dev br0
ip ntable show
ip -s ntable show
ip ntable change name arp_cache dev lo queue 30 base_reachable 40000 retrans 2000 gc_stale 70000 delay_probe 6000 app_probes 1 ucast_probes 2 mcast_probes 4 anycast_delay 900 proxy_delay 700 proxy_queue 60 locktime 900
ip ntable change name arp_cache thresh1 129 thresh2 513 thresh3 1025 gc_int 31000

# Namespaces, and families of generic netlink that ip speaks to
ip netns add x
ip netns set x 7
ip netns list-id
ip netns list-id target-nsid 7
ip link add n0 type veth peer name n1 netns x
ip -n x link show
ip -n x -d addr show
ip link show dev n0
ip netns del x
ip tcp_metrics show
ip tcp_metrics flush
ip mptcp limits set subflows 2 add_addr_accepted 2
ip mptcp limits show
ip mptcp endpoint add 192.0.2.2 dev br0 id 3 signal
ip mptcp endpoint add 2001:db8::2 id 4 subflow backup fullmesh
ip mptcp endpoint change id 3 backup
ip mptcp endpoint show
ip mptcp endpoint show id 3
ip mptcp endpoint delete id 3
ip fou add port 5555 ipproto 47
ip fou add port 5556 gue
ip fou show
ip fou del port 5555
genl ctrl list
genl ctrl get name nlctrl
genl ctrl get name nothing
genl ctrl policy name nlctrl
genl ctrl policy name ethtool

# bridge
bridge link set dev a0 cost 4 learning on flood on state 3 priority 6
bridge link set dev a0 hwmode vepa
bridge link set dev a0 mab on locked on learning on
bridge link show
bridge -d link show
bridge -s link show dev a0
bridge fdb add 02:00:00:00:00:02 dev a0 master static vlan 1
bridge fdb add 02:00:00:00:00:03 dev a0 self
bridge fdb add 02:00:00:00:00:04 dev a0 master sticky
bridge fdb append 00:00:00:00:00:00 dev vx0 dst 192.0.2.77 port 4790 vni 5 src_vni 42
bridge fdb append 02:00:00:00:00:05 dev vx0 dst 2001:db8::77 via a0
bridge fdb add 02:00:00:00:00:06 dev vx0 nhid 7
bridge fdb replace 02:00:00:00:00:02 dev a0 master dynamic
bridge fdb get 02:00:00:00:00:02 br br0
bridge fdb get 02:00:00:00:00:04 dev a0 vlan 3
bridge fdb show
bridge -s -d fdb show br br0
bridge fdb show brport a0
bridge fdb show dynamic
bridge fdb flush dev br0
bridge fdb del 02:00:00:00:00:04 dev a0 master
bridge mdb add dev br0 port a0 grp 239.1.1.1 permanent
bridge mdb add dev br0 port a0 grp 239.1.1.2 src 192.0.2.9 temp
bridge mdb add dev br0 port a0 grp ff15::1 vid 3
bridge mdb add dev br0 port a0 grp 01:00:5e:00:00:77 permanent
bridge mdb replace dev br0 port a0 grp 239.1.1.3 filter_mode include source_list 192.0.2.7,192.0.2.8 proto zebra
bridge -d -s mdb show
bridge mdb del dev br0 port a0 grp 239.1.1.1
bridge vlan add dev a0 vid 10-12 pvid untagged
bridge vlan add dev br0 vid 10 self
bridge vlan add dev vx1 vid 10 tunnel_info id 100
bridge vlan set dev a0 vid 10 state learning
bridge vlan set dev a0 vid 10 mcast_router 2
bridge vlan global set dev br0 vid 10 mcast_snooping 1 mcast_querier 1 mcast_igmp_version 3
bridge vlan global show
bridge vlan show
bridge -s vlan show
bridge -d vlan show
bridge vlan tunnelshow
bridge vlan del dev a0 vid 12
bridge vni add dev vx1 vni 100-101 group 239.0.0.7
bridge -s vni show
bridge mst set dev a0 msti 1 state 3
bridge mst show

# Qdiscs, classes
tc qdisc add dev b0 root handle 1: htb default 10 r2q 5 direct_qlen 9
tc class add dev b0 parent 1: classid 1:10 htb rate 1mbit ceil 2mbit burst 15k cburst 16k prio 3 quantum 1500
tc qdisc add dev b0 parent 1:10 tbf rate 1mbit burst 10k latency 10ms peakrate 2mbit mtu 1540
tc class change dev b0 classid 1:10 htb rate 2mbit
tc -s -d class show dev b0
tc qdisc replace dev b0 root handle 2: prio bands 3
tc qdisc replace dev b0 parent 2:1 netem delay 10ms 2ms distribution normal loss 1% duplicate 1% corrupt 1% reorder 5% 50% rate 1mbit 20
tc qdisc replace dev b0 parent 2:1 netem loss gemodel 1% 10% 70% 0.1% limit 50 ecn slot 1ms 2ms packets 5 bytes 900
tc qdisc replace dev b0 parent 2:1 netem loss state 1% 2% 3% 4% 5%
tc qdisc replace dev b0 parent 2:2 fq_codel limit 100 flows 16 target 5ms interval 100ms quantum 300 ecn ce_threshold 1ms memory_limit 1Mb drop_batch 8
tc qdisc replace dev b0 parent 2:2 codel limit 100 target 4ms ecn
tc qdisc replace dev b0 parent 2:2 fq limit 100 flow_limit 10 quantum 3000 maxrate 1mbit pacing orphan_mask 15 timer_slack 9000
tc qdisc replace dev b0 parent 2:2 sfq perturb 10 quantum 1514 limit 100 divisor 512 redflowlimit 100000 min 8000 max 60000 probability 0.1 ecn headdrop
tc qdisc replace dev b0 parent 2:2 red limit 400000 min 30000 max 90000 avpkt 1000 burst 55 ecn adaptive bandwidth 10mbit
tc qdisc replace dev b0 parent 2:2 sfb limit 100 rehash 600000
tc qdisc replace dev b0 parent 2:2 choke limit 100 bandwidth 10mbit min 20 max 60 ecn
tc qdisc replace dev b0 parent 2:2 gred setup vqs 4 default 2 grio
tc qdisc change dev b0 parent 2:2 gred vq 1 limit 60000 min 15000 max 25000 avpkt 1000 burst 20 bandwidth 10mbit probability 0.02 prio 2
tc qdisc replace dev b0 parent 2:2 pie limit 100 target 20ms tupdate 30ms alpha 2 beta 20 ecn bytemode
tc qdisc replace dev b0 parent 2:2 fq_pie limit 100 flows 16
tc qdisc replace dev b0 parent 2:2 hhf limit 100 quantum 1500
tc qdisc replace dev b0 parent 2:2 cake bandwidth 1mbit diffserv4 nat wash ack-filter rtt 50ms overhead 20 mpu 64
tc qdisc replace dev b0 parent 2:2 pfifo limit 9
tc qdisc replace dev b0 parent 2:2 bfifo limit 9000
tc qdisc replace dev b0 parent 2:2 skbprio limit 9
tc qdisc replace dev b0 parent 2:2 dualpi2
tc qdisc replace dev b0 root handle 3: hfsc default 1
tc class add dev b0 parent 3: classid 3:1 hfsc sc m1 2mbit d 10ms m2 1mbit ul rate 3mbit
tc qdisc replace dev b0 root handle 4: qfq
tc class add dev b0 parent 4: classid 4:1 qfq weight 10 maxpkt 1500
tc qdisc replace dev b0 root handle 5: drr
tc class add dev b0 parent 5: classid 5:1 drr quantum 600
tc qdisc replace dev b0 root handle 6: ets bands 4 strict 2 quanta 1000 2000 priomap 0 1 2 3
tc qdisc replace dev a1 root handle 7: mq
tc qdisc replace dev a1 root handle 8: mqprio num_tc 2 map 0 1 queues 1@0 1@1 hw 0
tc qdisc replace dev a1 root handle 9: taprio num_tc 2 map 0 1 queues 1@0 1@1 base-time 0 sched-entry S 01 300000 sched-entry S 02 300000 clockid CLOCK_TAI
tc qdisc replace dev a1 root handle a: multiq
tc qdisc replace dev a1 root handle b: cbs idleslope 1 sendslope -1 hicredit 1 locredit -1
tc qdisc replace dev a1 root handle c: etf delta 9 clockid CLOCK_TAI
tc qdisc replace dev a1 root handle d: plug limit 99
tc qdisc add dev b0 ingress_block 7 ingress
tc qdisc add dev a1 clsact
tc qdisc replace dev b0 root handle 1: htb
tc qdisc replace dev b0 stab overhead 8 linklayer atm mtu 2000 root handle e: pfifo
tc -s -d qdisc show
tc -s qdisc show dev b0
tc qdisc show ingress
tc qdisc del dev b0 root
tc qdisc add dev b0 root handle 1: htb default 10
tc class add dev b0 parent 1: classid 1:10 htb rate 1mbit

# Filters and actions
tc filter add block 7 protocol ip flower dst_ip 192.0.2.0/24 action drop
tc filter add dev a1 ingress protocol ip prio 1 u32 match ip dst 192.0.2.0/24 match tcp dst 80 0xffff classid 1:1 action drop
tc filter add dev a1 ingress protocol ip prio 2 flower ip_proto tcp dst_port 80 src_ip 10.0.0.0/8 tcp_flags 2/2 ip_tos 4 ip_ttl 7 skip_hw action gact ok random determ drop 5
tc filter add dev a1 ingress protocol 802.1q prio 3 flower vlan_id 5 vlan_prio 2 vlan_ethtype ipv6 dst_mac 02:00:00:00:00:01 action vlan pop
tc filter add dev a1 ingress protocol ip prio 4 flower enc_key_id 5 enc_dst_ip 192.0.2.1 enc_dst_port 4789 geneve_opts 1:2:0304 action tunnel_key unset
tc filter add dev a1 ingress protocol mpls_uc prio 5 flower mpls_label 5 mpls_tc 1 mpls_bos 1 mpls_ttl 9 action mpls pop protocol ip
tc filter add dev a1 ingress protocol arp prio 6 flower arp_sip 192.0.2.1 arp_op request action pedit ex munge eth src set 02:00:00:00:00:09
tc filter add dev a1 ingress protocol ip prio 7 flower ct_state +trk+est ct_zone 3 ct_mark 5 action ct zone 3 nat src addr 192.0.2.9
tc filter add dev a1 ingress protocol all prio 8 matchall action mirred egress mirror dev a0
tc filter add dev a1 ingress protocol all prio 9 matchall action mirred egress redirect dev a0
tc filter add dev a1 ingress protocol all prio 10 matchall action police rate 1mbit burst 10k conform-exceed drop/pipe
tc filter add dev a1 ingress protocol all prio 11 matchall action skbedit mark 5 priority 1:2 queue_mapping 1 ptype host
tc filter add dev a1 ingress protocol all prio 12 matchall action csum ip4h tcp udp
tc filter add dev a1 ingress protocol all prio 13 matchall action nat ingress 192.0.2.0/24 198.51.100.1
tc filter add dev a1 ingress protocol all prio 14 matchall action sample rate 12 group 4 trunc 99
tc filter add dev a1 ingress protocol all prio 15 matchall action skbmod set dmac 02:00:00:00:00:07
tc filter add dev a1 ingress protocol all prio 16 matchall action simple sdata hello
tc filter add dev a1 ingress protocol all prio 17 matchall action ife encode allow mark dst 02:00:00:00:00:08
tc filter add dev a1 ingress protocol all prio 18 matchall action connmark zone 5
tc filter add dev a1 ingress protocol all prio 19 matchall action ctinfo dscp 0xfc000000 0x01000000
tc filter add dev a1 ingress protocol all prio 20 matchall action goto chain 5
tc filter add dev a1 ingress protocol all prio 21 matchall action gate clockid CLOCK_TAI sched-entry open 200000000 -1 8000000 sched-entry close 100000000
tc filter add dev a1 ingress protocol all prio 22 matchall action tunnel_key set id 5 src_ip 192.0.2.1 dst_ip 192.0.2.2 dst_port 4789 csum tos 4 ttl 9
tc filter add dev a1 ingress protocol all prio 23 matchall action vlan push id 5 priority 2 protocol 802.1ad
tc filter add dev a1 egress protocol ip prio 1 fw classid 1:1
tc filter add dev a1 egress protocol ip handle 5 prio 2 fw classid 1:1 action police rate 1mbit burst 10k
tc filter add dev a1 egress protocol ip prio 3 route to 5 classid 1:1
tc filter add dev a1 egress protocol ip prio 4 basic match 'cmp(u8 at 0 layer link eq 4) and meta(priority gt 1)' classid 1:1
tc filter add dev a1 egress protocol ip prio 5 flow hash keys src,dst divisor 16 baseclass 1:1
tc filter add dev a1 egress protocol ip prio 6 cgroup match 'u32(u32 5 0xff at 4)'
tc filter add dev a1 egress protocol ip prio 7 bpf bytecode '1,6 0 0 4294967295' flowid 1:1 action ok
tc filter add dev a1 egress protocol ip prio 8 handle 1: u32 divisor 16
tc chain add dev a1 ingress chain 5 protocol ip flower dst_ip 0.0.0.0/16
tc chain show dev a1 ingress
tc filter get dev a1 ingress protocol all prio 8 handle 1 matchall
tc -s -d filter show dev a1 ingress
tc -s -d filter show dev a1 egress
tc filter show block 7
tc filter del dev a1 ingress prio 8
tc actions add action gact drop index 7 cookie 0102
tc actions replace action police rate 2mbit burst 10k index 8
tc actions add action bpf bytecode '1,6 0 0 4294967295' index 3
tc -s actions list action gact
tc actions get action gact index 7
tc actions show action police
tc actions flush action gact

# nft
nft add table inet t
nft add chain inet t in '{ type filter hook input priority 0; policy accept; }'
nft add chain inet t out '{ type route hook output priority mangle; }'
nft add chain ip n post '{ type nat hook postrouting priority 100; }'
nft add table ip n
nft add chain ip n post '{ type nat hook postrouting priority 100; }'
nft add chain inet t other
nft add set inet t s '{ type ipv4_addr; flags interval, timeout; timeout 1h; gc-interval 10m; size 100; comment "some"; }'
nft add element inet t s '{ 192.0.2.0/24 timeout 5m, 198.51.100.1-198.51.100.9 comment "x" }'
nft add set inet t cc '{ type ipv4_addr . inet_service; flags interval; counter; }'
nft add element inet t cc '{ 192.0.2.1 . 80-90 }'
nft add map inet t m '{ type inet_service : verdict; }'
nft add element inet t m '{ 22 : accept, 23 : goto other }'
nft add counter inet t c
nft add quota inet t q '{ over 10 mbytes; }'
nft add limit inet t l '{ rate 10/second burst 5 packets; }'
nft add ct helper inet t h '{ type "ftp" protocol tcp; }'
nft add ct timeout inet t to '{ protocol tcp; policy = { established: 100, close: 4 }; }'
nft add synproxy inet t sy '{ mss 1460; wscale 7; timestamp; sack-perm; }'
nft add rule inet t in ip saddr @s counter name c drop comment '"no"'
nft add rule inet t in tcp dport vmap @m
nft add rule inet t in ct state established,related counter accept
nft add rule inet t in tcp flags syn limit rate 5/second log prefix '"x"' group 2 reject with tcp reset
nft add rule inet t in meta mark set ct mark '&' 0xff quota over 1 mbytes drop
nft add rule inet t in udp dport 53 add @s '{ ip saddr timeout 1m }'
nft add rule inet t in fib saddr . iif oif missing drop
nft add rule inet t in iifname b0 tcp option maxseg size set rt mtu
nft add rule inet t in jhash ip saddr mod 4 seed 5 numgen inc mod 3 1
nft add rule inet t in meta random 5 socket transparent 1 queue num 1-3 bypass
nft add rule ip n post oifname b0 masquerade random
nft add rule ip n post ip saddr 10.0.0.0/8 snat to 192.0.2.5-192.0.2.9:1000-2000 persistent
nft add rule inet t in tcp dport 80 synproxy name sy
nft add table netdev nd
nft add chain netdev nd i '{ type filter hook ingress device b0 priority 0; }'
nft add rule netdev nd i fwd to a0
nft add rule netdev nd i dup to a0
nft add flowtable inet t f '{ hook ingress priority 0; devices = { a0, b0 }; counter; }'
nft add rule inet t other flow add @f
nft add table bridge bt
nft add chain bridge bt i '{ type filter hook forward priority 0; }'
nft add rule bridge bt i ether saddr 02:00:00:00:00:01 vlan id 5 meta ibrname br0 counter drop
nft add set bridge bt s '{ type ether_addr; }'
nft add element bridge bt s '{ 02:00:00:00:00:02 }'
nft add rule bridge bt i ip saddr 192.0.2.1 log level warn
nft add rule bridge bt i 'meta protocol { ip, arp } limit rate 400/minute accept'
nft list ruleset
nft -a list table inet t
nft list sets
nft list counters
nft list flowtables
nft reset counters
nft get element inet t s '{ 192.0.2.7 }'
nft replace rule inet t in handle 999 drop
nft delete rule inet t in handle 999
nft rename chain inet t other another
nft add table ip dormant '{ flags dormant; }'
nft flush chain inet t in
nft delete element inet t m '{ 22 }'
nft flush set inet t s
nft delete table inet t
nft flush ruleset

# ss
ss -tuan
ss -tanpeimoH
ss -uapne
ss -wa
ss -xap
ss -0a
ss -a
ss --sctp -a
ss --vsock -a
ss --mptcp -a
ss -s
ss -Z
ss -t state listening
ss -t dst 192.0.2.0/24 or sport = :80
ss -6ta
ss --tipc -a
ss --xdp
ss -K dst 203.0.113.9
ss -f netlink -a

# ethtool
ethtool a0
ethtool b0
ethtool -i a0
ethtool -k a0
ethtool -K a0 tso off gro on
ethtool -K b0 rx off
ethtool -S a0
ethtool -S a0 --all-groups
ethtool -l a1
ethtool -L a1 combined 2
ethtool -L a1 rx 1 tx 1
ethtool -g a0
ethtool -G a0 rx 64
ethtool -c a0
ethtool -C a0 rx-usecs 5
ethtool -a a0
ethtool -A a0 rx on
ethtool -s a0 speed 1000 duplex full
ethtool -s a0 msglvl drv on
ethtool -s a0 wol g
ethtool -P a0
ethtool -T a0
ethtool -x a0
ethtool -n a0
ethtool -u a0
ethtool -m a0
ethtool -t a0
ethtool --show-priv-flags a0
ethtool --set-priv-flags a0 x on
ethtool --show-eee a0
ethtool --set-eee a0 eee on
ethtool --show-fec a0
ethtool --set-fec a0 encoding rs
ethtool --show-tunnels vx0
ethtool --show-phys a0
ethtool --show-module a0
ethtool --set-module a0 power-mode-policy auto
ethtool --get-plca-cfg a0
ethtool --get-plca-status a0
ethtool --set-plca-cfg a0 enable on
ethtool --show-mm a0
ethtool --show-pse a0
ethtool --set-pse a0 podl-pse-admin-control enable
ethtool --cable-test a0
ethtool --cable-test-tdr a0
ethtool --get-phy-tunable a0 downshift
ethtool --get-tunable a0 rx-copybreak
ethtool --include-statistics -a a0
ethtool --json -k a0
ethtool tu0
ethtool ta0
ethtool d0
ethtool br0
ethtool nothing
ethtool eth0
ethtool -i eth0
ethtool -k eth0
ethtool -g eth0
ethtool -G eth0 rx 64 tx 64
ethtool -c eth0
ethtool -C eth0 rx-usecs 5 tx-frames 7 adaptive-rx on
ethtool -a eth0
ethtool -A eth0 rx on tx on
ethtool -l eth0
ethtool -L eth0 combined 1
ethtool --show-fec eth0
ethtool --set-fec eth0 encoding rs
ethtool -T eth0
ethtool -S eth0
ethtool -S eth0 --groups eth-mac eth-phy eth-ctrl rmon
ethtool -I --show-fec eth0
ethtool -I -a eth0
ethtool --show-tunnels eth0
ethtool -P eth0
ethtool -x eth0
ethtool --show-mm eth0
ethtool --show-eee eth0

# devlink, dcb
devlink dev show
devlink -s dev show
devlink dev info
devlink dev param show
devlink dev param set netdevsim/netdevsim9 name max_macs value 16 cmode driverinit
devlink dev param set netdevsim/netdevsim9 name test1 value true cmode driverinit
devlink dev eswitch show netdevsim/netdevsim9
devlink dev eswitch set netdevsim/netdevsim9 mode switchdev
devlink dev eswitch set netdevsim/netdevsim9 mode legacy
devlink dev flash netdevsim/netdevsim9 file x
devlink dev selftests show
devlink dev selftests run netdevsim/netdevsim9 id flash
devlink port show
devlink -s port show
devlink port show netdevsim/netdevsim9/0
devlink port set netdevsim/netdevsim9/0 type eth
devlink port split netdevsim/netdevsim9/0 count 2
devlink port function set netdevsim/netdevsim9/0 hw_addr 02:00:00:00:00:07
devlink port function rate show
devlink port function rate add netdevsim/netdevsim9/group
devlink port function rate set netdevsim/netdevsim9/group tx_share 10mbit tx_max 100mbit
devlink port param show
devlink sb show
devlink sb pool show
devlink sb port pool show
devlink sb tc bind show
devlink sb occupancy show eth0
devlink region show
devlink region new netdevsim/netdevsim9/dummy snapshot 3
devlink region dump netdevsim/netdevsim9/dummy snapshot 3
devlink region read netdevsim/netdevsim9/dummy snapshot 3 address 0 length 16
devlink region del netdevsim/netdevsim9/dummy snapshot 3
devlink trap show
devlink -s trap show
devlink trap set netdevsim/netdevsim9 trap blackhole_route action trap
devlink trap group show
devlink trap group set netdevsim/netdevsim9 group l2_drops policer 1
devlink trap policer show
devlink trap policer set netdevsim/netdevsim9 policer 1 rate 2000 burst 32
devlink health show
devlink health diagnose netdevsim/netdevsim9 reporter dummy
devlink health recover netdevsim/netdevsim9 reporter dummy
devlink health test netdevsim/netdevsim9 reporter dummy
devlink health dump show netdevsim/netdevsim9 reporter dummy
devlink health dump clear netdevsim/netdevsim9 reporter dummy
devlink health set netdevsim/netdevsim9 reporter empty grace_period 9 auto_recover false
devlink dpipe table show netdevsim/netdevsim9
devlink dpipe header show netdevsim/netdevsim9
devlink resource show netdevsim/netdevsim9
devlink resource set netdevsim/netdevsim9 path /IPv4/fib size 100
devlink lc show
devlink dev reload netdevsim/netdevsim9
devlink dev reload netdevsim/netdevsim9 action fw_activate
dcb buffer show dev a0
dcb ets show dev a0
dcb app show dev a0
dcb pfc show dev a0
dcb maxrate show dev a0
dcb dcbx show dev a0

# Things go
ip link set a0 nomaster
ip addr flush dev b0
ip link del vx0
ip link del a1
ip link del a0
ip link del br0
[ -z "$NSIM" ] || echo "$NSIM" >/sys/bus/netdevsim/del_device
exit 0
