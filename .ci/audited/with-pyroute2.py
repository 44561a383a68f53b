# What programs commonly do with pyroute2.
from pyroute2 import IPRoute
ip = IPRoute()
ip.link("add", ifname="a0", kind="veth", peer={"ifname": "b0"})
i = ip.link_lookup(ifname="a0")[0]
ip.link("set", index=i, state="up")
ip.addr("add", index=i, address="10.1.0.1", prefixlen=24)
ip.route("add", dst="10.2.0.0/16", oif=i)
ip.get_links()
ip.get_addr(index=i)
ip.get_routes(table=254)
ip.get_neighbours(ifindex=i)
ip.flush_addr(index=i)
ip.link("del", index=i)
ip.close()
