#include "server/memory_probe.hpp"

#include <tug/os/unique_fd.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

namespace tug::service {

namespace {

/// A little less than the ticks of a thread are apart: where there is one, each of them counts.
constexpr auto between_ticks = std::chrono::milliseconds(200);

bool is_unlimited(__rlimit_resource resource) noexcept {
    rlimit now{};
    return ::getrlimit(resource, &now) == 0 && now.rlim_cur == RLIM_INFINITY;
}

/// False also where the host does not tell.
bool host_overcommits() noexcept {
    const os::unique_fd fd(::open("/proc/sys/vm/overcommit_memory", O_RDONLY | O_CLOEXEC));
    char mode = 0;
    return fd && ::read(fd.get(), &mode, sizeof mode) == 1 && (mode == '0' || mode == '1');
}

} // namespace

bool memory_probe::look() noexcept {
    void* const found = ::mmap(nullptr, margin, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    const bool refused = found == MAP_FAILED;
    if (!refused) ::munmap(found, margin);
    short_.store(refused, std::memory_order_relaxed);
    return refused;
}

void memory_probe::tick(clock::time_point now) noexcept {
    const auto since = now.time_since_epoch();
    auto due = next_tick_.load(std::memory_order_relaxed);
    const auto next = clock::duration(since + between_ticks).count();
    if (since.count() < due || !next_tick_.compare_exchange_strong(due, next, std::memory_order_relaxed)) return;
    const bool unlimited = is_unlimited(RLIMIT_AS) && is_unlimited(RLIMIT_DATA) && host_overcommits();
    limited_.store(!unlimited, std::memory_order_relaxed);
    look();
}

} // namespace tug::service
