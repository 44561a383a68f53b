#!/bin/sh
# What a program said to the kernel, read again later: no root, no file of your own.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# nslab's demo builds two namespaces and a veth pair; all that it does with netlink goes to a file.
nslab demo --record "$dir/demo.jsonl" >/dev/null

echo "Which links did it create, and how?"
nslab decode --where 'type=RTM_NEWLINK and dir=sent and attr IFLA_INFO_KIND' "$dir/demo.jsonl"

echo "What did the kernel refuse?"
nslab decode --where error "$dir/demo.jsonl"

echo "Which bytes make up the first request for an address?"
nslab decode -v --where 'type=RTM_NEWADDR and dir=sent' "$dir/demo.jsonl" | head -n 9

echo "Is anything in it that nslab has no name for?"
nslab decode --unknown "$dir/demo.jsonl"

# A file for Wireshark: nslab demo --record demo.pcapng
