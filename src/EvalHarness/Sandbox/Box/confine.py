"""
First part of the box: what a program may not do. Linux on x86-64 and ARM64; the numbers are the kernel's, of include/uapi and
arch/x86/entry/syscalls/syscall_64.tbl.
"""
import ctypes
import errno
import os
import platform
import resource
import signal
import stat
import struct
import time

NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = 0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
READ_ONLY, NOSUID, NODEV, NOEXEC, REMOUNT, BIND = 1, 2, 4, 8, 32, 4096
NOSUID_NODEV = NOSUID | NODEV
SET_PARENT_DEATH_SIGNAL, SET_DUMPABLE, SET_SECCOMP, DROP_FROM_BOUNDING_SET, SET_CHILD_SUBREAPER, SET_NO_NEW_PRIVS = 1, 4, 22, 24, 36, 38

# x86-64, ARM64. Calls for other processes' memory, mounts, namespaces, keys, kernel modules, clocks and sockets, for memory that no limit
# counts, and for what the machine's other programs would feel: its disks, the order in which processes run, watches on its files.
DENIED = {
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272), "pidfd_getfd": (438, 438),
    "process_madvise": (440, 440), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "unshare": (272, 97), "setns": (308, 268), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442), "statmount": (457, 457),
    "listmount": (458, 458), "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265), "quotactl": (179, 60),
    "quotactl_fd": (443, 443), "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "add_key": (248, 217),
    "request_key": (249, 218), "keyctl": (250, 219), "kexec_load": (246, 104), "kexec_file_load": (320, 294), "init_module": (175, 105),
    "finit_module": (313, 273), "delete_module": (176, 106), "syslog": (103, 116), "acct": (163, 89), "reboot": (169, 142),
    "swapon": (167, 224), "swapoff": (168, 225), "personality": (135, 92), "settimeofday": (164, 170), "clock_settime": (227, 112),
    "clock_adjtime": (305, 266), "adjtimex": (159, 171), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427), "io_setup": (206, 0), "socket": (41, 198), "bind": (49, 200), "listen": (50, 201),
    "connect": (42, 203), "accept": (43, 202), "accept4": (288, 242), "memfd_create": (319, 279), "memfd_secret": (447, 447),
    "shmget": (29, 194), "semget": (64, 190), "msgget": (68, 186), "mq_open": (240, 180), "modify_ldt": (154, None),
    "mbind": (237, 235), "set_mempolicy": (238, 237), "set_mempolicy_home_node": (450, 450), "migrate_pages": (256, 238),
    "move_pages": (279, 239), "sync": (162, 81), "syncfs": (306, 267), "sync_file_range": (277, 84), "flock": (73, 32),
    "inotify_init": (253, None), "inotify_init1": (294, 26), "inotify_add_watch": (254, 27), "fanotify_init": (300, 262),
    "ioprio_set": (251, 30), "sched_setattr": (314, 274), "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118), "seccomp": (317, 277), "landlock_create_ruleset": (444, 444), "landlock_add_rule": (445, 445),
    "landlock_restrict_self": (446, 446), "cachestat": (451, 451),
}
# As if the kernel did not have them, so that programs take another way. A vmsplice keeps memory in a pipe that no limit counts; clone3
# hides its flags from the filter.
ABSENT = {"splice": (275, 76), "tee": (276, 77), "vmsplice": (278, 75), "clone3": (435, 435)}
# Calls of which only some are denied: x86-64, ARM64, which argument decides, and its values. Sizes of pipes, leases and watches on folders
# (fcntl); sizes of sockets' buffers (setsockopt); memory written to swap (madvise); filters, and cores for a program alone (prctl).
PARTLY = {
    "fcntl": (72, 25, 1, (1024, 1026, 1031)), "setsockopt": (54, 208, 2, (7, 8, 32, 33)), "madvise": (28, 233, 2, (20, 21)),
    "prctl": (157, 167, 0, (22, 62)),
}
# As if they had been done: advice about files that others use as well, and the choice of cores, without which .NET does not start.
IGNORED = {"fadvise64": (221, 223), "sched_setaffinity": (203, 122)}
MMAP, HUGE_PAGES = (9, 222), 0x40000
# The first number of calls younger than this list.
YOUNGER = 463
MACHINES = {"x86_64": (0, 0xC000003E, 56, 126), "aarch64": (1, 0xC00000B7, 220, 91)}

libc = ctypes.CDLL(None, use_errno=True)
# Keeps the interpreter's lock during the call, as a fork must.
locked = ctypes.PyDLL(None, use_errno=True)


def check(result, what):
    if result < 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")
    return result


def machine():
    if platform.machine() not in MACHINES:
        raise OSError(errno.ENOSYS, f"no list of system calls for a processor of kind {platform.machine()}; expected {' or '.join(MACHINES)}")
    return MACHINES[platform.machine()]


def fork_into_namespaces(flags):
    """As os.fork(); the child is the first process of a new process namespace, and in the other new namespaces that the flags name."""
    pid = check(locked.syscall(machine()[2], flags | signal.SIGCHLD, 0, 0, 0, 0), "clone")
    if pid == 0:
        ctypes.pythonapi.PyOS_AfterFork_Child()
    return pid


