# Installs the package $1 without starting its service. Runs as root.
set -e
exec 1>&2
exec 9>/var/lock/countersign-test-servers.lock
flock 9
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    trap 'exit 1' HUP INT TERM
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
get() { apt-get install -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 "$1" 9>&-; }
# Lists that are missing or old are the usual reason for a failure, and fetching them is the slow part.
get "$1" || { apt-get update -q && get "$1"; }
