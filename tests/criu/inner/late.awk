# SPDX-License-Identifier: GPL-2.0-only
# The table of README.md, "Which images a rule can change during a restore", whose rows are of "4.1", "4.2, 4.3" or
# "3.11 to 4.0". With -v version=4.1: what the row of that CRIU says; with -v now="..." besides: the file with this in the row.
function number(v,    part) { split(v, part, "."); return part[1] * 1000 + part[2] }
function holds(versions,    of, n, i) {
	n = split(versions, of, / to |, /)
	for (i = 1; i <= n; i++)
		if (number(of[i]) == number(version))
			return 1
	return versions ~ / to / && number(of[1]) <= number(version) && number(version) <= number(of[2])
}
BEGIN { FS = " *[|] *" }
/^\| CRIU \| too late/ { table = 1 }
/^$/ { table = 0 }
table && $2 ~ /^[0-9]/ && holds($2) {
	if (!now) {
		print $3
		exit
	}
	$0 = "| " $2 " | " now " |"
}
now
