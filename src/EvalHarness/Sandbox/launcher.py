import os, sys
token = sys.stdin.readline().strip()
program = sys.stdin.read()
channel = os.dup(1)
sys.stdin.close()
sys.stdin = open(os.devnull)


def report(verdict, write=os.write, leave=os._exit, flush=sys.stdout.flush, channel=channel, token=token):
    try:
        flush()
    except BaseException:
        pass
    write(channel, ("\n%s %s\n" % (token, verdict)).encode("utf-8", "replace"))
    leave(0)


def run(program, report):
    try:
        exec(compile(program, "program.py", "exec"), {})
    except AssertionError as e:
        report("assertion %s" % (e,))
    except MemoryError:
        report("memory")
    except BaseException as e:
        report("exception %s: %s" % (type(e).__name__, e))
    else:
        report("passed")


del token, channel
run(program, report)
