#!/bin/sh
# What other programs say to the kernel over netlink: no root, no file of your own.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

echo "Each message that ip sends and receives:"
nslab trace ip -br link show lo

echo "One line for each request, with its result and the time it took:"
nslab trace --requests ip -br addr show lo

echo "Who of several programs asked for what, in the words of ip? The kernel refuses it: there is a link of that name."
nslab trace -f --explain sh -c 'ip -br link; ip link add lo type bridge || :' 2>&1 | grep -E '# |error='

echo "All that there is to know, for later: nslab decode and nslab audit read it."
nslab trace -f -o "$dir/run.jsonl" sh -c 'ip -br link; ip -br addr' >/dev/null
nslab decode --where 'dir=sent' "$dir/run.jsonl"
