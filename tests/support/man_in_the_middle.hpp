#pragma once

#include "support/test_ca.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>

namespace tug::test {

/// Takes one connection, opens one of its own to the server, and passes on all that either says; on TLS it is an end of
/// both connections and reads everything.
class man_in_the_middle {
public:
    /// Without a certificate it passes on what it cannot read. It ends the connection of the client, by a FIN, when so
    /// many bytes have come from the server.
    man_in_the_middle(std::string server_address, const issued* certificate, std::size_t cut_after = SIZE_MAX);
    ~man_in_the_middle();
    man_in_the_middle(const man_in_the_middle&) = delete;
    man_in_the_middle& operator=(const man_in_the_middle&) = delete;

    [[nodiscard]] const std::string& address() const noexcept { return address_; }

    /// Waits for the end of the connection; all that the server said.
    [[nodiscard]] const std::string& heard();

private:
    void pass_on(const std::string& server_address, const issued* certificate);

    int listening_;
    std::size_t cut_after_;
    std::string address_;
    std::string heard_;
    std::thread thread_;
};

} // namespace tug::test
