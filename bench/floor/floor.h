/* What the files of floor share: a lab in memory, and how to build it. */
#ifndef FLOOR_H
#define FLOOR_H

#include <stdbool.h>
#include <stdint.h>

enum { MAXNAME = 24 };

struct node {
	char name[MAXNAME];
	bool router, bridge;
	int next;     /* the next free ifindex */
	int links;    /* links that are not made yet */
	bool peer;    /* is some link's other end: needs a descriptor of its namespace */
	bool lo;      /* lo is up */
	int sock, ns; /* rtnetlink socket in it, and the namespace; -1 */
};

struct end {
	int node, index;
	char name[16];
	uint8_t mac[6];
	uint32_t addr; /* host byte order; a port has plen 0 */
	uint8_t plen;
};

struct link {
	struct end end[2];
};

struct lab {
	const char *name;
	struct node *nodes;
	struct link *links;
	int nnodes, nlinks, cnodes, clinks;
	uint32_t pool; /* the next address of the pool that links take /31 from */
};

/* topo.c */
bool topology(struct lab *lab, const char *kind, int n);
void mac_of(uint8_t mac[6], const char *lab, const char *node, const char *iface);

/* Each is a technique; see usage() for the words. */
struct options {
	int threads, chunk, queues, proc_every;
	bool phases;         /* else each node is finished while it is hot */
	bool bridge_early;   /* else up once all ports have joined */
	bool snooping_early; /* else off while building */
	enum { GEN_MSG, GEN_SYSCTL, GEN_DEFAULT, GEN_KERNEL } gen, port_gen;
	enum { BRIDGE6_NO_PORTS, BRIDGE6_OFF, BRIDGE6_ON } bridge6; /* IPv6 in the namespaces of bridges */
	enum { ACK_LAST, ACK_EACH, ACK_NONE } ack;
	bool kernel_index;   /* else chosen */
	bool files;          /* else one tmpfs and symlinks */
	bool master_set;     /* else IFLA_MASTER in the create */
	bool up_set;         /* else the create brings its own end up */
	bool ports_chunk;    /* else a port is brought up once it is made, not after its chunk */
	bool join_each;      /* else a port gets its master and comes up by one request */
	bool bridge_creates; /* else the other end of a pair with a bridge's creates it */
	enum { UMOUNT_DETACH, UMOUNT_EACH } umount;
	bool verbose;
};

/* flags.c */
struct options parse(int argc, char **argv);
_Noreturn void usage(void);

/* wire.c: the requests, and a batch of them to one namespace. */
struct batch {
	const struct options *opt;
	struct node *node; /* to whose socket; 0 when empty */
	int len, msgs, last;
	uint32_t seq;
	long sends, messages;
	_Alignas(8) char buf[65536];
};
void flush(struct batch *b);
void add_bridge(struct batch *b, struct node *to, const char *name, int index, const uint8_t mac[6], int snooping);
void add_veth(struct batch *b, struct node *to, const struct end *own, const struct end *peer, int peerns, int master);
void set_up(struct batch *b, struct node *to, int index, int master);
void set_gen_none(struct batch *b, struct node *to, int index);
void set_master(struct batch *b, struct node *to, int index, int master);
void set_snooping(struct batch *b, struct node *to, int index, int on);
void add_addr(struct batch *b, struct node *to, int index, uint32_t addr, uint8_t plen);
int index_of(struct batch *b, struct node *to, const char *name);

_Noreturn void die(const char *what, const char *which);
int check(int r, const char *what, const char *which);

#endif
