#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The tables of criu-rewrite-rules(5), of doc/architecture.md and of the code have the same rows; the pages are right mdoc.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/tap.sh
. tests/tap.sh
page=doc/criu-rewrite-rules.5

# Rows of a table of the page: what stands behind .It, and the text below it, with a | between.
rows() { # TABLE [PAGE]
	awk -v table="$1" '
	$0 == ".\\\" table " table { inside = 1; next }
	$0 == ".\\\" end" { inside = 0 }
	!inside || /^\.(Bl|El)/ { next }
	/^\.It / { if (row != "") print row; row = substr($0, 5) "|"; next }
	{ row = row (row ~ /\|$/ ? "" : " ") $0 }
	END { if (row != "") print row }' "${2-$page}"
}

# The page says "set" "..." No = set where the code has letters.
functions_of_code() {
	tr '\n' ' ' <rules/functions.def | grep -oE "FUNCTION\(\"[a-z]+\", call_[a-z]+, \"[^\"]*\", '.', (true|false),[[:space:]]+\"([^\"\\\\]|\\\\.)*\"\)" |
		sed -E "s/FUNCTION\(\"([a-z]+)\", call_[a-z]+, \"([^\"]*)\", '(.)', [a-z]+,[[:space:]]+\"(.*)\"\)\$/\1 \2 \3|\4/; s/\\\\\"/\"/g"
}

functions_of_page() {
	rows functions | awk -F'|' '
	BEGIN {
		split("number n text t set s boolean b list l any a numbers m path p regex r address i version v", w, " ")
		for (i = 1; i in w; i += 2) letter[w[i]] = w[i + 1]
	}
	{
		split($1, half, " No = ")
		name = half[1]; sub(/^Fn /, "", name); sub(/ .*/, "", name)
		n = split(half[1], part, "\""); code = ""; optional = 0
		for (i = 2; i <= n; i += 2) {
			word = part[i]
			if (word == "...") { code = code "*"; continue }
			if (sub(/^\[/, "", word)) { sub(/\]$/, "", word); if (!optional++) code = code "?" }
			code = code letter[word]
		}
		print name " " code " " letter[half[2]] "|" $2
	}'
}
is "$(functions_of_page)" "$(functions_of_code)" "functions"

facts_of_code() {
	tr '\n' ' ' <plugin/facts.def | grep -oE 'FACT\("[^"]*", VALUE_[A-Z]+, [a-z_]+, ("[^"]*"|NULL), +"[^"]*"\)' |
		sed -E 's/FACT\("([^"]*)", VALUE_([A-Z]+), [a-z_]+, ("[^"]*"|NULL), +"([^"]*)"\)/Va \1 Pq \L\2\E|\4/'
}
is "$(rows facts)" "$(facts_of_code)" "facts"

verbs_of_code() {
	cat plugin/*.c plugin/*/*.c | tr '\n' ' ' | grep -oE 'const struct rules_verb verb_[a-z_]+ = \{[^}]*' |
		sed -nE 's/.*("[a-z]*_entry"|NULL),[[:blank:]]+"[a-z]+",[[:blank:]]+"([^"]*)".*/\2/p' | sort
}
is "$(rows verbs | sed -E 's/\|[^|]*$//' | sort)" "$(verbs_of_code)" "verbs"

causes_of_code() {
	awk '/^CHECK\(/ { on = !/, HOST,/ } on && /^CAUSE\(/' plugin/doctor/causes.def | sed -E 's/^CAUSE\([A-Z_0-9]+, "([a-z0-9-]+)".*/\1/'
}
is "$(rows causes doc/criu-rewrite.1 | sed -E 's/^Cm ([^|]*)\|.*/\1/')" "$(causes_of_code)" "causes of doctor"

