"""Builds a star with mininet, says "up" and each host's process and address,
keeps it until standard input ends, and takes it down."""
import resource
import sys

import mininet.net
import mininet.nodelib
from mininet.topo import Topo

# fixLimits raises limits of the machine; the benchmark changes nothing of it.
mininet.net.fixLimits = lambda: None


class Star(Topo):
    def build(self, n):
        hub = self.addSwitch("s1")
        for i in range(1, n + 1):
            host = self.addHost("h%d" % i, ip="10.0.%d.%d/16" % (i // 256, i % 256))
            self.addLink(host, hub)


net = mininet.net.Mininet(Star(int(sys.argv[1])), switch=mininet.nodelib.LinuxBridge, controller=None)
net.start()
usage = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
print("usage", sum(u.ru_utime for u in usage), sum(u.ru_stime for u in usage), max(u.ru_maxrss for u in usage))
for host in net.hosts:
    print("host", host.pid, host.IP())
print("up", flush=True)
sys.stdin.read()
net.stop()
