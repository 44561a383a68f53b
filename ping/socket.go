package ping

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"net"
	"net/netip"
	"strconv"

	"github.com/mdlayher/socket"
	"golang.org/x/net/bpf"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
	"golang.org/x/sys/unix"
)

// icmpFilterOption is ICMP_FILTER, a bit mask of the types to drop
// (include/uapi/linux/icmp.h, raw(7)).
const icmpFilterOption = 1

// probePort is the port to which iputils connects a UDP socket, without
// sending, to learn the source address.
const probePort = 1025

// An endpoint is an open ICMP socket with the addresses of both ends.
type endpoint struct {
	conn   *socket.Conn
	family Family
	raw    bool
	// id is the identifier of our requests. Datagram sockets insert their own,
	// and receive only replies to that.
	id       uint16
	dest     netip.Addr // as printed, with an interface name as the zone
	to       unix.Sockaddr
	source   netip.Addr // unspecified if the kernel chooses for each packet
	warnings []string
	notice   string // a warning that iputils prints without "ping: "
	// many is set if several hosts may answer each request.
	many bool
}

// openEndpoint opens a socket for pinging dest. It must run on a thread that is
// inside the namespace.
func openEndpoint(o Options, dest netip.Addr, id uint16) (_ *endpoint, err error) {
	e := &endpoint{family: IPv4, id: id, dest: dest, source: o.Source.WithZone("").Unmap()}
	if dest.Is6() {
		e.family = IPv6
	}
	if err := e.open(); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			e.conn.Close()
		}
	}()

	device := o.Interface
	if device == "" {
		device = o.Source.Zone()
	}
	var deviceIndex, scope uint32
	if device != "" {
		if deviceIndex, err = e.index(device); err != nil {
			return nil, err
		}
		if err := e.conn.SetsockoptString(unix.SOL_SOCKET, unix.SO_BINDTODEVICE, device); err != nil {
			return nil, failed("SO_BINDTODEVICE "+device, err)
		}
	}
	if zone := dest.Zone(); zone != "" {
		if scope, err = e.index(zone); err != nil {
			return nil, fmt.Errorf("%s: %w", o.Dest, err)
		}
		e.dest = e.named(dest.WithZone(""), scope)
	}

	if e.source.IsValid() {
		if err := e.conn.Bind(sockaddr(e.source, deviceIndex, 0)); err != nil {
			return nil, failed("bind to source address "+e.source.String(), err)
		}
		e.source = e.named(e.source, deviceIndex)
	} else if err := e.probe(o, device, deviceIndex, scope); err != nil {
		return nil, err
	}
	if e.dest == netip.IPv4Unspecified() {
		e.dest = e.source
	}
	e.to = sockaddr(e.dest.WithZone(""), scope, 0)
	e.many = e.dest.IsMulticast() || o.Broadcast && e.family == IPv4
	return e, e.setOptions(o)
}

// open tries a raw socket and then a datagram socket.
func (e *endpoint) open() error {
	domain, proto := unix.AF_INET, unix.IPPROTO_ICMP
	if e.family == IPv6 {
		domain, proto = unix.AF_INET6, unix.IPPROTO_ICMPV6
	}
	var err error
	if e.conn, err = socket.Socket(domain, unix.SOCK_RAW, proto, "icmp", nil); err == nil {
		e.raw = true
		return nil
	}
	if !errors.Is(err, fs.ErrPermission) {
		return openFailed(e.family, err)
	}
	if e.conn, err = socket.Socket(domain, unix.SOCK_DGRAM, proto, "icmp", nil); err == nil {
		return nil
	}
	return openFailed(e.family, err)
}

func openFailed(f Family, err error) error {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("socket: %w: this needs CAP_NET_RAW, or one of your groups in the range of sysctl net.ipv4.ping_group_range", reason(err))
	case f == IPv6 && (errors.Is(err, unix.EAFNOSUPPORT) || errors.Is(err, unix.EPROTONOSUPPORT)):
		return fmt.Errorf("socket: %w: this kernel has no IPv6", reason(err))
	}
	return failed("socket", err)
}

