/* floor builds the labs that nslab's benchmarks build, with system calls only and
 * as few as there can be: the time below which nothing gets. Each technique can
 * be switched off, so that what it gives can be measured. It is no tool: it must
 * run in a mount namespace of its own with a tmpfs on /run, as the runner does,
 * checks no input, and leaves what it has made when it fails. */
#define _GNU_SOURCE
#include "floor.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/netlink.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

void die(const char *what, const char *which)
{
	fprintf(stderr, "floor: %s %s: %s\n", what, which, strerror(errno));
	exit(1);
}

int check(int r, const char *what, const char *which)
{
	if (r < 0)
		die(what, which);
	return r;
}

static const char netns[] = "/run/netns";

/* What the two threads share: how many namespaces are ready. */
static struct {
	struct lab lab;
	struct options opt;
	char dir[64]; /* of the namespaces' mounts */
	int netns, proc, writes;
	int ready;
	pthread_mutex_t mutex;
	pthread_cond_t cond;
} s = {.netns = -1, .proc = -1, .mutex = PTHREAD_MUTEX_INITIALIZER, .cond = PTHREAD_COND_INITIALIZER};

/* fresh_proc mounts a procfs that no path leads to. Each is a file system of its
 * own since Linux 5.8, with its own entries for /proc/sys/net: those of all
 * namespaces share a hash chain in each, which a look-up walks. So a new one
 * every some namespaces keeps a write from growing with their number. */
static void fresh_proc(void)
{
	if (s.proc >= 0)
		close(s.proc);
	int fs = check(syscall(SYS_fsopen, "proc", FSOPEN_CLOEXEC), "open a procfs", "");
	check(syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, 0, 0, 0), "make a procfs", "");
	s.proc = check(syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0), "mount a procfs", "");
	close(fs);
}

/* write_sysctl sets one, by its name below /proc, in the thread's namespace. */
static void write_sysctl(const char *name, const char *value)
{
	if (s.opt.proc_every && s.writes++ % s.opt.proc_every == 0)
		fresh_proc();
	int fd = check(openat(s.proc, name, O_WRONLY | O_CLOEXEC), "open", name);
	check(write(fd, value, strlen(value)), "write", name);
	close(fd);
}

/* make_namespace leaves the thread in a new namespace. */
static void make_namespace(struct node *n)
{
	char path[128], link[64];
	check(unshare(CLONE_NEWNET), "unshare for", n->name);
	snprintf(link, sizeof link, "%s-%s", s.lab.name, n->name);
	if (s.opt.files) {
		snprintf(path, sizeof path, "%s/%s", netns, link);
	} else {
		snprintf(path, sizeof path, "%s/%s", s.dir, n->name);
		check(symlinkat(path, s.netns, link), "symlink", link);
	}
	check(mknod(path, S_IFREG | 0444, 0), "make", path);
	check(mount("/proc/thread-self/ns/net", path, 0, MS_BIND, 0), "mount", path);
	n->sock = check(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), "socket in", n->name);
	if (n->peer)
		n->ns = check(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), "open namespace", n->name);
	if (n->router) {
		write_sysctl("sys/net/ipv4/ip_forward", "1");
		write_sysctl("sys/net/ipv6/conf/all/forwarding", "1");
	}
	if (n->bridge && s.opt.bridge6 == BRIDGE6_OFF)
		write_sysctl("sys/net/ipv6/conf/all/disable_ipv6", "1");
	if (n->bridge && s.opt.bridge6 == BRIDGE6_NO_PORTS)
		write_sysctl("sys/net/ipv6/conf/default/disable_ipv6", "1");
	if ((n->bridge ? s.opt.port_gen : s.opt.gen) == GEN_SYSCTL)
		write_sysctl("sys/net/ipv6/conf/all/addr_gen_mode", "1");
	if ((n->bridge ? s.opt.port_gen : s.opt.gen) == GEN_DEFAULT)
		write_sysctl("sys/net/ipv6/conf/default/addr_gen_mode", "1");
}

static void *make_namespaces(void *unused)
{
	for (int i = 0; i < s.lab.nnodes; i++) {
		make_namespace(&s.lab.nodes[i]);
		if ((i + 1) % s.opt.chunk == 0 || i + 1 == s.lab.nnodes) {
			pthread_mutex_lock(&s.mutex);
			s.ready = i + 1;
			pthread_cond_signal(&s.cond);
			pthread_mutex_unlock(&s.mutex);
		}
	}
	return unused;
}

/* await returns once node i is there: made by the other thread, or by this one. */
static void await(int i)
{
	if (s.opt.threads == 1) {
		for (; s.ready <= i; s.ready++)
			make_namespace(&s.lab.nodes[s.ready]);
		return;
	}
	pthread_mutex_lock(&s.mutex);
	while (s.ready <= i)
		pthread_cond_wait(&s.cond, &s.mutex);
	pthread_mutex_unlock(&s.mutex);
}

