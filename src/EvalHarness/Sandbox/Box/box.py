"""
Last part of the box. Runs programs one after another, each in a child that is forked from this interpreter: into namespaces of its own, or,
with "bare", into nothing but limits. Requests come on standard input, answers go to standard output, each as four bytes of length
(big-endian) and JSON. After a request come its tests in the same form, which only the tester's process reads: what this one reads would stay
in its memory, and so in the memory of the programs that it forks.
"""
import gc
import shutil
import tempfile

BEGIN = 10  # seconds that a busy machine may take until the program begins, which no limit of the program counts


def watch(first, ends, limits, bare):
    """What the program wrote, and why it was ended if it was. Nothing that it does makes this wait longer than the wall time."""
    output, verdict, life = ends
    texts, reason, has_begun, usage = {end: b"" for end in ends}, None, False, None if bare else Usage(limits)
    began = time.monotonic()
    deadline, look, reading = began + BEGIN, began + LOOK, set(ends)

    def read(end):
        data = os.read(end, 65536)
        if not data:
            reading.discard(end)
        # What the program writes beyond the limit is dropped.
        texts[end] += data if end != output else data[:max(0, limits["output"] - len(texts[end]))]

    while life in reading and reason is None:
        for end in select.select(reading, [], [], max(0, min(deadline, look) - time.monotonic()))[0]:
            read(end)
        now = time.monotonic()
        # It has said that it begins, or has become another program, which closes this end.
        if not has_begun and (texts[verdict] or verdict not in reading):
            has_begun, began, deadline = True, now, now + limits["wall"]
            if usage:
                usage.begin(now)
        if life in reading and now >= deadline:
            reason = "wall"
        elif usage and now >= look:
            reason, look = usage.look(now), now + LOOK
    if life in reading:
        os.kill(first, signal.SIGKILL)
    _, ended, used = os.wait4(first, 0)
    while reading and reason is None and (ready := select.select(reading, [], [], 0)[0]):
        for end in ready:
            read(end)
    return {
        "output": texts[output].decode("utf-8", "replace"), "verdict": texts[verdict].decode("utf-8", "replace"),
        "status": int(texts[life] or (128 + os.WTERMSIG(ended) if os.WIFSIGNALED(ended) and not reason else -1)),
        "ended": reason, "processor": used.ru_utime + used.ru_stime,
        "waited": usage.lost_to_others() if usage and COUNTS_WAITING else None, "seconds": time.monotonic() - began,
        "peak": max(usage.peak if usage else 0, used.ru_maxrss << 10),
    }


def load(modules):
    """Loads what the tests need once for all further programs, not twice in each."""
    for name in modules or []:
        if name not in sys.modules:
            try:
                __import__(name)
            except ImportError:
                pass
            gc.freeze()


def answer(request, user, prepared):
    """Nothing and the answer; in the processes that run code, what to run and nothing."""
    bare = prepared is None
    folder = tempfile.mkdtemp(prefix="evalharness-program-") if bare else "/tmp"
    pipes = [os.pipe() for _ in range(3)]
    first = os.fork() if bare else fork_into_namespaces(NEWNS | NEWPID | NEWIPC | NEWUTS)
    if first == 0:
        program = Program(request, user, prepared, folder, pipes[1][1])
        try:
            return program.start(pipes[0][1], pipes[2][1], source), None
        except BaseException as e:
            try:
                os.write(program.verdict, f"failed {e}\n".encode("utf-8", "replace"))
            finally:
                os._exit(1)
    for _, write in pipes:
        os.close(write)
    try:
        return None, watch(first, [read for read, _ in pipes], request["limits"], bare)
    finally:
        for read, _ in pipes:
            os.close(read)
        if bare:
            end_descendants()
            shutil.rmtree(folder, ignore_errors=True)


def end_descendants():
    """Bare, nothing but their parent ties them together: all that is left of the program has become this process's child."""
    while True:
        try:
            with open(f"/proc/self/task/{os.getpid()}/children") as file:
                left = file.read().split()
            for pid in left:
                os.kill(int(pid), signal.SIGKILL)
            os.wait()
        except (ChildProcessError, ProcessLookupError):
            return


def serve(user, bare):
    # Away from the terminal, whose signals are for the harness.
    if os.getpid() != os.getsid(0):
        os.setsid()
    sink = os.fdopen(os.dup(1), "wb", closefd=False)
    os.dup2(os.open("/dev/null", os.O_RDWR), 0)
    os.dup2(0, 1)
    os.environ.clear()
    os.environ.update(ENVIRONMENT)
    prepared = None if bare else seccomp_filter()
    # The collector of a child leaves alone what it was forked with, and so does not copy its memory.
    gc.collect()
    gc.freeze()
    if bare:
        libc.prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    else:
        # A container brings these: places to leave something for the next program, and the machine's settings.
        for path in filter(os.path.isdir, ("/dev/shm", "/dev/mqueue", "/dev/pts", "/sys")):
            mount(path, "size=0,nr_inodes=1,mode=555,ro")
        own_devices()
        bound_rights()
    while request := take(source):
        request = json.loads(request)
        if request.get("session"):
            return host(request, user, prepared, sink.fileno())
        load(request.get("modules"))
        program, result = answer(request, user, prepared)
        if program:
            return program
        text = json.dumps(result).encode()
        sink.write(struct.pack(">I", len(text)) + text)
        sink.flush()
    os._exit(0)


# Above the program on the stack there is nothing but this.
act, argument = serve(int(sys.argv[1]), sys.argv[2:] == ["bare"])
act(argument)
