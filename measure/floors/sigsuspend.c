// For valgrind before 3.21 or so: it writes into the mask that a program gives to sigsuspend(2), and ends by a fault of its
// own where that is a constant, as libdispatch's is. Loaded before the program (LD_PRELOAD), this gives it a copy.
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

int sigsuspend(const sigset_t *mask) {
    sigset_t copy = *mask;
    return (int)syscall(SYS_rt_sigsuspend, &copy, _NSIG / 8);
}