// probe connects a UDP socket to learn which source address the kernel chooses
// and whether there is a route. Nothing is sent.
func (e *endpoint) probe(o Options, device string, deviceIndex, scope uint32) error {
	e.source = netip.IPv4Unspecified()
	domain := unix.AF_INET
	if e.family == IPv6 {
		e.source, domain = netip.IPv6Unspecified(), unix.AF_INET6
	}
	dest := e.dest.WithZone("")
	if scope == 0 && isLinkLocal(dest) && e.family == IPv6 {
		if deviceIndex == 0 {
			return nil // connect needs a scope, sendto does not
		}
		scope = deviceIndex
	}
	fd, err := unix.Socket(domain, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return failed("socket", err)
	}
	defer unix.Close(fd)
	if device != "" {
		if err := unix.BindToDevice(fd, device); err != nil {
			return failed("SO_BINDTODEVICE "+device, err)
		}
	}
	if o.TOS != 0 && e.family == IPv4 { // routes may depend on it
		if err := unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_TOS, o.TOS); err != nil {
			return failed("setsockopt IP_TOS", err)
		}
	}
	err = unix.Connect(fd, sockaddr(dest, scope, probePort))
	if err == unix.EACCES && e.family == IPv4 {
		if !o.Broadcast {
			return fmt.Errorf("%s: connect: %w: for a broadcast address use -b; otherwise a route or a firewall rule forbids it", o.Dest, errno(unix.EACCES))
		}
		e.notice = "WARNING: pinging broadcast address"
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_BROADCAST, 1); err != nil {
			return failed("setsockopt SO_BROADCAST", err)
		}
		err = unix.Connect(fd, sockaddr(dest, scope, probePort))
	}
	if err != nil {
		return failed(o.Dest+": connect", err)
	}
	sa, err := unix.Getsockname(fd)
	if err != nil {
		return failed("getsockname", err)
	}
	e.source, _ = fromSockaddr(sa)
	if device != "" && !hasAddress(device, e.source) {
		e.warnings = append(e.warnings, "Warning: source address might be selected on device other than: "+device)
	}
	if isLinkLocal(e.source) {
		e.source = e.named(e.source, scope)
	}
	return nil
}

// hasAddress reports whether an interface in the thread's namespace has an
// address. It returns true if the addresses cannot be read, so that there is no
// false warning.
func hasAddress(device string, a netip.Addr) bool {
	ifi, err := net.InterfaceByName(device)
	if err != nil {
		return true
	}
	addrs, err := ifi.Addrs()
	if err != nil {
		return true
	}
	for _, addr := range addrs {
		if n, ok := addr.(*net.IPNet); ok && n.IP.Equal(a.AsSlice()) {
			return true
		}
	}
	return false
}

func (e *endpoint) setOptions(o Options) error {
	type option struct {
		name                string
		level, option, want int
	}
	var options []option
	discovery := o.Discovery
	if e.many && discovery == DiscoveryDefault {
		discovery = DiscoveryDo
	}
	ttl := max(o.TTL, 0)
	if e.family == IPv4 {
		options = []option{
			{"IP_RECVERR", unix.IPPROTO_IP, unix.IP_RECVERR, 1},
			{"IP_RECVTTL", unix.IPPROTO_IP, unix.IP_RECVTTL, 1},
		}
		if e.raw {
			keep := uint32(1<<ipv4.ICMPTypeEchoReply | 1<<ipv4.ICMPTypeRedirect)
			options = append(options, option{"ICMP_FILTER", unix.SOL_RAW, icmpFilterOption, int(int32(^keep))})
		}
		if discovery != DiscoveryDefault {
			options = append(options, option{"IP_MTU_DISCOVER", unix.IPPROTO_IP, unix.IP_MTU_DISCOVER, discoveries[discovery].value})
		}
		if o.TTL != 0 {
			options = append(options, option{"IP_TTL", unix.IPPROTO_IP, unix.IP_TTL, ttl},
				option{"IP_MULTICAST_TTL", unix.IPPROTO_IP, unix.IP_MULTICAST_TTL, ttl})
		}
		if o.TOS != 0 {
			options = append(options, option{"IP_TOS", unix.IPPROTO_IP, unix.IP_TOS, o.TOS})
		}
		if o.Broadcast {
			options = append(options, option{"SO_BROADCAST", unix.SOL_SOCKET, unix.SO_BROADCAST, 1})
		}
	} else {
		options = []option{
			{"IPV6_RECVERR", unix.IPPROTO_IPV6, unix.IPV6_RECVERR, 1},
			{"IPV6_RECVHOPLIMIT", unix.IPPROTO_IPV6, unix.IPV6_RECVHOPLIMIT, 1},
		}
		if discovery != DiscoveryDefault {
			options = append(options, option{"IPV6_MTU_DISCOVER", unix.IPPROTO_IPV6, unix.IPV6_MTU_DISCOVER, discoveries[discovery].value})
		}
		if o.TTL != 0 {
			options = append(options, option{"IPV6_UNICAST_HOPS", unix.IPPROTO_IPV6, unix.IPV6_UNICAST_HOPS, ttl},
				option{"IPV6_MULTICAST_HOPS", unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_HOPS, ttl})
		}
		if o.TOS != 0 {
			options = append(options, option{"IPV6_TCLASS", unix.IPPROTO_IPV6, unix.IPV6_TCLASS, o.TOS})
		}
	}
	if o.SendBuffer != 0 {
		options = append(options, option{"SO_SNDBUF", unix.SOL_SOCKET, unix.SO_SNDBUF, o.SendBuffer})
	}
	options = append(options, option{"SO_TIMESTAMPNS", unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1})
	for _, opt := range options {
		if err := e.conn.SetsockoptInt(opt.level, opt.option, opt.want); err != nil {
			return failed("setsockopt "+opt.name, err)
		}
	}
	if !e.raw {
		return nil
	}
	replyType := uint32(ipv4.ICMPTypeEchoReply)
	if e.family == IPv6 {
		replyType = uint32(ipv6.ICMPTypeEchoReply)
		var filter unix.ICMPv6Filter // a set bit blocks a type
		for i := range filter.Data {
			filter.Data[i] = math.MaxUint32
		}
		filter.Data[replyType/32] &^= 1 << (replyType % 32)
		if err := e.conn.SetsockoptICMPv6Filter(unix.IPPROTO_ICMPV6, unix.ICMPV6_FILTER, &filter); err != nil {
			return failed("setsockopt ICMP6_FILTER", err)
		}
	}
	program, err := bpf.Assemble(replyFilter(e.family, replyType, e.id))
	if err != nil {
		return fmt.Errorf("assemble socket filter: %w", err)
	}
	if err := e.conn.SetBPF(program); err != nil {
		return failed("setsockopt SO_ATTACH_FILTER", err)
	}
	return nil
}

