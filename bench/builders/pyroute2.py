"""Builds a lab from its plan with pyroute2, as its documentation shows."""
import json
import sys

from pyroute2 import IPRoute, NetNS, netns


def sysctl(name, value):
    with open("/proc/sys/" + name, "w") as f:
        f.write(value)


def inside(node, ends, ipv6):
    none = {"attrs": [["AF_INET6", {"attrs": [["IFLA_INET6_ADDR_GEN_MODE", 1]]}]]}

    def up(index):
        if not ipv6:
            ns.link("set", index=index, IFLA_AF_SPEC=none)
        ns.link("set", index=index, state="up")

    with NetNS(node["name"]) as ns:
        ns.link("set", index=ns.link_lookup(ifname="lo")[0], state="up")
        bridge = 0
        if node["bridge"]:
            ns.link("add", ifname="br0", kind="bridge", address=node["bridge"], br_forward_delay=0, br_stp_state=0)
            bridge = ns.link_lookup(ifname="br0")[0]
            up(bridge)
        for end in ends:
            index = ns.link_lookup(ifname=end["iface"])[0]
            if bridge:
                ns.link("set", index=index, master=bridge)
            up(index)
            if end["addr"]:
                ns.addr("add", index=index, address=end["addr"], prefixlen=end["bits"])
    if node["router"]:
        netns.pushns(node["name"])
        sysctl("net/ipv4/ip_forward", "1")
        sysctl("net/ipv6/conf/all/forwarding", "1")
        netns.popns()


def main():
    verb, path = sys.argv[1:]
    with open(path) as f:
        plan = json.load(f)
    if verb == "down":
        for node in plan["nodes"]:
            netns.remove(node["name"])
        return
    one = {"num_tx_queues": 1, "num_rx_queues": 1} if plan["one"] else {}
    ends = [[] for _ in plan["nodes"]]
    for node in plan["nodes"]:
        netns.create(node["name"])
    with IPRoute() as ipr:
        for a, b in plan["links"]:
            for end in (a, b):
                ends[end["node"]].append(end)
            x, y = (dict(one, ifname=e["iface"], address=e["mac"], net_ns_fd=plan["nodes"][e["node"]]["name"]) for e in (a, b))
            ipr.link("add", kind="veth", peer=y, **x)
    for node, own in zip(plan["nodes"], ends):
        inside(node, own, plan["ipv6"])


main()