static void bridge_up(struct batch *b, struct node *n)
{
	if (s.opt.port_gen == GEN_MSG)
		set_gen_none(b, n, 2);
	set_up(b, n, 2, 0);
}

/* first brings up what a node has of its own. */
static void first(struct batch *b, struct node *n)
{
	if (n->lo)
		return;
	n->lo = true;
	set_up(b, n, 1, 0);
	if (!n->bridge)
		return;
	uint8_t mac[6];
	mac_of(mac, s.lab.name, n->name, "br0");
	add_bridge(b, n, "br0", 2, mac, s.opt.snooping_early);
	if (s.opt.bridge_early)
		bridge_up(b, n);
}

/* finish brings one end of a pair up and gives it its address. */
static void finish(struct batch *b, struct end *e, bool creator)
{
	struct node *n = &s.lab.nodes[e->node];
	first(b, n);
	if (s.opt.kernel_index)
		e->index = index_of(b, n, e->name);
	bool up = s.opt.up_set || !creator;
	int master = n->bridge && (s.opt.master_set || !creator) ? 2 : 0;
	if (master && (s.opt.join_each || !up)) {
		set_master(b, n, e->index, master);
		master = 0;
	}
	if ((n->bridge ? s.opt.port_gen : s.opt.gen) == GEN_MSG)
		set_gen_none(b, n, e->index);
	if (up)
		set_up(b, n, e->index, master);
	if (e->plen)
		add_addr(b, n, e->index, e->addr, e->plen);
}

/* done closes a node's descriptors after its last link. */
static void done(struct batch *b, struct node *n)
{
	if (--n->links > 0 || n->bridge)
		return;
	if (b->node == n)
		flush(b);
	close(n->sock);
	if (n->ns >= 0)
		close(n->ns);
}

/* creator picks the end that the pair is created from: not a bridge's, else that
 * of the namespace which the last request went to. */
static int creator(const struct batch *b, const struct link *l)
{
	const struct node *n[2] = {&s.lab.nodes[l->end[0].node], &s.lab.nodes[l->end[1].node]};
	if (n[0]->bridge != n[1]->bridge)
		return n[1]->bridge == s.opt.bridge_creates;
	return b->node == n[1];
}

static void create(struct batch *b, struct link *l, int c)
{
	struct node *n = &s.lab.nodes[l->end[c].node];
	first(b, n);
	add_veth(b, n, &l->end[c], &l->end[!c], s.lab.nodes[l->end[!c].node].ns,
		n->bridge && !s.opt.master_set ? 2 : 0);
}

/* make_links takes the links in the order of the file, a chunk at a time: what
 * the chunk asks of one namespace goes in one send. */
static void make_links(struct batch *b)
{
	int size = s.opt.phases ? s.lab.nlinks : s.opt.chunk;
	uint8_t *by = calloc(s.lab.nlinks, 1);
	if (!by)
		die("memory for links", "");
	if (s.opt.phases)
		await(s.lab.nnodes - 1);
	for (int i = 0; i < s.lab.nlinks; i += size) {
		int end = i + size < s.lab.nlinks ? i + size : s.lab.nlinks;
		for (int k = i; k < end; k++) {
			struct link *l = &s.lab.links[k];
			for (int e = 0; e < 2; e++)
				await(l->end[e].node);
			by[k] = creator(b, l);
			create(b, l, by[k]);
			if (s.opt.phases)
				continue;
			finish(b, &l->end[by[k]], true);
			if (!s.opt.ports_chunk && !s.lab.nodes[l->end[by[k]].node].bridge) {
				finish(b, &l->end[!by[k]], false);
				done(b, &s.lab.nodes[l->end[by[k]].node]);
				done(b, &s.lab.nodes[l->end[!by[k]].node]);
			}
		}
		for (int k = i; k < end; k++) {
			struct link *l = &s.lab.links[k];
			if (s.opt.phases)
				finish(b, &l->end[by[k]], true);
			else if (!s.opt.ports_chunk && !s.lab.nodes[l->end[by[k]].node].bridge)
				continue;
			finish(b, &l->end[!by[k]], false);
			done(b, &s.lab.nodes[l->end[by[k]].node]);
			done(b, &s.lab.nodes[l->end[!by[k]].node]);
		}
	}
	free(by);
}

/* defaults takes back what is written for new interfaces of a bridge's namespace, so
 * that it is left as with other flags. */