// replyFilter drops echo replies with another identifier. Each raw socket of a
// namespace receives the replies to all its pings.
func replyFilter(f Family, replyType uint32, id uint16) []bpf.Instruction {
	var skipHeader bpf.Instruction = bpf.LoadMemShift{Off: 0} // X = length of the IPv4 header
	if f == IPv6 {
		skipHeader = bpf.LoadConstant{Dst: bpf.RegX, Val: 0} // raw IPv6 sockets deliver no header
	}
	return []bpf.Instruction{
		skipHeader,
		bpf.LoadIndirect{Off: 0, Size: 1},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: replyType, SkipFalse: 2},
		bpf.LoadIndirect{Off: 4, Size: 2},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: uint32(id), SkipFalse: 1},
		bpf.RetConstant{Val: math.MaxUint32},
		bpf.RetConstant{Val: 0},
	}
}

// ioctl runs an interface request in the socket's own namespace, on whatever
// thread.
func (e *endpoint) ioctl(request uint, ifr *unix.Ifreq) error {
	rc, err := e.conn.SyscallConn()
	if err != nil {
		return err
	}
	var ioctlErr error
	if err := rc.Control(func(fd uintptr) { ioctlErr = unix.IoctlIfreq(int(fd), request, ifr) }); err != nil {
		return err
	}
	return ioctlErr
}

// index returns the interface index for a name or, as in a zone, a number.
func (e *endpoint) index(name string) (uint32, error) {
	ifr, err := unix.NewIfreq(name)
	if err == nil {
		err = e.ioctl(unix.SIOCGIFINDEX, ifr)
	}
	if err == nil {
		return ifr.Uint32(), nil
	}
	if n, perr := strconv.ParseUint(name, 10, 31); perr == nil && n > 0 {
		return uint32(n), nil
	}
	if errors.Is(err, unix.EINVAL) { // too long for an interface name
		err = unix.ENODEV
	}
	return 0, failed("unknown iface: "+name, err)
}

// named sets the zone of a link-local address: the interface's name, or, if the
// interface is gone, its index, as getnameinfo(3) does.
func (e *endpoint) named(a netip.Addr, scope uint32) netip.Addr {
	if scope == 0 || !isLinkLocal(a) || a.Is4() {
		return a
	}
	ifr, err := unix.NewIfreq("")
	if err == nil {
		ifr.SetUint32(scope)
		err = e.ioctl(unix.SIOCGIFNAME, ifr)
	}
	if err != nil || ifr.Name() == "" {
		return a.WithZone(strconv.FormatUint(uint64(scope), 10))
	}
	return a.WithZone(ifr.Name())
}

// anycast reports whether dest is what RFC 4291 calls a Subnet-Router anycast
// address with a 64-bit prefix. Routers reply from an address of their own.
func anycast(dest netip.Addr) bool {
	b := dest.As16()
	return dest.Is6() && [8]byte(b[8:]) == [8]byte{}
}
