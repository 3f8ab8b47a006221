/* Stands between a program and its disk: writes down what it does to the files below one folder,
 * and lets the n-th operation fail.
 *
 * Preloaded (LD_PRELOAD) into a Python that runs the real ledger, so the calls of SQLite and of
 * Python are seen alike, whichever VFS or module makes them. The log is read by power_log.py. An
 * operation on a watched file that is not understood ends the program: a log with a hole in it
 * would prove nothing.
 *
 *   POWER_ROOT   absolute folder to watch
 *   POWER_LOG    file to write the log to; without it nothing is written down
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
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define FDS 4096

enum { FILE_FD = 1, FOLDER_FD = 2 };

typedef struct { uint64_t inode; char kind; char append; char path[512]; } Watched;

static Watched watched[FDS];
static pthread_mutex_t guard = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static char root[512];
static size_t root_length;
static int log_fd = -1;
static long counted, fail_at, fail_times;
static int fail_error, fail_half, armed;

#define REAL(name) \
    static __typeof__(name) *real_##name; \
    if (!real_##name) real_##name = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void begin(void) {
    const char *folder = getenv("POWER_ROOT"), *log = getenv("POWER_LOG");
    if (folder) { strncpy(root, folder, sizeof root - 1); root_length = strlen(root); }
    if (log) {
        REAL(open);
        log_fd = real_open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    }
}

static void give_up(const char *what, const char *path) {
    fprintf(stderr, "power_disk: %s on %s is not understood\n", what, path);
    abort();
}

static int below(const char *path) {
    if (!root_length || !path || strncmp(path, root, root_length)) return 0;
    return path[root_length] == 0 || path[root_length] == '/';
}

static Watched *of(int fd) {
    return fd >= 0 && fd < FDS && watched[fd].kind ? &watched[fd] : NULL;
}

static void say(char op, uint64_t inode, uint64_t offset, const char *path, const char *other,
                const void *data, uint32_t length) {
    if (log_fd < 0) return;
    uint16_t first = path ? strlen(path) : 0, second = other ? strlen(other) : 0;
    struct iovec parts[8] = {
        {&op, 1}, {&inode, 8}, {&offset, 8}, {&first, 2}, {&second, 2}, {&length, 4},
        {(void *)path, first}, {(void *)other, second}};
    REAL(writev);
    REAL(write);
    if (real_writev(log_fd, parts, 8) < 0 || (length && real_write(log_fd, data, length) < 0)) abort();
}

/* 1 if the operation that begins now must fail, with errno set. */
static int struck(void) {
    if (!armed) return 0;
    counted++;
    if (counted < fail_at || counted >= fail_at + fail_times) return 0;
    errno = fail_error;
    return 1;
}

void power_mark(const char *words) {
    pthread_mutex_lock(&guard);
    say('M', 0, 0, NULL, NULL, words, strlen(words));
    pthread_mutex_unlock(&guard);
}

/* From now on, operation `at` (from 1) and `times` - 1 after it fail; `half`: a write does half. */
void power_arm(long at, long times, int error, int half) {
    pthread_mutex_lock(&guard);
    counted = 0; fail_at = at; fail_times = times; fail_error = error; fail_half = half; armed = 1;
    pthread_mutex_unlock(&guard);
}

/* Let nothing fail any more; how many operations there were. */
long power_disarm(void) {
    armed = 0;
    return counted;
}

static int opened(int fd, const char *path, int flags, int was_there) {
    struct stat found;
    if (fd < 0) return fd;
    if (fd >= FDS || strlen(path) >= sizeof watched[0].path) give_up("open", path);
    if (fstat(fd, &found)) abort();
    Watched *w = &watched[fd];
    w->inode = found.st_ino;
    w->kind = S_ISDIR(found.st_mode) ? FOLDER_FD : FILE_FD;
    w->append = !!(flags & O_APPEND);
    strcpy(w->path, path);
    if (!was_there) say('C', w->inode, 0, path, NULL, NULL, 0);
    else if (flags & O_TRUNC) say('T', w->inode, 0, path, NULL, NULL, 0);
    return fd;
}