static void defaults(struct node *n)
{
	if (s.opt.port_gen != GEN_DEFAULT && s.opt.bridge6 != BRIDGE6_NO_PORTS)
		return;
	check(setns(n->ns, CLONE_NEWNET), "enter", n->name);
	if (s.opt.port_gen == GEN_DEFAULT)
		write_sysctl("sys/net/ipv6/conf/default/addr_gen_mode", "0");
	if (s.opt.bridge6 == BRIDGE6_NO_PORTS) {
		write_sysctl("sys/net/ipv6/conf/default/disable_ipv6", "0");
		write_sysctl("sys/net/ipv6/conf/br0/disable_ipv6", "0");
	}
}

static void finish_bridges(struct batch *b)
{
	for (int i = 0; i < s.lab.nnodes; i++) {
		struct node *n = &s.lab.nodes[i];
		if (!n->bridge)
			continue;
		flush(b);
		defaults(n);
		if (!s.opt.bridge_early)
			bridge_up(b, n);
		if (!s.opt.snooping_early)
			set_snooping(b, n, 2, 1);
	}
	flush(b);
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void prepare(void)
{
	char dir[32];
	for (int i = 0; i < s.lab.nlinks; i++)
		for (int e = 0; e < 2; e++)
			s.lab.nodes[s.lab.links[i].end[e].node].peer = true;
	for (int i = 0; s.opt.bridge_creates && i < s.lab.nnodes; i++)
		if (s.lab.nodes[i].bridge)
			for (int k = s.lab.nodes[i].peer = 0; k < s.lab.nlinks; k++)
				if (s.lab.nodes[s.lab.links[k].end[0].node].bridge)
					s.lab.nodes[i].peer = true; /* of another bridge */
	struct rlimit lim;
	check(getrlimit(RLIMIT_NOFILE, &lim), "limit of", "open files");
	lim.rlim_cur = lim.rlim_max;
	check(setrlimit(RLIMIT_NOFILE, &lim), "limit of", "open files");
	if (mkdir(netns, 0755) < 0 && errno != EEXIST)
		die("make", netns);
	if (!s.opt.proc_every)
		s.proc = check(open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC), "open", "/proc");
	s.netns = check(open(netns, O_PATH | O_DIRECTORY | O_CLOEXEC), "open", netns);
	if (s.opt.files)
		return;
	snprintf(dir, sizeof dir, "/run/floor");
	if (mkdir(dir, 0755) < 0 && errno != EEXIST)
		die("make", dir);
	if (mkdir(s.dir, 0700) < 0 && errno != EEXIST)
		die("make", s.dir);
	check(mount("floor", s.dir, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=700,nr_inodes=1048576"), "mount", s.dir);
	/* As nslab's: else the copies in ip netns exec's mount namespaces keep it. */
	check(mount(0, s.dir, 0, MS_SHARED, 0), "share", s.dir);
}

static void up(void)
{
	static struct batch b;
	b.opt = &s.opt;
	double t0 = now();
	prepare();
	pthread_t thread;
	if (s.opt.threads == 2 && (errno = pthread_create(&thread, 0, make_namespaces, 0)))
		die("start a", "thread");
	make_links(&b);
	flush(&b);
	finish_bridges(&b);
	if (s.opt.threads == 2)
		pthread_join(thread, 0);
	if (s.opt.verbose)
		fprintf(stderr, "%d namespaces, %d links, %ld requests in %ld sends, %.1f ms\n",
			s.lab.nnodes, s.lab.nlinks, b.messages, b.sends, 1e3 * (now() - t0));
}

static void down(void)
{
	char path[160];
	int dir = check(open(netns, O_PATH | O_DIRECTORY | O_CLOEXEC), "open", netns);
	for (int i = 0; i < s.lab.nnodes; i++) {
		const char *name = s.lab.nodes[i].name;
		if (s.opt.files)
			snprintf(path, sizeof path, "%s/%s-%s", netns, s.lab.name, name);
		else
			snprintf(path, sizeof path, "%s/%s", s.dir, name);
		if (s.opt.files || s.opt.umount == UMOUNT_EACH)
			check(umount2(path, MNT_DETACH), "umount", path);
		snprintf(path, sizeof path, "%s-%s", s.lab.name, name);
		check(unlinkat(dir, path, 0), "unlink", path);
	}
	if (s.opt.files)
		return;
	check(umount2(s.dir, MNT_DETACH), "umount", s.dir);
	check(rmdir(s.dir), "remove", s.dir);
}

int main(int argc, char **argv)
{
	s.opt = parse(argc, argv);
	if (!topology(&s.lab, argv[2], atoi(argv[3])))
		usage();
	snprintf(s.dir, sizeof s.dir, "/run/floor/%s", s.lab.name);
	if (!strcmp(argv[1], "up"))
		up();
	else if (!strcmp(argv[1], "down"))
		down();
	else
		usage();
	return 0;
}