def mount(path, options, kind="tmpfs", flags=NOSUID_NODEV, source="box"):
    check(libc.mount(source.encode(), path.encode(), kind.encode(), flags, options.encode()), f"mounting {path}")


def own_devices():
    """
    Device files of the box's own, so that locks, times and modes of the machine's stay out of reach. Only root may make them; a user's box
    has the machine's, read-only, which keeps their times and modes but not locks of byte ranges.
    """
    mount("/dev", "size=64k,nr_inodes=8,mode=755", flags=NOSUID | NOEXEC)
    try:
        for name, minor, mode in (("null", 3, 0o666), ("zero", 5, 0o444), ("urandom", 9, 0o444)):
            os.mknod(f"/dev/{name}", stat.S_IFCHR, os.makedev(1, minor))
            os.chmod(f"/dev/{name}", mode)
        os.close(os.open("/dev/null", os.O_RDWR))
        mount("/dev", "", flags=REMOUNT | BIND | READ_ONLY | NOSUID | NOEXEC)
    except PermissionError:
        check(libc.umount2(b"/dev", 2), "unmounting /dev")
        for path in ("/dev/null", "/dev/zero", "/dev/urandom"):
            mount(path, "", "", BIND, path)
            mount(path, "", "", REMOUNT | BIND | READ_ONLY | NOSUID | NOEXEC)


def seccomp_filter():
    """Everything is allowed but what the tables above name, namespaces by clone, and calls of another architecture."""
    column, architecture, clone, _ = machine()
    load, equal, at_least, any_bit, give = 0x20, 0x15, 0x35, 0x45, 0x06
    nothing, refuse, absent, no_memory = (0x50000 | e for e in (0, errno.EPERM, errno.ENOSYS, errno.ENOMEM))
    allow, kill = 0x7FFF0000, 0x80000000

    def argument(number):
        return load, 0, 0, 16 + 8 * number

    code = [(load, 0, 0, 4), (equal, 1, 0, architecture), (give, 0, 0, kill), (load, 0, 0, 0)]
    if column == 0:
        # The x32 table of the same architecture.
        code += [(at_least, 0, 1, 0x40000000), (give, 0, 0, refuse)]
    code += [(at_least, 0, 1, YOUNGER), (give, 0, 0, absent)]
    for calls, result in ((DENIED, refuse), (ABSENT, absent), (IGNORED, nothing)):
        for numbers in calls.values():
            if numbers[column] is not None:
                code += [(equal, 0, 1, numbers[column]), (give, 0, 0, result)]
    for *numbers, which, values in PARTLY.values():
        code += [(equal, 0, 2 * len(values) + 2, numbers[column]), argument(which)]
        for value in values:
            code += [(equal, 0, 1, value), (give, 0, 0, refuse)]
        code += [(give, 0, 0, allow)]
    code += [(equal, 0, 4, MMAP[column]), argument(3), (any_bit, 0, 1, HUGE_PAGES), (give, 0, 0, no_memory), (give, 0, 0, allow)]
    namespaces = NEWNS | NEWCGROUP | NEWUTS | NEWIPC | NEWUSER | NEWPID | NEWNET
    code += [(equal, 0, 3, clone), argument(0), (any_bit, 0, 1, namespaces), (give, 0, 0, refuse)]
    code += [(give, 0, 0, allow)]
    return b"".join(struct.pack("HBBI", *line) for line in code), len(code)


def bound_rights():
    """What the box starts can have no more rights than the box itself: done once, because children inherit it."""
    for capability in range(64):
        # Up to the last one that this kernel has.
        if libc.prctl(DROP_FROM_BOUNDING_SET, capability, 0, 0, 0) < 0:
            break


def give_up_rights(user, prepared):
    """No way back to a right: not by another program, not by a new namespace, not by another process."""
    if user:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    check(libc.syscall(machine()[3], struct.pack("Ii", 0x20080522, 0), bytes(24)), "capset")
    check(libc.prctl(SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    code, length = prepared
    buffer = ctypes.create_string_buffer(code, len(code))
    check(libc.prctl(SET_SECCOMP, 2, struct.pack("HxxxxxxP", length, ctypes.addressof(buffer)), 0, 0), "seccomp")


def set_limits(limits):
    """
    Of one process. Memory 0: none, for runtimes that reserve more addresses than they use; the box counts what all processes hold together.
    Processor 0: none, for sessions, which live for hours.
    """
    values = {
        "FSIZE": limits["file"], "NOFILE": 256, "CORE": 0, "NPROC": limits["processes"], "STACK": 8 << 20, "SIGPENDING": 256,
        "MEMLOCK": 1 << 16, "MSGQUEUE": 0, "RTPRIO": 0, "NICE": 0,
    }
    if limits["memory"]:
        values["AS"] = limits["memory"]
    for name, value in values.items():
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (value, value))
    if limits["processor"]:
        # A signal that says what it is, and a second later one that cannot be ignored.
        resource.setrlimit(resource.RLIMIT_CPU, (limits["processor"], limits["processor"] + 1))
