"""What all Python tests need."""

import os
import signal
import tempfile

# Daemons keep what they find on gateways; those of tests not in anybody's home, where a later run could find it.
os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="faasfarm-state-")

# A shell's background job ignores Ctrl-C and hands that on to its children, some of which are tested to heed it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
