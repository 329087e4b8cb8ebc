# tests/lib/in-order.sh - programs run side by side, and what became of them told in order.
# shellcheck shell=sh
#
# in_order TELL PROGRAM...: runs every program, JOBS at a time (as many as there are processors), each
# for at most SECONDS, and calls TELL PROGRAM LOG STATUS MS for each in the order given. A program that
# looks at what all of the machine shares says '# alone: why' in a line of its own, or is of a folder
# whose every test does; those run when no other does, after the others. TELL runs in a subshell, with
# `total` after the last one.

in_order() {
	tell=$1
	shift
	order_dir=$(mktemp -d) || exit 1
	printf '%s\n' "$@" >"$order_dir/all"
	: >"$order_dir/together" && : >"$order_dir/alone"
	for program; do
		if is_alone "$program"; then echo "$program" >>"$order_dir/alone"; else echo "$program" >>"$order_dir/together"; fi
	done
	{
		each "$(nproc)" together
		each 1 alone
	} | tell_in_order "$tell"
	order_status=$?
	rm -rf "$order_dir"
	return $order_status
}

is_alone() {
	case $1 in
	*/hermeticity/* | */kills/*) return 0 ;;
	*.sh) grep -q '^# alone: ' "$1" ;;
	*) return 1 ;;
	esac
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
		while [ -n "$next" ] && key=$(printf %s "$next" | tr / =) && [ -f "$order_dir/$key.end" ]; do
			read -r status ms <"$order_dir/$key.end"
			"$1" "$next" "$order_dir/$key.log" "$status" "$ms"
			rm -f "$order_dir/$key.log"
			next=
			read -r next <&3 || :
		done
	done
	while [ -n "$next" ]; do # xargs was killed
		: >"$order_dir/none"
		"$1" "$next" "$order_dir/none" 125 0
		next=
		read -r next <&3 || :
	done
	total
}
