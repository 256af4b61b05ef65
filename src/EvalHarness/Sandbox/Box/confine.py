"""
First part of the box (program.py and box.py follow): what a program may not do. Linux on x86-64 and ARM64; the numbers are the kernel's, of
include/uapi and arch/x86/entry/syscalls/syscall_64.tbl.
"""
import ctypes
import errno
import os
import platform
import resource
import signal
import struct

NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = 0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
NOSUID_NODEV, NOEXEC = 2 | 4, 8
SET_DUMPABLE, SET_SECCOMP, DROP_FROM_BOUNDING_SET, SET_CHILD_SUBREAPER, SET_NO_NEW_PRIVS = 4, 22, 24, 36, 38

# x86-64, ARM64. Calls for other processes' memory, mounts, namespaces, keys, kernel modules, clocks, sockets, and for memory that no limit counts.
DENIED = {
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272), "pidfd_getfd": (438, 438),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "unshare": (272, 97), "setns": (308, 268),
    "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
    "mount_setattr": (442, 442), "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265), "quotactl": (179, 60), "fanotify_init": (300, 262),
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "syslog": (103, 116), "acct": (163, 89), "reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225), "personality": (135, 92),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "clock_adjtime": (305, 266), "adjtimex": (159, 171),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "socket": (41, 198),
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194), "semget": (64, 190), "msgget": (68, 186), "mq_open": (240, 180),
}
MACHINES = {"x86_64": (0, 0xC000003E, 56, 126), "aarch64": (1, 0xC00000B7, 220, 91)}
CLONE3 = 435

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


def mount(path, options, kind="tmpfs", flags=NOSUID_NODEV):
    check(libc.mount(b"box", path.encode(), kind.encode(), flags, options.encode()), f"mounting {path}")


def seccomp_filter():
    """Everything is allowed but what DENIED names, namespaces by clone, and calls of another architecture; clone3 hides its flags and is not there."""
    column, architecture, clone, _ = machine()
    load, equal, at_least, any_bit, give = 0x20, 0x15, 0x35, 0x45, 0x06
    refuse, absent, allow, kill = 0x50000 | errno.EPERM, 0x50000 | errno.ENOSYS, 0x7FFF0000, 0x80000000
    code = [(load, 0, 0, 4), (equal, 1, 0, architecture), (give, 0, 0, kill), (load, 0, 0, 0)]
    if column == 0:
        # The x32 table of the same architecture.
        code += [(at_least, 0, 1, 0x40000000), (give, 0, 0, refuse)]
    for numbers in DENIED.values():
        code += [(equal, 0, 1, numbers[column]), (give, 0, 0, refuse)]
    code += [(equal, 0, 1, CLONE3), (give, 0, 0, absent)]
    code += [(equal, 0, 3, clone), (load, 0, 0, 16), (any_bit, 0, 1, NEWNS | NEWCGROUP | NEWUTS | NEWIPC | NEWUSER | NEWPID | NEWNET), (give, 0, 0, refuse)]
    code += [(give, 0, 0, allow)]
    return b"".join(struct.pack("HBBI", *line) for line in code), len(code)


def give_up_rights(user, prepared):
    """No way back to a right: not by another program, not by a new namespace, not by another process."""
    for capability in range(64):
        # Up to the last one that this kernel has.
        if libc.prctl(DROP_FROM_BOUNDING_SET, capability, 0, 0, 0) < 0:
            break
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
    """Of one process. Memory 0: none, for runtimes that reserve more addresses than they use; the box counts what all processes hold together."""
    values = {"FSIZE": limits["file"], "NOFILE": 256, "CORE": 0, "NPROC": limits["processes"], "STACK": 8 << 20}
    if limits["memory"]:
        values["AS"] = limits["memory"]
    for name, value in values.items():
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (value, value))
    # A signal that says what it is, and a second later one that cannot be ignored.
    resource.setrlimit(resource.RLIMIT_CPU, (limits["processor"], limits["processor"] + 1))
