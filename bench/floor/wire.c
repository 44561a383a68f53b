/* The rtnetlink requests (rtnetlink(7), linux/rtnetlink.h, linux/if_link.h), and
 * batches of them: as many as there are for one namespace go in one sendto. */
#include "floor.h"
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { ROOM = 512 }; /* more than any request takes */

/* begin starts a request to a namespace, and sends what waits for another. */
static struct nlmsghdr *begin(struct batch *b, struct node *to, int type, int flags)
{
	if (b->node != to || b->len + ROOM > (int)sizeof b->buf)
		flush(b);
	b->node = to;
	b->last = b->len;
	struct nlmsghdr *h = (struct nlmsghdr *)(b->buf + b->len);
	memset(h, 0, sizeof *h);
	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | flags | (b->opt->ack == ACK_EACH ? NLM_F_ACK : 0);
	h->nlmsg_seq = ++b->seq;
	b->len += NLMSG_HDRLEN;
	b->msgs++;
	b->messages++;
	return h;
}

static void *space(struct batch *b, int len)
{
	void *p = b->buf + b->len;
	memset(p, 0, NLMSG_ALIGN(len));
	b->len += NLMSG_ALIGN(len);
	return p;
}

static struct nlattr *attr(struct batch *b, int type, const void *data, int len)
{
	struct nlattr *a = space(b, NLA_HDRLEN + len);
	a->nla_type = type;
	a->nla_len = NLA_HDRLEN + len;
	if (len)
		memcpy((char *)a + NLA_HDRLEN, data, len);
	return a;
}

static void attr32(struct batch *b, int type, uint32_t v) { attr(b, type, &v, sizeof v); }

static struct nlattr *nest(struct batch *b, int type) { return attr(b, type | NLA_F_NESTED, 0, 0); }

static void nest_end(struct batch *b, struct nlattr *a) { a->nla_len = b->buf + b->len - (char *)a; }

static void end(struct batch *b, struct nlmsghdr *h) { h->nlmsg_len = b->buf + b->len - (char *)h; }

static struct ifinfomsg *ifinfo(struct batch *b, int index)
{
	struct ifinfomsg *i = space(b, sizeof *i);
	i->ifi_index = index;
	return i;
}

/* answers reads acknowledgements until that of seq; an error ends the program. */
static void answers(struct batch *b, uint32_t seq)
{
	_Alignas(8) char buf[8192];
	int flags = b->opt->ack == ACK_NONE ? MSG_DONTWAIT : 0;
	for (;;) {
		ssize_t n = recv(b->node->sock, buf, sizeof buf, flags);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN && flags)
			return; /* nothing went wrong */
		check(n, "recv from rtnetlink in", b->node->name);
		for (struct nlmsghdr *h = (void *)buf; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
			if (h->nlmsg_type != NLMSG_ERROR)
				continue;
			const struct nlmsgerr *e = NLMSG_DATA(h);
			if (e->error) {
				errno = -e->error;
				fprintf(stderr, "floor: request %u of %u\n", h->nlmsg_seq, seq);
				die("rtnetlink in", b->node->name);
			}
			if (h->nlmsg_seq == seq)
				return;
		}
	}
}

void flush(struct batch *b)
{
	if (!b->msgs)
		return;
	struct nlmsghdr *last = (struct nlmsghdr *)(b->buf + b->last);
	if (b->opt->ack == ACK_LAST)
		last->nlmsg_flags |= NLM_F_ACK;
	ssize_t n;
	do
		n = send(b->node->sock, b->buf, b->len, 0);
	while (n < 0 && errno == EINTR);
	check(n, "send to rtnetlink in", b->node->name);
	b->sends++;
	answers(b, last->nlmsg_seq);
	b->len = b->msgs = 0;
}

