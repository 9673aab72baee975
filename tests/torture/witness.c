/*
 * The witness of the torture: a page in which everybody who has a lock says so, and looks
 * whether somebody is in who must not be. It knows nothing of semaphores.
 *
 *   witness visit ENTRY WORD OWNER MICROSECONDS   in, a pause, and out
 *   witness enter ENTRY WORD OWNER                in
 *   witness leave ENTRY                           out
 *   witness stay PARENT                           sleeps until its parent ends
 *
 * WORD has a bit for each session that is locked for writing, and 32 bits above that, one
 * for each that is locked for reading. OWNER is the process whose end releases the lock:
 * "self", the caller, a child of the caller, or 0 if the lock stays until it is unlocked.
 * $TORTURE is the directory with the page, and with the list of the overlaps.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#define ENTRIES 32
/* The kernel sets it before it gives back the locks of a process that ends. */
#define PF_EXITING 0x4

struct entry {
    uint64_t pid, start, turn, word;
};

static volatile struct page {
    struct entry entries[ENTRIES];
    /* The one who kills a holder says here before that its owner loses the lock. */
    uint64_t forfeited[ENTRIES];
} *page;

struct process {
    uint64_t parent, flags, start;
};

static void fail(const char *what)
{
    perror(what);
    exit(99);
}

static int open_file(const char *name, int flags)
{
    char path[4096];
    const char *directory = getenv("TORTURE");
    snprintf(path, sizeof path, "%s/%s", directory ? directory : ".", name);
    int file = open(path, flags, 0666);
    if (file < 0)
        fail(path);
    return file;
}

/* Whether there is such a process. */
static int look_at(uint64_t pid, struct process *process)
{
    char path[64], text[1024], *at;
    snprintf(path, sizeof path, "/proc/%" PRIu64 "/stat", pid);
    int file = open(path, O_RDONLY);
    ssize_t size = file < 0 ? 0 : read(file, text, sizeof text - 1);
    if (file >= 0)
        close(file);
    if (size <= 0)
        return 0;
    text[size] = 0;
    at = strrchr(text, ')') + 1;
    for (int field = 3; (at = strchr(at, ' ')); field++) {
        uint64_t value = strtoull(++at, NULL, 10);
        if (field == 4)
            process->parent = value;
        if (field == 9)
            process->flags = value;
        if (field == 22)
            process->start = value;
    }
    return 1;
}

/* Whether the lock of this entry was held when it was read, as the entry says. */
static int is_in(int number, const struct entry *then)
{
    struct process process;
    if (page->forfeited[number])
        return 0;
    if (then->pid) {
        if (!look_at(then->pid, &process) || process.start != then->start)
            return 0;
        if (process.flags & PF_EXITING)
            return 0;
    }
    return page->entries[number].turn == then->turn && page->entries[number].word == then->word;
}

static uint64_t excluded_by(uint64_t word)
{
    uint64_t written = word & 0xffffffff, read = word >> 32;
    return written | written << 32 | read;
}

static void report(int mine, const struct entry *me, int its, const struct entry *it)
{
    char line[256];
    int size = snprintf(line, sizeof line,
        "entry %d (process %" PRIu64 ", %016" PRIx64 ") and entry %d (process %" PRIu64
        ", %016" PRIx64 ")\n", mine, me->pid, me->word, its, it->pid, it->word);
    if (write(open_file("overlaps", O_WRONLY | O_APPEND | O_CREAT), line, size) != size)
        fail("overlaps");
}

static void enter(int number, uint64_t word, const char *owner)
{
    struct process process = {0};
    uint64_t caller = getppid();
    uint64_t pid = strcmp(owner, "self") ? strtoull(owner, NULL, 10) : (uint64_t)getpid();
    if (pid && !look_at(pid, &process))
        return;
    /* If the caller has ended, the pid may be another process's by now. */
    int is_of_caller = pid == caller || process.parent == caller;
    if (pid && pid != (uint64_t)getpid() && (!is_of_caller || (uint64_t)getppid() != caller))
        return;
    volatile struct entry *slot = &page->entries[number];
    struct entry me = {pid, process.start, slot->turn + 1, word};
    slot->pid = me.pid;
    slot->start = me.start;
    slot->turn = me.turn;
    slot->word = me.word;
    __sync_synchronize();
    for (int other = 0; other < ENTRIES; other++) {
        struct entry it = page->entries[other];
        if (other != number && it.word & excluded_by(word))
            if (is_in(other, &it) && is_in(number, &me))
                report(number, &me, other, &it);
    }
}

static void leave(int number)
{
    page->entries[number].word = 0;
}

static int stay(pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (getppid() == parent)
        pause();
    return 0;
}

int main(int count, char **arguments)
{
    if (count == 3 && !strcmp(arguments[1], "stay"))
        return stay(atoi(arguments[2]));
    int file = open_file("page", O_RDWR);
    page = mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (page == MAP_FAILED)
        fail("mmap");
    int number = count > 2 ? atoi(arguments[2]) : ENTRIES;
    if (number >= ENTRIES)
        return 98;
    if (!strcmp(arguments[1], "leave")) {
        leave(number);
        return 0;
    }
    enter(number, strtoull(arguments[3], NULL, 0), arguments[4]);
    if (!strcmp(arguments[1], "visit")) {
        usleep(atoi(arguments[5]));
        leave(number);
    }
    return 0;
}
