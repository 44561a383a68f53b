package nlspec

// macsecAttrs is a MACsec device's IFLA_INFO_DATA
// (include/uapi/linux/if_link.h).
var macsecAttrs = Set{
	1:  {Name: "IFLA_MACSEC_SCI", Kind: BE64},
	2:  {Name: "IFLA_MACSEC_PORT", Kind: BE16},
	3:  {Name: "IFLA_MACSEC_ICV_LEN", Kind: U8},
	4:  {Name: "IFLA_MACSEC_CIPHER_SUITE", Kind: U64, Values: &macsecCiphers},
	5:  {Name: "IFLA_MACSEC_WINDOW", Kind: U32},
	6:  {Name: "IFLA_MACSEC_ENCODING_SA", Kind: U8},
	7:  {Name: "IFLA_MACSEC_ENCRYPT", Kind: U8},
	8:  {Name: "IFLA_MACSEC_PROTECT", Kind: U8},
	9:  {Name: "IFLA_MACSEC_INC_SCI", Kind: U8},
	10: {Name: "IFLA_MACSEC_ES", Kind: U8},
	11: {Name: "IFLA_MACSEC_SCB", Kind: U8},
	12: {Name: "IFLA_MACSEC_REPLAY_PROTECT", Kind: U8},
	13: {Name: "IFLA_MACSEC_VALIDATION", Kind: U8, Values: &macsecValidations},
	14: {Name: "IFLA_MACSEC_PAD", Kind: Pad},
	15: {Name: "IFLA_MACSEC_OFFLOAD", Kind: U8, Values: &macsecOffloads},
}

// macsecCiphers is IFLA_MACSEC_CIPHER_SUITE (include/uapi/linux/if_macsec.h).
var macsecCiphers = Values{Prefix: "MACSEC_", Consts: []Const{
	{0x0080020001000001, "MACSEC_DEFAULT_CIPHER_ID"},
	{0x0080C20001000001, "MACSEC_CIPHER_ID_GCM_AES_128"},
	{0x0080C20001000002, "MACSEC_CIPHER_ID_GCM_AES_256"},
	{0x0080C20001000003, "MACSEC_CIPHER_ID_GCM_AES_XPN_128"},
	{0x0080C20001000004, "MACSEC_CIPHER_ID_GCM_AES_XPN_256"},
}}

// macsecValidations is enum macsec_validation_type.
var macsecValidations = Values{Prefix: "MACSEC_VALIDATE_", Consts: []Const{
	{0, "MACSEC_VALIDATE_DISABLED"},
	{1, "MACSEC_VALIDATE_CHECK"},
	{2, "MACSEC_VALIDATE_STRICT"},
}}

// macsecOffloads is enum macsec_offload.
var macsecOffloads = Values{Prefix: "MACSEC_OFFLOAD_", Consts: []Const{
	{0, "MACSEC_OFFLOAD_OFF"},
	{1, "MACSEC_OFFLOAD_PHY"},
	{2, "MACSEC_OFFLOAD_MAC"},
}}

// hsrAttrs is an HSR or PRP device's (IEC 62439-3).
var hsrAttrs = Set{
	1: {Name: "IFLA_HSR_SLAVE1", Kind: U32},
	2: {Name: "IFLA_HSR_SLAVE2", Kind: U32},
	3: {Name: "IFLA_HSR_MULTICAST_SPEC", Kind: U8},
	4: {Name: "IFLA_HSR_SUPERVISION_ADDR", Kind: LLAddr},
	5: {Name: "IFLA_HSR_SEQ_NR", Kind: U16},
	6: {Name: "IFLA_HSR_VERSION", Kind: U8},
	7: {Name: "IFLA_HSR_PROTOCOL", Kind: U8, Values: &hsrProtocols},
	8: {Name: "IFLA_HSR_INTERLINK", Kind: U32},
}

// hsrProtocols is IFLA_HSR_PROTOCOL.
var hsrProtocols = Values{Prefix: "HSR_PROTOCOL_", Consts: []Const{
	{0, "HSR_PROTOCOL_HSR"},
	{1, "HSR_PROTOCOL_PRP"},
}}

// ipoibAttrs is an IP over InfiniBand device's.
var ipoibAttrs = Set{
	1: {Name: "IFLA_IPOIB_PKEY", Kind: U16},
	2: {Name: "IFLA_IPOIB_MODE", Kind: U16, Values: &ipoibModes},
	3: {Name: "IFLA_IPOIB_UMCAST", Kind: U16},
}

// ipoibModes is IFLA_IPOIB_MODE.
var ipoibModes = Values{Prefix: "IPOIB_MODE_", Consts: []Const{
	{0, "IPOIB_MODE_DATAGRAM"},
	{1, "IPOIB_MODE_CONNECTED"},
}}

// dsaAttrs is a DSA user port's.
var dsaAttrs = Set{
	1: {Name: "IFLA_DSA_CONDUIT", Kind: U32}, // IFLA_DSA_MASTER before Linux 6.7
}

// batadvAttrs is a B.A.T.M.A.N. device's (include/uapi/linux/batman_adv.h).
var batadvAttrs = Set{
	1: {Name: "IFLA_BATADV_ALGO_NAME", Kind: String},
}

// ovpnAttrs is an OpenVPN device's.
var ovpnAttrs = Set{
	1: {Name: "IFLA_OVPN_MODE", Kind: U8, Values: &ovpnModes},
}

// ovpnModes is IFLA_OVPN_MODE.
var ovpnModes = Values{Prefix: "OVPN_MODE_", Consts: []Const{
	{0, "OVPN_MODE_P2P"},
	{1, "OVPN_MODE_MP"},
}}
