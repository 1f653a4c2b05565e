/* Runs a command and prints what it took:
 *
 *   measure COMMAND...    CPU seconds, wall seconds, peak resident kilobytes, exit code
 *
 * on the last line of its standard error. A program of its own, because the peak that the
 * system tells is never below that of the program which starts the command.
 */

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct timespec start, end;
	struct rusage used;
	int status = 0;
	pid_t child;

	if (argc < 2)
		return 64;
	clock_gettime(CLOCK_MONOTONIC, &start);
	child = fork();
	if (child == 0) {
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &used) < 0)
		return 71;
	clock_gettime(CLOCK_MONOTONIC, &end);
	fprintf(stderr, "\n%.6f %.6f %ld %d\n",
	    used.ru_utime.tv_sec + used.ru_stime.tv_sec +
	        (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6,
	    end.tv_sec - start.tv_sec + (end.tv_nsec - start.tv_nsec) / 1e9, used.ru_maxrss,
	    WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return 0;
}
