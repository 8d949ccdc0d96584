#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>

namespace tug::test {

/// A link to a server on this host ("127.0.0.1:PORT") that breaks: the first connections are reset once so many bytes
/// have passed one way; those after them hold. One connection at a time.
class cut_link {
public:
    enum class way { to_server, to_client };

    cut_link(const std::string& to, way which, std::uint64_t after, unsigned times = 1);
    cut_link(const cut_link&) = delete;
    cut_link& operator=(const cut_link&) = delete;
    ~cut_link();

    [[nodiscard]] const std::string& address() const noexcept { return address_; }

    /// Bytes that passed that way, over all connections: counted before the other side has them.
    [[nodiscard]] std::uint64_t passed(way which) const noexcept { return passed_[which == way::to_client ? 1 : 0]; }

private:
    void run();
    void serve(int client);
    [[nodiscard]] bool pass(int from, int to, way which, std::uint64_t& left);

    std::uint16_t target_;
    way which_;
    std::uint64_t after_;
    unsigned times_;
    int listener_ = -1;
    int stop_[2] = {-1, -1};
    std::string address_;
    std::atomic<std::uint64_t> passed_[2] = {0, 0};
    std::thread thread_;
};

} // namespace tug::test
