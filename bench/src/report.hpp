#pragma once

#include "latency.hpp"
#include "meter.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tug::bench {

/// The one line of JSON that a measurement prints. Texts are written as they are: they hold no quotes.
class report {
public:
    explicit report(std::string_view work) { add("work", work); }

    report& add(std::string_view name, std::string_view text);
    report& add(std::string_view name, double value);
    report& add(std::string_view name, std::uint64_t value);

    /// `done` pieces of work in the time of `used`: rate, seconds, CPU seconds of both sides, memory of the server.
    report& add(std::uint64_t done, std::string_view unit, const meter::reading& used);

    /// p50_us, p99_us, p999_us.
    report& add(const latencies& all);

    /// Prints the line on stdout.
    void print() const;

private:
    void begin(std::string_view name);

    std::string text_ = "{";
};

} // namespace tug::bench
