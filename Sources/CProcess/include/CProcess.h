#pragma once
#include <sys/types.h>

/// Starts `path` with `arguments` and `environment` (both NULL-terminated) as the leader of a process group of its own.
///
/// Standard input is /dev/null; standard output and error go to `output` (a descriptor of the caller's, -1: inherited).
/// On Linux the child is sent SIGKILL when the *thread* that called this ends, so call it from a thread that lives as
/// long as the program; elsewhere the child outlives a killed parent.
///
/// Returns the child's pid, or -1 with errno set when it could not be forked or executed.
pid_t faasfarm_spawn(const char *path, char *const arguments[], char *const environment[], int output);

/// A descriptor that becomes readable when `pid` ends, or -1 where the system has no such thing.
int faasfarm_process_descriptor(pid_t pid);

/// Reaps `pid` without waiting. Returns 1 and the wait status when it has ended, 0 while it runs, -1 when it is not a child.
int faasfarm_reap(pid_t pid, int *status);

/// Exit code of a wait status; 128 + signal number when a signal ended the process.
int faasfarm_exit_code(int status);

/// Processor time of the calling thread, in seconds.
double faasfarm_thread_seconds(void);
