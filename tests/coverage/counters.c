// Keeps the counters of the lines that are run, in place of LLVM's own code: that writes them at
// exit, or takes a file lock at the start, which a test that makes a call fail can leave behind.
//
// The counters of all processes of a program are one file, COUNTERS, which each maps. So
// nothing is lost when a process is killed or becomes another program, and a process makes
// only three system calls more than without counters. None of them waits, and if one fails,
// the process counts for itself.
//
// With LLVM_PROFILE_FILE, a program only writes what was counted into that file.
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// Of LLVM. The compiler adds the bias to the address of every counter.
extern intptr_t __llvm_profile_counter_bias __attribute__((visibility("hidden")));
char *__llvm_profile_begin_counters(void);
char *__llvm_profile_end_counters(void);
void __llvm_profile_initialize_file(void);
int __llvm_profile_write_file(void);

// Called before main; see --wrap in ld(1).
void __wrap___llvm_profile_initialize(void) {
    char *here = __llvm_profile_begin_counters();
    size_t size = __llvm_profile_end_counters() - here;
    int file = open(COUNTERS, O_RDWR | O_CLOEXEC);
    if (file == -1) return;
    char *shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (shared == MAP_FAILED) return;
    if (getenv("LLVM_PROFILE_FILE") == NULL) {
        __llvm_profile_counter_bias = shared - here;
        return;
    }
    memcpy(here, shared, size);
    __llvm_profile_initialize_file();
    _exit(__llvm_profile_write_file() != 0);
}
