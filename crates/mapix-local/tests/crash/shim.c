/* Stands between a process and its files: writes down what reaches them, in order, so that a test
 * can work out what a power cut would leave; or fails the n-th change.
 *
 * CRASH_ROOT   only files below this folder
 * CRASH_LOG    where the record goes; nothing is recorded without it
 * CRASH_FAIL   N:CODE, the change with this number (from 1) fails with this errno, and so do all
 *              that follow when CODE has a plus behind it; a short write when CODE is 0
 *
 * A record: kind (1 byte), length of the path, of a second path and of the data (4 bytes each),
 * offset (8 bytes), all little-endian, then the paths and the data.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { CREATE = 1, WRITE, TRUNCATE, SYNC, SYNC_FOLDER, RENAME, UNLINK, LINK };

#define MAX_FD 4096

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char *paths[MAX_FD];
static const char *root;
static size_t root_length;
static int log_fd = -1;
static long fail_at;
static int fail_code, fail_on;
static long changes;

__attribute__((constructor)) static void begin(void) {
    root = getenv("CRASH_ROOT");
    root_length = root ? strlen(root) : 0;
    const char *log = getenv("CRASH_LOG");
    if (log) {
        int fd = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
        /* Out of the way of programs that close low numbers. */
        log_fd = fcntl(fd, F_DUPFD_CLOEXEC, 1000);
        syscall(SYS_close, fd);
    }
    const char *fail = getenv("CRASH_FAIL");
    if (fail) {
        char *end;
        fail_at = strtol(fail, &end, 10);
        if (*end == ':') fail_code = (int)strtol(end + 1, &end, 10);
        fail_on = *end == '+';
    }
}

static int is_ours(const char *path) {
    return root && path && strncmp(path, root, root_length) == 0;
}

static void put(const void *data, size_t length) {
    const char *at = data;
    while (length > 0) {
        ssize_t done = syscall(SYS_write, log_fd, at, length);
        if (done <= 0) abort();
        at += done;
        length -= (size_t)done;
    }
}

static void note(uint8_t kind, const char *path, const char *to, uint64_t offset, const void *data,
                 uint32_t length) {
    if (log_fd < 0) return;
    uint8_t head[21];
    uint32_t path_length = (uint32_t)strlen(path), to_length = to ? (uint32_t)strlen(to) : 0;
    head[0] = kind;
    memcpy(head + 1, &path_length, 4);
    memcpy(head + 5, &to_length, 4);
    memcpy(head + 9, &length, 4);
    memcpy(head + 13, &offset, 8);
    put(head, sizeof head);
    put(path, path_length);
    if (to) put(to, to_length);
    if (length) put(data, length);
}

/* Counts a change; gives the errno with which it fails, -1 for a short write, 0 for none. */
static int fault(void) {
    changes++;
    if (fail_at == 0 || changes < fail_at || (changes > fail_at && !fail_on)) return 0;
    return fail_code ? fail_code : -1;
}

static const char *path_of(int fd) {
    return fd >= 0 && fd < MAX_FD ? paths[fd] : NULL;
}

static void absolute(char *out, size_t size, int folder, const char *path) {
    if (path[0] == '/') {
        snprintf(out, size, "%s", path);
        return;
    }
    char base[4096], link[64];
    if (folder == AT_FDCWD) {
        if (!getcwd(base, sizeof base)) base[0] = 0;
    } else {
        snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
        ssize_t n = readlink(link, base, sizeof base - 1);
        base[n < 0 ? 0 : n] = 0;
    }
    snprintf(out, size, "%s/%s", base, path);
}

