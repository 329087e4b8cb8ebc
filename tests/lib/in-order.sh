# tests/lib/in-order.sh - programs run side by side, and what became of them told in order.
# shellcheck shell=sh
#
# in_order TELL PROGRAM...: runs every program, JOBS at a time (thrice as many as there are processors:
# most of them wait), each for at most SECONDS_EACH, and calls TELL PROGRAM LOG STATUS MS CPU-MS for each. A
# PROGRAM may have arguments, parted by blanks. Where the program is a script, or a unit test with its
# source in tests/unit/, a line of its own in it may say
#   '# early: why'   it starts before others, because it takes longest
#   '# alone: why'   it looks at what all of the machine shares, or takes of it: it runs when no other
#                    does, after the others
# The order is early, others, alone; within each as given. TELL runs in a subshell, with `total` after
# the last one.

in_order() {
	tell=$1
	shift
	order_dir=$(mktemp -d) || exit 1
	for list in early others alone; do : >"$order_dir/$list"; done
	for program; do
		list=others
		for mark in early alone; do ! says $mark "$program" || list=$mark; done
		echo "$program" >>"$order_dir/$list"
	done
	cat "$order_dir/early" "$order_dir/others" >"$order_dir/together"
	{
		each $((3 * $(nproc))) together
		each 1 alone
	} | tell_in_order "$tell"
	order_status=$?
	rm -rf "$order_dir"
	return $order_status
}

says() { # MARK PROGRAM
	case $2 in
	*/unit/*) source=tests/unit/${2#*/unit/}.c ;;
	*.sh) source=$2 ;;
	*) return 1 ;;
	esac
	grep -qE "^(#| \*|//) $1: " "$source" 2>/dev/null
}

each() { # AT-ONCE LIST
	tr '\n' '\0' <"$order_dir/$2" |
		xargs -0 -r -n 1 -P "${JOBS:-$1}" "$(dirname "$0")/run-one" "$order_dir" "${SECONDS_EACH:-300}"
}

# Reads names of what has ended; tells of each when all before it have been told.
tell_in_order() {
	cat "$order_dir/together" "$order_dir/alone" >"$order_dir/order"
	exec 3<"$order_dir/order"
	next=
	read -r next <&3 || :
	while read -r ended; do
		[ -n "$ended" ] || continue
		while [ -n "$next" ] && key=$(printf %s "$next" | tr '/ ' '==') && [ -f "$order_dir/$key.end" ]; do
			read -r status ms cpu <"$order_dir/$key.end"
			"$1" "$next" "$order_dir/$key.log" "$status" "$ms" "$cpu"
			rm -f "$order_dir/$key.log"
			next=
			read -r next <&3 || :
		done
	done
	while [ -n "$next" ]; do # xargs was killed
		: >"$order_dir/none"
		"$1" "$next" "$order_dir/none" 125 0 0
		next=
		read -r next <&3 || :
	done
	total
}