#define OPENING(name, call) { \
    mode_t mode = 0; \
    if (flags & (O_CREAT | O_TMPFILE)) { va_list more; va_start(more, flags); mode = va_arg(more, int); va_end(more); } \
    REAL(name); \
    if (!below(path)) return call; \
    if ((flags & O_TMPFILE) == O_TMPFILE) give_up("O_TMPFILE", path); \
    pthread_mutex_lock(&guard); \
    struct stat found; \
    int was_there = lstat(path, &found) == 0; \
    int fd = struck() ? -1 : opened(call, path, flags, was_there); \
    pthread_mutex_unlock(&guard); \
    return fd; }

int open(const char *path, int flags, ...) OPENING(open, real_open(path, flags, mode))
int open64(const char *path, int flags, ...) OPENING(open64, real_open64(path, flags, mode))
int openat(int at, const char *path, int flags, ...) OPENING(openat, real_openat(at, path, flags, mode))
int openat64(int at, const char *path, int flags, ...) OPENING(openat64, real_openat64(at, path, flags, mode))

int close(int fd) {
    REAL(close);
    if (of(fd)) { pthread_mutex_lock(&guard); watched[fd].kind = 0; pthread_mutex_unlock(&guard); }
    return real_close(fd);
}

static ssize_t written(Watched *w, off_t offset, const void *data, ssize_t count) {
    if (count > 0) say('W', w->inode, offset, w->path, NULL, data, count);
    return count;
}

#define WRITING(call, where) \
    Watched *w = of(fd); \
    if (!w) return call; \
    pthread_mutex_lock(&guard); \
    off_t at = where; \
    int failing = struck(), error = errno; \
    if (failing && !(fail_half && size > 1)) { pthread_mutex_unlock(&guard); errno = error; return -1; } \
    if (failing) size /= 2; \
    ssize_t count = written(w, at, data, call); \
    if (failing) { count = -1; errno = error; } \
    pthread_mutex_unlock(&guard); \
    return count;

static off_t place(int fd, Watched *w) { return lseek(fd, 0, w->append ? SEEK_END : SEEK_CUR); }

ssize_t write(int fd, const void *data, size_t size) {
    REAL(write);
    WRITING(real_write(fd, data, size), place(fd, w))
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t offset) {
    REAL(pwrite);
    WRITING(real_pwrite(fd, data, size, offset), offset)
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset) {
    REAL(pwrite64);
    WRITING(real_pwrite64(fd, data, size, offset), offset)
}

#define READING(call) \
    if (of(fd) && of(fd)->kind == FILE_FD && armed) { \
        pthread_mutex_lock(&guard); int failing = struck(), error = errno; \
        pthread_mutex_unlock(&guard); \
        if (failing) { errno = error; return -1; } } \
    return call;

ssize_t read(int fd, void *data, size_t size) { REAL(read); READING(real_read(fd, data, size)) }
ssize_t pread(int fd, void *data, size_t size, off_t offset) {
    REAL(pread);
    READING(real_pread(fd, data, size, offset))
}
ssize_t pread64(int fd, void *data, size_t size, off64_t offset) {
    REAL(pread64);
    READING(real_pread64(fd, data, size, offset))
}

#define SYNCING(call) \
    Watched *w = of(fd); \
    if (!w) return call; \
    pthread_mutex_lock(&guard); \
    int done = struck() ? -1 : call; \
    if (!done) say(w->kind == FOLDER_FD ? 'D' : 'S', w->inode, 0, w->path, NULL, NULL, 0); \
    pthread_mutex_unlock(&guard); \
    return done;

