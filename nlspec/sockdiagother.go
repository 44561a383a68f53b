package nlspec

// unixDiagReq is the header of a request for Unix sockets
// (include/uapi/linux/unix_diag.h).
var unixDiagReq = &CStruct{Name: "unix_diag_req", Fields: []Field{
	{Name: "sdiag_family", Kind: U8, Values: &families},
	{Name: "sdiag_protocol", Kind: U8},
	{Len: 2},
	{Name: "udiag_states", Kind: U32, Values: &sockStates},
	{Name: "udiag_ino", Kind: U32},
	{Name: "udiag_show", Kind: U32, Values: &unixDiagShow},
	{Name: "udiag_cookie", Kind: Array, Elem: elemU32, Len: 8},
}}

// unixDiagMsg is the header of an answer.
var unixDiagMsg = &CStruct{Name: "unix_diag_msg", Fields: []Field{
	{Name: "udiag_family", Kind: U8, Values: &families},
	{Name: "udiag_type", Kind: U8, Values: &sockTypes},
	{Name: "udiag_state", Kind: U8, Values: &tcpStates},
	{Len: 1},
	{Name: "udiag_ino", Kind: U32},
	{Name: "udiag_cookie", Kind: Array, Elem: elemU32, Len: 8},
}}

// unixDiagAttrs is the attributes of an answer
// (include/uapi/linux/unix_diag.h). A name in the abstract name space begins
// with a NUL.
var unixDiagAttrs = Set{
	0: {Name: "UNIX_DIAG_NAME", Kind: SunPath},
	1: {Name: "UNIX_DIAG_VFS", Kind: Struct, Struct: unixDiagVFS},
	2: {Name: "UNIX_DIAG_PEER", Kind: U32},
	3: {Name: "UNIX_DIAG_ICONS", Kind: Array, Elem: elemU32},
	4: {Name: "UNIX_DIAG_RQLEN", Kind: Struct, Struct: unixDiagRqlen},
	5: {Name: "UNIX_DIAG_MEMINFO", Kind: Array, Elem: elemU32, Nest: skMeminfo},
	6: {Name: "UNIX_DIAG_SHUTDOWN", Kind: U8, Values: &sockShutdown},
	7: {Name: "UNIX_DIAG_UID", Kind: U32},
}

// unixDiagVFS is UNIX_DIAG_VFS.
var unixDiagVFS = &CStruct{Name: "unix_diag_vfs", Fields: []Field{
	{Name: "udiag_vfs_ino", Kind: U32},
	{Name: "udiag_vfs_dev", Kind: U32},
}}

// unixDiagRqlen is UNIX_DIAG_RQLEN.
var unixDiagRqlen = &CStruct{Name: "unix_diag_rqlen", Fields: []Field{
	{Name: "udiag_rqueue", Kind: U32},
	{Name: "udiag_wqueue", Kind: U32},
}}

// unixDiagShow is udiag_show.
var unixDiagShow = Values{Prefix: "UDIAG_SHOW_", Bits: true, Consts: []Const{
	{1, "UDIAG_SHOW_NAME"},
	{2, "UDIAG_SHOW_VFS"},
	{4, "UDIAG_SHOW_PEER"},
	{8, "UDIAG_SHOW_ICONS"},
	{16, "UDIAG_SHOW_RQLEN"},
	{32, "UDIAG_SHOW_MEMINFO"},
	{64, "UDIAG_SHOW_UID"},
}}

// sockTypes is the type of a socket (socket(2)).
var sockTypes = Values{Prefix: "SOCK_", Consts: []Const{
	{1, "SOCK_STREAM"},
	{2, "SOCK_DGRAM"},
	{3, "SOCK_RAW"},
	{4, "SOCK_RDM"},
	{5, "SOCK_SEQPACKET"},
	{6, "SOCK_DCCP"},
	{10, "SOCK_PACKET"},
}}

// netlinkDiagReq is the header of a request for netlink sockets
// (include/uapi/linux/netlink_diag.h).
var netlinkDiagReq = &CStruct{Name: "netlink_diag_req", Fields: []Field{
	{Name: "sdiag_family", Kind: U8, Values: &families},
	{Name: "sdiag_protocol", Kind: U8, Values: &netlinkDiagProtocols},
	{Len: 2},
	{Name: "ndiag_ino", Kind: U32},
	{Name: "ndiag_show", Kind: U32, Values: &netlinkDiagShow},
	{Name: "ndiag_cookie", Kind: Array, Elem: elemU32, Len: 8},
}}

