# SPDX-License-Identifier: GPL-2.0-only
# For the scripts of this folder that execute what the documentation shows, sourced: the command in $program, the project in
# $top, an empty working directory that goes away again, and encode() for the images of a checkpoint `dump` in it.
# shellcheck shell=bash disable=SC2034
set -u
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
. "$top/tests/tap.sh"
program=${PROGRAM:-$top/build/criu-rewrite}
[ -x "$program" ] || { echo "SKIP: there is no $program; run make"; exit 77; }
umask 022
unset CRIU_REWRITE_CONF NO_COLOR
work=$(mktemp -d /tmp/criu-rewrite-doc.XXXXXX)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
mkdir dump
encode() { "$program" encode -o "dump/$1" || exit 1; }
