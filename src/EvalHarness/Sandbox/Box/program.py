"""
Second part of the box: the child that a program runs in, from the fork to the verdict.
"""
import random
import sys
import types
# Loaded once, and so not once in each program.
import bisect, collections, copy, datetime, decimal, fractions, functools, hashlib, heapq, itertools, math, operator, re, string, typing  # noqa: E401,F401

VERDICT, LIFE = 3, 4
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/tmp", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0"}


def child(request, user, prepared, folder, ends):
    """The first process of the namespaces: prepares them, starts the program, and ends with it, which ends all that it left."""
    output, verdict, life = ends
    limits, bare = request["limits"], prepared is None
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.dup2(verdict, 60)
    os.dup2(life, 61)
    os.dup2(60, VERDICT)
    os.dup2(61, LIFE)
    os.closerange(5, 4096)
    # Where memory runs out, the kernel ends the program and not the box.
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")
    if not bare:
        check(libc.prctl(SET_DUMPABLE, 0, 0, 0, 0), "dumpable")
        mount("/tmp", f"size={limits['disk']},nr_inodes={limits['inodes']},mode=1777")
        # Of its own processes where a runtime cannot do without, else nothing.
        if request.get("proc"):
            mount("/proc", "", "proc", NOSUID_NODEV | NOEXEC)
        else:
            mount("/proc", "size=0,nr_inodes=1,mode=555,ro")
    os.chdir(folder)
    with open(".input", "w+", encoding="utf-8", errors="surrogatepass") as file:
        file.write(request.get("input") or "")
        file.seek(0)
        os.dup2(file.fileno(), 0)
    os.lseek(0, 0, os.SEEK_SET)
    os.unlink(".input")
    program = os.fork()
    if program:
        os.close(VERDICT)
        # The first process of a namespace gets only the signals that it handles, and the interpreter handles this one.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        while (ended := os.wait())[0] != program:
            pass
        code = os.waitstatus_to_exitcode(ended[1])
        os.write(LIFE, str(code if code >= 0 else 128 - code).encode())
        os._exit(0)
    os.close(LIFE)
    os.setsid()
    set_limits(limits)
    if not bare:
        give_up_rights(user, prepared)
    # Its own, so that what holds the token can remove itself.
    for name, text in (request.get("files") or {}).items():
        with open(name, "w", encoding="utf-8", errors="surrogatepass") as file:
            file.write(text)
    if request.get("command"):
        # Its verdict comes through its output; nothing of the box goes with it, so that all that VERDICT can say is why it did not start.
        os.set_inheritable(VERDICT, False)
        environment = {**ENVIRONMENT, "HOME": folder, **(request.get("environment") or {})}
        os.execvpe(request["command"][0], request["command"], environment)
    os.write(VERDICT, b"started\n")
    return request["source"], request["token"]


def run(source, token):
    """Ends the process. The token, which the program is not told, is what makes a verdict one."""
    own = os.getpid()

    def report(verdict, detail=None, write=os.write, leave=os._exit, flush=sys.stdout.flush, getpid=os.getpid):
        try:
            flush()
        except BaseException:
            pass
        try:
            said = f"{type(detail).__name__}: {detail}" if verdict == "exception" else str(detail or "")
        except BaseException:
            said = "without a text"
        # A copy that the program made of itself may come here too, and says nothing about the program.
        if getpid() == own:
            write(VERDICT, f"\n{token} {verdict} {' '.join(said.split())[:500]}\n".encode("utf-8", "replace"))
        leave(0)

    main = types.ModuleType("__main__")
    sys.modules["__main__"] = main
    sys.argv = ["program.py"]
    random.seed(0)
    try:
        exec(compile(source, "program.py", "exec"), main.__dict__)
    except AssertionError as e:
        report("assertion", e)
    except MemoryError:
        report("memory")
    except BaseException as e:
        report("exception", e)
    else:
        report("passed")