// netlinkDiagMsg is the header of an answer.
var netlinkDiagMsg = &CStruct{Name: "netlink_diag_msg", Fields: []Field{
	{Name: "ndiag_family", Kind: U8, Values: &families},
	{Name: "ndiag_type", Kind: U8, Values: &sockTypes},
	{Name: "ndiag_protocol", Kind: U8, Values: &netlinkDiagProtocols},
	{Name: "ndiag_state", Kind: U8},
	{Name: "ndiag_portid", Kind: U32},
	{Name: "ndiag_dst_portid", Kind: U32},
	{Name: "ndiag_dst_group", Kind: U32},
	{Name: "ndiag_ino", Kind: U32},
	{Name: "ndiag_cookie", Kind: Array, Elem: elemU32, Len: 8},
}}

// netlinkDiagProtocols is protocols, and NDIAG_PROTO_ALL.
var netlinkDiagProtocols Values

func init() {
	netlinkDiagProtocols.Consts = append([]Const{{0xff, "NDIAG_PROTO_ALL"}}, protocols.Consts...)
}

// netlinkDiagAttrs is the attributes of an answer
// (include/uapi/linux/netlink_diag.h). GROUPS is a bitmap of unsigned longs.
var netlinkDiagAttrs = Set{
	0: {Name: "NETLINK_DIAG_MEMINFO", Kind: Array, Elem: elemU32, Nest: skMeminfo},
	1: {Name: "NETLINK_DIAG_GROUPS", Kind: Bytes},
	2: {Name: "NETLINK_DIAG_RX_RING", Kind: Struct, Struct: netlinkDiagRing},
	3: {Name: "NETLINK_DIAG_TX_RING", Kind: Struct, Struct: netlinkDiagRing},
	4: {Name: "NETLINK_DIAG_FLAGS", Kind: U32, Values: &netlinkDiagFlags},
}

// netlinkDiagRing is a ring, which Linux had up to 4.5.
var netlinkDiagRing = &CStruct{Name: "netlink_diag_ring", Fields: []Field{
	{Name: "ndr_block_size", Kind: U32},
	{Name: "ndr_block_nr", Kind: U32},
	{Name: "ndr_frame_size", Kind: U32},
	{Name: "ndr_frame_nr", Kind: U32},
}}

// netlinkDiagShow is ndiag_show.
var netlinkDiagShow = Values{Prefix: "NDIAG_SHOW_", Bits: true, Consts: []Const{
	{1, "NDIAG_SHOW_MEMINFO"},
	{2, "NDIAG_SHOW_GROUPS"},
	{4, "NDIAG_SHOW_RING_CFG"},
	{8, "NDIAG_SHOW_FLAGS"},
}}

// netlinkDiagFlags is NETLINK_DIAG_FLAGS.
var netlinkDiagFlags = Values{Prefix: "NDIAG_FLAG_", Bits: true, Consts: []Const{
	{1, "NDIAG_FLAG_CB_RUNNING"},
	{2, "NDIAG_FLAG_PKTINFO"},
	{4, "NDIAG_FLAG_BROADCAST_ERROR"},
	{8, "NDIAG_FLAG_NO_ENOBUFS"},
	{16, "NDIAG_FLAG_LISTEN_ALL_NSID"},
	{32, "NDIAG_FLAG_CAP_ACK"},
}}

// packetDiagReq is the header of a request for packet sockets
// (include/uapi/linux/packet_diag.h).
var packetDiagReq = &CStruct{Name: "packet_diag_req", Fields: []Field{
	{Name: "sdiag_family", Kind: U8, Values: &families},
	{Name: "sdiag_protocol", Kind: U8},
	{Len: 2},
	{Name: "pdiag_ino", Kind: U32},
	{Name: "pdiag_show", Kind: U32, Values: &packetDiagShow},
	{Name: "pdiag_cookie", Kind: Array, Elem: elemU32, Len: 8},
}}

// packetDiagMsg is the header of an answer.
var packetDiagMsg = &CStruct{Name: "packet_diag_msg", Fields: []Field{
	{Name: "pdiag_family", Kind: U8, Values: &families},
	{Name: "pdiag_type", Kind: U8, Values: &sockTypes},
	{Name: "pdiag_num", Kind: U16, Values: &etherTypes},
	{Name: "pdiag_ino", Kind: U32},
	{Name: "pdiag_cookie", Kind: Array, Elem: elemU32, Len: 8},
}}

