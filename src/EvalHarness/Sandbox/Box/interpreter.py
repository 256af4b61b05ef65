"""
Eighth part of the box: the processes of a session, one confined interpreter that is asked again and again (session.py). Its requests and
answers travel through the box's own standard input and output, which it takes over, so that nothing has to pass them on.
"""
import gc
import select
import shutil
import tempfile

LOOK = 0.01  # seconds between two looks at what a program holds
LONGEST_PAUSE = 0.1  # seconds between two looks at a session that uses no processor time
REQUESTS, ANSWERS = 3, 4
KEPT = 4096  # bytes of the end of what a session writes to its standard output and error


class Session(Program):
    """The first process of a session's namespaces, which forks the interpreter and waits for it."""

    def mount_folders(self):
        super().mount_folders()
        root = self.request["root"]
        if self.user and os.stat(root).st_mode & 0o005 != 0o005:
            self.copy_private(root)

    def copy_private(self, root):
        """
        The session has a user of its own, who may not read what only its owner may. Such a folder is small as a rule, a user's own task,
        and its files are put into memory with the right for all to read them.
        """
        there = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
        mount(root, f"size={self.limits['disk']},nr_inodes={self.limits['inodes']},mode=755")
        try:
            self.copy(there, root)
        except OSError as e:
            raise OSError(f"copying the task files, which not all users may read, failed: {e.strerror}; chmod -R a+rX makes that needless") from e
        os.close(there)
        mount(root, "", flags=REMOUNT | BIND | READ_ONLY | NOSUID_NODEV)

    def copy(self, there, root):
        for folder, folders, files, here in os.fwalk(".", dir_fd=there):
            os.chmod(os.path.join(root, folder), 0o755)
            for name in folders:
                os.mkdir(os.path.join(root, folder, name))
            for name in filter(lambda name: stat.S_ISREG(os.stat(name, dir_fd=here, follow_symlinks=False).st_mode), files):
                path = os.path.join(root, folder, name)
                with open(os.open(name, os.O_RDONLY, dir_fd=here), "rb") as file, open(path, "wb") as copy:
                    shutil.copyfileobj(file, copy)
                os.chmod(path, 0o644)

    def start(self, output, life, requests, answers):
        """What the calling process is to do: it returns in the interpreter, as a function and its argument."""
        self.settle(output, life, requests, answers)
        if self.bare:
            # No namespace ends with the box.
            check(libc.prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0), "parent death signal")
        self.confine()
        if (interpreter := os.fork()) == 0:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            os.setsid()
            if self.bare:
                check(libc.prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0), "parent death signal")
            os.dup2(TESTS, REQUESTS, inheritable=False)
            os.dup2(TESTS + 1, ANSWERS, inheritable=False)
            os.closerange(ANSWERS + 1, 4096)
            return run_session, self.request["session"]
        os.closerange(3, LIFE)
        os.closerange(LIFE + 1, 4096)
        self.wait(interpreter, None)


def run_session(source):
    gc.enable()
    names = {"__name__": "session"}
    exec(compile(source, "session.py", "exec", dont_inherit=True), names)
    names["serve_session"](REQUESTS, ANSWERS)
    # The end of the requests. Threads of the task's code, which have no say, would make an ordinary end wait.
    os._exit(0)


def host(request, user, prepared, answers):
    """What the interpreter's process is to do. The box's own process watches it, says in one line on standard error how it ended, and ends."""
    bare = prepared is None
    folder = tempfile.mkdtemp(prefix="evalharness-program-") if bare else "/tmp"
    (read_output, output), (read_life, life) = os.pipe(), os.pipe()
    first = os.fork() if bare else fork_into_namespaces(NEWNS | NEWPID | NEWIPC | NEWUTS)
    if first == 0:
        session = Session(request, user, prepared, folder, output)
        try:
            return session.start(output, life, source, answers)
        except BaseException as e:
            try:
                os.write(session.verdict, f"failed {e}\n".encode("utf-8", "replace"))
            finally:
                os._exit(1)
    for end in (output, life, answers):
        os.close(end)
    ended = watch_session(first, read_output, read_life, request["limits"], bare)
    if bare:
        end_descendants()
        shutil.rmtree(folder, ignore_errors=True)
    os.write(2, json.dumps(ended).encode() + b"\n")
    os._exit(0)


def watch_session(first, output, life, limits, bare):
    """How the session ended, after it has; it is ended at a limit, and when nobody is there any more who could ask it."""
    usage, reason, kept, status = None if bare else Usage(limits), None, b"", None
    ends = select.poll()
    ends.register(output, select.POLLIN)
    ends.register(life, select.POLLIN)
    # Nothing is read from the requests here; only their end is noticed.
    ends.register(source, 0)
    pause, look = LOOK, time.monotonic() + LOOK
    while status is None and reason is None:
        for end, _ in ends.poll(None if bare else max(0, look - time.monotonic()) * 1000):
            if end == source:
                reason = "closed"
            elif end == life:
                status = os.read(life, 16)
            elif data := os.read(output, 65536):
                kept = (kept + data)[-KEPT:]
            else:
                ends.unregister(output)
        now = time.monotonic()
        if usage and status is None and now >= look:
            before = usage.processor
            reason = usage.look(now) or reason
            pause = LOOK if usage.processor > before else min(2 * pause, LONGEST_PAUSE)
            look = now + pause
    if status is None:
        os.kill(first, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(first, 0)[1])
    left = select.poll()
    left.register(output, select.POLLIN)
    while left.poll(0) and (data := os.read(output, 65536)) and len(kept) < 16 * KEPT:
        kept += data
    return {"ended": reason, "status": int(status or (-1 if reason else 128 - code)), "output": kept[-KEPT:].decode("utf-8", "replace")}
