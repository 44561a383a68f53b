#!/bin/sh
# Writes a lab of N x N routers, each joined to its neighbours, that run OSPF
# with FRR (Debian's package frr). `up` returns when each has a route to each:
#
#   sh examples/grid.sh 10 > grid.yaml && sudo ./nslab up grid.yaml
n=${1:-10}
echo "name: grid
nodes:
  r:
    count: $((n*n))
    kind: frr
    startup-config: |
      router ospf
       ospf router-id {{host (index .Loopbacks 0)}}
       network 10.0.0.0/8 area 0
       timers throttle spf 50 200 2000
      {{range .Interfaces}}interface {{.Name}}
       ip ospf network point-to-point
       ip ospf hello-interval 2
       ip ospf dead-interval 20
      {{end}}
    addresses: [\"10.255.0.\${INDEX}/32\"]
    # A route to the loopback of each other router.
    healthcheck: {test: \"[ \$(ip route show proto ospf | grep -c ^10.255) = $((n*n-1)) ]\", interval: 1s, retries: 600}
links:"
i=1
while [ $i -le $((n*n)) ]; do
  [ $((i%n)) = 0 ] || echo "  - {endpoints: [r$i:east, r$((i+1)):west], subnet: {pool: 10.0.0.0/16, each: 31}}"
  [ $i -gt $((n*n-n)) ] || echo "  - {endpoints: [r$i:south, r$((i+n)):north], subnet: {pool: 10.0.0.0/16, each: 31}}"
  i=$((i+1))
done
