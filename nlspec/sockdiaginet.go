package nlspec

import "golang.org/x/sys/unix"

// inetDiagReqV2 is the header of a request for sockets of IPv4 and IPv6
// (include/uapi/linux/inet_diag.h).
var inetDiagReqV2 = &CStruct{Name: "inet_diag_req_v2", Fields: []Field{
	{Name: "sdiag_family", Kind: U8, Values: &families},
	{Name: "sdiag_protocol", Kind: U8, Values: &ipProtos},
	{Name: "idiag_ext", Kind: U8, Values: &inetDiagExt},
	{Len: 1},
	{Name: "idiag_states", Kind: U32, Values: &sockStates},
	{Name: "id", Kind: Struct, Struct: inetDiagSockID},
}}

// inetDiagReq is the header of the same request before Linux 3.3.
var inetDiagReq = &CStruct{Name: "inet_diag_req", Fields: []Field{
	{Name: "idiag_family", Kind: U8, Values: &families},
	{Name: "idiag_src_len", Kind: U8},
	{Name: "idiag_dst_len", Kind: U8},
	{Name: "idiag_ext", Kind: U8, Values: &inetDiagExt},
	{Name: "id", Kind: Struct, Struct: inetDiagSockID},
	{Name: "idiag_states", Kind: U32, Values: &sockStates},
	{Name: "idiag_dbs", Kind: U32},
}}

// inetDiagMsg is the header of an answer: queues in bytes, the timer in
// milliseconds.
var inetDiagMsg = &CStruct{Name: "inet_diag_msg", Fields: []Field{
	{Name: "idiag_family", Kind: U8, Values: &families},
	{Name: "idiag_state", Kind: U8, Values: &tcpStates},
	{Name: "idiag_timer", Kind: U8},
	{Name: "idiag_retrans", Kind: U8},
	{Name: "id", Kind: Struct, Struct: inetDiagSockID},
	{Name: "idiag_expires", Kind: U32},
	{Name: "idiag_rqueue", Kind: U32},
	{Name: "idiag_wqueue", Kind: U32},
	{Name: "idiag_uid", Kind: U32},
	{Name: "idiag_inode", Kind: U32},
}}

// inetDiagSockID is the two ends of a socket.
var inetDiagSockID = &CStruct{Name: "inet_diag_sockid", Fields: []Field{
	{Name: "idiag_sport", Kind: BE16},
	{Name: "idiag_dport", Kind: BE16},
	{Name: "idiag_src", Kind: Bytes, Len: 16, By: &inetDiagAddr},
	{Name: "idiag_dst", Kind: Bytes, Len: 16, By: &inetDiagAddr},
	{Name: "idiag_if", Kind: U32},
	{Name: "idiag_cookie", Kind: Array, Elem: elemU32, Len: 8},
}}

// inetDiagAddr is an address of the family in the header.
var inetDiagAddr = Selector{What: ByFamily, Cases: ipCases}

var ipCases = []Case{
	{Number: unix.AF_INET, Attr: &Attr{Kind: IP}, Len: 4},
	{Number: unix.AF_INET6, Attr: &Attr{Kind: IP}, Len: 16},
}

// inetDiagExt is idiag_ext, whose bits ask for the attributes with their
// numbers.
var inetDiagExt = Values{Prefix: "INET_DIAG_", Bits: true, Numbered: true, From: 1, Consts: []Const{
	{1, "INET_DIAG_MEMINFO"},
	{2, "INET_DIAG_INFO"},
	{3, "INET_DIAG_VEGASINFO"},
	{4, "INET_DIAG_CONG"},
	{5, "INET_DIAG_TOS"},
	{6, "INET_DIAG_TCLASS"},
	{7, "INET_DIAG_SKMEMINFO"},
	{8, "INET_DIAG_SHUTDOWN"},
}}

// tcpStates is the state of a socket (include/net/tcp_states.h).
var tcpStates = Values{Prefix: "TCP_", Consts: tcpStateNames}

// sockStates is a set of states. No socket has state 0, but ss has it in its
// set of all states, under this name (misc/ss.c).
var sockStates = Values{Prefix: "TCP_", Bits: true, Numbered: true}

func init() { sockStates.Consts = append([]Const{{0, "SS_UNKNOWN"}}, tcpStateNames...) }

