#!/usr/bin/env bash
# exit-code.sh COMMAND...: runs COMMAND and prints "exit N" as its last line.
"$@" </dev/null
echo "exit $?"
