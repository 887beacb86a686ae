"""The start of `customers`: what a signal means is settled before the second that importing takes.

Lives here: that Ctrl-C ends the process without a traceback until then. Not here: the commands (`main.py`).
"""

import signal

from assets.cli.garbage_collection import look_seldom
from assets.cli.process_end import run_to_the_end


def main() -> None:
    """Run the command that the words of this process ask for; ends it."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    look_seldom()
    run_to_the_end(_customers)


def _customers() -> None:
    from assets.cli.main import main as customers
    from assets.instance.stop_signals import listen

    listen()
    customers(prog_name="customers")


if __name__ == "__main__":
    main()
