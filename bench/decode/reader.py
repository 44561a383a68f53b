# Prints each rtnetlink message of a capture (pcap, LINKTYPE_NETLINK, the host's byte order), decoded by pyroute2.
import struct
import sys

try:
    from pyroute2.netlink.rtnl.marshal import MarshalRtnl
except ImportError:
    from pyroute2.netlink.rtnl.iprsocket import MarshalRtnl

marshal = MarshalRtnl()
with open(sys.argv[1], 'rb') as capture:
    capture.read(24)
    while True:
        header = capture.read(16)
        if len(header) < 16:
            break
        packet = capture.read(struct.unpack('=IIII', header)[2])
        for message in marshal.parse(packet[16:]):
            print(message)
