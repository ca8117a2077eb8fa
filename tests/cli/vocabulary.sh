# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=sh
# What the scripts of this folder share: they are run as `NAME_test PROGRAM DATA`, work in a folder of
# their own, and print TAP.
set -u

case $1 in
/*) xlat=$1 ;;
*) xlat=$PWD/$1 ;;
esac
case $2 in
/*) data=$2 ;;
*) data=$PWD/$2 ;;
esac
# shellcheck disable=SC2034
recording=$data/linux-nvme-4k
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1

# A program for another machine is run by what Meson names.
# shellcheck disable=SC2034
binary=$xlat
if [ -n "${MESON_EXE_WRAPPER:-}" ]; then
	printf '#!/bin/sh\nexec %s "%s" "$@"\n' "$MESON_EXE_WRAPPER" "$xlat" >program
	chmod +x program
	xlat=$folder/program
fi
made=0

# result 0|1 NAME: one line of TAP, and on failure what the program said.
result() {
	made=$((made + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $made - $2"
	else
		echo "not ok $made - $2"
		sed 's/^/# /' said
	fi
}

# ends STATUS NAME SAYS ARGUMENTS...: the program ends so, and its output has a line that matches SAYS.
ends() {
	wanted=$1 name=$2 says=$3
	shift 3
	"$xlat" "$@" >said 2>&1
	status=$?
	echo "(status $status, wanted $wanted and: $says)" >>said
	if [ $status -eq "$wanted" ] && sed '$d' said | grep -Eq -e "$says"; then
		result 0 "$name"
	else
		result 1 "$name"
	fi
}

# says NAME SAYS: so does what the program said last.
says() {
	sed '$d' said | grep -Eq -e "$2"
	result $? "$1"
}

# poke FILE OFFSET VALUE: eight bytes, little-endian.
poke() {
	value=$(($3)) bytes=
	for _ in 1 2 3 4 5 6 7 8; do
		bytes=$bytes$(printf '\\%03o' $((value & 255)))
		value=$((value >> 8))
	done
	# shellcheck disable=SC2059
	printf "$bytes" | dd of="$1" bs=1 seek=$(($2)) conv=notrunc 2>/dev/null
}

# capture NAME [SED SCRIPT]: NAME.json and NAME.ram, a small machine: 64 KiB of RAM at 0x80000000; a device
# directory of one level in the first page with device 0x5, whose Sv39 table in the pages 1 to 3 maps
# 0x1000 to 0x8000a000 for reading and writing and 0x200000 to a huge page for reading only. The script
# changes the JSON.
capture() {
	cat >"$1.json" <<-END
		{
			"model": "riscv-iommu", "spec": "1.0",
			"ram_base": "0x80000000", "ram_size": "0x10000", "ram": "$1.ram",
			"registers": {
				"0x000": "0x00000078e2cf4f10",
				"0x010": "0x0000000020000002"
			}
		}
	END
	[ $# -eq 1 ] || sed -i "$2" "$1.json"
	rm -f "$1.ram"
	truncate -s 65536 "$1.ram"
	poke "$1.ram" $((5 * 64)) 1
	poke "$1.ram" $((5 * 64 + 24)) "(8 << 60) | 0x80001"
	poke "$1.ram" 0x1000 "(0x80002 << 10) | 1"
	poke "$1.ram" 0x2000 "(0x80003 << 10) | 1"
	poke "$1.ram" 0x2008 "(0x80200 << 10) | 0x53"
	poke "$1.ram" 0x3008 "(0x8000a << 10) | 0xd7"
}

# Ends a script: the plan.
finish() {
	echo "1..$made"
}