var tcpStateNames = []Const{
	{1, "TCP_ESTABLISHED"},
	{2, "TCP_SYN_SENT"},
	{3, "TCP_SYN_RECV"},
	{4, "TCP_FIN_WAIT1"},
	{5, "TCP_FIN_WAIT2"},
	{6, "TCP_TIME_WAIT"},
	{7, "TCP_CLOSE"},
	{8, "TCP_CLOSE_WAIT"},
	{9, "TCP_LAST_ACK"},
	{10, "TCP_LISTEN"},
	{11, "TCP_CLOSING"},
	{12, "TCP_NEW_SYN_RECV"},
	{13, "TCP_BOUND_INACTIVE"},
}

// sockShutdown is the halves of a socket that are shut down
// (include/net/sock.h).
var sockShutdown = Values{Bits: true, Consts: []Const{
	{1, "RCV_SHUTDOWN"},
	{2, "SEND_SHUTDOWN"},
}}

// inetDiagReqAttrs is the attributes of a request
// (include/uapi/linux/inet_diag.h).
var inetDiagReqAttrs = Set{
	1: {Name: "INET_DIAG_REQ_BYTECODE", Kind: Bytes},
	2: {Name: "INET_DIAG_REQ_SK_BPF_STORAGES", Kind: Nested, Nest: skBPFRequest},
	3: {Name: "INET_DIAG_REQ_PROTOCOL", Kind: U32, Values: &ipProtos},
}

// skBPFRequest is the maps whose values a request asks for
// (include/uapi/linux/sock_diag.h).
var skBPFRequest = Set{
	1: {Name: "SK_DIAG_BPF_STORAGE_REQ_MAP_FD", Kind: U32},
}

// inetDiagAttrs is the attributes of an answer.
var inetDiagAttrs = Set{
	1:  {Name: "INET_DIAG_MEMINFO", Kind: Struct, Struct: inetDiagMeminfo},
	2:  {Name: "INET_DIAG_INFO", Kind: Struct, Struct: tcpInfo, By: &inetDiagInfo},
	3:  {Name: "INET_DIAG_VEGASINFO", Kind: Struct, Struct: tcpVegasInfo},
	4:  {Name: "INET_DIAG_CONG", Kind: String},
	5:  {Name: "INET_DIAG_TOS", Kind: U8},
	6:  {Name: "INET_DIAG_TCLASS", Kind: U8},
	7:  {Name: "INET_DIAG_SKMEMINFO", Kind: Array, Elem: elemU32, Nest: skMeminfo},
	8:  {Name: "INET_DIAG_SHUTDOWN", Kind: U8, Values: &sockShutdown},
	9:  {Name: "INET_DIAG_DCTCPINFO", Kind: Struct, Struct: tcpDCTCPInfo},
	10: {Name: "INET_DIAG_PROTOCOL", Kind: U8, Values: &ipProtos},
	11: {Name: "INET_DIAG_SKV6ONLY", Kind: U8},
	12: {Name: "INET_DIAG_LOCALS", Kind: Array, Elem: &Attr{Kind: Struct, Struct: sockaddrStorage}},
	13: {Name: "INET_DIAG_PEERS", Kind: Array, Elem: &Attr{Kind: Struct, Struct: sockaddrStorage}},
	14: {Name: "INET_DIAG_PAD", Kind: Pad},
	15: {Name: "INET_DIAG_MARK", Kind: U32},
	16: {Name: "INET_DIAG_BBRINFO", Kind: Struct, Struct: tcpBBRInfo},
	17: {Name: "INET_DIAG_CLASS_ID", Kind: TCHandle},
	18: {Name: "INET_DIAG_MD5SIG", Kind: Array, Elem: &Attr{Kind: Struct, Struct: tcpDiagMD5Sig}},
	19: {Name: "INET_DIAG_ULP_INFO", Kind: Nested, Nest: ulpInfoAttrs},
	20: {Name: "INET_DIAG_SK_BPF_STORAGES", Kind: Nested, Nest: skBPFReply},
	21: {Name: "INET_DIAG_CGROUP_ID", Kind: U64},
	22: {Name: "INET_DIAG_SOCKOPT", Kind: U16, Values: &inetDiagSockopt},
}

// inetDiagInfo distinguishes the structures of SCTP and MPTCP from TCP's by
// their lengths, which always differ: MPTCP's grew from 40 bytes (Linux 5.9) to
// 96 (6.7), and TCP's was never as short.
var inetDiagInfo = Selector{What: ByLength, Cases: []Case{
	{Number: 40, Attr: mptcpInfoAttr},
	{Number: 48, Attr: mptcpInfoAttr},
	{Number: 80, Attr: mptcpInfoAttr},
	{Number: 96, Attr: mptcpInfoAttr},
	{Number: 368, Attr: &Attr{Kind: Struct, Struct: sctpInfo}},
}}