int fsync(int fd) { REAL(fsync); SYNCING(real_fsync(fd)) }
int fdatasync(int fd) { REAL(fdatasync); SYNCING(real_fdatasync(fd)) }

#define CUTTING(call) \
    Watched *w = of(fd); \
    if (!w) return call; \
    pthread_mutex_lock(&guard); \
    int done = struck() ? -1 : call; \
    if (!done) say('T', w->inode, size, w->path, NULL, NULL, 0); \
    pthread_mutex_unlock(&guard); \
    return done;

int ftruncate(int fd, off_t size) { REAL(ftruncate); CUTTING(real_ftruncate(fd, size)) }
int ftruncate64(int fd, off64_t size) { REAL(ftruncate64); CUTTING(real_ftruncate64(fd, size)) }

#define NAMING(op, one, two, call) \
    if (!below(one) && !below(two)) return call; \
    pthread_mutex_lock(&guard); \
    int done = struck() ? -1 : call; \
    if (!done) say(op, 0, 0, one, two, NULL, 0); \
    pthread_mutex_unlock(&guard); \
    return done;

int unlink(const char *path) { REAL(unlink); NAMING('U', path, NULL, real_unlink(path)) }
int rename(const char *from, const char *to) {
    REAL(rename);
    NAMING('R', from, to, real_rename(from, to))
}
int renameat(int at, const char *from, int at_to, const char *to) {
    REAL(renameat);
    NAMING('R', from, to, real_renameat(at, from, at_to, to))
}
int mkdir(const char *path, mode_t mode) { REAL(mkdir); NAMING('K', path, NULL, real_mkdir(path, mode)) }
int rmdir(const char *path) { REAL(rmdir); NAMING('X', path, NULL, real_rmdir(path)) }

/* What is not understood. */
int link(const char *from, const char *to) {
    REAL(link);
    if (below(from) || below(to)) give_up("link", to);
    return real_link(from, to);
}
int truncate(const char *path, off_t size) {
    REAL(truncate);
    if (below(path)) give_up("truncate", path);
    return real_truncate(path, size);
}
ssize_t writev(int fd, const struct iovec *parts, int count) {
    REAL(writev);
    if (of(fd)) give_up("writev", of(fd)->path);
    return real_writev(fd, parts, count);
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) {
    REAL(pwritev);
    if (of(fd)) give_up("pwritev", of(fd)->path);
    return real_pwritev(fd, parts, count, offset);
}
ssize_t sendfile(int out, int in, off_t *offset, size_t count) {
    REAL(sendfile);
    if (of(out)) give_up("sendfile", of(out)->path);
    return real_sendfile(out, in, offset, count);
}
ssize_t copy_file_range(int in, off64_t *from, int out, off64_t *to, size_t count, unsigned flags) {
    REAL(copy_file_range);
    if (of(out)) give_up("copy_file_range", of(out)->path);
    return real_copy_file_range(in, from, out, to, count, flags);
}
int posix_fallocate(int fd, off_t offset, off_t size) {
    REAL(posix_fallocate);
    if (of(fd)) give_up("posix_fallocate", of(fd)->path);
    return real_posix_fallocate(fd, offset, size);
}
/* SQLite maps the index of its WAL, which counts for nothing after a cut; nothing else is mapped. */
#define MAPPING(call) \
    Watched *w = of(fd); \
    if (w && (access & PROT_WRITE) && (flags & MAP_SHARED)) { \
        size_t length = strlen(w->path); \
        if (length < 4 || strcmp(w->path + length - 4, "-shm")) give_up("mmap", w->path); \
    } \
    return call;

void *mmap(void *at, size_t size, int access, int flags, int fd, off_t offset) {
    REAL(mmap);
    MAPPING(real_mmap(at, size, access, flags, fd, offset))
}
void *mmap64(void *at, size_t size, int access, int flags, int fd, off64_t offset) {
    REAL(mmap64);
    MAPPING(real_mmap64(at, size, access, flags, fd, offset))
}
