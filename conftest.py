"""What all Python tests need."""

import signal

# A shell's background job ignores Ctrl-C and hands that on to its children, some of which are tested to heed it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
