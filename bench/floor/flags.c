/* floor's command line. */
#include "floor.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name, *values; /* the first is the default */
	const char *what;
} flags[] = {
	{"threads", "2 1", "one makes namespaces, the other links; or one does both"},
	{"order", "hot phases", "each node is finished at once, or all in phases"},
	{"chunk", "8", "nodes between the threads' hand-overs, and links a send"},
	{"queues", "1 kernel", "of each end of a veth pair; kernel: it waits for RCU"},
	{"bridge", "late early", "when it is brought up: after or before its ports join"},
	{"snooping", "late early", "multicast snooping is switched on at the end, or is on all the time"},
	{"gen", "msg sysctl default kernel", "IPv6 address generation none, of nodes: by a message a link,\n"
		"                 by conf/all or conf/default in /proc/sys; or as the kernel has it"},
	{"port-gen", "default msg sysctl kernel", "the same for bridges and their ports"},
	{"bridge6", "ports off on", "IPv6 in the namespaces of bridges; ports: in all but the ports"},
	{"ack", "last each none", "which requests of a send are acknowledged"},
	{"index", "chosen kernel", "chosen ifindexes, or the kernel's, asked for"},
	{"ns", "tmpfs files", "mounts in one tmpfs with symlinks in /run/netns, or files there"},
	{"master", "create set", "in the request that creates the port, or in one of its own"},
	{"up", "create set", "the first end of a pair: in the request that creates it, or in one of its own"},
	{"join", "one each", "a port gets its master and comes up: by one request, or by two"},
	{"ports", "each chunk", "brought up once one is made, or once the links of a chunk are"},
	{"creator", "host bridge", "the end that a link of a bridge is created from"},
	{"proc-every", "64", "writes to /proc/sys before a fresh private procfs; 0: /proc itself"},
	{"umount", "detach each", "the whole tmpfs, or each namespace (for down)"},
	{"v", "no yes", "print what was done"},
};

void usage(void)
{
	fprintf(stderr, "usage: floor up|down TOPOLOGY N [-FLAG=VALUE]...\n"
		"topologies: star, stars (ten, of N each), ring, line, mesh, fan (one pair of nodes, N links), fattree (of N ports)\n"
		"flags, the default first:\n");
	for (unsigned i = 0; i < sizeof flags / sizeof *flags; i++)
		fprintf(stderr, "  -%-14s %s: %s\n", flags[i].name, flags[i].values, flags[i].what);
	exit(2);
}

/* value returns which of a flag's values the command line has; for a number it
 * returns the number. */
static int value(int argc, char **argv, const char *name)
{
	for (unsigned f = 0; f < sizeof flags / sizeof *flags; f++) {
		if (strcmp(flags[f].name, name))
			continue;
		bool number = !strchr(flags[f].values, ' ');
		int result = number ? atoi(flags[f].values) : 0;
		size_t len = strlen(name);
		for (int i = 4; i < argc; i++) {
			if (argv[i][0] != '-' || strncmp(argv[i] + 1, name, len) || argv[i][1 + len] != '=')
				continue;
			const char *want = argv[i] + 2 + len;
			if (number) {
				result = atoi(want);
				continue;
			}
			char values[64];
			snprintf(values, sizeof values, "%s", flags[f].values);
			result = -1;
			int k = 0;
			for (char *v = strtok(values, " "); v; v = strtok(0, " "), k++)
				if (!strcmp(v, want))
					result = k;
			if (result < 0)
				usage();
		}
		return result;
	}
	abort();
}

/* known ends the program for an argument that no flag is. */
static void known(const char *arg)
{
	for (unsigned f = 0; f < sizeof flags / sizeof *flags; f++) {
		size_t len = strlen(flags[f].name);
		if (arg[0] == '-' && !strncmp(arg + 1, flags[f].name, len) && arg[1 + len] == '=')
			return;
	}
	usage();
}

struct options parse(int argc, char **argv)
{
	if (argc < 4)
		usage();
	for (int i = 4; i < argc; i++)
		known(argv[i]);
	static const int port_gens[] = {GEN_DEFAULT, GEN_MSG, GEN_SYSCTL, GEN_KERNEL};
#define FLAG(name) value(argc, argv, name)
	struct options opt = {
		.threads = 2 - FLAG("threads"), .phases = FLAG("order"), .chunk = FLAG("chunk"),
		.queues = !FLAG("queues"), .bridge_early = FLAG("bridge"), .snooping_early = FLAG("snooping"),
		.gen = FLAG("gen"), .port_gen = port_gens[FLAG("port-gen")], .bridge6 = FLAG("bridge6"),
		.ack = FLAG("ack"), .kernel_index = FLAG("index"), .files = FLAG("ns"),
		.master_set = FLAG("master"), .up_set = FLAG("up"), .ports_chunk = FLAG("ports"), .join_each = FLAG("join"),
		.bridge_creates = FLAG("creator"), .proc_every = FLAG("proc-every"),
		.umount = FLAG("umount"), .verbose = FLAG("v"),
	};
#undef FLAG
	if (opt.chunk < 1 || opt.proc_every < 0)
		usage();
	return opt;
}