// packetDiagAttrs is the attributes of an answer
// (include/uapi/linux/packet_diag.h).
var packetDiagAttrs = Set{
	0: {Name: "PACKET_DIAG_INFO", Kind: Struct, Struct: packetDiagInfo},
	1: {Name: "PACKET_DIAG_MCLIST", Kind: Array, Elem: &Attr{Kind: Struct, Struct: packetDiagMclist}},
	2: {Name: "PACKET_DIAG_RX_RING", Kind: Struct, Struct: packetDiagRing},
	3: {Name: "PACKET_DIAG_TX_RING", Kind: Struct, Struct: packetDiagRing},
	4: {Name: "PACKET_DIAG_FANOUT", Kind: U32},
	5: {Name: "PACKET_DIAG_UID", Kind: U32},
	6: {Name: "PACKET_DIAG_MEMINFO", Kind: Array, Elem: elemU32, Nest: skMeminfo},
	7: {Name: "PACKET_DIAG_FILTER", Kind: Array, Elem: &Attr{Kind: Struct, Struct: sockFilter}},
}

// packetDiagInfo is PACKET_DIAG_INFO.
var packetDiagInfo = &CStruct{Name: "packet_diag_info", Fields: []Field{
	{Name: "pdi_index", Kind: U32},
	{Name: "pdi_version", Kind: U32},
	{Name: "pdi_reserve", Kind: U32},
	{Name: "pdi_copy_thresh", Kind: U32},
	{Name: "pdi_tstamp", Kind: U32},
	{Name: "pdi_flags", Kind: U32, Values: &packetDiagFlags},
}}

// packetDiagFlags is pdi_flags.
var packetDiagFlags = Values{Prefix: "PDI_", Bits: true, Consts: []Const{
	{1, "PDI_RUNNING"},
	{2, "PDI_AUXDATA"},
	{4, "PDI_ORIGDEV"},
	{8, "PDI_VNETHDR"},
	{16, "PDI_LOSS"},
}}

// packetDiagShow is pdiag_show.
var packetDiagShow = Values{Prefix: "PACKET_SHOW_", Bits: true, Consts: []Const{
	{1, "PACKET_SHOW_INFO"},
	{2, "PACKET_SHOW_MCLIST"},
	{4, "PACKET_SHOW_RING_CFG"},
	{8, "PACKET_SHOW_FANOUT"},
	{16, "PACKET_SHOW_MEMINFO"},
	{32, "PACKET_SHOW_FILTER"},
}}

// packetDiagMclist is an address that a socket receives.
var packetDiagMclist = &CStruct{Name: "packet_diag_mclist", Fields: []Field{
	{Name: "pdmc_index", Kind: U32},
	{Name: "pdmc_count", Kind: U32},
	{Name: "pdmc_type", Kind: U16},
	{Name: "pdmc_alen", Kind: U16},
	{Name: "pdmc_addr", Kind: Bytes, Len: 32},
}}

// packetDiagRing is a ring.
var packetDiagRing = &CStruct{Name: "packet_diag_ring", Fields: []Field{
	{Name: "pdr_block_size", Kind: U32},
	{Name: "pdr_block_nr", Kind: U32},
	{Name: "pdr_frame_size", Kind: U32},
	{Name: "pdr_frame_nr", Kind: U32},
	{Name: "pdr_retire_tmo", Kind: U32},
	{Name: "pdr_sizeof_priv", Kind: U32},
	{Name: "pdr_features", Kind: U32},
}}

// vsockDiagReq is the header of a request for sockets of virtual machines
// (include/uapi/linux/vm_sockets_diag.h).
var vsockDiagReq = &CStruct{Name: "vsock_diag_req", Fields: []Field{
	{Name: "sdiag_family", Kind: U8, Values: &families},
	{Name: "sdiag_protocol", Kind: U8},
	{Len: 2},
	{Name: "vdiag_states", Kind: U32, Values: &sockStates},
	{Name: "vdiag_ino", Kind: U32},
	{Name: "vdiag_show", Kind: U32},
	{Name: "vdiag_cookie", Kind: Array, Elem: elemU32, Len: 8},
}}

// vsockDiagMsg is the header of an answer.
var vsockDiagMsg = &CStruct{Name: "vsock_diag_msg", Fields: []Field{
	{Name: "vdiag_family", Kind: U8, Values: &families},
	{Name: "vdiag_type", Kind: U8, Values: &sockTypes},
	{Name: "vdiag_state", Kind: U8, Values: &tcpStates},
	{Name: "vdiag_shutdown", Kind: U8, Values: &sockShutdown},
	{Name: "vdiag_src_cid", Kind: U32},
	{Name: "vdiag_src_port", Kind: U32},
	{Name: "vdiag_dst_cid", Kind: U32},
	{Name: "vdiag_dst_port", Kind: U32},
	{Name: "vdiag_ino", Kind: U32},
	{Name: "vdiag_cookie", Kind: Array, Elem: elemU32, Len: 8},
}}

// tipcDiagReq is a request for TIPC sockets
// (include/uapi/linux/tipc_sockets_diag.h). Answers have no header that
// identifies them.
var tipcDiagReq = &CStruct{Name: "tipc_sock_diag_req", Fields: []Field{
	{Name: "sdiag_family", Kind: U8, Values: &families},
	{Name: "sdiag_protocol", Kind: U8},
	{Len: 2},
	{Name: "tidiag_states", Kind: U32, Values: &sockStates},
}}