var mptcpInfoAttr = &Attr{Kind: Struct, Struct: mptcpInfo}

// inetDiagSockopt is struct inet_diag_sockopt, which consists of bits.
var inetDiagSockopt = Values{Bits: true, Consts: []Const{
	{1 << 0, "recverr"},
	{1 << 1, "is_icsk"},
	{1 << 2, "freebind"},
	{1 << 3, "hdrincl"},
	{1 << 4, "mc_loop"},
	{1 << 5, "transparent"},
	{1 << 6, "mc_all"},
	{1 << 7, "nodefrag"},
	{1 << 8, "bind_address_no_port"},
	{1 << 9, "recverr_rfc4884"},
	{1 << 10, "defer_connect"},
}}

// skBPFReply is the values of the maps that were asked for.
var skBPFReply = Set{
	1: {Name: "SK_DIAG_BPF_STORAGE", Kind: Nested, Nest: skBPFAttrs},
}

// skBPFAttrs is the value of one map.
var skBPFAttrs = Set{
	1: {Name: "SK_DIAG_BPF_STORAGE_PAD", Kind: Pad},
	2: {Name: "SK_DIAG_BPF_STORAGE_MAP_ID", Kind: U32},
	3: {Name: "SK_DIAG_BPF_STORAGE_MAP_VALUE", Kind: Bytes},
}

// skMeminfo is the elements of INET_DIAG_SKMEMINFO and the like, in bytes but
// for the last.
var skMeminfo = Set{
	0: {Name: "SK_MEMINFO_RMEM_ALLOC", Kind: U32},
	1: {Name: "SK_MEMINFO_RCVBUF", Kind: U32},
	2: {Name: "SK_MEMINFO_WMEM_ALLOC", Kind: U32},
	3: {Name: "SK_MEMINFO_SNDBUF", Kind: U32},
	4: {Name: "SK_MEMINFO_FWD_ALLOC", Kind: U32},
	5: {Name: "SK_MEMINFO_WMEM_QUEUED", Kind: U32},
	6: {Name: "SK_MEMINFO_OPTMEM", Kind: U32},
	7: {Name: "SK_MEMINFO_BACKLOG", Kind: U32},
	8: {Name: "SK_MEMINFO_DROPS", Kind: U32},
}

// ulpInfoAttrs is information about an upper layer protocol on TCP.
var ulpInfoAttrs = Set{
	1: {Name: "INET_ULP_INFO_NAME", Kind: String},
	2: {Name: "INET_ULP_INFO_TLS", Kind: Nested, Nest: tlsInfoAttrs},
	3: {Name: "INET_ULP_INFO_MPTCP", Kind: Nested, Nest: mptcpSubflowAttrs},
}

// tlsInfoAttrs is information about TLS in the kernel
// (include/uapi/linux/tls.h).
var tlsInfoAttrs = Set{
	1: {Name: "TLS_INFO_VERSION", Kind: U16},
	2: {Name: "TLS_INFO_CIPHER", Kind: U16},
	3: {Name: "TLS_INFO_TXCONF", Kind: U16},
	4: {Name: "TLS_INFO_RXCONF", Kind: U16},
	5: {Name: "TLS_INFO_ZC_RO_TX", Kind: Flag},
	6: {Name: "TLS_INFO_RX_NO_PAD", Kind: Flag},
	7: {Name: "TLS_INFO_TX_MAX_PAYLOAD_LEN", Kind: U16},
}

// mptcpSubflowAttrs is information about an MPTCP subflow
// (include/uapi/linux/mptcp.h).
var mptcpSubflowAttrs = Set{
	1:  {Name: "MPTCP_SUBFLOW_ATTR_TOKEN_REM", Kind: U32},
	2:  {Name: "MPTCP_SUBFLOW_ATTR_TOKEN_LOC", Kind: U32},
	3:  {Name: "MPTCP_SUBFLOW_ATTR_RELWRITE_SEQ", Kind: U32},
	4:  {Name: "MPTCP_SUBFLOW_ATTR_MAP_SEQ", Kind: U64},
	5:  {Name: "MPTCP_SUBFLOW_ATTR_MAP_SFSEQ", Kind: U32},
	6:  {Name: "MPTCP_SUBFLOW_ATTR_SSN_OFFSET", Kind: U32},
	7:  {Name: "MPTCP_SUBFLOW_ATTR_MAP_DATALEN", Kind: U16},
	8:  {Name: "MPTCP_SUBFLOW_ATTR_FLAGS", Kind: U32, Values: &mptcpSubflowFlags},
	9:  {Name: "MPTCP_SUBFLOW_ATTR_ID_REM", Kind: U8},
	10: {Name: "MPTCP_SUBFLOW_ATTR_ID_LOC", Kind: U8},
	11: {Name: "MPTCP_SUBFLOW_ATTR_PAD", Kind: Pad},
}

