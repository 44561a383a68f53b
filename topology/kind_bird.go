package topology

import "time"

// birdPath has bird's and birdc's directories, which only root's PATH may have.
const birdPath = "PATH=/usr/local/sbin:/usr/sbin:/sbin:$PATH; exec "

var bird = program{
	pkg:    "bird2",
	dirs:   []string{"/usr/local/sbin", "/usr/sbin", "/sbin"},
	tools:  []string{"birdc"},
	config: "/etc/bird/bird.conf", required: true,
	tmpfs: []string{"/etc/bird", "/run/bird"},
}

func init() { bird.processes = birdProcesses }

// birdProcesses is the one daemon. With -d it stays in the foreground, and what
// it has to say goes to its log unless the configuration says where.
func birdProcesses(*programReader, string) []Process {
	return []Process{{
		Name:    "bird",
		Command: []string{"/bin/sh", "-c", birdPath + "bird -d -c /etc/bird/bird.conf -s /run/bird/bird.ctl"},
		Ready: Ready{Healthcheck: Healthcheck{
			Test:     []string{"/bin/sh", "-c", birdPath + "birdc -s /run/bird/bird.ctl show status >/dev/null"},
			Interval: 50 * time.Millisecond, Timeout: time.Minute, Retries: defaultRetries, StartPeriod: defaultStartPeriod,
		}},
	}}
}
