#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# For scripts that unpack packages of Debian beside the system, of another suite or architecture: apt,
# with directories of its own, downloads and verifies them. The mirror is the one that the machine's apt
# uses. Nothing needs root, and nothing of the machine is changed. To be sourced.

# Where what was downloaded is kept for all trees: XLAT_CACHE, or xlat in the user's cache.
cache_directory() {
	echo "${XLAT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/xlat}"
}

# apt_machine OPTION...: apt-get with the machine's sources, but no state of it.
apt_machine() {
	apt-get -q -o Acquire::Retries=3 -o Dir::State="$apt_directory/machine" \
		-o Dir::State::status="$apt_directory/status" -o Dir::Cache="$apt_directory/machine" \
		-o APT::Sandbox::User="$(id -un)" "$@"
}

# The machine's mirror of Debian: that of the suite it runs, or else the first in its sources.
apt_mirror() {
	codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
	apt_machine --print-uris update | sed -n "s|^'\(.*\)/dists/\([^']*\)/InRelease'.*|\2 \1|p" |
		awk -v codename="$codename" '
			$1 !~ /-security$|-security\/|-updates$|-backports$/ {
				if (first == "") first = $2
				if ($1 == codename && found == "") found = $2
			}
			END { print found != "" ? found : first }'
}

# The keys of the archive. A keyring older than Debian 13 is renewed as the machine's own sources verify it.
apt_keyring() {
	if [ -f /usr/share/keyrings/debian-archive-trixie-stable.gpg ]; then
		echo /usr/share/keyrings/debian-archive-keyring.gpg
		return
	fi
	(
		cd "$apt_directory"
		apt_machine update >&2 && apt_machine download debian-archive-keyring >&2 &&
			dpkg-deb -x debian-archive-keyring_*.deb keyring
	) || return 1
	echo "$apt_directory/keyring/usr/share/keyrings/debian-archive-keyring.gpg"
}

# apt_open DIRECTORY ARCHITECTURE SUITE...: apt works in DIRECTORY, on those suites alone. A suite that
# cannot be had whole and verified is an error.
apt_open() {
	mkdir -p "$1"
	apt_directory=$(cd "$1" && pwd)
	apt_architecture=$2
	shift 2
	rm -rf "$apt_directory/state"
	mkdir -p "$apt_directory/state/lists/partial" "$apt_directory/cache/archives/partial" \
		"$apt_directory/machine/lists/partial" "$apt_directory/machine/archives/partial"
	: >"$apt_directory/status"
	: >"$apt_directory/preferences"
	mirror=$(apt_mirror)
	keyring=$(apt_keyring) || return 1
	[ -n "$mirror" ] || { echo "$0: the machine's apt has no mirror of Debian" >&2 && return 1; }
	cat >"$apt_directory/debian.sources" <<-END
		Types: deb
		URIs: $mirror
		Suites: $*
		Components: main
		Signed-By: $keyring
	END
	# What the machine does after each update is not for us.
	cat >"$apt_directory/apt.conf" <<-END
		#clear APT::Update::Post-Invoke-Success;
		#clear APT::Update::Post-Invoke;
		#clear DPkg::Post-Invoke;
		Acquire::Retries "3";
		Acquire::Languages "none";
		APT::Architecture "$apt_architecture";
		APT::Architectures "$apt_architecture";
		APT::Sandbox::User "$(id -un)";
		APT::Get::List-Cleanup "false";
		APT::Update::Error-Mode "any";
		Dir::State "$apt_directory/state";
		Dir::State::status "$apt_directory/status";
		Dir::Cache "$apt_directory/cache";
		Dir::Etc::sourcelist "$apt_directory/debian.sources";
		Dir::Etc::sourceparts "/dev/null";
		Dir::Etc::preferences "$apt_directory/preferences";
		Dir::Etc::preferencesparts "/dev/null";
	END
	apt-get -q -c "$apt_directory/apt.conf" update
}

# apt_prefer SUITE PACKAGE...: those (src:NAME for all of a source) come from SUITE.
apt_prefer() {
	suite=$1
	shift
	cat >>"$apt_directory/preferences" <<-END
		Package: $*
		Pin: release n=$suite
		Pin-Priority: 990

	END
}

# apt_version PACKAGE: the version that would be downloaded.
apt_version() {
	apt-cache -c "$apt_directory/apt.conf" policy "$1" | sed -n 's/^  Candidate: //p'
}

# apt_depends PACKAGE: the names of everything that it needs.
apt_depends() {
	apt-cache -c "$apt_directory/apt.conf" depends --recurse --no-recommends --no-suggests --no-conflicts \
		--no-breaks --no-replaces --no-enhances "$1" | grep '^[a-z0-9]' | sort -u
}

# apt_unpack DIRECTORY PACKAGE...: unpacks those packages alone.
apt_unpack() {
	into=$1
	shift
	(cd "$apt_directory/cache/archives" && apt-get -q -c "$apt_directory/apt.conf" download "$@") || return 1
	unpack_archives "$into"
}

# apt_unpack_all DIRECTORY PACKAGE...: and everything that they depend on, down to the C library.
apt_unpack_all() {
	into=$1
	shift
	apt-get -q -y -c "$apt_directory/apt.conf" install --download-only --no-install-recommends "$@" ||
		return 1
	unpack_archives "$into"
}

unpack_archives() {
	mkdir -p "$1"
	for archive in "$apt_directory"/cache/archives/*.deb; do
		dpkg-deb -x "$archive" "$1" || return 1
	done
	rm -f "$apt_directory"/cache/archives/*.deb
}
