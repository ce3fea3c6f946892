#!/bin/sh
# Installs the agent as a service, or replaces an older one. Run as root:
#   sh install.sh URL [KEY]
# URL is where to send: https://APP.azurewebsites.net/signals, or an Event Grid topic's /api/events.
# Without KEY the machine's managed identity speaks (Event Grid), or the URL carries its own ?code=.
# Its files are taken from beside it, else from the app, else from NOTBEFORE_FROM (an https address or a folder).
set -eu

[ "$(id -u)" = 0 ] || [ -n "${NOTBEFORE_ROOT:-}" ] || { echo "install.sh: run as root" >&2; exit 1; }
[ $# -ge 1 ] || { echo "usage: sh install.sh URL [KEY]" >&2; exit 1; }
python3 -c 'import sys; sys.exit(sys.version_info < (3, 8))' || { echo "install.sh: Python 3.8 or newer is needed" >&2; exit 1; }
ROOT=${NOTBEFORE_ROOT:-}
HERE=$(dirname "$0")
if [ -n "${NOTBEFORE_FROM:-}" ]; then FROM=$NOTBEFORE_FROM
elif [ -f "$HERE/notbefore_agent.py" ]; then FROM=$HERE
else case $1 in
    */signals*) FROM=${1%%/signals*}/agent ;;
    *) echo "install.sh: say in NOTBEFORE_FROM where the agent's files are" >&2; exit 1 ;;
esac; fi

bring() { # NAME TARGET MODE
    case $FROM in
        https://*) curl -fsSL --proto =https -o "$2.new" "$FROM/$1" ;;
        http://127.0.0.1:*) curl -fsS --noproxy '*' -o "$2.new" "$FROM/$1" ;; # a local run
        *) cp "$FROM/$1" "$2.new" ;;
    esac
    chmod "$3" "$2.new"
    mv "$2.new" "$2"
}

install -d -m 0755 "$ROOT/usr/local/lib/notbefore" "$ROOT/etc/notbefore" "$ROOT/etc/notbefore/hooks" "$ROOT/etc/systemd/system"
bring notbefore_agent.py "$ROOT/usr/local/lib/notbefore/notbefore_agent.py" 0755
bring notbefore-agent.service "$ROOT/etc/systemd/system/notbefore-agent.service" 0644

# The operator's own lines are kept; only where to send is replaced. systemd reads the file as root: 0600 is enough.
CONF="$ROOT/etc/notbefore/agent.conf"
umask 077
touch "$CONF"
{
    grep -v -e '^NOTBEFORE_SIGNALS=' -e '^NOTBEFORE_KEY=' "$CONF" || true
    printf 'NOTBEFORE_SIGNALS=%s\n' "$1"
    if [ $# -ge 2 ]; then printf 'NOTBEFORE_KEY=%s\n' "$2"; fi
} > "$CONF.new"
mv "$CONF.new" "$CONF"

if [ -z "$ROOT" ]; then
    systemctl daemon-reload
    systemctl enable --quiet notbefore-agent
    systemctl restart notbefore-agent
    systemctl --no-pager --lines=3 status notbefore-agent
fi
echo "notbefore-agent is installed; its heartbeat is on the board within a minute"
