# Arguments: root folder, root|user, python, two prlimit options, the launcher's text. Runs inside fresh namespaces.
root=$1 who=$2 python=$3 as=$4 cpu=$5 launcher=$6
fail() { echo "$1" >&2; exit 98; }
umask 022
mount -t tmpfs -o size=64m,nr_inodes=4096,mode=0755,nosuid,nodev sandbox "$root" || fail "mounting a tmpfs failed"
cd "$root" || fail "no root folder"
mkdir usr tmp dev etc && chmod 1777 tmp || fail "no folders"
mount --rbind /usr usr && mount -o remount,bind,ro,nosuid usr || fail "binding /usr read-only failed"
for d in bin sbin lib lib32 lib64; do
    if [ -L "/$d" ]; then
        ln -s "$(readlink "/$d")" "$d"
    elif [ -d "/$d" ]; then
        mkdir "$d" && mount --bind "/$d" "$d" && mount -o remount,bind,ro,nosuid "$d" || fail "binding /$d read-only failed"
    fi
done
[ -e /etc/ld.so.cache ] && cp /etc/ld.so.cache etc/
: >dev/null && mount --bind /dev/null dev/null || fail "binding /dev/null failed"
mount -o remount,ro,size=64m,nr_inodes=4096 "$root" 2>/dev/null
mount -t tmpfs -o size=64m,nr_inodes=4096,mode=1777,nosuid,nodev sandbox "$root/tmp" || fail "mounting /tmp failed"
drop="--no-new-privs --bounding-set=-all --inh-caps=-all"
[ "$who" = root ] && drop="--reuid=65534 --regid=65534 --clear-groups $drop"
echo "sandbox: started" >&2
# shellcheck disable=SC2086
# This shell stays as the first process: a program in its place could not be ended by signals, its own among them.
exec chroot "$root" /bin/sh -c 'cd /tmp && "$@"; exit $?' sandbox \
    setpriv $drop -- prlimit "$as" "$cpu" --fsize=16777216 --nofile=64 --core=0 --nproc=64 -- "$python" -I -S -B -c "$launcher"
