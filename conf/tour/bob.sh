#!/bin/sh
# Bob's phone: twinkle-console, which watches Alice. It tells her presence only to its log, so that is shown here, too.
# Typed at its prompt: presence -b offline, presence -b online, quit.
set -eu
home=$(mktemp -d)
trap 'rm -r "$home"' EXIT
mkdir "$home/.twinkle"
cp "$(dirname "$0")"/bob/* "$home/.twinkle"
tail --pid=$$ -n +1 -F "$home/.twinkle/twinkle.log" 2>/dev/null |
  sed -un '/^Presence state changed to: / { s///; N; s/\(.*\)\n\(.*\)/\2 is \1/p }' &
HOME=$home twinkle-console bob.cfg
