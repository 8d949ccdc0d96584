#pragma once

#include "support/tugd_under_test.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <string>
#include <thread>

namespace tug::torture {

/// An honest client in a thread of its own, which pings and reads a file all the time: what others do to the server
/// must not show here. Destroying it ends the thread.
class canary {
public:
    /// `path` is a file below the root of that content.
    canary(const test::tugd_under_test& tugd, std::string path, std::string content);
    ~canary();
    canary(const canary&) = delete;
    canary& operator=(const canary&) = delete;

    /// Ends, and says what went wrong; empty where every answer was right.
    std::string stop();

    [[nodiscard]] std::size_t answers() const noexcept { return answers_; }

    [[nodiscard]] std::chrono::milliseconds longest() const noexcept { return longest_; }

private:
    void sing();

    test::wire_client client_;
    std::string path_;
    std::string content_;
    std::atomic<bool> over_ = false;
    std::size_t answers_ = 0; // these are the thread's until it has ended
    std::chrono::milliseconds longest_{0};
    std::string wrong_;
    std::thread thread_;
};

} // namespace tug::torture
