"""
Seventh part of the box: what the processes of a program hold and use, found out again and again while it runs.
"""

PAGE, TICK = resource.getpagesize(), os.sysconf("SC_CLK_TCK")
COUNTS_WAITING = os.path.exists("/proc/self/schedstat")
# Open at once in all processes of a program. The kernel holds up to 208 KiB for a socket and 64 KiB for a pipe, and all pipes of a user
# together have a share of memory, of which the machine's other programs of that user need some.
SOCKETS, DESCRIPTORS = 256, 768
# Seconds over which processor time is compared with what there was: the kernel tells it in steps of 10 ms for each process.
WINDOW = 0.25
# With more of its own processes than this ready for each core, a program keeps itself waiting, whatever else runs.
READY_FOR_EACH_CORE = 8


def sockets():
    """In the box's network namespace, also those on their way from one process to another; 0 where the kernel does not tell."""
    try:
        with open("/proc/self/net/sockstat") as file:
            return int(file.readline().split()[2])
    except (OSError, IndexError):
        return 0


def kibibytes(path, name):
    with open(path) as file:
        return sum(int(line.split()[1]) for line in file if line.startswith(name))


class Usage:
    """Of all processes in the box, the box's own apart. Memory is in bytes, times are in seconds."""

    def __init__(self, limits):
        self.limits, self.peak, self.waits, self.processor = limits, 0, {}, 0
        self.begin(time.monotonic())

    def begin(self, now):
        """From here on time counts. What the processes used until now is left out where it was seen; most programs end before anybody looks."""
        self.lost, self.crowded, self.waited, self.seen, self.window, self.processor_before = 0, 0, 0, now, now, self.processor

    def look(self, now):
        """The limit that the program exceeds; None if it keeps to all."""
        own = {1, os.getpid(), os.getppid()}
        pids = [pid for name in os.listdir("/proc") if name.isdigit() and (pid := int(name)) not in own]
        held = descriptors = processor = 0
        waits, self.waits = self.waits, {}
        for pid in pids:
            try:
                with open(f"/proc/{pid}/stat") as file:
                    # proc_pid_stat(5), from field 3 on: 11 to 14 are times, those of ended children with them, 17 threads, 21 pages.
                    fields = file.read().rsplit(") ", 1)[1].split()
                processor += sum(map(int, fields[11:15])) / TICK
                held += int(fields[21]) * PAGE
                # Where addresses have no limit, the tables of pages have none either, and pages of zeros count as nothing.
                if not self.limits["memory"]:
                    held += kibibytes(f"/proc/{pid}/status", "VmPTE:") << 10
                # The number of descriptors, from Linux 6.2 on; 0 before.
                descriptors += os.stat(f"/proc/{pid}/fd").st_size
                if COUNTS_WAITING:
                    for thread in os.listdir(f"/proc/{pid}/task") if int(fields[17]) > 1 else (pid,):
                        with open(f"/proc/{pid}/task/{thread}/schedstat") as file:
                            self.waits[thread] = int(file.read().split()[1]) / 1e9
                        self.waited += max(0, self.waits[thread] - waits.get(thread, 0))
            except (OSError, IndexError):
                pass
        self.peak, self.seen, self.processor = max(self.peak, held), now, processor
        if now >= self.window + WINDOW:
            self.count_lost()
        if held > self.limits["total"] and self.proportional(pids) > self.limits["total"]:
            return "total"
        return "descriptors" if descriptors > DESCRIPTORS or sockets() > SOCKETS else None

    def count_lost(self):
        """
        Adds what the program lost to others since this was last done: the time that its processes would have had on the cores, had nobody
        else been there, less what they had, as time of one process. What they take from each other is not lost.
        """
        span, used, cores = self.seen - self.window, max(0, self.processor - self.processor_before), self.limits["cores"]
        if used + self.waited > READY_FOR_EACH_CORE * cores * span:
            self.crowded += span
        elif span > 0:
            wanted = min(used + self.waited, cores * span)
            self.lost += max(0, wanted - used) / max(1, wanted / span)
        self.window, self.waited, self.processor_before = self.seen, 0, self.processor

    def lost_to_others(self):
        """
        Seconds of its wall time. None if its processes together had all the processor time that a program may use, or were so many
        that they kept each other waiting for longer than others did.
        """
        self.count_lost()
        return 0 if self.processor >= self.limits["processor"] or self.crowded > self.lost else self.lost

    def proportional(self, pids):
        """Bytes, what several processes share counted once: dearer to find out, so asked only where the plain sum is too large."""
        total = 0
        for pid in pids:
            try:
                total += kibibytes(f"/proc/{pid}/smaps_rollup", "Pss:") + kibibytes(f"/proc/{pid}/status", "VmPTE:") << 10
            except OSError:
                pass
        return total
