#!/bin/sh
# Whether every host of a lab reaches every address of the others. It fails if one does not. No root:
#   nslab run examples/routers.yaml -- sh examples/reach.sh
set -eu
failed=0
hosts=$(ls /run/netns | sed -n "s/^$NSLAB_LAB-\(h[0-9]*\)$/\1/p")
for from in $hosts; do
	for to in $hosts; do
		[ "$from" != "$to" ] || continue
		for address in $(nslab exec "$to" -- ip -br addr show dev eth0 scope global | sed 's/^[^ ]* *[^ ]* *//; s,/[0-9]*,,g'); do
			if nslab ping "$from" "$address" -c 1 -w 30 >/dev/null; then
				echo "$from reaches $address"
			else
				echo "$from does not reach $address"
				failed=1
			fi
		done
	done
done
exit $failed
