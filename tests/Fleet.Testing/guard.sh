#!/usr/bin/env bash
# guard.sh SIGNAL COMMAND...: runs COMMAND as a process group of its own, prints its pid, and ends the group with
# SIGNAL (KILL after 15 s) when standard input closes: a server never outlives the test run that started it.
set -m
trap : INT TERM HUP # sent to the terminal's or a tool's whole group: the command is still to be ended
signal=$1
shift
exec 3<&0
"$@" </dev/null 3<&- &
child=$!
exec 2>/dev/null # what bash says of ended jobs is nobody's output
echo "pid $child"
cat <&3 >/dev/null &
reader=$!
wait -n "$child" "$reader"
kill "-$signal" "$child" 2>/dev/null
for ((i = 0; i < 150; i++)); do kill -0 "$child" 2>/dev/null || break; sleep 0.1; done
kill -KILL -- "-$child" 2>/dev/null
kill "$reader" 2>/dev/null
exit 0
