"""What the tests that are scripts share: a test is a function whose name begins with test_, takes a world, and fails by
an exception."""

import sys
import traceback

BOUND = 60  # seconds; what a test waits for is an event, and this long at the most


class Failed(Exception):
    pass


def check(holds, what):
    if not holds:
        raise Failed(what)


def run_tests(tests, make_world):
    """Runs each test of a module, or those that argv names, in a world of its own; the status of the program.

    A world is made of the build folder, argv[1], and has close().
    """
    wanted = sys.argv[2:]
    failed = 0
    for name, test in list(tests.items()):
        if not name.startswith("test_") or (wanted and name not in wanted):
            continue
        world = make_world(sys.argv[1])
        try:
            test(world)
            print(f"ok      {name}", flush=True)
        except Exception:  # whatever it is, the next test is run
            failed += 1
            traceback.print_exc()
            print(f"FAILED  {name}", flush=True)
        finally:
            world.close()
    return 1 if failed else 0
