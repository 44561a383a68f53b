#!/bin/sh
# What is wrong with how a program uses netlink: no root, no file of your own.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

echo "Judge a program while it runs:"
nslab audit -- ip link show lo >/dev/null

echo "Or record it, and judge the recording, here or elsewhere:"
nslab trace -f -o "$dir/run.jsonl" ip addr show lo >/dev/null
nslab audit "$dir/run.jsonl"

echo "A capture holds less: the rules that it cannot be judged by are named."
nslab trace -f -o "$dir/run.pcap" ip addr show lo >/dev/null
nslab audit "$dir/run.pcap"

echo "In a script, the exit status says whether anything was found, and JSON says what:"
nslab audit -o json "$dir/run.jsonl" | grep -E '"(errors|warnings|hints)"'
