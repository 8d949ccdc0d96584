#include "server/memory_probe.hpp"

#include <sys/mman.h>

namespace tug::service {

bool memory_probe::look() noexcept {
    void* const found = ::mmap(nullptr, margin, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    const bool refused = found == MAP_FAILED;
    if (!refused) ::munmap(found, margin);
    short_.store(refused, std::memory_order_relaxed);
    return refused;
}

} // namespace tug::service
