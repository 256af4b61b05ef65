"""
Sixth part of the box: the processes of one program, from the fork to the verdict.
"""
# Loaded once, and so not once in each program.
import bisect, functools, hashlib, heapq, itertools, math, operator, string, typing  # noqa: E401,F401

HELD_VERDICT, LIFE, TESTS = 20, 21, 22  # Descriptors beyond those that a process begins with.
ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/tmp", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0",
    # As many threads as there are cores would exceed the number of processes on a large machine.
    "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
}


class Program:
    """
    The first process of a program's namespaces. It forks the candidate. In Python it then becomes the tester; for commands it forks that
    as well and waits for both. When it ends, all that a program left in its namespaces ends with it.
    """

    def __init__(self, request, user, prepared, folder, verdict):
        self.request, self.user, self.prepared, self.folder, self.verdict = request, user, prepared, folder, verdict
        self.bare = prepared is None
        self.limits, self.has_tests = request["limits"], request.get("command") is None or bool(request.get("candidate"))

    def start(self, output, life, tests):
        """What the calling process is to do: it returns in each of the processes that run code, as a function and its argument."""
        self.settle(output, life, tests)
        if not self.request.get("candidate"):
            self.confine()
        # Pipes of which each process gets one end of each: the tests ask through the first, the program answers through the second.
        asking, answering, self.ready = os.pipe(), os.pipe(), os.pipe()
        if (candidate := self.fork_candidate()) == 0:
            return self.begin_candidate(asking[0], answering[1])
        if not self.request.get("command"):
            return self.begin_tester(answering[0], asking[1], candidate)
        tester = None
        if self.has_tests:
            if not self.bare:
                # The candidate has the folder and the processes that it saw when it was forked; the tester gets others.
                self.mount_folders()
                os.chdir(self.folder)
            if (tester := os.fork()) == 0:
                self.confine()
                return self.begin_tester(answering[0], asking[1], candidate)
        for end in (*asking, *answering, *self.ready, self.verdict, TESTS):
            os.close(end)
        self.wait(candidate, tester)

    def settle(self, output, life, *others):
        """Of all descriptors only these stay open, from HELD_VERDICT on. Makes the folders and goes to the one of the program."""
        # The first process of a namespace gets only the signals that it handles, and the interpreter handles this one. It is ignored from
        # before the program exists, which may send it at once.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        os.dup2(output, 1)
        os.dup2(output, 2)
        self.verdict = os.dup2(self.verdict, HELD_VERDICT)
        for number, end in enumerate((life, *others), LIFE):
            os.dup2(end, number)
        os.closerange(3, HELD_VERDICT)
        os.closerange(TESTS + len(others), 4096)
        score = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
        os.write(score, b"1000")
        os.close(score)
        if not self.bare:
            check(libc.prctl(SET_DUMPABLE, 0, 0, 0, 0), "dumpable")
            self.mount_folders()
        os.chdir(self.folder)

    def fork_candidate(self):
        """Commands see their processes in /proc, so that those of a candidate are in a namespace of their own, with a first process as any."""
        if self.bare or not self.request.get("candidate"):
            return os.fork()
        first = fork_into_namespaces(NEWNS | NEWPID)
        if first or (candidate := os.fork()) == 0:
            if not first:
                if self.request.get("proc"):
                    mount("/proc", "", "proc", NOSUID_NODEV | NOEXEC)
                self.confine()
            return first
        os.closerange(3, 4096)
        while (ended := os.wait())[0] != candidate:
            pass
        os._exit(status_of(ended[1]))

    def mount_folders(self):
        mount("/tmp", f"size={self.limits['disk']},nr_inodes={self.limits['inodes']},mode=1777")
        # Of its own processes where a runtime cannot do without, else nothing.
        if self.request.get("proc"):
            mount("/proc", "", "proc", NOSUID_NODEV | NOEXEC)
        else:
            mount("/proc", "size=0,nr_inodes=1,mode=555,ro")

    def take_ends(self, *ends):
        """Gives the descriptors the numbers from READ_OTHER on, and closes all others but TESTS."""
        held = [os.dup2(end, TESTS + 1 + i) for i, end in enumerate(ends)]
        for i, end in enumerate(held):
            os.dup2(end, READ_OTHER + i)
        self.verdict = VERDICT
        os.closerange(READ_OTHER + len(ends), TESTS)
        os.closerange(TESTS + 1, 4096)

    def begin_candidate(self, reading, writing):
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if self.has_tests:
            # The tests have been read before the program runs, so that it can do nothing about that.
            os.close(self.ready[1])
            if not os.read(self.ready[0], 1):
                raise OSError("the tests were not read")
        self.take_ends(reading, writing, self.verdict)
        os.close(TESTS)
        os.setsid()
        if self.request.get("input"):
            with open(".input", "w+", encoding="utf-8", errors="surrogatepass") as file:
                file.write(self.request["input"])
                file.seek(0)
                os.dup2(file.fileno(), 0)
            os.lseek(0, 0, os.SEEK_SET)
            os.unlink(".input")
        write_files(self.request.get("files"))
        os.write(VERDICT, b"started\n")
        command = self.request.get("candidate") or self.request.get("command")
        if command:
            os.set_inheritable(VERDICT, False)
            return self.execute, command
        os.close(VERDICT)
        for end in (READ_OTHER, WRITE_OTHER):
            os.set_inheritable(end, False)
        return run_program, self.request["source"]

    def begin_tester(self, reading, writing, candidate):
        tests = json.loads(take(TESTS))
        os.write(self.ready[1], b"1")
        os.setsid()
        if self.request.get("candidate"):
            self.take_ends(reading, writing, self.verdict)
            os.close(TESTS)
            write_files(tests.get("files"))
            return self.execute, self.request["command"]
        self.take_ends(reading, writing, self.verdict, LIFE)
        os.close(TESTS)
        return run_tests, (tests["tests"], candidate)

    def confine(self):
        """For good. Once for all processes of a Python program; commands need namespaces of their own before."""
        set_limits(self.limits)
        if not self.bare:
            give_up_rights(self.user, self.prepared)

    def execute(self, command):
        environment = {**ENVIRONMENT, "HOME": self.folder, **(self.request.get("environment") or {})}
        try:
            os.execvpe(command[0], command, environment)
        except OSError as e:
            os.write(VERDICT, f"failed {command[0]}: {e}\n".encode())
            os._exit(127)

    def wait(self, candidate, tester):
        """Ends this process when the tests have ended, or the program where it has no tests."""
        status = None
        while status is None:
            ended, code = os.wait()
            if ended in (candidate, tester):
                status = status_of(code)
        if tester:
            # Either notices at once that the other has left, unless children of the program hold its pipe open.
            other = candidate if ended == tester else tester
            later = wait_for(other, 0.1 if ended == tester else 1)
            if ended == tester and status == 0 and later is not None:
                status = later
        os.write(LIFE, str(status).encode())
        os._exit(0)


def status_of(code):
    """The exit status as a shell reports it."""
    code = os.waitstatus_to_exitcode(code)
    return code if code >= 0 else 128 - code


def wait_for(pid, seconds):
    """The exit status of a process, which is ended after that time; then None."""
    deadline = time.monotonic() + seconds
    while not (ended := os.waitpid(pid, os.WNOHANG))[0]:
        if time.monotonic() >= deadline:
            # Waited for so that its processor time is counted.
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return None
        time.sleep(0.001)
    return status_of(ended[1])


def write_files(files):
    for name, content in (files or {}).items():
        with open(name, "wb") as file:
            file.write(base64.b64decode(content))
