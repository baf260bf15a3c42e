# Debian's /etc/profile sets PATH anew: put back what PAM read from /etc/environment.
set -a
. /etc/environment
set +a
