#!/bin/sh
# Waits until its standard input is closed, which the kernel does however the starter ends; then it stops the engine and
# leaves the machine's network as it was.
# usage: stop-engine.sh PID RUN_FOLDER BRIDGE ADDRESS_PREFIX FORWARDING
pid=$1 run=$2 bridge=$3 prefix=$4 forwarding=$5
trap '' INT TERM HUP
read -r _

kill -TERM "$pid" 2>/dev/null
waited=0
while kill -0 "$pid" 2>/dev/null; do
  waited=$((waited + 1))
  # The engine gives its containers 10 s; 60 s later something in it hangs.
  [ "$waited" -gt 300 ] && kill -KILL "$pid" 2>/dev/null
  sleep 0.2
done

ip link del "$bridge" 2>/dev/null
# Networks that a killed run could not take down have bridges in our range of addresses.
for link in $(ip -o -4 addr show | awk -v prefix="$prefix" 'index($4, prefix) == 1 { print $2 }'); do
  ip link del "$link" 2>/dev/null
done
for tables in iptables ip6tables; do
  [ -s "$run/$tables" ] && "$tables-restore" <"$run/$tables"
done
echo "$forwarding" >/proc/sys/net/ipv4/ip_forward
# Deleting through a mount that is still there would delete what is mounted.
awk -v run="$run/" 'index($2, run) == 1 { print $2 }' /proc/mounts | sort -r | xargs -r -n1 umount -l 2>/dev/null
rm -rf --one-file-system "$run"
