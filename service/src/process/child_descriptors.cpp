#include "child_descriptors.hpp"

#include "child_call.hpp"

#include <fcntl.h>
#include <linux/close_range.h>

#include <cstddef>
#include <cstdint>

namespace tug::service {

namespace {

constexpr unsigned last = ~0U;

// What getdents64 gives. An entry is as long as `length` says; its name ends with NUL.
struct listed {
    std::uint64_t inode;
    std::int64_t offset;
    unsigned short length;
    unsigned char type;
    char name[1];
};

TUG_IN_CHILD bool place_standard_descriptors(child_plan& plan) {
    for (int target = 0; target < 3; ++target) {
        if (!call(plan, SYS_dup3, plan.sources[target], target, 0)) return false;
    }
    return true;
}

// The table is the daemon's own at first (CLONE_FILES) and must not be changed. CLOSE_RANGE_UNSHARE makes a copy up to
// what is needed and no further, which is what keeps a spawn independent of the number of open descriptors.
TUG_IN_CHILD bool leave_shared_table(child_plan& plan) {
    return call(plan, SYS_close_range, plan.first_unneeded, last, CLOSE_RANGE_UNSHARE) &&
           place_standard_descriptors(plan) && call(plan, SYS_close_range, 3U, last, 0U);
}

// -1 for `.` and `..`.
TUG_IN_CHILD int number_in(const char* name) {
    int number = 0;
    for (; *name != '\0'; ++name) {
        if (*name < '0' || *name > '9') return -1;
        number = number * 10 + (*name - '0');
    }
    return number;
}

// Closes what /proc says is open. False where it does not tell: a list in which the descriptor that it is read from is
// missing is not that of this process.
TUG_IN_CHILD bool close_listed() {
    ::syscall(SYS_close, 3); // a number for the list, also where the limit allows no more
    const auto list =
        static_cast<int>(::syscall(SYS_openat, AT_FDCWD, "/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0));
    if (list < 0) return false;
    alignas(listed) std::byte buffer[2048];
    bool trusted = false;
    long got = 0;
    while ((got = ::syscall(SYS_getdents64, list, &buffer[0], sizeof buffer)) > 0) {
        for (long at = 0; at < got;) {
            const auto* entry = reinterpret_cast<const listed*>(&buffer[at]);
            const int fd = number_in(&entry->name[0]);
            trusted = trusted || fd == list;
            if (fd > 2 && fd != list) ::syscall(SYS_close, fd);
            at += entry->length;
        }
    }
    ::syscall(SYS_close, list);
    return got == 0 && trusted;
}

// Slow, but nothing can refuse it. A descriptor is below the limit that it was opened under, and no limit is above that
// of the kernel (fs.nr_open), which is this number unless it was raised.
TUG_IN_CHILD void close_all_numbers() {
    constexpr int most = 1'048'576;
    for (int fd = 3; fd < most; ++fd) ::syscall(SYS_close, fd);
}

TUG_IN_CHILD bool empty_own_table(child_plan& plan) {
    if (!place_standard_descriptors(plan)) return false;
    if (!close_listed()) close_all_numbers();
    return true;
}

} // namespace

bool has_close_range() noexcept {
    return ::syscall(SYS_close_range, last, last, 0U) == 0;
}

TUG_IN_CHILD bool set_child_descriptors(child_plan& plan) {
    return plan.own_table ? empty_own_table(plan) : leave_shared_table(plan);
}

} // namespace tug::service
