#include "report.hpp"

#include <array>
#include <cstdio>

namespace tug::bench {

void report::begin(std::string_view name) {
    if (text_.size() > 1) text_ += ',';
    text_.append("\"").append(name).append("\":");
}

report& report::add(std::string_view name, std::string_view text) {
    begin(name);
    text_.append("\"").append(text).append("\"");
    return *this;
}

report& report::add(std::string_view name, double value) {
    begin(name);
    std::array<char, 64> digits{};
    const int n = std::snprintf(digits.data(), digits.size(), "%.9g", value);
    text_.append(digits.data(), static_cast<std::size_t>(n));
    return *this;
}

report& report::add(std::string_view name, std::uint64_t value) {
    begin(name);
    text_ += std::to_string(value);
    return *this;
}

report& report::add(std::uint64_t done, std::string_view unit, const meter::reading& used) {
    const auto count = static_cast<double>(done);
    add("count", done).add("seconds", used.seconds).add("rate", count / used.seconds).add("unit", unit);
    add("client_cpu_s", used.client_cpu);
    if (used.server_cpu) {
        add("server_cpu_s", *used.server_cpu);
        if (done > 0) add("server_us_each", *used.server_cpu * 1e6 / count);
    }
    if (used.rss_start) add("rss_start_kib", *used.rss_start);
    if (used.rss_peak) add("rss_peak_kib", *used.rss_peak);
    if (used.rss_end) add("rss_end_kib", *used.rss_end);
    return *this;
}

report& report::add(const latencies& all) {
    const auto us = [&](double part) { return static_cast<double>(all.quantile(part)) * 1e-3; };
    return add("p50_us", us(0.5)).add("p99_us", us(0.99)).add("p999_us", us(0.999));
}

void report::print() const {
    std::printf("%s}\n", text_.c_str());
    std::fflush(stdout);
}

} // namespace tug::bench