// mptcpSubflowFlags is MPTCP_SUBFLOW_ATTR_FLAGS.
var mptcpSubflowFlags = Values{Prefix: "MPTCP_SUBFLOW_FLAG_", Bits: true, Consts: []Const{
	{1 << 0, "MPTCP_SUBFLOW_FLAG_MCAP_REM"},
	{1 << 1, "MPTCP_SUBFLOW_FLAG_MCAP_LOC"},
	{1 << 2, "MPTCP_SUBFLOW_FLAG_JOIN_REM"},
	{1 << 3, "MPTCP_SUBFLOW_FLAG_JOIN_LOC"},
	{1 << 4, "MPTCP_SUBFLOW_FLAG_BKUP_REM"},
	{1 << 5, "MPTCP_SUBFLOW_FLAG_BKUP_LOC"},
	{1 << 6, "MPTCP_SUBFLOW_FLAG_FULLY_ESTABLISHED"},
	{1 << 7, "MPTCP_SUBFLOW_FLAG_CONNECTED"},
	{1 << 8, "MPTCP_SUBFLOW_FLAG_MAPVALID"},
}}

// inetDiagMeminfo is INET_DIAG_MEMINFO, in bytes.
var inetDiagMeminfo = &CStruct{Name: "inet_diag_meminfo", Fields: []Field{
	{Name: "idiag_rmem", Kind: U32},
	{Name: "idiag_wmem", Kind: U32},
	{Name: "idiag_fmem", Kind: U32},
	{Name: "idiag_tmem", Kind: U32},
}}

// tcpVegasInfo is INET_DIAG_VEGASINFO.
var tcpVegasInfo = &CStruct{Name: "tcpvegas_info", Fields: []Field{
	{Name: "tcpv_enabled", Kind: U32},
	{Name: "tcpv_rttcnt", Kind: U32},
	{Name: "tcpv_rtt", Kind: U32},
	{Name: "tcpv_minrtt", Kind: U32},
}}

// tcpDCTCPInfo is INET_DIAG_DCTCPINFO.
var tcpDCTCPInfo = &CStruct{Name: "tcp_dctcp_info", Fields: []Field{
	{Name: "dctcp_enabled", Kind: U16},
	{Name: "dctcp_ce_state", Kind: U16},
	{Name: "dctcp_alpha", Kind: U32},
	{Name: "dctcp_ab_ecn", Kind: U32},
	{Name: "dctcp_ab_tot", Kind: U32},
}}

// tcpBBRInfo is INET_DIAG_BBRINFO.
var tcpBBRInfo = &CStruct{Name: "tcp_bbr_info", Fields: []Field{
	{Name: "bbr_bw_lo", Kind: U32},
	{Name: "bbr_bw_hi", Kind: U32},
	{Name: "bbr_min_rtt", Kind: U32},
	{Name: "bbr_pacing_gain", Kind: U32},
	{Name: "bbr_cwnd_gain", Kind: U32},
}}

// tcpDiagMD5Sig is a key of TCP-MD5 (include/uapi/linux/tcp.h).
var tcpDiagMD5Sig = &CStruct{Name: "tcp_diag_md5sig", Fields: []Field{
	{Name: "tcpm_family", Kind: U8, Values: &families},
	{Name: "tcpm_prefixlen", Kind: U8},
	{Name: "tcpm_keylen", Kind: U16},
	{Name: "tcpm_addr", Kind: Bytes, Len: 16, By: &tcpMD5Addr},
	{Name: "tcpm_key", Kind: Bytes, Len: 80},
}}

// tcpMD5Addr is the address that a key of TCP-MD5 is for.
var tcpMD5Addr = Selector{What: ByField, Field: "tcpm_family", Cases: ipCases}

// sockaddrStorage is an address of SCTP, as socket(2) has it.
var sockaddrStorage = &CStruct{Name: "sockaddr_storage", Fields: []Field{
	{Name: "ss_family", Kind: U16, Values: &families},
	{Name: "data", Kind: Bytes, Len: 126},
}}
