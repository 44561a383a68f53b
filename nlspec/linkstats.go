package nlspec

// rtnlLinkStats is IFLA_STATS (include/uapi/linux/if_link.h). It is shorter in
// older kernels.
var rtnlLinkStats = &CStruct{Name: "rtnl_link_stats", Fields: []Field{
	{Name: "rx_packets", Kind: U32},
	{Name: "tx_packets", Kind: U32},
	{Name: "rx_bytes", Kind: U32},
	{Name: "tx_bytes", Kind: U32},
	{Name: "rx_errors", Kind: U32},
	{Name: "tx_errors", Kind: U32},
	{Name: "rx_dropped", Kind: U32},
	{Name: "tx_dropped", Kind: U32},
	{Name: "multicast", Kind: U32},
	{Name: "collisions", Kind: U32},
	{Name: "rx_length_errors", Kind: U32},
	{Name: "rx_over_errors", Kind: U32},
	{Name: "rx_crc_errors", Kind: U32},
	{Name: "rx_frame_errors", Kind: U32},
	{Name: "rx_fifo_errors", Kind: U32},
	{Name: "rx_missed_errors", Kind: U32},
	{Name: "tx_aborted_errors", Kind: U32},
	{Name: "tx_carrier_errors", Kind: U32},
	{Name: "tx_fifo_errors", Kind: U32},
	{Name: "tx_heartbeat_errors", Kind: U32},
	{Name: "tx_window_errors", Kind: U32},
	{Name: "rx_compressed", Kind: U32},
	{Name: "tx_compressed", Kind: U32},
	{Name: "rx_nohandler", Kind: U32},
}}

// rtnlLinkStats64 is IFLA_STATS64. It is shorter in older kernels.
var rtnlLinkStats64 = &CStruct{Name: "rtnl_link_stats64", Fields: []Field{
	{Name: "rx_packets", Kind: U64},
	{Name: "tx_packets", Kind: U64},
	{Name: "rx_bytes", Kind: U64},
	{Name: "tx_bytes", Kind: U64},
	{Name: "rx_errors", Kind: U64},
	{Name: "tx_errors", Kind: U64},
	{Name: "rx_dropped", Kind: U64},
	{Name: "tx_dropped", Kind: U64},
	{Name: "multicast", Kind: U64},
	{Name: "collisions", Kind: U64},
	{Name: "rx_length_errors", Kind: U64},
	{Name: "rx_over_errors", Kind: U64},
	{Name: "rx_crc_errors", Kind: U64},
	{Name: "rx_frame_errors", Kind: U64},
	{Name: "rx_fifo_errors", Kind: U64},
	{Name: "rx_missed_errors", Kind: U64},
	{Name: "tx_aborted_errors", Kind: U64},
	{Name: "tx_carrier_errors", Kind: U64},
	{Name: "tx_fifo_errors", Kind: U64},
	{Name: "tx_heartbeat_errors", Kind: U64},
	{Name: "tx_window_errors", Kind: U64},
	{Name: "rx_compressed", Kind: U64},
	{Name: "tx_compressed", Kind: U64},
	{Name: "rx_nohandler", Kind: U64},
	{Name: "rx_otherhost_dropped", Kind: U64},
}}

// rtnlLinkIfmap is IFLA_MAP.
var rtnlLinkIfmap = &CStruct{Name: "rtnl_link_ifmap", Fields: []Field{
	{Name: "mem_start", Kind: U64},
	{Name: "mem_end", Kind: U64},
	{Name: "base_addr", Kind: U64},
	{Name: "irq", Kind: U16},
	{Name: "dma", Kind: U8},
	{Name: "port", Kind: U8},
	{Len: 4},
}}
