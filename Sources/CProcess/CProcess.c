#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif
#include "CProcess.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

// The child reports a failed exec through this pipe; a successful exec closes it.
static void exec_or_report(const char *path, char *const arguments[], char *const environment[], int output, int report, pid_t parent) {
    setpgid(0, 0);
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);
#else
    (void)parent;
#endif
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);

    int input = open("/dev/null", O_RDONLY);
    if (input >= 0) dup2(input, STDIN_FILENO);
    if (output >= 0) {
        dup2(output, STDOUT_FILENO);
        dup2(output, STDERR_FILENO);
    }
    // Descriptors of the parent (sockets, database files) are nobody's business here.
    int limit = (int)sysconf(_SC_OPEN_MAX);
#if defined(__linux__) && defined(SYS_close_range)
    if (report > 3) syscall(SYS_close_range, 3, report - 1, 0);
    if (syscall(SYS_close_range, report + 1, ~0U, 0) == 0) limit = 0;
#endif
    if (limit > 4096) limit = 4096;
    for (int descriptor = 3; descriptor < limit; descriptor++)
        if (descriptor != report) close(descriptor);

    execve(path, arguments, environment);
    int error = errno;
    (void)!write(report, &error, sizeof error);
    _exit(127);
}

pid_t faasfarm_spawn(const char *path, char *const arguments[], char *const environment[], int output) {
    int report[2];
    if (pipe(report) != 0) return -1;
    fcntl(report[0], F_SETFD, FD_CLOEXEC);
    fcntl(report[1], F_SETFD, FD_CLOEXEC);

    pid_t parent = getpid();
    pid_t child = fork();
    if (child == 0) exec_or_report(path, arguments, environment, output, report[1], parent);
    int fork_error = errno;
    close(report[1]);
    if (child < 0) {
        close(report[0]);
        errno = fork_error;
        return -1;
    }

    int exec_error = 0;
    ssize_t count;
    do count = read(report[0], &exec_error, sizeof exec_error);
    while (count < 0 && errno == EINTR);
    close(report[0]);
    if (count == (ssize_t)sizeof exec_error) {
        int status;
        waitpid(child, &status, 0);
        errno = exec_error;
        return -1;
    }
    return child;
}

int faasfarm_process_descriptor(pid_t pid) {
#if defined(__linux__) && defined(SYS_pidfd_open)
    return (int)syscall(SYS_pidfd_open, pid, 0);
#else
    (void)pid;
    return -1;
#endif
}

int faasfarm_reap(pid_t pid, int *status) {
    pid_t result = waitpid(pid, status, WNOHANG);
    if (result == pid) return 1;
    return result == 0 ? 0 : -1;
}

int faasfarm_exit_code(int status) {
    if (WIFEXITED(status)) return WEXITSTATUS(status);
    if (WIFSIGNALED(status)) return 128 + WTERMSIG(status);
    return -1;
}

double faasfarm_thread_seconds(void) {
    struct timespec time;
    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) != 0) return 0;
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}
