# Arguments: python, what it first reads the box with, user, then pairs: a folder outside /usr and its path inside. Runs as root of fresh namespaces, which take all
# mounts with them when they end; a folder of the machine is only the place where they hang.
python=$1 bootstrap=$2 user=$3
shift 3
fail() { echo "$1" >&2; exit 98; }
umask 022
# A mount hides what is below it, so it is none of the folders that are to be seen.
for root in /srv /mnt /tmp; do
    hides=
    for d in "$@"; do case $d/ in "$root"/*) hides=yes ;; esac; done
    [ -d "$root" ] && [ -z "$hides" ] && break
done
# Read-only with all that is mounted below it.
see() {
    mkdir -p "$root$2" && mount --rbind "$1" "$root$2" || fail "binding $1 failed"
    while read -r _ _ _ _ point _; do
        case $point/ in "$root$2"/*) mount -o remount,bind,ro,nosuid,nodev "$point" || fail "making $point read-only failed" ;; esac
    done </proc/self/mountinfo
}
mount -t tmpfs -o size=1m,nr_inodes=256,mode=0755,nosuid,nodev box "$root" || fail "mounting a tmpfs failed"
mkdir "$root/tmp" "$root/dev" "$root/etc" "$root/proc" || fail "no folders"
see /usr /usr
for d in bin sbin lib lib32 lib64; do
    if [ -L "/$d" ]; then ln -s "$(readlink "/$d")" "$root/$d"; elif [ -d "/$d" ]; then see "/$d" "/$d"; fi
done
while [ $# -gt 0 ]; do
    see "$1" "$2"
    shift 2
done
# Libraries may be links through this folder, such as the one for linear algebra that numpy loads.
[ -d /etc/alternatives ] && see /etc/alternatives /etc/alternatives
[ -e /etc/ld.so.cache ] && cp /etc/ld.so.cache "$root/etc/"
for f in null zero urandom; do
    : >"$root/dev/$f" && mount --bind "/dev/$f" "$root/dev/$f" || fail "binding /dev/$f failed"
done
mount -t proc proc "$root/proc" || fail "mounting /proc failed"
mount -o remount,bind,ro,nosuid,nodev "$root" || fail "making the root read-only failed"
cd / && exec chroot "$root" "$python" -I -B -c "$bootstrap" "$user"