# #define NAME VALUE, the value worked out.
limit_of_code() { # NAME
	local value
	value=$(grep -hE "^#define $1[[:blank:]]" rules/*.[ch] proto/*.[ch] plugin/*.[ch] plugin/*/*.[ch] cli/*.[ch] |
		sed -E 's/^#define [A-Z_]+[[:blank:]]+//; s,/\*.*,,; s/([0-9])u/\1/g; s/INT64_C|\(uint64_t\)//')
	echo $((value))
}
options=$(sed -nE 's/^\t\{ "([a-z-]+)", set_.*/\1/p' plugin/config.c | sort)
is "$(sed -nE 's/^#([a-z-]+) .*/\1/p' criu-rewrite.conf.example | sort -u)" "$options" "options of the configuration: the example"
is "$(sed -nE 's/^\.It Ic ([a-z-]+).*/\1/p' doc/criu-rewrite.conf.5 | sort -u)" "$options" "and their page"

options=$(sed -nE 's/^OPTION\("([a-z-]+)".*/\1/p' plugin/option.def | sort)
is "$(sed -nE 's/^\| `([a-z-]+).*/\1/p' doc/options.md | sort -u)" "$options" "options of criu: doc/options.md"
is "$(sed -n '/^Gives the running restore/,/^Others are refused/p' $page | sed -n 's/^\.Cm //p' | grep -oE '[a-z-]{2,}' | sort)" "$options" \
	"and the page"
modes=$(sed -nE 's/^\tMODE\("([a-z]+)".*/\1/p' plugin/mode.c | sort)
is "$(sed -nE '/^\| mode \| for CRIU/,/^$/s/^\| `([a-z]+)`.*/\1/p' doc/modes.md | sort)" "$modes" "modes: doc/modes.md"
is "$(sed -n '/^The first mode that/,/^\.El/p' $page | sed -n 's/^\.Cm //p' | grep -oE '[a-z]{2,}' | sort)" "$modes" "and the page"
types=$(sed -nE 's/^\t\[CHANGE_[A-Z_]+\] = \{ "([a-z ]+)".*/\1/p' plugin/change.c | sort)
is "$(sed -nE 's/.*"type": \{ "enum": \["(field[^]]*)", null\].*/\1/p' doc/criu-rewrite.schema.json | sed 's/", "/\n/g' | sort)" "$types" \
	"types of changes: the schema"
is "$(sed -nE 's/^\.Pq Cm (field.*) ,$/\1/p' doc/criu-rewrite.conf.5 | sed 's/ , /\n/g' | sort)" "$types" "and the page of the configuration"

is "$(sed -nE 's/^\| `(fuzz_[a-z]+)` .*/\1/p' doc/fuzzing.md | sort)" "$(basename -s .c tests/fuzz/fuzz_*.c)" "fuzzers of doc/fuzzing.md"

# Numbers in the text of pages: the page says so, and the code has that value.
while IFS='|' read -r file name value words; do
	is "$(grep -cF -- "$words" "$file") $(limit_of_code "$name")" "1 $value" "${file##*/}: $words"
done <<-END
	doc/criu-rewrite.1|ARCHIVE_MEMBERS_MAX|1000000|More than 1,000,000 members, 64 MiB of names,
	doc/criu-rewrite.1|ARCHIVE_NAMES_MAX|$((64 << 20))|More than 1,000,000 members, 64 MiB of names,
	doc/criu-rewrite.1|ARCHIVE_HEADER_MAX|$((8 << 20))|or 8 MiB before the content of one
	doc/criu-rewrite.1|ARCHIVE_IMAGES_MAX|$((2 << 30))|together bigger than 2 GiB (64 GiB for
	doc/criu-rewrite.1|ARCHIVE_PAGES_MAX|$((64 << 30))|together bigger than 2 GiB (64 GiB for
	doc/criu-rewrite.1|SECONDS|2|takes more than two seconds
	doc/criu-rewrite.1|ACCELERATION_MAX|65537|to 65537.
	doc/criu-rewrite.1|LIMIT_SECONDS|30|the judgement of a dump, may take, by default 30.
	doc/criu-rewrite.1|CONTENT_MEMORY_MAX|$((4 << 20))|images of more than 4 MiB that
	doc/criu-rewrite.conf.5|CONFIG_PATHS_MAX|64|May be given up to 64 times; the rules run
	doc/criu-rewrite.conf.5|SYSLOG_CHANGES_MAX|50|each of the first 50 changes.
	doc/criu-rewrite.conf.5|LIMIT_SECONDS|30|no answer within 30 seconds
	doc/criu-rewrite.conf.5|WRITTEN_MAX|1000|the first 1000 properties that
	doc/criu-rewrite.conf.5|CONTENT_MEMORY_MAX|$((4 << 20))|Those of up to 4M are kept in memory
	doc/criu-rewrite.conf.5|CONFIG_MEMORY_MAX|$((1 << 40))|most 1T, by default 2G.
	doc/criu-rewrite-rules.5|FINDS_MAX|20|the first 20 finds are notes
	doc/architecture.md|CONTENT_MEMORY_MAX|$((4 << 20))|An image above 4 MiB is copied
	doc/architecture.md|SHARE|100000|for each share of 100,000 entries
	doc/crit-differences.md|IMAGE_SIZE_MAX|$((1 << 30))|nesting beyond 100 messages, messages beyond 256 MiB, images beyond 1 GiB
	doc/raw-images.md|RAW_SIZE_MAX|$((128 << 20))|Limits: a file 128 MiB
	doc/raw-images.md|NETLINK_MESSAGE_MAX|16384|was changed 16384 bytes
END

# What errors say, in the words of the code.
is "$(sed -n '/^\.Sh WHAT CAN GO WRONG/,/^\.Sh LIMITS/s/^\.It //p' $page | sed '/^Dv /d; s/ \.\.\., .*//' | while read -r error; do
	cat rules/*.c rules/*.h plugin/*.c | tr -d '\n\t' | sed 's/" *"//g' | grep -qF "$error" || echo "$error"
done)" "" "errors that the page explains are those of the code"

limits=$(mktemp)
rows limits | while IFS='|' read -r row _; do
	name=${row#Dv } name=${name%% *}
	echo "$name ${row##*= } $(limit_of_code "$name")"
done >"$limits"
is "$(awk '$2 != $3' "$limits")" "" "limits have the values of the code"
missing=$(sed -nE 's/^#define (RULES_[A-Z_]+_MAX).*/\1/p' rules/rules.h | while read -r name; do
	grep -q "^$name " "$limits" || echo "$name"
done)
is "$missing" "" "no limit of rules.h is missing"
rm -f "$limits"

# "Where to change what": each file that a row names is there, and those with a pattern here hold a row of the kind.
tour=doc/architecture.md
named() { sed -n '/^| to add/,/^$/p' "$tour" | grep -oE '`[a-z][A-Za-z0-9_./-]*\.[a-z0-9]+' | tr -d '`' | sort -u; }
is "$(named | while read -r file; do [ -e "$file" ] || echo "$file"; done)" "" "$tour names files that are there"
has_row() { # KIND FILE PATTERN
	grep -qE -- "$3" "$2" && grep -F "| $1 |" "$tour" | grep -qF "\`$2\`"
}
while IFS='|' read -r kind file pattern; do
	ok "$kind: $file has such a row, and $tour names it" has_row "$kind" "$file" "$pattern"
done <<-'END'
	a fact|plugin/facts.def|^FACT\("host\.
	a fact|doc/criu-rewrite-rules.5|^\.It Va host\.
	a function of the language|rules/functions.def|^FUNCTION\("
	a function of the language|doc/criu-rewrite-rules.5|^\.It Fn [a-z]+
	a verb|plugin/cgroup/verbs.c|&verb_[a-z]+,
	an option of CRIU|plugin/option.def|^OPTION\("[a-z-]+",
	a kind of raw image|proto/raw.def|^MESSAGE\([a-z_]+\)
	a verb|plugin/cgroup/verbs.h|verb_[a-z]+,
	a property of cgroups|plugin/cgroup/properties.def|^SETTING\(V[12], "
	a mode|plugin/mode.c|MODE\("[a-z]+", "
	a mode|plugin/mode_choose.c|^	\{ "[a-z]+", &verb_
	an image kind|proto/kinds.def|^ENTRIES\("
	a reference between images|plugin/references.c|^	\{ [A-Z_]+, [A-Z_]+, (ALWAYS|IF_)
	a CRIU version|README.md|^\| 4\.1 \|
	a value of an OCI spec|plugin/oci/fit.def|^OCI_ROW\("
	a command|cli/main.c|&command_[a-z]+,
	a command|doc/criu-rewrite.1|^\.(It|Ss) .*plan
	a cause of doctor|plugin/doctor/causes.def|^CAUSE\([A-Z_]+, "
	a cause of doctor|doc/criu-rewrite.1|^\.It Cm file-size
	what preflight refuses|plugin/preflight.c|^static int judge_changes\(
	an option of the configuration|plugin/config.c|^	\{ "[a-z-]+", set_
END

if command -v mandoc >/dev/null; then
	for file in doc/*.[1-8]; do
		is "$(mandoc -Tlint "$file" 2>&1 | grep -v 'referenced manual not found\|outdated mandoc.db')" "" "$file is right mdoc"
	done
else
	skip "the pages are right mdoc" "there is no mandoc"
fi
tap_end
