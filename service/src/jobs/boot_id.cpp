#include "jobs/boot_id.hpp"

#include "process/proc_file.hpp"

namespace tug::service {

std::string boot_id() {
    std::string text;
    if (read_proc_file("/proc/sys/kernel/random/boot_id", text) != 0) return {};
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
}

} // namespace tug::service
