# Starts FRR's zebra without the machine's configuration and state: the mount namespace is private.
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /etc/frr
mount -t tmpfs tmpfs /var/tmp
install -d -o frr -g frr /run/frr
touch /etc/frr/vtysh.conf /etc/frr/zebra.conf /etc/frr/staticd.conf
ip link set lo up
/usr/lib/frr/zebra $zebra_options &
zebra=$!
until [ -S /run/frr/zebra.vty ] && [ -S /run/frr/zserv.api ]; do :; done
