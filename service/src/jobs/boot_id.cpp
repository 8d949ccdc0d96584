#include "jobs/boot_id.hpp"

#include "process/proc_file.hpp"

namespace tug::service {

std::string boot_id() {
    static const std::string id = [] {
        std::string text;
        if (read_proc_file("/proc/sys/kernel/random/boot_id", text) != 0) return std::string();
        while (!text.empty() && text.back() == '\n') text.pop_back();
        return text;
    }();
    return id;
}

} // namespace tug::service