// xdpDiagReq is the header of a request for XDP sockets
// (include/uapi/linux/xdp_diag.h).
var xdpDiagReq = &CStruct{Name: "xdp_diag_req", Fields: []Field{
	{Name: "sdiag_family", Kind: U8, Values: &families},
	{Name: "sdiag_protocol", Kind: U8},
	{Len: 2},
	{Name: "xdiag_ino", Kind: U32},
	{Name: "xdiag_show", Kind: U32, Values: &xdpDiagShow},
	{Name: "xdiag_cookie", Kind: Array, Elem: elemU32, Len: 8},
}}

// xdpDiagMsg is the header of an answer.
var xdpDiagMsg = &CStruct{Name: "xdp_diag_msg", Fields: []Field{
	{Name: "xdiag_family", Kind: U8, Values: &families},
	{Name: "xdiag_type", Kind: U8, Values: &sockTypes},
	{Len: 2},
	{Name: "xdiag_ino", Kind: U32},
	{Name: "xdiag_cookie", Kind: Array, Elem: elemU32, Len: 8},
}}

// xdpDiagShow is xdiag_show.
var xdpDiagShow = Values{Prefix: "XDP_SHOW_", Bits: true, Consts: []Const{
	{1, "XDP_SHOW_INFO"},
	{2, "XDP_SHOW_RING_CFG"},
	{4, "XDP_SHOW_UMEM"},
	{8, "XDP_SHOW_MEMINFO"},
	{16, "XDP_SHOW_STATS"},
}}

// xdpDiagAttrs is the attributes of an answer (include/uapi/linux/xdp_diag.h).
var xdpDiagAttrs = Set{
	1: {Name: "XDP_DIAG_INFO", Kind: Struct, Struct: xdpDiagInfo},
	2: {Name: "XDP_DIAG_UID", Kind: U32},
	3: {Name: "XDP_DIAG_RX_RING", Kind: Struct, Struct: xdpDiagRing},
	4: {Name: "XDP_DIAG_TX_RING", Kind: Struct, Struct: xdpDiagRing},
	5: {Name: "XDP_DIAG_UMEM", Kind: Struct, Struct: xdpDiagUmem},
	6: {Name: "XDP_DIAG_UMEM_FILL_RING", Kind: Struct, Struct: xdpDiagRing},
	7: {Name: "XDP_DIAG_UMEM_COMPLETION_RING", Kind: Struct, Struct: xdpDiagRing},
	8: {Name: "XDP_DIAG_MEMINFO", Kind: Array, Elem: elemU32, Nest: skMeminfo},
	9: {Name: "XDP_DIAG_STATS", Kind: Struct, Struct: xdpDiagStats},
}

// xdpDiagInfo is XDP_DIAG_INFO.
var xdpDiagInfo = &CStruct{Name: "xdp_diag_info", Fields: []Field{
	{Name: "ifindex", Kind: U32},
	{Name: "queue_id", Kind: U32},
}}

// xdpDiagRing is a ring.
var xdpDiagRing = &CStruct{Name: "xdp_diag_ring", Fields: []Field{
	{Name: "entries", Kind: U32},
}}

// xdpDiagUmem is XDP_DIAG_UMEM.
var xdpDiagUmem = &CStruct{Name: "xdp_diag_umem", Fields: []Field{
	{Name: "size", Kind: U64},
	{Name: "id", Kind: U32},
	{Name: "num_pages", Kind: U32},
	{Name: "chunk_size", Kind: U32},
	{Name: "headroom", Kind: U32},
	{Name: "ifindex", Kind: U32},
	{Name: "queue_id", Kind: U32},
	{Name: "flags", Kind: U32, Values: &xdpUmemFlags},
	{Name: "refs", Kind: U32},
}}

// xdpUmemFlags is xdp_diag_umem's flags.
var xdpUmemFlags = Values{Prefix: "XDP_DU_F_", Bits: true, Consts: []Const{
	{1, "XDP_DU_F_ZEROCOPY"},
}}

// xdpDiagStats is XDP_DIAG_STATS.
var xdpDiagStats = &CStruct{Name: "xdp_diag_stats", Fields: []Field{
	{Name: "n_rx_dropped", Kind: U64},
	{Name: "n_rx_invalid", Kind: U64},
	{Name: "n_rx_full", Kind: U64},
	{Name: "n_fill_ring_empty", Kind: U64},
	{Name: "n_tx_invalid", Kind: U64},
	{Name: "n_tx_ring_empty", Kind: U64},
}}
