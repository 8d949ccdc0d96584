#pragma once

#include "tug/service/options.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace tug::service {

/// Remembers which sources fail to log in, and for how long they are not let in. A source without a name (exempt) is
/// never remembered. Knows no clock: every call says what time it is. Thread safe.
///
/// - A failure during a penalty counts for nothing: logins that were under way when it began do not make it longer.
/// - A good login clears its source, so that one client with a wrong key does not lock out the others of its address.
///   Who has one key gains attempts at another, of 2^256.
/// - The table is bounded (failed_logins::sources). When it is full, the source with the fewest failures goes, of these
///   the one whose last failure is the longest ago. So who wants to clear an entry from other sources needs a full
///   table of sources with as many failures each. A source is only ever refused for failures of its own.
class login_limiter {
public:
    using time = std::chrono::steady_clock::time_point;
    using duration = std::chrono::milliseconds;

    explicit login_limiter(const failed_logins& limits) : limits_(limits) {}

    /// How long the source is still to be refused, rounded up; 0 where it may come in.
    [[nodiscard]] duration wait(std::string_view source, time now) const;

    /// A login failed. The penalty that begins now; 0 where none does.
    duration failed(std::string_view source, time now);

    /// A login succeeded.
    void succeeded(std::string_view source);

    [[nodiscard]] std::size_t remembered() const;

private:
    struct entry {
        unsigned failures = 0;
        duration penalty{}; ///< The last one.
        time last{};        ///< When it failed last.
        time until{};       ///< The end of the penalty.
    };

    using table = std::map<std::string, entry, std::less<>>;

    [[nodiscard]] bool stale(const entry& e, time now) const { return now - e.last >= 2 * limits_.last; }

    void make_room(time now);

    failed_logins limits_;
    mutable std::mutex mutex_;
    table table_;
};

} // namespace tug::service