static int open_any(int folder, const char *path, int flags, mode_t mode) {
    char full[4096];
    absolute(full, sizeof full, folder, path);
    if (!is_ours(full)) return (int)syscall(SYS_openat, folder, path, flags, mode);
    pthread_mutex_lock(&lock);
    struct stat before;
    int existed = stat(full, &before) == 0;
    int changing = (flags & O_CREAT && !existed) || (flags & O_TRUNC && existed);
    int code = changing ? fault() : 0;
    int fd = -1;
    if (code) {
        errno = code < 0 ? ENOSPC : code;
    } else {
        fd = (int)syscall(SYS_openat, folder, path, flags, mode);
        if (fd >= 0) {
            if (flags & O_CREAT && !existed) note(CREATE, full, NULL, 0, NULL, 0);
            else if (flags & O_TRUNC) note(TRUNCATE, full, NULL, 0, NULL, 0);
            if (fd < MAX_FD) {
                free(paths[fd]);
                paths[fd] = strdup(full);
            }
        }
    }
    int kept = errno;
    pthread_mutex_unlock(&lock);
    errno = kept;
    return fd;
}

#define MODE \
    mode_t mode = 0; \
    if (flags & (O_CREAT | O_TMPFILE)) { \
        va_list list; \
        va_start(list, flags); \
        mode = (mode_t)va_arg(list, int); \
        va_end(list); \
    }