void add_bridge(struct batch *b, struct node *to, const char *name, int index, const uint8_t mac[6], int snooping)
{
	struct nlmsghdr *h = begin(b, to, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	ifinfo(b, index);
	attr(b, IFLA_IFNAME, name, strlen(name) + 1);
	attr(b, IFLA_ADDRESS, mac, 6);
	struct nlattr *info = nest(b, IFLA_LINKINFO);
	attr(b, IFLA_INFO_KIND, "bridge", 7);
	struct nlattr *data = nest(b, IFLA_INFO_DATA);
	attr32(b, IFLA_BR_FORWARD_DELAY, 0);
	attr32(b, IFLA_BR_STP_STATE, 0);
	if (!snooping)
		attr(b, IFLA_BR_MCAST_SNOOPING, "", 1);
	nest_end(b, data);
	nest_end(b, info);
	end(b, h);
}

static void veth_end(struct batch *b, const struct end *e)
{
	attr(b, IFLA_IFNAME, e->name, strlen(e->name) + 1);
	attr(b, IFLA_ADDRESS, e->mac, 6);
	if (b->opt->queues) {
		attr32(b, IFLA_NUM_TX_QUEUES, b->opt->queues);
		attr32(b, IFLA_NUM_RX_QUEUES, b->opt->queues);
	}
}

void add_veth(struct batch *b, struct node *to, const struct end *own, const struct end *peer, int peerns, int master)
{
	bool chosen = !b->opt->kernel_index;
	struct nlmsghdr *h = begin(b, to, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	struct ifinfomsg *i = ifinfo(b, chosen ? own->index : 0);
	if (!b->opt->up_set)
		i->ifi_flags = i->ifi_change = IFF_UP; /* the kernel refuses the peer's */
	veth_end(b, own);
	if (master)
		attr32(b, IFLA_MASTER, master);
	struct nlattr *info = nest(b, IFLA_LINKINFO);
	attr(b, IFLA_INFO_KIND, "veth", 5);
	struct nlattr *data = nest(b, IFLA_INFO_DATA);
	struct nlattr *p = nest(b, VETH_INFO_PEER);
	ifinfo(b, chosen ? peer->index : 0);
	veth_end(b, peer);
	attr32(b, IFLA_NET_NS_FD, peerns);
	nest_end(b, p);
	nest_end(b, data);
	nest_end(b, info);
	end(b, h);
}

/* set_up brings an interface up, as a port of master unless that is 0. */
void set_up(struct batch *b, struct node *to, int index, int master)
{
	struct nlmsghdr *h = begin(b, to, RTM_NEWLINK, 0);
	struct ifinfomsg *i = ifinfo(b, index);
	i->ifi_flags = i->ifi_change = IFF_UP;
	if (master)
		attr32(b, IFLA_MASTER, master);
	end(b, h);
}

void set_gen_none(struct batch *b, struct node *to, int index)
{
	struct nlmsghdr *h = begin(b, to, RTM_NEWLINK, 0);
	ifinfo(b, index);
	struct nlattr *spec = nest(b, IFLA_AF_SPEC);
	struct nlattr *six = nest(b, AF_INET6);
	const uint8_t none = IN6_ADDR_GEN_MODE_NONE;
	attr(b, IFLA_INET6_ADDR_GEN_MODE, &none, 1);
	nest_end(b, six);
	nest_end(b, spec);
	end(b, h);
}

void set_master(struct batch *b, struct node *to, int index, int master)
{
	struct nlmsghdr *h = begin(b, to, RTM_NEWLINK, 0);
	ifinfo(b, index);
	attr32(b, IFLA_MASTER, master);
	end(b, h);
}

void set_snooping(struct batch *b, struct node *to, int index, int on)
{
	struct nlmsghdr *h = begin(b, to, RTM_NEWLINK, 0);
	ifinfo(b, index);
	struct nlattr *info = nest(b, IFLA_LINKINFO);
	attr(b, IFLA_INFO_KIND, "bridge", 7);
	struct nlattr *data = nest(b, IFLA_INFO_DATA);
	const uint8_t v = on;
	attr(b, IFLA_BR_MCAST_SNOOPING, &v, 1);
	nest_end(b, data);
	nest_end(b, info);
	end(b, h);
}

/* As nslab, and unlike ip, no broadcast address is given. */
void add_addr(struct batch *b, struct node *to, int index, uint32_t addr, uint8_t plen)
{
	struct nlmsghdr *h = begin(b, to, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
	struct ifaddrmsg *i = space(b, sizeof *i);
	i->ifa_family = AF_INET;
	i->ifa_prefixlen = plen;
	i->ifa_index = index;
	attr32(b, IFA_LOCAL, htonl(addr));
	attr32(b, IFA_ADDRESS, htonl(addr));
	end(b, h);
}

/* index_of asks for the ifindex of an interface: what choosing it spares. */
int index_of(struct batch *b, struct node *to, const char *name)
{
	flush(b);
	struct nlmsghdr *h = begin(b, to, RTM_GETLINK, 0);
	ifinfo(b, 0);
	attr(b, IFLA_IFNAME, name, strlen(name) + 1);
	attr32(b, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	end(b, h);
	h->nlmsg_flags = NLM_F_REQUEST;
	check(send(to->sock, b->buf, b->len, 0), "ask for an index in", to->name);
	b->sends++;
	b->len = b->msgs = 0;
	_Alignas(8) char buf[8192];
	ssize_t n = check(recv(to->sock, buf, sizeof buf, 0), "index of", name);
	struct nlmsghdr *r = (void *)buf;
	if (!NLMSG_OK(r, n) || r->nlmsg_type != RTM_NEWLINK) {
		errno = ENODEV;
		die("index of", name);
	}
	return ((struct ifinfomsg *)NLMSG_DATA(r))->ifi_index;
}
