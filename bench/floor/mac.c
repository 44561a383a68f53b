/* MAC addresses as nslab plans them: the first six bytes of a hash of the names
 * (FNV-1a and the finalizer of MurmurHash3), as a locally administered unicast
 * address. */
#include "floor.h"
#include <string.h>

static uint64_t fnv(uint64_t h, const char *text, int len)
{
	for (int i = 0; i < len; i++)
		h = (h ^ (uint8_t)text[i]) * 0x100000001b3;
	return h;
}

void mac_of(uint8_t mac[6], const char *lab, const char *node, const char *iface)
{
	uint64_t x = fnv(0xcbf29ce484222325, "nslab ", 6);
	x = fnv(x, lab, strlen(lab) + 1);
	x = fnv(x, node, strlen(node) + 1);
	x = fnv(x, iface, strlen(iface));
	x = (x ^ x >> 33) * 0xff51afd7ed558ccd;
	x = (x ^ x >> 33) * 0xc4ceb9fe1a85ec53;
	x ^= x >> 33;
	for (int i = 0; i < 6; i++)
		mac[i] = x >> (56 - 8 * i);
	mac[0] = (mac[0] & ~1) | 2;
}