int open(const char *path, int flags, ...) { MODE return open_any(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE return open_any(AT_FDCWD, path, flags, mode); }
int openat(int folder, const char *path, int flags, ...) { MODE return open_any(folder, path, flags, mode); }
int openat64(int folder, const char *path, int flags, ...) { MODE return open_any(folder, path, flags, mode); }
int creat(const char *path, mode_t mode) {
    return open_any(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

int close(int fd) {
    pthread_mutex_lock(&lock);
    if (fd >= 0 && fd < MAX_FD) {
        free(paths[fd]);
        paths[fd] = NULL;
    }
    pthread_mutex_unlock(&lock);
    return (int)syscall(SYS_close, fd);
}

static ssize_t write_at(int fd, const void *data, size_t length, off_t offset, int moves) {
    const char *path = path_of(fd);
    if (!path) {
        return moves ? syscall(SYS_write, fd, data, length) : syscall(SYS_pwrite64, fd, data, length, offset);
    }
    pthread_mutex_lock(&lock);
    int code = fault();
    ssize_t done = -1;
    if (code > 0) {
        errno = code;
    } else {
        if (code < 0) length = length > 1 ? length / 2 : length;
        if (moves) {
            int flags = fcntl(fd, F_GETFL);
            offset = flags & O_APPEND ? lseek(fd, 0, SEEK_END) : lseek(fd, 0, SEEK_CUR);
            done = syscall(SYS_write, fd, data, length);
        } else {
            done = syscall(SYS_pwrite64, fd, data, length, offset);
        }
        if (done > 0) note(WRITE, path, NULL, (uint64_t)offset, data, (uint32_t)done);
    }
    int kept = errno;
    pthread_mutex_unlock(&lock);
    errno = kept;
    return done;
}

ssize_t write(int fd, const void *data, size_t length) { return write_at(fd, data, length, 0, 1); }
ssize_t pwrite(int fd, const void *data, size_t length, off_t at) { return write_at(fd, data, length, at, 0); }
ssize_t pwrite64(int fd, const void *data, size_t length, off64_t at) { return write_at(fd, data, length, at, 0); }
ssize_t writev(int fd, const struct iovec *parts, int count) {
    if (!path_of(fd)) return syscall(SYS_writev, fd, parts, count);
    ssize_t all = 0;
    for (int i = 0; i < count; i++) {
        ssize_t done = write(fd, parts[i].iov_base, parts[i].iov_len);
        if (done < 0) return all > 0 ? all : done;
        all += done;
        if ((size_t)done < parts[i].iov_len) break;
    }
    return all;
}

static int truncate_fd(int fd, off_t length) {
    const char *path = path_of(fd);
    if (!path) return (int)syscall(SYS_ftruncate, fd, length);
    pthread_mutex_lock(&lock);
    int code = fault(), result = -1;
    if (code) errno = code < 0 ? EIO : code;
    else if ((result = (int)syscall(SYS_ftruncate, fd, length)) == 0)
        note(TRUNCATE, path, NULL, (uint64_t)length, NULL, 0);
    int kept = errno;
    pthread_mutex_unlock(&lock);
    errno = kept;
    return result;
}

int ftruncate(int fd, off_t length) { return truncate_fd(fd, length); }
int ftruncate64(int fd, off64_t length) { return truncate_fd(fd, length); }

static int grow(int fd, off_t offset, off_t length) {
    struct stat now;
    if (fstat(fd, &now)) return errno;
    if (now.st_size >= offset + length) return 0;
    return truncate_fd(fd, offset + length) ? errno : 0;
}

int posix_fallocate(int fd, off_t offset, off_t length) {
    return path_of(fd) ? grow(fd, offset, length) : EOPNOTSUPP;
}
int posix_fallocate64(int fd, off64_t offset, off64_t length) {
    return path_of(fd) ? grow(fd, offset, length) : EOPNOTSUPP;
}

static int sync_fd(int fd, long number) {
    const char *path = path_of(fd);
    if (!path) return (int)syscall(number, fd);
    pthread_mutex_lock(&lock);
    int code = fault(), result = -1;
    if (code) {
        errno = code < 0 ? EIO : code;
    } else {
        /* The record stands for the disk: nothing needs to reach the real one. */
        struct stat found;
        result = log_fd >= 0 ? 0 : (int)syscall(number, fd);
        int folder = fstat(fd, &found) == 0 && S_ISDIR(found.st_mode);
        if (result == 0) note(folder ? SYNC_FOLDER : SYNC, path, NULL, 0, NULL, 0);
    }
    int kept = errno;
    pthread_mutex_unlock(&lock);
    errno = kept;
    return result;
}

int fsync(int fd) { return sync_fd(fd, SYS_fsync); }
int fdatasync(int fd) { return sync_fd(fd, SYS_fdatasync); }

static int unlink_any(int folder, const char *path, int flags) {
    char full[4096];
    absolute(full, sizeof full, folder, path);
    if (!is_ours(full) || flags) return (int)syscall(SYS_unlinkat, folder, path, flags);
    pthread_mutex_lock(&lock);
    int code = fault(), result = -1;
    if (code) errno = code < 0 ? EIO : code;
    else if ((result = (int)syscall(SYS_unlinkat, folder, path, flags)) == 0)
        note(UNLINK, full, NULL, 0, NULL, 0);
    int kept = errno;
    pthread_mutex_unlock(&lock);
    errno = kept;
    return result;
}

int unlink(const char *path) { return unlink_any(AT_FDCWD, path, 0); }
int unlinkat(int folder, const char *path, int flags) { return unlink_any(folder, path, flags); }

/* Gives a file another name: instead of the old one, or beside it. */
static int name_any(uint8_t kind, int from_folder, const char *from, int to_folder, const char *to,
                    unsigned flags) {
    char source[4096], target[4096];
    absolute(source, sizeof source, from_folder, from);
    absolute(target, sizeof target, to_folder, to);
    pthread_mutex_lock(&lock);
    int ours = is_ours(source) || is_ours(target);
    int code = ours ? fault() : 0, result = -1;
    if (code) {
        errno = code < 0 ? EIO : code;
    } else {
        result = (int)(kind == RENAME
                           ? syscall(SYS_renameat2, from_folder, from, to_folder, to, flags)
                           : syscall(SYS_linkat, from_folder, from, to_folder, to, flags));
        if (ours && result == 0) note(kind, source, target, 0, NULL, 0);
    }
    int kept = errno;
    pthread_mutex_unlock(&lock);
    errno = kept;
    return result;
}

int rename(const char *from, const char *to) { return name_any(RENAME, AT_FDCWD, from, AT_FDCWD, to, 0); }
int renameat(int a, const char *from, int b, const char *to) { return name_any(RENAME, a, from, b, to, 0); }
int renameat2(int a, const char *from, int b, const char *to, unsigned flags) {
    return name_any(RENAME, a, from, b, to, flags);
}
int link(const char *from, const char *to) { return name_any(LINK, AT_FDCWD, from, AT_FDCWD, to, 0); }
int linkat(int a, const char *from, int b, const char *to, int flags) {
    return name_any(LINK, a, from, b, to, (unsigned)flags);
}
