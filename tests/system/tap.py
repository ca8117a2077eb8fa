# SPDX-License-Identifier: BSD-3-Clause
"""Results of tests, as the Test Anything Protocol has them."""
import sys
import traceback

count = failures = 0


def result(good, name, why="", todo=None):
    """One test. What is known about a failure follows it as comments. todo: why it fails for now; it fails if it does
    not."""
    global count, failures
    count += 1
    print(f"{'ok' if good else 'not ok'} {count} - {name}{f' # TODO {todo}' if todo else ''}", flush=True)
    if not good:
        failures += 0 if todo else 1
        for line in str(why).splitlines():
            print(f"# {line}", flush=True)
    return good


def attempt(name, test, *arguments, todo=None):
    """A test that is a function: it returns, or raises what is wrong."""
    try:
        test(*arguments)
    except Exception as error:  # whatever it is, it is the test's failure
        result(False, name, traceback.format_exc() if not str(error) else error, todo)
    else:
        result(True, name, todo=todo)


def expect(actual, expected, what):
    if actual != expected:
        shown = [f"{x:#x}" if isinstance(x, int) and not isinstance(x, bool) else repr(x)
                 for x in (actual, expected)]
        raise AssertionError(f"{what}: {shown[0]}, expected {shown[1]}")


def finish():
    print(f"1..{count}")
    sys.exit(1 if failures else 0)
