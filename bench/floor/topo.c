/* The topologies, as the files that the runner writes for nslab say them: the
 * same nodes, names, ifindexes, addresses and MAC addresses in the same order. */
#include "floor.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int add_node(struct lab *l, const char *fmt, int i)
{
	if (l->nnodes == l->cnodes) {
		l->cnodes = l->cnodes ? 2 * l->cnodes : 64;
		l->nodes = realloc(l->nodes, l->cnodes * sizeof *l->nodes);
		if (!l->nodes)
			die("memory for nodes", "");
	}
	struct node *n = &l->nodes[l->nnodes];
	memset(n, 0, sizeof *n);
	snprintf(n->name, sizeof n->name, fmt, i);
	n->next = 2;
	n->sock = n->ns = -1;
	return l->nnodes++;
}

static int add_router(struct lab *l, const char *fmt, int i)
{
	int n = add_node(l, fmt, i);
	l->nodes[n].router = true;
	return n;
}

static int add_hub(struct lab *l, const char *fmt, int i)
{
	int n = add_node(l, fmt, i);
	l->nodes[n].bridge = true;
	l->nodes[n].next = 3; /* br0 is 2 */
	return n;
}

static struct link *add_link(struct lab *l, int a, const char *an, int b, const char *bn)
{
	if (l->nlinks == l->clinks) {
		l->clinks = l->clinks ? 2 * l->clinks : 64;
		l->links = realloc(l->links, l->clinks * sizeof *l->links);
		if (!l->links)
			die("memory for links", "");
	}
	struct link *k = &l->links[l->nlinks++];
	memset(k, 0, sizeof *k);
	const int node[2] = {a, b};
	const char *const name[2] = {an, bn};
	for (int e = 0; e < 2; e++) {
		struct node *n = &l->nodes[node[e]];
		k->end[e].node = node[e];
		k->end[e].index = n->next++;
		n->links++;
		snprintf(k->end[e].name, sizeof k->end[e].name, "%s", name[e]);
		mac_of(k->end[e].mac, l->name, n->name, name[e]);
	}
	return k;
}

/* add_p2p joins two nodes with the next /31 of 10.0.0.0/8. */
static void add_p2p(struct lab *l, int a, const char *an, int b, const char *bn)
{
	struct link *k = add_link(l, a, an, b, bn);
	for (int e = 0; e < 2; e++) {
		k->end[e].addr = l->pool++;
		k->end[e].plen = 31;
	}
}

/* add_host joins a host to a hub; the port has the name nslab generates. */
static void add_host(struct lab *l, int host, int hub, uint32_t addr)
{
	char port[2 * MAXNAME];
	snprintf(port, sizeof port, "%s-eth0", l->nodes[host].name);
	struct link *k = add_link(l, host, "eth0", hub, port);
	k->end[0].addr = addr;
	k->end[0].plen = 16;
}

static void star(struct lab *l, int n)
{
	int hub = add_hub(l, "hub", 0);
	for (int i = 1; i <= n; i++)
		add_node(l, "h%d", i);
	for (int i = 1; i <= n; i++)
		add_host(l, hub + i, hub, 0x0a000000 + i);
}

enum { STARS = 10 };

static void stars(struct lab *l, int n)
{
	uint32_t addr = 0x0a000000;
	for (int s = 0; s < STARS; s++)
		add_hub(l, "hub%d", s + 1);
	for (int s = 0; s < STARS; s++) {
		const char fmt[] = {(char)('k' + s), '%', 'd', 0};
		for (int i = 1; i <= n; i++)
			add_node(l, fmt, i);
	}
	for (int s = 0; s < STARS; s++)
		for (int i = 0; i < n; i++)
			add_host(l, STARS + s * n + i, s, ++addr);
	for (int s = 0; s + 1 < STARS; s++)
		add_link(l, s, "right", s + 1, "left");
}

static void chain(struct lab *l, int n, bool closed)
{
	for (int i = 1; i <= n; i++)
		add_router(l, "r%d", i);
	for (int i = 0; i + 1 < n; i++)
		add_p2p(l, i, "east", i + 1, "west");
	if (closed)
		add_p2p(l, n - 1, "east", 0, "west");
}

static void mesh(struct lab *l, int n)
{
	for (int i = 1; i <= n; i++)
		add_router(l, "r%d", i);
	for (int j = 1; j < n; j++) {
		for (int i = 0; i < j; i++) {
			char a[16], b[16];
			snprintf(a, sizeof a, "e%d", j + 1);
			snprintf(b, sizeof b, "e%d", i + 1);
			add_p2p(l, i, a, j, b);
		}
	}
}

static void fan(struct lab *l, int n)
{
	int a = add_node(l, "a", 0), b = add_node(l, "b", 0);
	for (int i = 1; i <= n; i++) {
		char name[16];
		snprintf(name, sizeof name, "e%d", i);
		add_p2p(l, a, name, b, name);
	}
}

/* fattree is that of Al-Fares et al. (SIGCOMM 2008) with k ports a switch, here
 * a router: (k/2)² cores, and k pods of k/2 aggregation and k/2 edge routers,
 * with k/2 hosts an edge router. */
static void fattree(struct lab *l, int k)
{
	int h = k / 2;
	char a[16], b[16];
	for (int i = 1; i <= h * h; i++)
		add_router(l, "c%d", i);
	int agg = l->nnodes;
	for (int i = 1; i <= k * h; i++)
		add_router(l, "g%d", i);
	int edge = l->nnodes;
	for (int i = 1; i <= k * h; i++)
		add_router(l, "e%d", i);
	int host = l->nnodes;
	for (int i = 1; i <= k * h * h; i++)
		add_node(l, "h%d", i);
	for (int p = 0; p < k; p++)
		for (int g = 0; g < h; g++)
			for (int c = 0; c < h; c++) {
				snprintf(a, sizeof a, "p%d", p + 1);
				snprintf(b, sizeof b, "up%d", c + 1);
				add_p2p(l, g * h + c, a, agg + p * h + g, b);
			}
	for (int p = 0; p < k; p++)
		for (int e = 0; e < h; e++)
			for (int g = 0; g < h; g++) {
				snprintf(a, sizeof a, "p%d", e + 1);
				snprintf(b, sizeof b, "up%d", g + 1);
				add_p2p(l, agg + p * h + g, a, edge + p * h + e, b);
			}
	for (int e = 0; e < k * h; e++)
		for (int i = 0; i < h; i++) {
			snprintf(a, sizeof a, "p%d", i + 1);
			add_p2p(l, edge + e, a, host + e * h + i, "eth0");
		}
}

bool topology(struct lab *l, const char *kind, int n)
{
	l->name = kind;
	l->pool = 0x0a000000;
	if (!strcmp(kind, "star") && n >= 1 && n <= 1023)
		star(l, n);
	else if (!strcmp(kind, "stars") && n >= 1 && n <= 1021)
		stars(l, n);
	else if (!strcmp(kind, "ring") && n >= 3)
		chain(l, n, true);
	else if (!strcmp(kind, "line") && n >= 2)
		chain(l, n, false);
	else if (!strcmp(kind, "mesh") && n >= 2)
		mesh(l, n);
	else if (!strcmp(kind, "fan") && n >= 1)
		fan(l, n);
	else if (!strcmp(kind, "fattree") && n >= 2 && n % 2 == 0)
		fattree(l, n);
	else
		return false;
	return true;
}
