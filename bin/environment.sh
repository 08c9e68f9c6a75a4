# shellcheck shell=bash
# What the commands in bin/ ask of this machine, and how they speak. Sourced, never run.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export ROOT PATH="$ROOT/.venv/bin:$ROOT/.tools/bin:$PATH"
export ANSIBLE_CONFIG="$ROOT/ansible.cfg"

say() { printf '\033[1m==> %s\033[0m\n' "$*"; }

# One sentence to the user, then the end: what is wrong, where, what to change.
stop() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

# Run the whole command as root: podman's hosts need a network, and systemd in them needs privileges.
become_root() {
    [ "$(id -u)" -eq 0 ] && return
    command -v sudo >/dev/null || stop "this needs root and sudo is not installed; run it as root."
    say "This needs root; asking sudo"
    exec sudo --preserve-env=CI "$0" "$@"
}

# check_os FILE: Debian 12 or 13.
check_os() {
    local file=$1 id version
    id=$(sed -n 's/^ID=//p' "$file" 2>/dev/null)
    version=$(sed -n 's/^VERSION_ID="\(.*\)"/\1/p' "$file" 2>/dev/null)
    case $id:$version in
        debian:12 | debian:13) ;;
        *) stop "this machine runs ${id:-an unknown system} ${version:-}; use Debian 12 or 13." ;;
    esac
}

# check_python COMMAND: Python 3.11 or newer.
check_python() {
    local python=$1
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
        stop "$python is missing or older than 3.11; install Debian's package python3 (3.11 on Debian 12)."
}

# The distribution's own Python: its build is faster than most and the lab hosts run the same one.
system_python() { if [ -x /usr/bin/python3 ]; then echo /usr/bin/python3; else echo python3; fi; }

# check_disk GIB [FOLDER]: that much free space.
check_disk() {
    local need=$1 folder=${2:-$ROOT} free
    free=$(df --output=avail -k "$folder" | tail -n 1)
    [ "$free" -ge $((need * 1024 * 1024)) ] ||
        stop "$folder has $((free / 1024 / 1024)) GiB free and this needs $need; free some space, or clone to a larger disk."
}

# check_podman: containers can start here, judged by podman itself.
check_podman() {
    local answer
    answer=$(podman --runtime runc info 2>&1 >/dev/null) ||
        stop "podman cannot work on this machine: ${answer##*$'\n'}; use a machine or VM where root may create namespaces and mounts."
}

# check_port PORT NETWORK: nobody listens there, but for our own lab NETWORK.
check_port() {
    podman ps --filter "label=taskmanager.lab=$2" --format '{{.Ports}}' 2>/dev/null | grep -q ":$1->" && return
    ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null ||
        stop "port $1 of 127.0.0.1 is taken by another program; stop it (find it with: ss -ltnp 'sport = $1') or change lab_ports in the inventory."
}

# check_subnet CIDR NETWORK: no route of this machine leads there, but for our own NETWORK.
check_subnet() {
    podman network exists "$2" 2>/dev/null && return
    local routes
    routes=$(ip -4 route show | awk '{print $1}')
    python3 - "$1" "$routes" <<'PY' ||
import ipaddress, sys
want = ipaddress.ip_network(sys.argv[1])
routes = [word for word in sys.argv[2].split() if word[0].isdigit()]
sys.exit(any(want.overlaps(ipaddress.ip_network(word, strict=False)) for word in routes))
PY
        stop "subnet $1 is taken by a route of this machine (see: ip route); change lab_subnet and the addresses in the inventory."
}
