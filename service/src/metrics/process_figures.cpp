#include "metrics/process_figures.hpp"

#include "metrics/exposition.hpp"
#include "os/host_facts.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <ctime>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

namespace tug::service {

namespace {

struct stat_figures {
    double start_ticks; ///< Since boot.
    double virtual_bytes;
    double resident_pages;
};

/// Fields 22 to 24 of /proc/self/stat, counted behind the name of the program, which may hold anything.
std::optional<stat_figures> read_stat() {
    std::ifstream in("/proc/self/stat");
    std::string line;
    std::getline(in, line);
    const auto name_end = line.rfind(')');
    if (name_end == std::string::npos) return std::nullopt;
    std::istringstream fields(line.substr(name_end + 1));
    std::string skipped;
    for (int field = 3; field < 22; ++field) fields >> skipped;
    stat_figures out{};
    if (!(fields >> out.start_ticks >> out.virtual_bytes >> out.resident_pages)) return std::nullopt;
    return out;
}

std::optional<double> boot_time() {
    std::ifstream in("/proc/stat");
    std::string line;
    while (std::getline(in, line))
        if (line.starts_with("btime ")) return std::stod(line.substr(6));
    return std::nullopt;
}

} // namespace

double own_cpu_seconds() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

void write_process_figures(exposition& to) {
    to.single("process_cpu_seconds_total", "counter", "User and system CPU time of tugd, without its commands.",
              own_cpu_seconds());
    if (const auto stat = read_stat()) {
        const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
        if (const auto boot = boot_time())
            to.single("process_start_time_seconds", "gauge", "Start of tugd since the epoch.",
                      *boot + stat->start_ticks / ticks);
        to.single("process_virtual_memory_bytes", "gauge", "Virtual memory of tugd.", stat->virtual_bytes);
        to.single("process_resident_memory_bytes", "gauge", "Resident memory of tugd.",
                  stat->resident_pages * static_cast<double>(::sysconf(_SC_PAGESIZE)));
    }
    const auto descriptors = descriptor_usage();
    to.single("process_open_fds", "gauge", "Open descriptors of tugd.", static_cast<double>(descriptors.used));
    to.single("process_max_fds", "gauge", "Descriptors that tugd may have open.",
              static_cast<double>(descriptors.allowed));
}

} // namespace tug::service
